import * as fc from "fast-check";
import { expect, test } from "vitest";
import { takeToken, type Bucket, type Rate } from "./token-bucket.ts";

const t0 = 1_000_000;

function taken(rate: Rate, moments: readonly number[]): readonly boolean[] {
  let bucket: Bucket | undefined;
  return moments.map((at) => {
    const took = takeToken(bucket, rate, at);
    if (took.ok) bucket = took.bucket;
    return took.ok;
  });
}

test("a burst of the whole count is let through, then one for each share of the time", () => {
  const rate = { count: 2, perMs: 1_000 };
  expect(taken(rate, [t0, t0, t0, t0 + 499, t0 + 500, t0 + 501, t0 + 10_000, t0 + 10_000, t0 + 10_000])).toEqual([
    true,
    true,
    false,
    false,
    true,
    false,
    true,
    true,
    false,
  ]);
});

test("it says in how long there is one again, and keeps that word", () => {
  const rate = { count: 3, perMs: 60_000 };
  let bucket: Bucket | undefined;
  for (let n = 0; n < 3; n++) {
    const took = takeToken(bucket, rate, t0);
    bucket = took.ok ? took.bucket : expect.fail("the burst is let through");
  }
  const refused = takeToken(bucket, rate, t0);
  expect(refused).toEqual({ ok: false, waitMs: 20_000 });
  expect(takeToken(bucket, rate, t0 + 19_999).ok).toBe(false);
  expect(takeToken(bucket, rate, t0 + 20_000).ok).toBe(true);
});

test("over any time no more than the burst and the rate get through, whatever the clock does", () => {
  const steps = fc.array(fc.integer({ min: -2_000, max: 2_000 }), { maxLength: 200 });
  fc.assert(
    fc.property(steps, fc.integer({ min: 1, max: 20 }), (moves, count) => {
      let at = t0;
      let forward = 0;
      const moments = moves.map((move) => {
        forward += Math.max(0, move);
        return (at += move);
      });
      const through = taken({ count, perMs: 1_000 }, moments).filter(Boolean).length;
      expect(through).toBeLessThanOrEqual(count + (forward * count) / 1_000 + 1e-6);
    }),
  );
});
