// One pass over a history, through each detector that is tried: what they would have said, and held against labels how right it was.
import type { Replay, Replayed, ReplayedAlarm } from "../detection/backtest.ts";
import { jobVolume, type JobVolume } from "../detection/job-volume.ts";
import { score, type Labels, type Score } from "../detection/score.ts";
import type { Piece } from "../jobs/job-past.ts";
import { day, hour, type Instant } from "../lib/clock.ts";
import { suggest } from "../lib/nearest.ts";
import { recentNames } from "../lib/recent.ts";
import type { Window } from "./backtest-options.ts";

/** A detector with one set of settings, and what people call it. */
export type Trial = { readonly name: string; readonly replay: Replay };

export type Span = { readonly from: Instant; readonly to: Instant };

export type TrialResult = {
  readonly name: string;
  readonly alarms: readonly ReplayedAlarm[];
  readonly endOfHistory: readonly ReplayedAlarm[];
  /** Alarms of one problem that came back within the hour are one incident. */
  readonly incidents: number;
  readonly score?: Score;
};

export type BacktestResult = {
  readonly jobs: number;
  /** Lines that are no job, jobs that came too late to be replayed, and jobs that ended nobody knows when. */
  readonly problems: number;
  readonly unended: number;
  readonly volume: JobVolume;
  /** Absent: there was no job. */
  readonly span?: Span;
  /** What was counted: without what the detectors only learnt from. */
  readonly judged?: Span;
  readonly trials: readonly TrialResult[];
};

/** A detector that has seen less is not held against labels; unless the whole history is hardly longer. */
const learning = 3 * day;
const reopened = hour;
const remembered = 200_000;

export type Tell = { readonly problem: (where: string, why: string) => void; readonly done: (share: number) => void };

const tooOld = "was created more than 6 h before jobs above it; sort the file by created_at";

function incidentsOf(alarms: readonly ReplayedAlarm[]): number {
  const last = new Map<string, Instant>();
  let incidents = 0;
  for (const { key, start, end } of alarms) {
    const before = last.get(key);
    if (before === undefined || start - before > reopened) incidents += 1;
    last.set(key, end ?? Number.POSITIVE_INFINITY);
  }
  return incidents;
}

function judgedSpan(span: Span, window: Window): Span {
  if (window.from !== undefined) return { from: Math.max(span.from, window.from), to: span.to };
  return span.to - span.from < 2 * learning ? span : { from: span.from + learning, to: span.to };
}

function resultOf(
  name: string,
  replayed: Replayed,
  window: Window,
  judged: Span | undefined,
  labels: Labels | undefined,
): TrialResult {
  const from = window.from ?? Number.NEGATIVE_INFINITY;
  const alarms = replayed.alarms.filter(({ end }) => end === undefined || end >= from);
  return {
    name,
    alarms,
    endOfHistory: replayed.endOfHistory,
    incidents: incidentsOf(alarms),
    ...(labels !== undefined && judged !== undefined && { score: score(labels, alarms, judged) }),
  };
}

/** Jobs from before the window teach the detectors, and nothing is said of that time. */
export async function runBacktest(
  pieces: AsyncIterable<Piece>,
  trials: readonly Trial[],
  window: Window,
  labels: Labels | undefined,
  tell: Tell,
): Promise<BacktestResult> {
  const volume = jobVolume();
  const seen = recentNames(remembered);
  const to = window.to ?? Number.POSITIVE_INFINITY;
  let [jobs, problems, unended] = [0, 0, 0];
  const problem = (where: string, why: string): void => {
    problems += 1;
    tell.problem(where, why);
  };
  for await (const piece of pieces) {
    for (const { where, why } of piece.problems) problem(where, why);
    for (const { where, job } of piece.jobs) {
      if (job.createdAt > to) continue;
      const taken = trials.map(({ replay }) => replay.take(job));
      if (taken.includes(false)) problem(where, tooOld);
      else if (!seen(job.id)) {
        jobs += 1;
        if (job.finishedAt === undefined && job.status !== "pending" && job.status !== "running") unended += 1;
      }
      volume.add(job);
    }
    tell.done(piece.done);
  }
  const replayed = trials.map(({ replay }) => replay.finish(window.to));
  const span = replayed[0]?.span;
  const judged = span === undefined ? undefined : judgedSpan(span, window);
  return {
    jobs,
    problems,
    unended,
    volume,
    ...(span !== undefined && { span }),
    ...(judged !== undefined && { judged }),
    trials: replayed.map((one, at) => resultOf(trials[at]?.name ?? "", one, window, judged, labels)),
  };
}

/** What is named in `after` and was never seen. */
export function unknownTypes(after: Readonly<Record<string, string>>, types: Iterable<string>): readonly string[] {
  const known = [...types];
  const named = [...new Set(Object.entries(after).flat())];
  return named
    .filter((type) => !known.includes(type))
    .map((type) => `no job is of the type ${type}; ${suggest(type, known)}`);
}
