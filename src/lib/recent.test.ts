import { expect, test } from "vitest";
import { recentNames } from "./recent.ts";

test("a name is new once, and old names are forgotten when there are many others", () => {
  const seen = recentNames(2);
  expect([seen("a"), seen("a"), seen("b"), seen("c"), seen("a")]).toEqual([false, true, false, false, true]);
  for (const name of ["d", "e", "f", "g", "h"]) seen(name);
  expect(seen("b")).toBe(false);
});
