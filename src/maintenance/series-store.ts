// Maintenance that repeats, in the database.
import { sql, type Selectable } from "kysely";
import type { Reader, Schema, Tx } from "../db/schema.ts";
import type { Instant } from "../lib/clock.ts";
import { stored } from "../lib/json.ts";
import type { Series } from "./series.ts";

function toRow(series: Series, at: Instant): Schema["maintenance_series"] {
  const { id, number, version, madeUntil, endedAt } = series;
  const open = endedAt === undefined ? 1 : 0;
  return { id, number, version, open, made_until: madeUntil, updated_at: at, body: JSON.stringify(series) };
}

const fromRow = (row: Pick<Selectable<Schema["maintenance_series"]>, "body">): Series => stored<Series>(row.body);

/** The next running number; a concurrent one fails on the unique number and is tried again. */
export async function nextSeriesNumber(tx: Tx): Promise<number> {
  const row = await tx
    .selectFrom("maintenance_series")
    .select((is) => is.fn.max("number").as("highest"))
    .executeTakeFirst();
  return (row?.highest ?? 0) + 1;
}

export async function insertSeries(tx: Tx, series: Series, at: Instant): Promise<void> {
  await tx.insertInto("maintenance_series").values(toRow(series, at)).execute();
}

/** False when somebody else changed it first: nothing was written. */
export async function saveSeries(tx: Tx, before: Series, after: Series, at: Instant): Promise<boolean> {
  const { id: _id, number: _number, ...row } = toRow(after, at);
  const saved = await tx
    .updateTable("maintenance_series")
    .set(row)
    .where("number", "=", before.number)
    .where("version", "=", before.version)
    .executeTakeFirst();
  return saved.numUpdatedRows > 0n;
}

export async function readSeries(db: Reader, number: number): Promise<Series | undefined> {
  const row = await db.selectFrom("maintenance_series").select("body").where("number", "=", number).executeTakeFirst();
  return row === undefined ? undefined : fromRow(row);
}

/** Newest first. */
export async function listSeries(db: Reader, which: { readonly open?: boolean }): Promise<readonly Series[]> {
  let query = db.selectFrom("maintenance_series").select("body").orderBy("number", "desc").limit(500);
  if (which.open === true) query = query.where("open", "=", sql.lit(1));
  return (await query.execute()).map(fromRow);
}

/** Those of which windows are to be made that begin before `until`. */
export async function seriesToMake(db: Reader, until: Instant): Promise<readonly Series[]> {
  const rows = await db
    .selectFrom("maintenance_series")
    .select("body")
    .where("open", "=", sql.lit(1))
    .where("made_until", "<", until)
    .orderBy("number")
    .execute();
  return rows.map(fromRow);
}
