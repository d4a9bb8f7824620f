// Packit's own tables as a job feed. They have no index on time or status, so: the highest id, the ids that are still
// unfinished, and the gaps below the highest (commits arrive out of order) are kept, and only those are looked at.
import { z } from "zod";
import type { JobPast } from "../jobs/job-past.ts";
import { isFinished, type Job } from "../jobs/job.ts";
import type { JobFeed } from "../jobs/job-feed.ts";
import { day, type Instant } from "../lib/clock.ts";
import type { Log } from "../lib/log.ts";
import { failed, ok } from "../lib/result.ts";
import { list } from "../lib/text.ts";
import { packitHistory, type Rows } from "./packit-history.ts";
import { packitAsk, type PackitAsk } from "./packit-ask.ts";
import { readOnlyDatabase } from "./packit-connection.ts";
import {
  createdOf,
  IdRow,
  jobOf,
  meaningOf,
  NarrowRow,
  packitSql,
  packitStatuses,
  packitTypes,
  UpstreamRow,
  WideRow,
} from "./packit-tables.ts";
import type { PackitType } from "./packit-tables.ts";

const batchRows = 5_000;
/** A transaction that got its id earlier than another may commit later; not a thousand rows later. */
const gapIds = 1_000;
const historyMs = 14 * day;
/** However busy the service is: the first start reads no more of one table. */
const historyRows = 200_000;
/** Of the unfinished rows, the newest are looked at each time; the older ones, often dead for good, in turns. */
const openNewest = 1_000;
const openTurn = 1_000;
const askedAbout = 5;

const TableCursor = z.object({
  high: z.int(),
  /** Ids in (high − 1000, high] that were not there yet. */
  missing: z.array(z.int()),
  /** Unfinished: id → what it looked like, when it was made or first seen, and when it was seen to run, where the table has no time for that. */
  open: z.record(z.string(), z.tuple([z.string(), z.number(), z.number().optional()])),
  turn: z.int(),
});
type TableCursor = z.infer<typeof TableCursor>;

export const PackitCursor = z.object({
  /** When everything had been read; absent while the history is. */
  lookedAt: z.number().optional(),
  tables: z.partialRecord(z.enum(packitTypes), TableCursor),
});
export type PackitCursor = z.infer<typeof PackitCursor>;

type Look = { readonly now: Instant; readonly lookedAt: Instant | undefined; readonly signal: AbortSignal };
type Warn = (type: PackitType, unknown: readonly string[]) => void;

const markOf = (status: string | null, started: boolean): string => `${status ?? "NULL"}${started ? "+" : ""}`;

/** The whole rows, the one of the oldest pipeline for each id. */
async function wholeRows(rows: Rows, type: PackitType, ids: readonly number[]): Promise<readonly WideRow[]> {
  if (ids.length === 0) return [];
  const all = await rows(WideRow, packitSql.whole(type), [ids]);
  return all.filter((row, index) => row.id !== all[index - 1]?.id);
}

/** The smallest id worth reading, by binary search on the primary key; ids grow with time, roughly. */
async function findPlace(rows: Rows, type: PackitType, since: Instant, most: number): Promise<number> {
  const [first] = await rows(IdRow, packitSql.first(type), []);
  const [last] = await rows(IdRow, packitSql.last(type), []);
  if (first === undefined || last === undefined) return 1;
  let low = Math.max(first.id, last.id - most);
  let high = last.id + 1;
  while (low < high) {
    const middle = Math.floor((low + high) / 2);
    const near = await rows(NarrowRow, packitSql.after(type), [middle - 1, 20]);
    const whole = await wholeRows(rows, type, near.map((row) => row.id)); // prettier-ignore
    const at = whole.map(createdOf).find((created) => created !== undefined);
    if (at === undefined || at >= since) high = middle;
    else low = middle + 1;
  }
  return low;
}

function dueIds(cursor: TableCursor): { readonly ids: readonly number[]; readonly turn: number } {
  const open = Object.keys(cursor.open).map(Number);
  if (open.length <= openNewest) return { ids: open, turn: 0 };
  open.sort((a, b) => b - a);
  const old = open.slice(openNewest);
  const turn = cursor.turn < old.length ? cursor.turn : 0;
  return { ids: [...open.slice(0, openNewest), ...old.slice(turn, turn + openTurn)], turn: turn + openTurn };
}

