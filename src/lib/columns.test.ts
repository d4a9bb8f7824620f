import * as fc from "fast-check";
import { expect, test } from "vitest";
import { columns, pad, wrap } from "./columns.ts";

test("wide characters take two columns, combining ones none", () => {
  expect(columns("abc")).toBe(3);
  expect(columns("日本")).toBe(4);
  expect(columns("e\u0301")).toBe(1);
  expect(columns("🔥")).toBe(2);
  expect(pad("日本", 6)).toBe("日本  ");
});

test("text wraps at spaces, keeps its line breaks and its indent", () => {
  expect(wrap("one two three\nfour", 9, "  ")).toBe("  one two\n  three\n  four");
});

test("no line is wider than asked, and nothing but white space is lost", () => {
  fc.assert(
    fc.property(fc.string({ unit: "grapheme" }), fc.integer({ min: 4, max: 40 }), (text, width) => {
      const wrapped = wrap(text, width, "  ");
      for (const line of wrapped.split("\n")) expect(columns(line)).toBeLessThanOrEqual(width);
      expect(wrapped.replaceAll(/\s/gu, "")).toBe(text.replaceAll(/\s/gu, ""));
    }),
  );
});
