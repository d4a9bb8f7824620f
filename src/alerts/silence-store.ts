// Silences in the database. One that has ended stays: somebody will ask why nobody was told.
import type { Reader, Schema } from "../db/schema.ts";
import type { Actor } from "../accounts/actor.ts";
import type { Instant } from "../lib/clock.ts";
import { brand } from "../lib/ids.ts";
import { stored } from "../lib/json.ts";
import type { Matcher } from "./labels.ts";
import type { Repeat, Silence, SilenceId } from "./silence.ts";

function fromRow(row: Schema["silences"]): Silence {
  return {
    id: brand<SilenceId>(row.id),
    matchers: stored<readonly Matcher[]>(row.matchers),
    startsAt: row.starts_at,
    endsAt: row.ends_at,
    ...(row.repeats === null ? {} : { repeats: stored<Repeat>(row.repeats) }),
    reason: row.reason,
    by: stored<Actor>(row.created_by),
    createdAt: row.created_at,
    updatedAt: row.updated_at,
  };
}

/** Those that have not ended. */
export async function liveSilences(db: Reader, now: Instant): Promise<readonly Silence[]> {
  const rows = await db.selectFrom("silences").selectAll().where("ends_at", ">", now).orderBy("created_at").execute();
  return rows.map(fromRow);
}

/** Newest first. `below`: only ids before this one. */
export async function listSilences(
  db: Reader,
  limit: number,
  which: { readonly endingAfter?: Instant; readonly below?: string } = {},
): Promise<readonly Silence[]> {
  let query = db.selectFrom("silences").selectAll().orderBy("id", "desc").limit(limit);
  if (which.endingAfter !== undefined) query = query.where("ends_at", ">", which.endingAfter);
  if (which.below !== undefined) query = query.where("id", "<", which.below);
  return (await query.execute()).map(fromRow);
}

export async function readSilence(db: Reader, id: string): Promise<Silence | undefined> {
  const row = await db.selectFrom("silences").selectAll().where("id", "=", id).executeTakeFirst();
  return row === undefined ? undefined : fromRow(row);
}

/** Inserts it, or changes the one of this id. */
export async function saveSilence(db: Reader, silence: Silence): Promise<void> {
  const row = {
    matchers: JSON.stringify(silence.matchers),
    starts_at: silence.startsAt,
    ends_at: silence.endsAt,
    repeats: silence.repeats === undefined ? null : JSON.stringify(silence.repeats),
    reason: silence.reason,
    created_by: JSON.stringify(silence.by),
    created_at: silence.createdAt,
    updated_at: silence.updatedAt,
  };
  await db
    .insertInto("silences")
    .values({ id: silence.id, ...row })
    .onConflict((conflict) => conflict.column("id").doUpdateSet(row))
    .execute();
}

/** Those that ended before; returns how many. */
export async function pruneSilences(db: Reader, before: Instant): Promise<number> {
  const { numDeletedRows } = await db.deleteFrom("silences").where("ends_at", "<", before).executeTakeFirst();
  return Number(numDeletedRows);
}
