// What a chart shows of the buckets of a source: one figure for each step in which there was one. Pure.
import type { ComponentId } from "../config/names.ts";
import type { Figures } from "../config/plug-ins.ts";
import { day, minute, type Instant } from "../lib/clock.ts";
import { coarsen, quantile } from "../monitors/bucket.ts";
import type { Bucket } from "../monitors/sample.ts";
import type { PublicChart } from "./snapshot.ts";

const stepMs = 30 * minute;
const shownMs = day;
/** What is younger may not have been written yet. */
const unwritten = 2 * minute;

/** The last day in whole steps: what is drawn of a step does not change any more. */
export function chartSpan(now: Instant): { readonly from: Instant; readonly to: Instant; readonly stepMs: number } {
  const to = Math.floor((now - unwritten) / stepMs) * stepMs;
  return { from: to - shownMs, to, stepMs };
}

/** Milliseconds or percent; undefined: no answer came, or no job ended. */
function figureOf({ took, jobs }: Bucket, shows: Figures): number | undefined {
  if (shows !== "failed_jobs") return took === undefined ? undefined : Math.round(quantile(took, 0.5) * 10) / 10;
  return jobs === undefined || jobs.finished === 0 ? undefined : Math.round((1_000 * jobs.failed) / jobs.finished) / 10;
}

type Told = { readonly component: ComponentId | undefined; readonly buckets: readonly Bucket[] };

/** What the source says of this component; else what it says of none in particular. */
export function chartOf(series: readonly Told[], component: ComponentId, shows: Figures): PublicChart {
  const own =
    series.find((each) => each.component === component) ?? series.find((each) => each.component === undefined);
  const points = coarsen(own?.buckets ?? [], stepMs).flatMap((bucket) => {
    const value = figureOf(bucket, shows);
    return value === undefined ? [] : [{ at: bucket.at, value }];
  });
  return { shows, points };
}
