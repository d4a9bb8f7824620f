// The inbox: raw webhooks as they came, written before they are answered.
import type { SourceId } from "../config/names.ts";
import type { Reader } from "../db/schema.ts";
import { brand } from "../lib/ids.ts";
import type { Instant } from "../lib/clock.ts";
import { plainText } from "../lib/text.ts";

export type Arrival = {
  readonly source: SourceId;
  readonly receivedAt: Instant;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array;
  /** Why it was refused, when it was not understood; it is kept all the same. */
  readonly rejected?: string;
};

export type InboxRow = {
  readonly id: number;
  readonly source: SourceId;
  readonly receivedAt: Instant;
  readonly body: Uint8Array;
};

/** Durable when it resolves. */
export async function appendToInbox(db: Reader, arrivals: readonly Arrival[]): Promise<void> {
  await db
    .insertInto("inbox")
    .values(
      arrivals.map((arrival) => ({
        source: arrival.source,
        received_at: arrival.receivedAt,
        headers: JSON.stringify(arrival.headers),
        body: arrival.body,
        status: arrival.rejected === undefined ? ("new" as const) : ("rejected" as const),
        reason: arrival.rejected === undefined ? null : plainText(arrival.rejected),
        done_at: null,
      })),
    )
    .execute();
}

/** The oldest that still wait, in order. */
export async function waitingInbox(db: Reader, limit: number): Promise<readonly InboxRow[]> {
  const rows = await db
    .selectFrom("inbox")
    .select(["id", "source", "received_at", "body"])
    .where("status", "=", "new")
    .orderBy("id")
    .limit(limit)
    .execute();
  return rows.map((row) => ({
    id: row.id,
    source: brand<SourceId>(row.source),
    receivedAt: row.received_at,
    body: row.body,
  }));
}

export async function countInbox(db: Reader): Promise<{ readonly waiting: number; readonly rejected: number }> {
  const rows = await db
    .selectFrom("inbox")
    .select(["status", (is) => is.fn.countAll<number>().as("count")])
    .where("status", "in", ["new", "rejected"])
    .groupBy("status")
    .execute();
  const of = (status: string): number => rows.find((row) => row.status === status)?.count ?? 0;
  return { waiting: of("new"), rejected: of("rejected") };
}

/** False when another worker took it first. */
export async function markInbox(
  db: Reader,
  id: number,
  outcome: { readonly status: "done" | "rejected"; readonly reason?: string },
  now: Instant,
): Promise<boolean> {
  const marked = await db
    .updateTable("inbox")
    .set({
      status: outcome.status,
      reason: outcome.reason === undefined ? null : plainText(outcome.reason),
      done_at: now,
    })
    .where("id", "=", id)
    .where("status", "=", "new")
    .executeTakeFirst();
  return marked.numUpdatedRows > 0n;
}
