// The past of Packit's tables: by ranges of the primary key, table beside table, about in the order in which jobs were made.
import type { z } from "zod";
import type { JobAt, PastAsked, Piece, Problem } from "../jobs/job-past.ts";
import type { Job } from "../jobs/job.ts";
import type { Instant } from "../lib/clock.ts";
import {
  createdOf,
  IdRow,
  jobOf,
  meaningOf,
  packitSql,
  packitTypes,
  WideRow,
  type PackitType,
} from "./packit-tables.ts";

const batchIds = 5_000;

export type Rows = <T>(row: z.ZodType<T>, sql: string, parameters: readonly unknown[]) => Promise<readonly T[]>;

/** One table on the way. Its jobs wait until no other table can have an older one. */
type Track = {
  readonly type: PackitType;
  readonly first: number;
  readonly last: number;
  next: number;
  coming: Promise<readonly WideRow[]>;
  waiting: JobAt[];
  /** The newest creation that was read. */
  newest: Instant;
};

/** Without an end that anybody wrote down or saw, a job keeps none. */
function historicJob(type: PackitType, row: WideRow, createdAt: Instant, { observed }: PastAsked): Job {
  const { status } = meaningOf(type, row);
  const job = jobOf(type, row, status, { now: createdAt, firstSeen: createdAt, lookedAt: undefined });
  const seen = observed.get(job.id);
  const started = job.startedAt ?? seen?.startedAt;
  const known: Job = { ...job, ...(started !== undefined && { startedAt: started }) };
  if (known.finishedAtIs !== "observed") return known;
  if (seen?.finishedAt !== undefined) return { ...known, finishedAt: seen.finishedAt };
  const { finishedAt: _end, finishedAtIs: _is, ...unended } = known;
  return unended;
}

const isDone = (track: Track): boolean => track.next > track.last;

/** Asks for the next range at once, so that the database reads while the last one is replayed. */
function askOn(rows: Rows, track: Track): void {
  if (isDone(track)) return;
  track.coming = rows(WideRow, packitSql.between(track.type), [track.next, track.next + batchIds - 1]);
  // Whoever waits for it is told; nobody waits when the replay was given up.
  track.coming.catch(() => undefined);
}

async function trackOf(rows: Rows, type: PackitType, first: number): Promise<Track> {
  const [last] = await rows(IdRow, packitSql.last(type), []);
  const coming: Track["coming"] = Promise.resolve([]);
  const track: Track = { type, first, last: last?.id ?? 0, next: first, coming, waiting: [], newest: Number.NEGATIVE_INFINITY }; // prettier-ignore
  askOn(rows, track);
  return track;
}

async function readOn(rows: Rows, track: Track, asked: PastAsked): Promise<readonly Problem[]> {
  const all = await track.coming;
  track.next += batchIds;
  const problems: Problem[] = [];
  for (const [at, row] of all.entries()) {
    if (row.id === all[at - 1]?.id) continue;
    const createdAt = createdOf(row);
    const where = `${track.type}:${row.id}`;
    if (createdAt === undefined) {
      problems.push({ where, why: "was never submitted: nobody knows when it was made" });
      continue;
    }
    track.newest = Math.max(track.newest, createdAt);
    if (createdAt >= asked.from && createdAt <= asked.to)
      track.waiting.push({ where, job: historicJob(track.type, row, createdAt, asked) });
  }
  if (track.newest > asked.to) track.next = track.last + 1;
  askOn(rows, track);
  return problems;
}

/** One question at a time: there is one connection. */
function inTurn(rows: Rows): Rows {
  let turn: Promise<unknown> = Promise.resolve();
  return (row, sql, parameters) => {
    const mine = turn.then(() => rows(row, sql, parameters));
    turn = mine.catch(() => undefined);
    return mine;
  };
}

/** `placeOf` finds the first id worth reading. */
export async function* packitHistory(
  rows: Rows,
  placeOf: (type: PackitType, since: Instant) => Promise<number>,
  asked: PastAsked,
): AsyncGenerator<Piece> {
  const first = new Map<PackitType, number>();
  for (const type of packitTypes) first.set(type, await placeOf(type, asked.from));
  const inOrder = inTurn(rows);
  const tracks: Track[] = [];
  for (const type of packitTypes) tracks.push(await trackOf(inOrder, type, first.get(type) ?? 1));
  const total = tracks.reduce((sum, { first, last }) => sum + Math.max(0, last - first + 1), 0);
  for (;;) {
    const problems: Problem[] = [];
    for (const track of tracks)
      if (!isDone(track) && track.waiting.length === 0) problems.push(...(await readOn(inOrder, track, asked)));
    const ready = Math.min(...tracks.filter((track) => !isDone(track)).map(({ newest }) => newest));
    const jobs: JobAt[] = [];
    for (const track of tracks) {
      jobs.push(...track.waiting.filter(({ job }) => job.createdAt <= ready));
      track.waiting = track.waiting.filter(({ job }) => job.createdAt > ready);
    }
    const left = tracks.reduce((sum, { next, last }) => sum + Math.max(0, last - next + 1), 0);
    yield {
      jobs: jobs.sort((a, b) => a.job.createdAt - b.job.createdAt),
      problems,
      done: total === 0 ? 1 : 1 - left / total,
    };
    if (tracks.every((track) => isDone(track) && track.waiting.length === 0)) return;
  }
}
