import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { linkKey, sameSecret } from "./signature.ts";

describe("a secret", () => {
  test("is the same only as itself, whatever its length", () => {
    expect(sameSecret("a token of our own", "a token of our own")).toBe(true);
    for (const other of ["", "a", "a token of our owm", "a token of our own ", "A token of our own", "x".repeat(1e6)])
      expect(sameSecret(other, "a token of our own")).toBe(false);
  });

  test("compares as texts compare", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), fc.string({ unit: "binary" }), (a, b) => {
        expect(sameSecret(a, a)).toBe(true);
        expect(sameSecret(a, b)).toBe(a === b);
      }),
    );
  });
});

describe("a link's key", () => {
  test("is 128 bits that fit into an address", () => {
    expect(linkKey("secret", "team:1")).toMatch(/^[\w-]{22}$/);
  });

  test("is the same for the same thing, and another for another thing or secret", () => {
    expect(linkKey("secret", "team:1")).toBe(linkKey("secret", "team:1"));
    const keys = [
      linkKey("secret", "team:1"),
      linkKey("secret", "team:11"),
      linkKey("secret2", "team:1"),
      linkKey("", ""),
    ];
    expect(new Set(keys).size).toBe(keys.length);
  });
});
