import * as fc from "fast-check";
import { expect, test } from "vitest";
import { day, hour, minute, second } from "../lib/clock.ts";
import { bucketsOf, coarsen, quantile, uptimeOf } from "./bucket.ts";
import type { Bucket, Stretch } from "./sample.ts";
import { partsOf, spanStart } from "./span.ts";

const t0 = Date.parse("2026-11-22T10:00:00Z");

/** Stretches one after the other, with gaps in which nobody looked. */
const stretches: fc.Arbitrary<readonly Stretch[]> = fc
  .array(
    fc.record({
      gap: fc.nat(90 * second),
      ms: fc.nat(3 * minute),
      up: fc.boolean(),
      tookMs: fc.option(fc.double({ min: 0.1, max: 60_000, noNaN: true }), { nil: undefined }),
      jobs: fc.option(fc.record({ finished: fc.nat(50), failed: fc.nat(20) }), { nil: undefined }),
    }),
    { maxLength: 60 },
  )
  .map((list) => {
    let end = t0;
    return list.map(({ gap, ms, up, tookMs, jobs }): Stretch => {
      const from = end + gap;
      end = from + ms;
      return { from, ms, up, ...(tookMs === undefined ? {} : { tookMs }), ...(jobs === undefined ? {} : { jobs }) };
    });
  });

function sums(buckets: readonly Bucket[]): object {
  const sum = (figure: (bucket: Bucket) => number): number => buckets.reduce((all, bucket) => all + figure(bucket), 0);
  return {
    up: sum(({ upMs }) => upMs),
    down: sum(({ downMs }) => downMs),
    answers: sum(({ took }) => took?.count ?? 0),
    took: Math.round(sum(({ took }) => took?.sumMs ?? 0)),
    finished: sum(({ jobs }) => jobs?.finished ?? 0),
    failed: sum(({ jobs }) => jobs?.failed ?? 0),
    slowest: Math.max(0, ...buckets.map(({ took }) => took?.maxMs ?? 0)),
  };
}

test("no second, answer or job is lost or counted twice, however coarse the buckets are", () => {
  fc.assert(
    fc.property(stretches, (list) => {
      const fine = bucketsOf(list, minute);
      const ms = (up: boolean): number => list.filter((one) => one.up === up).reduce((sum, one) => sum + one.ms, 0);
      expect(sums(fine)).toMatchObject({ up: ms(true), down: ms(false) });
      expect(sums(coarsen(fine, hour))).toEqual(sums(fine));
      expect(sums(coarsen(coarsen(fine, hour), day))).toEqual(sums(fine));
      for (const { upMs, downMs } of fine) expect(upMs + downMs).toBeLessThanOrEqual(minute);
    }),
  );
});

test("a half and the slowest twentieth of the answers are told within a tenth", () => {
  const answers = Array.from({ length: 1_000 }, (_, n) => 5 + n);
  const [all] = coarsen(
    bucketsOf(
      answers.map((tookMs, n) => ({ from: t0 + n, ms: 1, up: true, tookMs })),
      minute,
    ),
    day,
  );
  if (all?.took === undefined) throw new Error("no answers");
  expect(quantile(all.took, 0.5)).toBeGreaterThan(505 * 0.9);
  expect(quantile(all.took, 0.5)).toBeLessThan(505 * 1.1);
  expect(quantile(all.took, 0.95)).toBeGreaterThan(955 * 0.9);
  expect(quantile(all.took, 0.95)).toBeLessThan(955 * 1.1);
  expect(quantile(all.took, 1)).toBe(1_004);
});

test("a time in which nobody looked is unknown, and counts neither for nor against", () => {
  const seen = bucketsOf([{ from: t0, ms: 30 * minute, up: true }, { from: t0 + 30 * minute, ms: 10 * minute, up: false }], minute); // prettier-ignore
  expect(uptimeOf(seen, t0, t0 + hour)).toEqual({
    upMs: 30 * minute,
    downMs: 10 * minute,
    unknownMs: 20 * minute,
    uptime: 0.75,
    coverage: 40 / 60,
  });
  expect(uptimeOf([], t0, t0 + hour)).toEqual({ upMs: 0, downMs: 0, unknownMs: hour, coverage: 0 });
});

test("a span is read in parts that touch, each as coarse as its place allows", () => {
  const parts = partsOf(t0 + 90 * second, t0 + 3 * day + hour + minute);
  expect(parts.map(({ stepMs, from }) => [stepMs, from - t0])).toEqual([
    [minute, 90 * second],
    [hour, hour],
    [day, 14 * hour],
    [hour, 14 * hour + 2 * day],
    [minute, 3 * day + hour],
  ]);
  fc.assert(
    fc.property(fc.nat(400 * day), fc.nat(400 * day), (a, b) => {
      const [from, to] = [t0 + Math.min(a, b), t0 + Math.max(a, b)];
      const all = partsOf(from, to);
      expect(all.reduce((sum, part) => sum + part.to - part.from, 0)).toBe(to - from);
      expect(all.slice(1).every((part, i) => part.from === all[i]?.to)).toBe(true);
    }),
  );
});

test("a span of long ago begins at a whole hour, a young one at a whole minute", () => {
  const now = t0 + 100 * day + 90 * second;
  expect(spanStart(now - day, now, 14 * day)).toBe(t0 + 99 * day + minute);
  expect(spanStart(now - 30 * day, now, 14 * day)).toBe(t0 + 70 * day);
});
