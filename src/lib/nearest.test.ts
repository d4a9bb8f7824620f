import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { nearest, suggest } from "./nearest.ts";

const known = ["components", "channels", "sources", "site", "server", "people", "password", "token"];

describe("the nearest name", () => {
  test.each([
    ["a letter too few", "chanels", "channels"],
    ["a letter too many", "sourcess", "sources"],
    ["another letter", "sarver", "server"],
    ["two letters swapped", "tokne", "token"],
    ["other capitals", "PASSWORD", "password"],
    ["a beginning", "comp", "components"],
    ["more than the name", "site_url", "site"],
  ])("is found behind %s", (_slip, wrong, meant) => {
    expect(nearest(wrong, known)).toBe(meant);
  });

  test.each(["", "x", "xyz", "zzzzzzzz", "si"])("of %o is none, for it is no slip", (wrong) => {
    expect(nearest(wrong, known)).toBeUndefined();
  });

  test("is the nearest of several", () => {
    expect(nearest("copr-buid", ["copr-tests", "copr-build", "build"])).toBe("copr-build");
    expect(nearest("tset", ["best", "test"])).toBe("test");
  });

  test("of a name is the name itself, and of one slip in a long name the name", () => {
    const name = fc.stringMatching(/^[a-z]{6,20}$/);
    fc.assert(
      fc.property(name, fc.nat(), fc.nat(), (right, at, letter) => {
        expect(nearest(right, [right])).toBe(right);
        const place = at % right.length;
        const other = String.fromCodePoint(97 + (letter % 26));
        expect(nearest(right.slice(0, place) + other + right.slice(place + 1), [right])).toBe(right);
        expect(nearest(right.slice(0, place) + right.slice(place + 1), [right])).toBe(right);
      }),
    );
  });

  test("of a text of any length is found at once", () => {
    const began = performance.now();
    nearest(
      "x".repeat(1_000_000),
      Array.from({ length: 1_000 }, (_, i) => `name-${i}`),
    );
    expect(performance.now() - began).toBeLessThan(2_000);
  });
});

describe("a suggestion", () => {
  test("is the nearest name, or all that there are", () => {
    expect(suggest("chanels", known)).toBe('did you mean "channels"?');
    expect(suggest("xyz", ["b", "a"])).toBe("known: a, b");
    expect(suggest("xyz", [])).toBe("there are none");
  });

  test("lists no more than twenty", () => {
    const many = Array.from({ length: 30 }, (_, i) => `name${String(i).padStart(2, "0")}`);
    expect(suggest("qqq", many)).toMatch(/^known: name00, .*, name19, …$/);
    expect(suggest("qqq", many.slice(0, 20))).toMatch(/name19$/);
  });

  test("leaves the list that it was given as it was", () => {
    const list = ["b", "a"];
    suggest("xyz", list);
    expect(list).toEqual(["b", "a"]);
  });
});
