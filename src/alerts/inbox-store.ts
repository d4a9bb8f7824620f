// The inbox: raw webhooks as they came, written before they are answered.
import { CompiledQuery, sql, type Selectable } from "kysely";
import type { SourceId } from "../config/names.ts";
import type { InboxTable, Reader } from "../db/schema.ts";
import { brand } from "../lib/ids.ts";
import type { Instant } from "../lib/clock.ts";
import { stored } from "../lib/json.ts";
import { plainText } from "../lib/text.ts";
import type { KeptHeaders } from "./source.ts";

export type Arrival = {
  readonly source: SourceId;
  readonly receivedAt: Instant;
  /** JSON of those that are kept. */
  readonly headers: string;
  readonly body: Uint8Array;
  /** Why it was refused, when it was not understood; it is kept all the same. */
  readonly rejected?: string;
  /** What of it was not understood, where the rest is taken. */
  readonly left?: string;
};

export type InboxRow = {
  readonly id: number;
  readonly source: SourceId;
  readonly receivedAt: Instant;
  readonly headers: KeptHeaders;
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
  const reason = arrival.rejected ?? arrival.left;
  return {
    source: arrival.source,
    received_at: arrival.receivedAt,
    headers: arrival.headers,
    body: arrival.body,
    size: arrival.body.byteLength,
    status: arrival.rejected === undefined ? "new" : "rejected",
    reason: reason === undefined ? null : plainText(reason),
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
    .select(["id", "source", "received_at", "headers", "body"])
    .where("status", "=", sql.lit("new"))
    .orderBy("id")
    .limit(limit)
    .execute();
  return rows.map((row) => ({
    id: row.id,
    source: brand<SourceId>(row.source),
    receivedAt: row.received_at,
    headers: stored<KeptHeaders>(row.headers),
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

/** The last that came in, of whatever source. */
export async function newestInInbox(db: Reader): Promise<number> {
  const row = await db.selectFrom("inbox").select("id").orderBy("id", "desc").limit(1).executeTakeFirst();
  return row?.id ?? 0;
}

/** Whether something of this source, up to this one, is not taken in yet. */
export async function waitsInInbox(db: Reader, source: SourceId, upTo: number): Promise<boolean> {
  const row = await db
    .selectFrom("inbox")
    .select("id")
    .where("status", "=", sql.lit("new"))
    .where("id", "<=", upTo)
    .where("source", "=", source)
    .limit(1)
    .executeTakeFirst();
  return row !== undefined;
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

export type InboxSpan = {
  readonly source?: SourceId;
  readonly status?: "done" | "rejected";
  readonly since?: Instant;
  readonly until?: Instant;
};

export type KeptRow = InboxRow & {
  readonly status: "new" | "done" | "rejected";
  readonly reason?: string;
  readonly doneAt?: Instant;
};

function keptRow(row: Selectable<InboxTable>): KeptRow {
  return {
    id: row.id,
    source: brand<SourceId>(row.source),
    receivedAt: row.received_at,
    body: row.body,
    headers: stored<KeptHeaders>(row.headers),
    status: row.status,
    ...(row.reason === null ? {} : { reason: row.reason }),
    ...(row.done_at === null ? {} : { doneAt: row.done_at }),
  };
}

function isIn(span: InboxSpan, row: Pick<Selectable<InboxTable>, "source" | "status" | "received_at">): boolean {
  return (
    (span.source === undefined || row.source === span.source) &&
    (span.status === undefined || row.status === span.status) &&
    (span.since === undefined || row.received_at >= span.since) &&
    (span.until === undefined || row.received_at < span.until)
  );
}

/** No table is read at one go, however few of its rows are asked for. */
const walkStep = 2_000;

export type Walked = { readonly ids: readonly number[]; readonly next?: number };

/** Ids of a span: at most `limit`, oldest first (or newest), from `from` on; `next` is where to go on. */
export async function walkInbox(
  db: Reader,
  span: InboxSpan,
  from: number,
  limit: number,
  newestFirst = false,
): Promise<Walked> {
  const rows = await db
    .selectFrom("inbox")
    .select(["id", "source", "status", "received_at"])
    .where("id", newestFirst ? "<" : ">", from)
    .orderBy("id", newestFirst ? "desc" : "asc")
    .limit(walkStep)
    .execute();
  const ids: number[] = [];
  for (const row of rows) {
    if (isIn(span, row)) ids.push(row.id);
    if (ids.length === limit) return { ids, next: row.id };
  }
  const last = rows.at(-1);
  return rows.length < walkStep || last === undefined ? { ids } : { ids, next: last.id };
}

/** In the order of their ids. */
export async function readInbox(db: Reader, ids: readonly number[]): Promise<readonly KeptRow[]> {
  if (ids.length === 0) return [];
  return (await db.selectFrom("inbox").selectAll().where("id", "in", ids).orderBy("id").execute()).map(keptRow);
}

/** They wait again, and are taken in as if they had just come. How many it were: what waits already is left alone. */
export async function takeInboxAgain(db: Reader, ids: readonly number[]): Promise<number> {
  if (ids.length === 0) return 0;
  const again = await db
    .updateTable("inbox")
    .set({ status: "new", reason: null, done_at: null })
    .where("id", "in", ids)
    .where("status", "!=", "new")
    .executeTakeFirst();
  return Number(again.numUpdatedRows);
}
