// Pings as they came, written before they are answered; taken by the source they are for, and kept as evidence.
import type { SourceId } from "../config/names.ts";
import type { Reader } from "../db/schema.ts";
import type { Instant } from "../lib/clock.ts";
import { plainText } from "../lib/text.ts";
import { longestLog, type Ping } from "./ping.ts";

export type NewPing = Ping & { readonly source: SourceId };
export type WaitingPing = Ping & { readonly id: number };

/** All or none. Durable when it resolves, unless it is part of a transaction. */
export async function appendPings(db: Reader, pings: readonly NewPing[]): Promise<void> {
  await db
    .insertInto("pings")
    .values(
      pings.map(({ source, at, said, exitCode, log }) => ({
        source,
        at,
        said,
        exit_code: exitCode ?? null,
        log: plainText(log).slice(-longestLog),
        taken: 0 as const,
      })),
    )
    .execute();
}

type Row = {
  readonly id: number;
  readonly at: number;
  readonly said: Ping["said"];
  readonly exit_code: number | null;
  readonly log: string;
};

function pingOf(row: Row): WaitingPing {
  const { id, at, said, log } = row;
  return { id, at, said, log, ...(row.exit_code === null ? {} : { exitCode: row.exit_code }) };
}

const columns = ["id", "at", "said", "exit_code", "log"] as const;
/** No look takes more at once. */
const mostAtOnce = 500;

/** Those that its source has not seen yet, the oldest first. */
export async function waitingPings(db: Reader, source: SourceId): Promise<readonly WaitingPing[]> {
  const rows = await db
    .selectFrom("pings")
    .select(columns)
    .where("source", "=", source)
    .where("taken", "=", 0)
    .orderBy("id")
    .limit(mostAtOnce)
    .execute();
  return rows.map(pingOf);
}

export async function takePings(db: Reader, ids: readonly number[]): Promise<void> {
  if (ids.length > 0) await db.updateTable("pings").set({ taken: 1 }).where("id", "in", ids).execute();
}

/** The newest first. */
export async function recentPings(db: Reader, source: SourceId, limit: number): Promise<readonly Ping[]> {
  const rows = await db
    .selectFrom("pings")
    .select(columns)
    .where("source", "=", source)
    .orderBy("id", "desc")
    .limit(limit)
    .execute();
  return rows.map(pingOf);
}

const pruneStep = 500;

/** Deletes a few of those that came before `before`; how many. */
export async function prunePings(db: Reader, before: Instant): Promise<number> {
  const old = db.selectFrom("pings").select("id").where("at", "<", before).limit(pruneStep);
  const { numDeletedRows } = await db.deleteFrom("pings").where("id", "in", old).executeTakeFirst();
  return Number(numDeletedRows);
}
