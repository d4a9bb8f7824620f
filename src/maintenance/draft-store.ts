// Drafts of maintenance that upstreams plan, in the database. The public never reads them.
import { sql, type Selectable } from "kysely";
import type { SourceId } from "../config/names.ts";
import type { Reader, Schema, Tx } from "../db/schema.ts";
import type { Instant } from "../lib/clock.ts";
import { stored } from "../lib/json.ts";
import type { UpstreamDraft } from "./upstream-draft.ts";

function toRow(draft: UpstreamDraft, at: Instant): Schema["maintenance_drafts"] {
  const { number, source, version, work, state } = draft;
  const open = state === "proposed" || state === "accepted" ? 1 : 0;
  return { number, source, entry: work.entry, version, open, updated_at: at, body: JSON.stringify(draft) };
}

const fromRow = (row: Pick<Selectable<Schema["maintenance_drafts"]>, "body">): UpstreamDraft =>
  stored<UpstreamDraft>(row.body);

/** With the next running number; a concurrent one fails on it and is tried again. */
export async function insertDraft(tx: Tx, draft: Omit<UpstreamDraft, "number">, at: Instant): Promise<UpstreamDraft> {
  const row = await tx
    .selectFrom("maintenance_drafts")
    .select((is) => is.fn.max("number").as("highest"))
    .executeTakeFirst();
  const numbered = { ...draft, number: (row?.highest ?? 0) + 1 };
  await tx.insertInto("maintenance_drafts").values(toRow(numbered, at)).execute();
  return numbered;
}

/** False when somebody else changed it first: nothing was written. */
export async function saveDraft(tx: Tx, before: UpstreamDraft, after: UpstreamDraft, at: Instant): Promise<boolean> {
  const { number: _number, source: _source, entry: _entry, ...row } = toRow(after, at);
  const saved = await tx
    .updateTable("maintenance_drafts")
    .set(row)
    .where("number", "=", before.number)
    .where("version", "=", before.version)
    .executeTakeFirst();
  return saved.numUpdatedRows > 0n;
}

export async function readDraft(db: Reader, number: number): Promise<UpstreamDraft | undefined> {
  const row = await db.selectFrom("maintenance_drafts").select("body").where("number", "=", number).executeTakeFirst();
  return row === undefined ? undefined : fromRow(row);
}

/** All that one page ever planned, as far as it was told. */
export async function draftsOf(db: Reader, source: SourceId): Promise<readonly UpstreamDraft[]> {
  const rows = await db
    .selectFrom("maintenance_drafts")
    .select("body")
    .where("source", "=", source)
    .orderBy("number")
    .execute();
  return rows.map(fromRow);
}

/** Newest first; what is open waits for somebody, or was made a maintenance. */
export async function listDrafts(db: Reader, which: { readonly open?: boolean }): Promise<readonly UpstreamDraft[]> {
  let query = db.selectFrom("maintenance_drafts").select("body").orderBy("number", "desc").limit(200);
  if (which.open === true) query = query.where("open", "=", sql.lit(1));
  return (await query.execute()).map(fromRow);
}
