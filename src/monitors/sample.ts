// What a look saw, in numbers, whether or not it is an alert: for charts and uptime.
import type { ComponentId, SourceId } from "../config/names.ts";
import type { Instant } from "../lib/clock.ts";

export type JobCounts = { readonly finished: number; readonly failed: number };

export type Sample = {
  readonly component?: ComponentId;
  readonly at: Instant;
  readonly up: boolean;
  readonly tookMs?: number;
  /** Jobs that ended since the sample before. */
  readonly jobs?: JobCounts;
};

/** Samples of one source about one component, or about none. */
export type Series = { readonly source: SourceId; readonly component: ComponentId | undefined };

/** A time in which somebody looked, and what was seen at its beginning. */
export type Stretch = {
  readonly from: Instant;
  readonly ms: number;
  readonly up: boolean;
  readonly tookMs?: number;
  readonly jobs?: JobCounts;
};

/** How long answers took. `bins` counts them by size, each bin a fifth wider than the one before. */
export type Took = {
  readonly count: number;
  readonly sumMs: number;
  readonly minMs: number;
  readonly maxMs: number;
  readonly bins: ReadonlyMap<number, number>;
};

/** What was seen in a span of time. What is neither up nor down is unknown. */
export type Bucket = {
  readonly at: Instant;
  readonly stepMs: number;
  readonly upMs: number;
  readonly downMs: number;
  readonly took?: Took;
  readonly jobs?: JobCounts;
};