function gapsAfter(cursor: TableCursor, seen: ReadonlySet<number>, high: number): readonly number[] {
  const floor = high - gapIds;
  const gaps = cursor.missing.filter((id) => id > floor && !seen.has(id));
  for (let id = Math.max(cursor.high, floor) + 1; id <= high; id++) if (!seen.has(id)) gaps.push(id);
  return gaps;
}

type TableBatch = { readonly changed: readonly Job[]; readonly next: TableCursor; readonly more: boolean };

async function readTable(
  rows: Rows,
  type: PackitType,
  cursor: TableCursor,
  limit: number,
  look: Look,
  warn: Warn,
): Promise<TableBatch & { readonly taken: number }> {
  const fresh = await rows(NarrowRow, packitSql.after(type), [cursor.high, limit]);
  const more = fresh.length === limit;
  const due = more ? { ids: [], turn: cursor.turn } : dueIds(cursor);
  const ids = more ? [] : [...cursor.missing, ...due.ids];
  const again = ids.length === 0 ? [] : await rows(NarrowRow, packitSql.again(type), [ids]);
  const moved = again.filter((row) => cursor.open[row.id]?.[0] !== markOf(row.status, row.started));
  const whole = await wholeRows(rows, type, [...fresh, ...moved].map((row) => row.id)); // prettier-ignore

  const open = { ...cursor.open };
  const changed: Job[] = [];
  const unknown: string[] = [];
  for (const row of whole) {
    const meaning = meaningOf(type, row);
    if (meaning.unknown !== undefined) unknown.push(meaning.unknown);
    const [, firstSeen = look.now, seenRunning] = open[row.id] ?? [];
    const runsSince =
      seenRunning ?? (meaning.status === "running" && look.lookedAt !== undefined ? look.now : undefined);
    const job = jobOf(type, row, meaning.status, { now: look.now, firstSeen, runsSince, lookedAt: look.lookedAt });
    changed.push(job);
    if (isFinished(job)) delete open[row.id];
    else {
      const mark = markOf(row.status, row.started !== null);
      open[row.id] = runsSince === undefined ? [mark, job.createdAt] : [mark, job.createdAt, runsSince];
    }
  }
  for (const [id, [, since]] of Object.entries(open)) if (since < look.now - historyMs) delete open[id];
  warn(type, unknown);
  const high = fresh.at(-1)?.id ?? cursor.high;
  const missing = [...gapsAfter(cursor, new Set([...fresh, ...again].map((row) => row.id)), high)];
  return { changed, next: { high, missing, open, turn: due.turn }, more, taken: fresh.length };
}

/**
 * When an SRPM fails, its Copr targets often stay as they were for ever. Their mark is blanked, so that they are read
 * again and found canceled.
 */
async function blankTargets(rows: Rows, copr: TableCursor, changed: readonly Job[]): Promise<TableCursor> {
  const failed = changed.filter((job) => job.status === "failure" || job.status === "error");
  if (failed.length === 0 || Object.keys(copr.open).length === 0) return copr;
  const ids = failed.map((job) => Number(job.id.replace("srpm_build:", "")));
  const targets = await rows(IdRow, packitSql.coprOfSrpm, [ids]);
  const open = { ...copr.open };
  for (const { id } of targets) {
    const known = open[id];
    if (known === undefined) continue;
    const [, createdAt, runsSince] = known;
    open[id] = runsSince === undefined ? ["", createdAt] : ["", createdAt, runsSince];
  }
  return { ...copr, open };
}

/** A few that are not finished: the oldest of the last day, for what is older is often dead for good. */
function hanging(table: TableCursor | undefined, now: Instant): readonly number[] {
  const open = Object.entries(table?.open ?? {}).map(([id, [, createdAt]]) => ({ id: Number(id), createdAt }));
  const recent = open.filter(({ createdAt }) => createdAt > now - day);
  return recent
    .toSorted((a, b) => a.createdAt - b.createdAt)
    .slice(0, askedAbout)
    .map(({ id }) => id);
}

