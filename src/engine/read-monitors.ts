// What the monitors saw, read for whoever asks: how much of a span was up, down and unknown, and its course.
import { lookingPart } from "../alerts/source.ts";
import { readSourceState, type SourceState } from "../alerts/source-state-store.ts";
import type { ComponentId } from "../config/names.ts";
import { day, minute, second, type Instant } from "../lib/clock.ts";
import { coarsen, uptimeOf, type Uptime } from "../monitors/bucket.ts";
import { minutesKept, readBuckets } from "../monitors/sample-store.ts";
import type { Bucket } from "../monitors/sample.ts";
import { partsOf, spanStart } from "../monitors/span.ts";
import type { Desk, DeskSource } from "./desk.ts";

export type Monitor = {
  readonly source: DeskSource;
  readonly component: ComponentId | undefined;
  readonly state: SourceState | undefined;
  /** Of the last day, month and quarter. */
  readonly uptimes: Readonly<Record<keyof typeof windows, Uptime>>;
};

const windows = { day, month: 30 * day, quarter: 90 * day } as const;

/** What is younger may not have been written yet, and would look unknown. */
const unwritten = 70 * second;

export const settledUntil = (now: Instant): Instant => Math.floor((now - unwritten) / minute) * minute;

export function monitorsOf(desk: Desk): readonly DeskSource[] {
  return [...desk.sources.values()].filter(({ source }) => lookingPart(source) !== undefined);
}

/** One for each component that the source has told of; one at least. */
export async function readMonitor(desk: Desk, source: DeskSource): Promise<readonly Monitor[]> {
  const state = await readSourceState(desk.db, source.id);
  const to = settledUntil(desk.clock.now());
  const read = async (span: number): Promise<(component: string | undefined) => Uptime> => {
    const from = spanStart(to - span, to, minutesKept);
    const found = await readBuckets(desk.db, source.id, partsOf(from, to));
    for (const { component } of found) components.add(component);
    return (component) => uptimeOf(found.find((each) => each.component === component)?.buckets ?? [], from, to);
  };
  const components = new Set<ComponentId | undefined>();
  const [ofDay, ofMonth, ofQuarter] = [await read(windows.day), await read(windows.month), await read(windows.quarter)];
  const [only, ...others] = lookingPart(source.source)?.components ?? [];
  if (components.size === 0) components.add(others.length === 0 ? only : undefined);
  return [...components].map((component) => ({
    source,
    component,
    state,
    uptimes: { day: ofDay(component), month: ofMonth(component), quarter: ofQuarter(component) },
  }));
}

export type Course = { readonly component: ComponentId | undefined; readonly buckets: readonly Bucket[] };

/** In buckets of `stepMs`, which is a whole number of minutes. Spans in which nobody looked are left out. */
export async function readCourse(
  desk: Desk,
  source: DeskSource,
  span: { readonly from: Instant; readonly to: Instant; readonly stepMs: number },
): Promise<readonly Course[]> {
  const { from, to, stepMs } = span;
  const finest = levelFor(stepMs);
  const found = await readBuckets(desk.db, source.id, [{ stepMs: finest, from: Math.floor(from / finest) * finest, to }]); // prettier-ignore
  return found.map(({ component, buckets }) => ({ component, buckets: coarsen(buckets, stepMs) }));
}

/** The coarsest kept buckets of which steps of this length can be made. */
export function levelFor(stepMs: number): number {
  return [day, 60 * minute].find((level) => stepMs % level === 0) ?? minute;
}
