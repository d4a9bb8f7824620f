import * as fc from "fast-check";
import { expect, test } from "vitest";
import { day, hour, minute } from "../lib/clock.ts";
import { bucketsOf } from "./bucket.ts";
import { emptyHour, grown, joined, packBuckets, packHour, unpackBuckets, unpackHour } from "./packed.ts";
import type { Stretch } from "./sample.ts";

const at = Date.parse("2026-11-22T10:00:00Z");

const stretches: fc.Arbitrary<readonly Stretch[]> = fc
  .array(
    fc.record({
      gap: fc.nat(20_000),
      ms: fc.integer({ min: 1, max: 60_000 }),
      up: fc.boolean(),
      took: fc.nat(600_000),
      jobs: fc.option(fc.record({ finished: fc.nat(300), failed: fc.nat(300) }), { nil: undefined }),
    }),
    { maxLength: 50 },
  )
  .map((list) => {
    let end = at;
    return list.map(({ gap, ms, up, took, jobs }): Stretch => {
      const from = end + gap;
      end = from + ms;
      return { from, ms, up, tookMs: took / 10, ...(jobs === undefined ? {} : { jobs }) };
    });
  });

const packed = (list: readonly Stretch[]): Uint8Array => packHour(list.reduce(grown, emptyHour(at)));

test("stretches come back as they were, written at once or in two halves", () => {
  fc.assert(
    fc.property(stretches, fc.nat(50), (list, half) => {
      expect(unpackHour(packed(list), at)).toEqual(list);
      const later = list.slice(half).reduce(grown, emptyHour(at));
      expect(unpackHour(packHour(joined(packed(list.slice(0, half)), later)), at)).toEqual(list);
    }),
  );
});

test("what goes on as it was makes the last stretch longer, and nothing counts twice", () => {
  const one = grown(grown(emptyHour(at), { from: at, ms: 5_000, up: true }), { from: at + 5_000, ms: 5_000, up: true });
  expect(unpackHour(packHour(one), at)).toEqual([{ from: at, ms: 10_000, up: true }]);
  const over = grown(one, { from: at + 8_000, ms: 4_000, up: false });
  expect(unpackHour(packHour(over), at)).toEqual([
    { from: at, ms: 10_000, up: true },
    { from: at + 10_000, ms: 2_000, up: false },
  ]);
  expect(grown(over, { from: at, ms: 1_000, up: true })).toBe(over);
});

test("buckets come back as they were", () => {
  fc.assert(
    fc.property(stretches, (list) => {
      for (const [stepMs, start] of [
        [minute, at],
        [hour, at - day],
      ] as const) {
        const buckets = bucketsOf(list, stepMs);
        const back = unpackBuckets(packBuckets(buckets, start), start, stepMs);
        expect(back.map(({ took, ...rest }) => ({ ...rest, answers: took?.count, bins: took?.bins }))).toEqual(
          buckets.map(({ took, ...rest }) => ({ ...rest, answers: took?.count, bins: took?.bins })),
        );
        back.forEach(({ took }, i) => expect(took?.sumMs ?? 0).toBeCloseTo(buckets[i]?.took?.sumMs ?? 0, 0));
      }
    }),
  );
});

test("bytes that are no samples are refused, never read for ever", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 100 }), (bytes) => {
      for (const read of [() => unpackHour(bytes, at), () => unpackBuckets(bytes, at, hour)])
        try {
          read();
        } catch (thrown) {
          expect(thrown).toBeInstanceOf(Error);
        }
    }),
  );
  expect(() => unpackHour(Uint8Array.of(9, 1, 1, 1), at)).toThrow(/form 9/u);
  expect(() => unpackHour(Uint8Array.of(), at)).toThrow(/form/u);
  expect(() => unpackHour(packed([{ from: at, ms: 5_000, up: true }]).slice(0, -1), at)).toThrow(/too early/u);
});
