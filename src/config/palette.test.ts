import { expect, test } from "vitest";
import { contrast, dark, light, stateText, unreadable } from "./palette.ts";

test.each([
  ["#000000", "#ffffff", 21],
  ["#777777", "#ffffff", 4.48],
  ["#ff0000", "#ffffff", 4],
])("the contrast of %s to %s is %f, as WCAG counts it", (a, b, ratio) => {
  expect(contrast(a, b)).toBeCloseTo(ratio, 1);
  expect(contrast(b, a)).toBe(contrast(a, b));
});

test("our own colours can be read", () => {
  expect(unreadable(light, "light")).toEqual([]);
  expect(unreadable(dark, "dark")).toEqual([]);
  for (const [scheme, of] of [
    ["light", light],
    ["dark", dark],
  ] as const)
    // prettier-ignore
    for (const text of Object.values(stateText[scheme])) expect(contrast(text, of.paper)).toBeGreaterThanOrEqual(4.5);
});

test.each([
  ["light", { link: "#ffcc00" }, "link"],
  ["dark", { link: "#24529c" }, "link"],
  ["light", { paper: "#888888" }, "paper"],
  ["dark", { card: "#555555" }, "card"],
] as const)("in %s, %o is refused with a colour that would do", (scheme, given, tone) => {
  const [found] = unreadable(given, scheme);
  expect(found?.tone).toBe(tone);
  const better = /(#[0-9a-f]{6}) would do/u.exec(found?.message ?? "")?.[1];
  expect(better).toBeDefined();
  expect(unreadable({ ...given, [tone]: better }, scheme)).toEqual([]);
});

test("colours that were chosen together are judged together", () => {
  expect(unreadable({ paper: "#102030", card: "#102030", ink: "#ffffff", muted: "#dddddd", link: "#ffffff" }, "light").map(({ tone }) => tone)).toEqual(["paper", "card"]); // prettier-ignore
  expect(unreadable({ link: "#8a2be2", paper: "#fffdf5" }, "light")).toEqual([]);
});
