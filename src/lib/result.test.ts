import { describe, expect, test } from "vitest";
import { failed, ok, reasonOf } from "./result.ts";

test("an outcome is one or the other", () => {
  expect([ok(1), failed("no")]).toEqual([
    { ok: true, value: 1 },
    { ok: false, error: "no" },
  ]);
});

describe("the reason of what was thrown", () => {
  const circle = new Error("round");
  circle.cause = circle;
  const deep = Array.from({ length: 100 }).reduce<Error>(
    (cause, _, i) => new Error(`e${i}`, { cause }),
    new Error("end"),
  );
  const odd = {
    toString() {
      throw new Error("no");
    },
  };
  const loop: { self?: unknown } = {};
  loop.self = loop;

  test.each<[string, unknown, string]>([
    ["an error's message", new Error("gone"), "gone"],
    ["with its cause", new Error("fetch failed", { cause: new Error("ECONNREFUSED") }), "fetch failed (ECONNREFUSED)"],
    ["with a cause that is a text", new Error("a", { cause: "b" }), "a (b)"],
    ["of all that failed", new AggregateError([new Error("IPv4"), new Error("IPv6")]), "IPv4; IPv6"],
    ["of an aggregate with words of its own", new AggregateError([new Error("x")], "all failed"), "all failed"],
    ["an error without words", new TypeError(""), "TypeError"],
    ["an aggregate of nothing", new AggregateError([]), "AggregateError"],
    ["a text", "no", "no"],
    ["nothing", undefined, "undefined"],
    ["null", null, "null"],
    ["a symbol", Symbol("s"), "Symbol(s)"],
    ["an object", { code: 5 }, '{"code":5}'],
    ["an object without a prototype", Object.create(null), "{}"],
    ["an object that goes round", loop, "something that cannot be shown"],
    ["a function with an odd name", Object.assign(() => {}, odd), "something that cannot be shown"],
    ["an error that causes itself", circle, "round (round (round (round (round (…)))))"],
  ])("is %s", (_what, thrown, reason) => {
    expect(reasonOf(thrown)).toBe(reason);
  });

  test("stays short, however deep the causes go", () => {
    expect(reasonOf(deep)).toBe("e99 (e98 (e97 (e96 (e95 (…)))))");
  });
});
