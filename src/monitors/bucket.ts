// Stretches to buckets, fine buckets to coarse ones, buckets to an uptime. Nothing is lost but the order inside a bucket.
import type { Instant } from "../lib/clock.ts";
import type { Bucket, JobCounts, Stretch, Took } from "./sample.ts";

const growth = 1.2;
const tenth = 10;

/** Bins begin at a tenth of a millisecond. */
function binOf(ms: number): number {
  return ms <= 1 / tenth ? 0 : Math.round(Math.log(ms * tenth) / Math.log(growth));
}

function tookOne(ms: number): Took {
  return { count: 1, sumMs: ms, minMs: ms, maxMs: ms, bins: new Map([[binOf(ms), 1]]) };
}

function addTook(a: Took | undefined, b: Took | undefined): Took | undefined {
  if (a === undefined || b === undefined) return a ?? b;
  const bins = new Map(a.bins);
  for (const [bin, count] of b.bins) bins.set(bin, (bins.get(bin) ?? 0) + count);
  return {
    count: a.count + b.count,
    sumMs: a.sumMs + b.sumMs,
    minMs: Math.min(a.minMs, b.minMs),
    maxMs: Math.max(a.maxMs, b.maxMs),
    bins,
  };
}

function addJobs(a: JobCounts | undefined, b: JobCounts | undefined): JobCounts | undefined {
  if (a === undefined || b === undefined) return a ?? b;
  return { finished: a.finished + b.finished, failed: a.failed + b.failed };
}

/** So much of the answers was faster: `share` is .5 or .95. Within a tenth of the truth. */
export function quantile(took: Took, share: number): number {
  let left = share * took.count;
  for (const [bin, count] of [...took.bins].toSorted(([a], [b]) => a - b)) {
    left -= count;
    if (left <= 0) return Math.min(took.maxMs, Math.max(took.minMs, growth ** bin / tenth));
  }
  return took.maxMs;
}

/** Puts together what lies in the same span; spans without anything are left out. In order of time. */
export function coarsen(buckets: readonly Bucket[], stepMs: number): readonly Bucket[] {
  const made = new Map<Instant, Bucket>();
  for (const each of buckets) {
    const at = Math.floor(each.at / stepMs) * stepMs;
    const known = made.get(at);
    const took = addTook(known?.took, each.took);
    const jobs = addJobs(known?.jobs, each.jobs);
    made.set(at, {
      at,
      stepMs,
      upMs: (known?.upMs ?? 0) + each.upMs,
      downMs: (known?.downMs ?? 0) + each.downMs,
      ...(took === undefined ? {} : { took }),
      ...(jobs === undefined ? {} : { jobs }),
    });
  }
  return [...made.values()].toSorted((a, b) => a.at - b.at);
}

/** A stretch that reaches into the next span is cut there; its answer and its jobs stay where it began. */
export function bucketsOf(stretches: readonly Stretch[], stepMs: number): readonly Bucket[] {
  const cut = stretches.flatMap((stretch): readonly Bucket[] => {
    const pieces: Bucket[] = [];
    const end = stretch.from + stretch.ms;
    for (let from = stretch.from; from < end || pieces.length === 0;) {
      const at = Math.floor(from / stepMs) * stepMs;
      const ms = Math.min(end, at + stepMs) - from;
      const seen = { at, stepMs, upMs: stretch.up ? ms : 0, downMs: stretch.up ? 0 : ms };
      const { tookMs, jobs } = pieces.length === 0 ? stretch : {};
      const more = { ...(tookMs === undefined ? {} : { took: tookOne(tookMs) }), ...(jobs === undefined ? {} : { jobs }) }; // prettier-ignore
      pieces.push({ ...seen, ...more });
      from += Math.max(ms, 1);
    }
    return pieces;
  });
  return coarsen(cut, stepMs);
}

export type Uptime = {
  readonly upMs: number;
  readonly downMs: number;
  readonly unknownMs: number;
  /** Up, of the time in which somebody looked; absent when nobody did. */
  readonly uptime?: number;
  /** The share of the time in which somebody looked. */
  readonly coverage: number;
};

/** Of the buckets that begin in `[from, to)`. A time that no bucket tells of is unknown, never up. */
export function uptimeOf(buckets: readonly Bucket[], from: Instant, to: Instant): Uptime {
  const inside = buckets.filter(({ at }) => at >= from && at < to);
  const upMs = inside.reduce((sum, bucket) => sum + bucket.upMs, 0);
  const downMs = inside.reduce((sum, bucket) => sum + bucket.downMs, 0);
  const seen = upMs + downMs;
  const span = Math.max(0, to - from);
  return {
    upMs,
    downMs,
    unknownMs: Math.max(0, span - seen),
    ...(seen === 0 ? {} : { uptime: upMs / seen }),
    coverage: span === 0 ? 0 : Math.min(1, seen / span),
  };
}
