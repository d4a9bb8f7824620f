// Figures of the last day for the pages of the tests: a morning with a slow hour, a gap, and jobs that fail.
import type { ComponentId } from "../../src/config/names.ts";
import { brand } from "../../src/lib/ids.ts";
import { chartSpan } from "../../src/status/chart-points.ts";
import type { ChartsOfAll, PublicChart, PublicSnapshot } from "../../src/status/snapshot.ts";
import { noon } from "./snapshots.ts";

export const span = chartSpan(noon);

/** One value for each step; undefined where nothing is known. */
export function chart(shows: PublicChart["shows"], values: readonly (number | undefined)[]): PublicChart {
  const points = values.flatMap((value, n) =>
    value === undefined ? [] : [{ at: span.from + n * span.stepMs, value }],
  );
  return { shows, points };
}

const steps = Array.from({ length: 48 }, (_, n) => n);

export const answers: PublicChart = chart(
  "response_time",
  steps.map((n) => (n > 15 && n < 20 ? undefined : n === 22 ? 310 : n === 30 ? 2_400 : 180 + ((n * 37) % 60))),
);

export const failures: PublicChart = chart(
  "failed_jobs",
  steps.map((n) => (n < 6 ? undefined : n > 28 && n < 34 ? 12.5 + n : n % 7)),
);

export function chartsOf(of: Readonly<Record<string, readonly PublicChart[]>>): ChartsOfAll {
  return { ...span, of: new Map(Object.entries(of).map(([id, all]) => [brand<ComponentId>(id), all])) };
}

export function drawn(snapshot: PublicSnapshot): PublicSnapshot {
  return { ...snapshot, charts: chartsOf({ copr: [answers, failures], c0: [answers, failures, answers, failures] }) };
}
