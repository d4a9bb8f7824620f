// The inbox: raw webhooks as they came, written before they are answered.
import { CompiledQuery, sql } from "kysely";
import type { SourceId } from "../config/names.ts";
import type { Reader } from "../db/schema.ts";
import { brand } from "../lib/ids.ts";
import type { Instant } from "../lib/clock.ts";
import { plainText } from "../lib/text.ts";

export type Arrival = {
  readonly source: SourceId;
  readonly receivedAt: Instant;
  /** JSON of those that are kept. */
  readonly headers: string;
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

type NewRow = {
  readonly source: string;
  readonly received_at: number;
  readonly headers: string;
  readonly body: Uint8Array;
  readonly size: number;
  readonly status: "new" | "rejected";
  readonly reason: string | null;
};

function rowOf(arrival: Arrival): NewRow {
  return {
    source: arrival.source,
    received_at: arrival.receivedAt,
    headers: arrival.headers,
    body: arrival.body,
    size: arrival.body.byteLength,
    status: arrival.rejected === undefined ? "new" : "rejected",
    reason: arrival.rejected === undefined ? null : plainText(arrival.rejected),
  };
}

/** In the order in which the keys of a row are written above. */
function valuesOf(row: NewRow): readonly unknown[] {
  return [row.source, row.received_at, row.headers, row.body, row.size, row.status, row.reason];
}

/** PostgreSQL takes 65,535 parameters in a statement, SQLite 32,766. */
export const mostArrivals = 500;

/** Putting the words of an insert together takes longer than the insert; they are the same for as many rows. */
const statements = new WeakMap<object, Map<number, string>>();

function insertOf(db: Reader, rows: readonly NewRow[]): string {
  const executor = db.getExecutor().adapter;
  const known = statements.get(executor) ?? new Map<number, string>();
  statements.set(executor, known);
  let text = known.get(rows.length);
  if (text === undefined) known.set(rows.length, (text = db.insertInto("inbox").values(rows).compile().sql));
  return text;
}

/** All or none, at most `mostArrivals`. Durable when it resolves, unless it is part of a transaction. */
export async function appendToInbox(db: Reader, arrivals: readonly Arrival[]): Promise<void> {
  const rows = arrivals.map(rowOf);
  await db.executeQuery(CompiledQuery.raw(insertOf(db, rows), rows.flatMap(valuesOf)));
}

/** The oldest that still wait, in order. */
export async function waitingInbox(db: Reader, limit: number): Promise<readonly InboxRow[]> {
  const rows = await db
    .selectFrom("inbox")
    .select(["id", "source", "received_at", "body"])
    .where("status", "=", sql.lit("new"))
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

export type InboxFigures = {
  readonly waiting: number;
  /** Of the bodies that wait. */
  readonly waitingBytes: number;
  readonly rejected: number;
};

/** Literals, not parameters: SQLite looks into a partial index only when it sees that it may. */
export async function measureInbox(db: Reader): Promise<InboxFigures> {
  const waiting = await db
    .selectFrom("inbox")
    .select((is) => [is.fn.countAll<number>().as("count"), is.fn.sum<number | null>("size").as("bytes")])
    .where("status", "=", sql.lit("new"))
    .executeTakeFirstOrThrow();
  const rejected = await db
    .selectFrom("inbox")
    .select((is) => is.fn.countAll<number>().as("count"))
    .where("status", "=", sql.lit("rejected"))
    .executeTakeFirstOrThrow();
  return { waiting: waiting.count, waitingBytes: waiting.bytes ?? 0, rejected: rejected.count };
}

/** Those of `ids` that are ours to take: another worker may have been first. In their order. */
export async function markInboxDone(db: Reader, ids: readonly number[], now: Instant): Promise<ReadonlySet<number>> {
  const marked = await db
    .updateTable("inbox")
    .set({ status: "done", done_at: now })
    .where("id", "in", ids)
    .where("status", "=", "new")
    .returning("id")
    .execute();
  return new Set(marked.map(({ id }) => id));
}

/** When the oldest that waits came in. */
export async function oldestInInbox(db: Reader): Promise<Instant | undefined> {
  const row = await db
    .selectFrom("inbox")
    .select("received_at")
    .where("status", "=", sql.lit("new"))
    .orderBy("id")
    .limit(1)
    .executeTakeFirst();
  return row?.received_at;
}

/** False when another worker took it first. */
export async function rejectInInbox(db: Reader, id: number, reason: string, now: Instant): Promise<boolean> {
  const marked = await db
    .updateTable("inbox")
    .set({ status: "rejected", reason: plainText(reason), done_at: now })
    .where("id", "=", id)
    .where("status", "=", "new")
    .executeTakeFirst();
  return marked.numUpdatedRows > 0n;
}

/** One step of a walk through a table, from the oldest row on. */
export type Pruned = {
  readonly deleted: number;
  /** Where the next step begins; undefined when all that comes after is too young. */
  readonly next?: number;
};

const pruneStep = 500;

/** Deletes what was taken in or refused before `before`, a few rows at a time; what waits stays, however old it is. */
export async function pruneInbox(db: Reader, before: Instant, after: number): Promise<Pruned> {
  const rows = await db
    .selectFrom("inbox")
    .select(["id", "received_at"])
    .where("id", ">", after)
    .orderBy("id")
    .limit(pruneStep)
    .execute();
  const last = rows.at(-1);
  if (last === undefined || rows.every((row) => row.received_at >= before)) return { deleted: 0 };
  const { numDeletedRows } = await db
    .deleteFrom("inbox")
    .where("id", ">", after)
    .where("id", "<=", last.id)
    .where("status", "!=", "new")
    .where("received_at", "<", before)
    .executeTakeFirst();
  return { deleted: Number(numDeletedRows), ...(rows.length < pruneStep ? {} : { next: last.id }) };
}
