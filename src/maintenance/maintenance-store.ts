// Maintenance windows in the database: what is asked for often is a column, the rest is the body.
import { sql, type Selectable } from "kysely";
import { concernShown, saveConcerns } from "../components/concern-store.ts";
import type { Shown } from "../components/shown-components.ts";
import type { Reader, Schema, Tx } from "../db/schema.ts";
import type { Instant } from "../lib/clock.ts";
import { stored } from "../lib/json.ts";
import { isRunning, type Maintenance } from "./maintenance.ts";

function toRow(maintenance: Maintenance, at: Instant): Schema["maintenances"] {
  const { id, number, code, version, state } = maintenance;
  return {
    id,
    number,
    code,
    version,
    state,
    open: state === "completed" || state === "canceled" ? 0 : 1,
    starts_at: maintenance.scheduledStart,
    ends_at: maintenance.scheduledEnd,
    updated_at: at,
    series: maintenance.series?.number ?? null,
    occurrence: maintenance.series?.occurrence ?? null,
    body: JSON.stringify(maintenance),
  };
}

const fromRow = (row: Pick<Selectable<Schema["maintenances"]>, "body">): Maintenance => stored<Maintenance>(row.body);

/** The next running number; a concurrent one fails on the unique number and is tried again. */
export async function nextMaintenanceNumber(tx: Tx): Promise<number> {
  const row = await tx
    .selectFrom("maintenances")
    .select((is) => is.fn.max("number").as("highest"))
    .executeTakeFirst();
  return (row?.highest ?? 0) + 1;
}

export async function insertMaintenance(tx: Tx, maintenance: Maintenance, at: Instant): Promise<void> {
  await tx.insertInto("maintenances").values(toRow(maintenance, at)).execute();
  await saveConcerns(tx, "maintenance", maintenance.number, maintenance.components);
}

/** False when somebody else changed it first: nothing was written. */
export async function saveMaintenance(tx: Tx, before: Maintenance, after: Maintenance, at: Instant): Promise<boolean> {
  const { id: _id, number: _number, code: _code, ...row } = toRow(after, at);
  const saved = await tx
    .updateTable("maintenances")
    .set(row)
    .where("number", "=", before.number)
    .where("version", "=", before.version)
    .executeTakeFirst();
  if (saved.numUpdatedRows === 0n) return false;
  if (before.components.join() !== after.components.join())
    await saveConcerns(tx, "maintenance", after.number, after.components);
  return true;
}

export async function readMaintenance(db: Reader, number: number): Promise<Maintenance | undefined> {
  const row = await db.selectFrom("maintenances").select("body").where("number", "=", number).executeTakeFirst();
  return row === undefined ? undefined : fromRow(row);
}

/** What is planned and what is going on, by what was carried out so far; the next to begin first. */
export async function openMaintenances(db: Reader): Promise<readonly Maintenance[]> {
  const rows = await db
    .selectFrom("maintenances")
    .select("body")
    .where("open", "=", sql.lit(1))
    .orderBy("starts_at")
    .orderBy("number")
    .execute();
  return rows.map(fromRow);
}

/** What is planned or goes on, and what ended since. */
export async function recentMaintenances(db: Reader, shown: Shown, since: Instant): Promise<readonly Maintenance[]> {
  const rows = await db
    .selectFrom("maintenances")
    .select("body")
    .where((is) => is.or([is("open", "=", sql.lit(1)), is("ends_at", ">=", since)]))
    .where(concernShown("maintenance", shown))
    .orderBy("number")
    .execute();
  return rows.map(fromRow);
}

/** What goes on at `now` by the clock, whether or not it was carried out. */
export async function runningMaintenances(db: Reader, now: Instant): Promise<readonly Maintenance[]> {
  const rows = await db
    .selectFrom("maintenances")
    .select("body")
    .where("open", "=", sql.lit(1))
    .where("starts_at", "<=", now)
    .orderBy("number")
    .execute();
  return rows.map(fromRow).filter((one) => isRunning(one, now));
}

/** The last to begin first; `below` is the last one of the page before. */
export async function listMaintenances(
  db: Reader,
  which: {
    readonly open?: boolean;
    readonly limit: number;
    /** Only those that are about some of these. */
    readonly shown?: Shown;
    readonly below?: { readonly scheduledStart: Instant; readonly number: number };
  },
): Promise<readonly Maintenance[]> {
  let query = db
    .selectFrom("maintenances")
    .select("body")
    .orderBy("starts_at", "desc")
    .orderBy("number", "desc")
    .limit(which.limit);
  const { below } = which;
  if (which.open === true) query = query.where("open", "=", sql.lit(1));
  if (which.shown !== undefined) query = query.where(concernShown("maintenance", which.shown));
  if (below !== undefined)
    query = query.where((is) =>
      is.or([
        is("starts_at", "<", below.scheduledStart),
        is.and([is("starts_at", "=", below.scheduledStart), is("number", "<", below.number)]),
      ]),
    );
  return (await query.execute()).map(fromRow);
}

/** The windows that were made of a series, whatever became of them, by the time for which they were made. */
export async function windowsOfSeries(db: Reader, series: number, since: Instant): Promise<readonly Maintenance[]> {
  const rows = await db
    .selectFrom("maintenances")
    .select("body")
    .where("series", "=", series)
    .where("occurrence", ">=", since)
    .orderBy("occurrence")
    .execute();
  return rows.map(fromRow);
}
