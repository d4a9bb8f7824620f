// Which buckets tell of a span of time: as coarse as they can be, as fine as its ends need.
import { day, hour, minute, type Instant } from "../lib/clock.ts";

/** A part of a span, to be read in buckets of `stepMs`. */
export type Part = { readonly stepMs: number; readonly from: Instant; readonly to: Instant };

const coarseFirst = [day, hour, minute];

/** In order, without a gap. The ends of the span go by the minute. */
export function partsOf(from: Instant, to: Instant, steps: readonly number[] = coarseFirst): readonly Part[] {
  const [stepMs, ...finer] = steps;
  if (from >= to || stepMs === undefined) return [];
  if (finer.length === 0) return [{ stepMs, from, to }];
  const first = Math.ceil(from / stepMs) * stepMs;
  const last = Math.floor(to / stepMs) * stepMs;
  if (first >= last) return partsOf(from, to, finer);
  return [...partsOf(from, first, finer), { stepMs, from: first, to: last }, ...partsOf(last, to, finer)];
}

/** Where a span really begins: at a whole minute, and longer ago, when minutes are not kept any more, at a whole hour. */
export function spanStart(from: Instant, now: Instant, minutesKept: number): Instant {
  const step = now - from < minutesKept - hour ? minute : hour;
  return Math.floor(from / step) * step;
}
