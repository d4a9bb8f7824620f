import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { jsonPathTrouble, valuesAt } from "./json-path.ts";

const body = {
  id: 7,
  items: [{ id: "a" }, { id: "b", tags: [{ name: "host", value: "h1" }] }],
  "a b": { "c'd": true, none: null },
};

describe("a path finds", () => {
  test.each<readonly [string, readonly unknown[]]>([
    ["$", [body]],
    ["$.id", [7]],
    ["$['a b']['c\\'d']", [true]],
    ["$['a b'].none", [null]],
    ["$.items[*].id", ["a", "b"]],
    ["$.items[-1].id", ["b"]],
    ["$.items[0:1].id", ["a"]],
    ["$.items[*].tags[?@.name == 'host'].value", ["h1"]],
    ["$.items[?count(@.tags[*]) > 0].id", ["b"]],
    ["$.items[?@.id == $.items[1].id].id", ["b"]],
    ["$.nothing.here", []],
    ["$.constructor", []],
    ["$.__proto__", []],
    ["$.items.length", []],
  ])("%s", (path, found) => {
    expect(jsonPathTrouble(path)).toBeUndefined();
    expect(valuesAt(path, body)).toEqual(found);
  });

  test("no more than is asked for", () => {
    expect(valuesAt("$[*]", Array.from({ length: 1_000_000 }), 3)).toHaveLength(3);
  });
});

describe("a path is refused", () => {
  test.each([
    ["id", /"id" is no JSON path/u],
    ["", /is no JSON path/u],
    ["$.", /is no JSON path/u],
    ["$.a[?@.b == ]", /is no JSON path/u],
    ["$[?match(@.a, '(a+)+$')]", /match/u],
    ["$[?search(@.a, 'a')]", /search/u],
    ["$..id", /searches everywhere with \.\./u],
    ["$[?@..id]", /searches everywhere with \.\./u],
    ["$[?(@.a && !(@..b == 1 || @.c))]", /is no JSON path/u],
    ["$[?count($..a) > 1]", /within a filter \$ must lead to one place/u],
    ["$[?$.items[*]]", /within a filter \$ must lead to one place/u],
    ["$[?@.a[?$[*]]]", /within a filter \$ must lead to one place/u],
    [`$.${"a".repeat(500)}`, /more than 500 characters/u],
  ])("with a reason: %s", (path, reason) => {
    expect(jsonPathTrouble(path)).toMatch(reason);
    expect(() => valuesAt(path, {})).toThrow(reason);
  });
});

test("no text breaks it, and what it allows takes any JSON", () => {
  const text = fc.array(fc.constantFrom("$", ".", "[", "]", "*", "?", "@", "a", "'", "0", ":", "==", "&&", "(", ")"));
  fc.assert(
    fc.property(text, fc.jsonValue(), (parts, value) => {
      const path = parts.join("");
      if (jsonPathTrouble(path) === undefined) valuesAt(path, value);
    }),
    { numRuns: 2_000 },
  );
});
