import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { count, list, oneLine, plainText } from "./text.ts";

/** Any code units at all, with more of the dangerous ones. */
const hostile = fc
  .array(
    fc.oneof(
      fc.integer({ min: 0, max: 0xffff }).map((unit) => String.fromCharCode(unit)),
      fc.constantFrom(
        "\u001b[31m",
        "\r\n",
        "\r",
        "\u202e",
        "\u2028",
        "\u0085",
        "\u009b",
        "\u0007",
        "\ud800",
        "🔔",
        "a",
        " ",
      ),
    ),
    { maxLength: 60 },
  )
  .map((parts) => parts.join(""));

describe("plain text", () => {
  test("keeps words, line breaks and tabs", () => {
    expect(plainText("Žluťoučký\tkůň 🔔\nsecond\r\nthird\rfourth")).toBe("Žluťoučký\tkůň 🔔\nsecond\nthird\nfourth");
  });

  test.each([
    ["a terminal's escape", "a\u001b[31mb", "a[31mb"],
    ["an eight-bit escape", "a\u009b31mb", "a31mb"],
    ["a bell and a null", "a\u0007\u0000b", "ab"],
    ["a turn of direction", "a\u202eb\u2066c\u200fd\u061ce", "abcde"],
    ["a byte order mark", "\ufeffa", "a"],
    ["half a character", "a\ud800b", "a\ufffdb"],
  ])("loses %s", (_what, text, plain) => {
    expect(plainText(text)).toBe(plain);
  });

  test("loses each of the characters that nobody sees and that steer, and no other", () => {
    const lost = Array.from({ length: 0xd800 }, (_, unit) => String.fromCharCode(unit)).filter(
      (character) => plainText(`a${character}b`) === "ab",
    );
    const codes = lost.map((character) => character.charCodeAt(0));
    const range = (from: number, to: number): readonly number[] =>
      Array.from({ length: to - from + 1 }, (_, i) => from + i);
    expect(codes).toEqual([
      ...range(0x00, 0x08),
      ...range(0x0b, 0x0c),
      ...range(0x0e, 0x1f),
      ...range(0x7f, 0x9f),
      0x61c,
      0x200e,
      0x200f,
      ...range(0x202a, 0x202e),
      ...range(0x2066, 0x2069),
    ]);
  });

  test("holds nothing that steers a terminal or the direction, whatever came in, and is its own plain text", () => {
    fc.assert(
      fc.property(hostile, (text) => {
        const plain = plainText(text);
        // oxlint-disable-next-line no-control-regex
        expect(plain).not.toMatch(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/);
        expect(plain.isWellFormed()).toBe(true);
        expect(plainText(plain)).toBe(plain);
      }),
      { numRuns: 1_000 },
    );
  });
});

describe("one line", () => {
  test("has spaces for all breaks, and none at its ends", () => {
    expect(oneLine("  a\n\n b\tc\u2028d\u0085e  ")).toBe("a b c de");
  });

  test("is cut between characters, with an ellipsis", () => {
    expect(oneLine("🔔🔔🔔", 3)).toBe("🔔🔔🔔");
    expect(oneLine("🔔🔔🔔🔔", 3)).toBe("🔔🔔…");
    expect(oneLine("abc", 1)).toBe("…");
    expect(oneLine("abc", 0)).toBe("…");
    expect([...oneLine("x".repeat(5_000))]).toHaveLength(1_000);
  });

  test("is one line and no longer than asked, whatever came in", () => {
    fc.assert(
      fc.property(hostile, fc.integer({ min: 1, max: 80 }), (text, max) => {
        const line = oneLine(text, max);
        expect(line).not.toMatch(/[\n\r\t\u2028\u2029]/);
        expect([...line].length).toBeLessThanOrEqual(max);
      }),
      { numRuns: 1_000 },
    );
  });
});

test("things are counted", () => {
  expect([0, 1, 2].map((n) => count(n, "project"))).toEqual(["0 projects", "1 project", "2 projects"]);
});

test("things are listed", () => {
  expect([[], ["a"], ["a", "b"], ["a", "b", "c"]].map(list)).toEqual(["", "a", "a and b", "a, b and c"]);
});