/** The table calls a test an error whether Testing Farm broke or the tests are described wrongly: Testing Farm knows. */
async function withAnswers(rows: Rows, ask: PackitAsk, changed: readonly Job[], look: Look): Promise<readonly Job[]> {
  const unclear = ask.settles
    ? changed.filter(({ type, status }) => type === "testing_farm" && status === "error")
    : [];
  if (unclear.length === 0) return changed;
  const ids = unclear.map(({ id }) => Number(id.slice("testing_farm:".length)));
  const names = await rows(UpstreamRow, packitSql.upstream("testing_farm"), [ids]);
  const requests = new Map(names.map(({ id, upstream }) => [`testing_farm:${id}`, upstream]));
  const tests = unclear.flatMap((job) => {
    const request = requests.get(job.id);
    return request === undefined || request === null || request === "" ? [] : [{ job, request }];
  });
  const settled = new Map((await ask.settle(tests, look.now, look.signal)).map((job) => [job.id, job]));
  return changed.map((job) => settled.get(job.id) ?? job);
}

/** A feed over the PostgreSQL of a Packit service. It needs a role that may read, and nothing else. */
export function packitFeed(
  address: string,
  log: Log,
  ask: PackitAsk = packitAsk({}),
): JobFeed<PackitCursor> & Required<Pick<JobPast, "history">> {
  const database = readOnlyDatabase(address);
  const warned = new Set<string>();
  const warn: Warn = (type, unknown) => {
    const news = [...new Set(unknown)].filter((label) => !warned.has(`${type} ${label}`));
    for (const label of news) {
      warned.add(`${type} ${label}`);
      const rows = unknown.filter((other) => other === label).length;
      log.warn({ type, label, rows }, "a status that this version does not know counts as unfinished");
    }
  };
  return {
    read: async (after, now, signal) => {
      const rows: Rows = (row, sql, parameters) => database.rows(row, sql, parameters, signal);
      const tables = { ...after?.tables };
      const changed: Job[] = [];
      const look = { now, lookedAt: after?.lookedAt, signal };
      let left = batchRows;
      let complete = true;
      for (const type of packitTypes) {
        complete = left > 0;
        if (!complete) break;
        const place = tables[type] ?? {
          high: (await findPlace(rows, type, now - historyMs, historyRows)) - 1,
          missing: [],
          open: {},
          turn: 0,
        };
        const batch = await readTable(rows, type, place, left, look, warn);
        changed.push(...batch.changed);
        tables[type] = batch.next;
        left -= batch.taken;
        if (type === "srpm_build" && tables.copr_build !== undefined) {
          tables.copr_build = await blankTargets(rows, tables.copr_build, batch.changed);
        }
        complete = !batch.more;
        if (!complete) break;
      }
      const lookedAt = complete ? now : after?.lookedAt;
      const told = after?.lookedAt === undefined ? changed : await withAnswers(rows, ask, changed, look);
      return { changed: told, next: { tables, ...(lookedAt !== undefined && { lookedAt }) }, complete };
    },
    check: async (_now, signal) => {
      const found: string[] = [];
      for (const type of packitTypes) {
        const [last] = await database.rows(IdRow, packitSql.last(type), [], signal);
        if (last !== undefined) found.push(type);
      }
      return found.length === 0
        ? failed("the tables can be read, but there is no job in any")
        : ok(`the tables can be read; there are jobs of ${list(found)}`);
    },
    open: ({ tables }) =>
      packitTypes.flatMap((type) =>
        Object.values(tables[type]?.open ?? {}).map(([mark]) => {
          const label = mark.replace("+", "");
          return { type, status: packitStatuses[type][label] ?? "pending" };
        }),
      ),
    ask: async ({ tables }, type, now, signal) => {
      const known = packitTypes.find((one) => one === type);
      if (known === undefined) return undefined;
      const rows: Rows = (row, sql, parameters) => database.rows(row, sql, parameters, signal);
      const found = await rows(UpstreamRow, packitSql.upstream(known), [hanging(tables[known], now)]);
      const asked = found.map(({ upstream, target }) => ({ id: upstream ?? undefined, target: target ?? undefined }));
      return ask.word(known, asked, signal);
    },
    history: (asked, signal) => {
      const rows: Rows = (row, sql, parameters) => database.rows(row, sql, parameters, signal);
      return packitHistory(rows, (type, since) => findPlace(rows, type, since, Number.POSITIVE_INFINITY), asked);
    },
    close: () => database.close(),
  };
}
