// The detector on streams whose outages are known, small and with fixed seeds; the whole of it is bench/detection/detect.ts.
import { expect, test } from "vitest";
import { figuresOf, measure } from "../bench/detection/measure.ts";

const start = Date.parse("2026-01-05T00:00:00Z");
const run = (seed: number, rate: number, outages = true) => measure({ seed, rate, days: 14, start, outages });

test("of the outages that could be seen at 60 jobs an hour nearly all are found, soon, and little is called for nothing", () => {
  const figures = figuresOf([1, 2].map((seed) => run(seed, 60).score));
  expect(figures.outages).toBeGreaterThan(8);
  expect(figures.recall).toBeGreaterThanOrEqual(0.8);
  expect(figures.recall_total).toBeGreaterThanOrEqual(0.85);
  expect(figures.precision).toBeGreaterThanOrEqual(0.9);
  expect(figures.false_alarms_per_30_days).toBeLessThanOrEqual(3);
  expect(figures.lag_total_min[0]).toBeLessThan(5);
  expect(figures.to_recover_min).toBeLessThan(45);
});

test("a service without outages, but with holidays, rebuilds, storms and teams that err together, is left in peace", () => {
  const { jobs, score } = run(3, 60, false);
  expect(jobs).toBeGreaterThan(10_000);
  expect(score.judged.length).toBeLessThanOrEqual(2);
});
