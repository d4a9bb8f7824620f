import * as fc from "fast-check";
import { expect, test } from "vitest";
import { uuidv7 } from "./ids.ts";

test("an id is a UUID of version 7 with its moment in front", () => {
  const id = uuidv7(Date.parse("2022-02-22T19:22:22Z"));
  // The example of https://www.rfc-editor.org/rfc/rfc9562#appendix-A.6
  expect(id).toMatch(/^017f22e2-79b0-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
});

test("ids of one moment differ, and ids of later moments sort later", () => {
  expect(new Set(Array.from({ length: 1_000 }, () => uuidv7(0))).size).toBe(1_000);
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 2 ** 48 - 2 }), fc.integer({ min: 1, max: 1e6 }), (at, later) => {
      fc.pre(at + later < 2 ** 48);
      expect(uuidv7(at) < uuidv7(at + later)).toBe(true);
    }),
  );
});
