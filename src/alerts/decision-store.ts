// Why each alert did what it did: a row for each decision that is not a repeat, so that no alert is ever unaccounted for.
import type { Reader } from "../db/schema.ts";
import type { Instant } from "../lib/clock.ts";
import type { AlertKey } from "./alert.ts";

export type Decision = {
  readonly key: AlertKey;
  readonly at: Instant;
  readonly did: string;
  readonly because: string;
  readonly incident?: number;
};

/** PostgreSQL takes 65,535 parameters in a statement, SQLite 32,766. */
const rowsAtOnce = 1_000;

export async function appendDecisions(db: Reader, decisions: readonly Decision[]): Promise<void> {
  for (let i = 0; i < decisions.length; i += rowsAtOnce) {
    const rows = decisions
      .slice(i, i + rowsAtOnce)
      .map(({ incident, ...decision }) => ({ ...decision, incident: incident ?? null }));
    await db.insertInto("alert_decisions").values(rows).execute();
  }
}

/** Newest first. */
export async function decisionsOf(db: Reader, key: AlertKey, limit: number): Promise<readonly Decision[]> {
  const rows = await db
    .selectFrom("alert_decisions")
    .selectAll()
    .where("key", "=", key)
    .orderBy("id", "desc")
    .limit(limit)
    .execute();
  return rows.map(({ at, did, because, incident }) => ({
    key,
    at,
    did,
    because,
    ...(incident === null ? {} : { incident }),
  }));
}

/** Returns how many rows went; fewer than `limit`: there are no more. */
export async function pruneDecisions(db: Reader, before: Instant, limit = 500): Promise<number> {
  const old = db.selectFrom("alert_decisions").select("id").where("at", "<", before).orderBy("at").limit(limit);
  const { numDeletedRows } = await db.deleteFrom("alert_decisions").where("id", "in", old).executeTakeFirst();
  return Number(numDeletedRows);
}
