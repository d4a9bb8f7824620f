// The detector on streams of our own making at three volumes, seeds 1 to SEEDS (5), DAYS (30) each: a JSON line for each.
import { figuresOf, measure } from "./measure.ts";

const start = Date.parse("2026-01-05T00:00:00Z");
const seeds = Array.from({ length: Number(process.env["SEEDS"] ?? 5) }, (_, index) => index + 1);
const days = Number(process.env["DAYS"] ?? 30);

for (const rate of [5, 50, 500]) {
  const before = performance.now();
  const runs = seeds.map((seed) => measure({ seed, rate, days, start, outages: true }));
  const jobs = runs.reduce((sum, run) => sum + run.jobs, 0);
  const figure = `job detector at ${rate} jobs an hour`;
  const seconds = Math.round((performance.now() - before) / 100) / 10;
  console.log(
    JSON.stringify({ figure, seeds: seeds.length, jobs, seconds, ...figuresOf(runs.map(({ score }) => score)) }),
  );
}
