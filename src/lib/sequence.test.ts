import * as fc from "fast-check";
import { expect, test } from "vitest";
import { compareSequence } from "./sequence.ts";

test("a later epoch is newer, whatever its number", () => {
  expect(compareSequence({ epoch: 2, seq: 0 }, { epoch: 1, seq: 999 })).toBeGreaterThan(0);
});

test("in one epoch the higher number is newer", () => {
  expect(compareSequence({ epoch: 1, seq: 1 }, { epoch: 1, seq: 2 })).toBeLessThan(0);
  expect(compareSequence({ epoch: 1, seq: 2 }, { epoch: 1, seq: 2 })).toBe(0);
});

test("any states come into one order, that of their epochs and numbers", () => {
  const state = fc.record({ epoch: fc.nat({ max: 3 }), seq: fc.nat({ max: 5 }) });
  fc.assert(
    fc.property(fc.array(state), (states) => {
      const rank = ({ epoch, seq }: { epoch: number; seq: number }): number => epoch * 100 + seq;
      expect(states.toSorted(compareSequence).map(rank)).toEqual(states.map(rank).toSorted((a, b) => a - b));
    }),
  );
});
