// The past of a stream of jobs, for a backtest: read from its beginning to its end, a piece at a time.
import type { Instant } from "../lib/clock.ts";
import type { Job } from "./job.ts";

/** A job, and where it stands: a line of a file, an id of a table. */
export type JobAt = { readonly where: string; readonly job: Job };
export type Problem = { readonly where: string; readonly why: string };

export type Piece = {
  readonly jobs: readonly JobAt[];
  /** What is no job, and why. */
  readonly problems: readonly Problem[];
  /** How far, between 0 and 1. */
  readonly done: number;
};

/** When we saw a job start or end, where its table has no time for it. */
export type Observed = { readonly job: string; readonly startedAt?: Instant; readonly finishedAt: Instant };

export type ObservedTimes = ReadonlyMap<string, Observed>;

export type PastAsked = {
  readonly from: Instant;
  readonly to: Instant;
  readonly observed: ObservedTimes;
};

/** What a source of jobs can tell of its past. */
export type JobPast = {
  /** Which job type follows which. */
  readonly after: Readonly<Record<string, string>>;
  /** The file that it reads, where it reads one. */
  readonly file?: string;
  /** The jobs that were created in a span of time, about in the order of their creation. Throws when they cannot be read. */
  readonly history?: (asked: PastAsked, signal: AbortSignal) => AsyncIterable<Piece>;
};
