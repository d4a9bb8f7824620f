import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { confirm, unbroken, type Streak } from "./confirmation.ts";

const rule = { failAfter: 3, recoverAfter: 2 };

/** `+` is a good look, `-` a failure; one a minute. What turned, at which minute. */
function turns(looks: string, by = rule, from: Streak = unbroken): readonly string[] {
  let streak = from;
  return [...looks].flatMap((look, minute) => {
    const next = confirm(streak, look === "+", by, minute);
    streak = next.streak;
    return next.turned === undefined ? [] : [`${minute} ${next.turned} since ${next.since}`];
  });
}

describe("an alarm", () => {
  test.each([
    ["begins with the failure that confirms it, and dates from the first of the row", "+---", ["3 firing since 1"]],
    ["is not made of failures that good looks part", "--+--+--", []],
    ["ends with the second good look in a row", "---+-++", ["2 firing since 0", "6 resolved since 0"]],
    ["is told once, however long it goes on", "----------", ["2 firing since 0"]],
    ["begins anew after its end", "---++---", ["2 firing since 0", "4 resolved since 0", "7 firing since 5"]],
  ])("%s", (_, looks, expected) => {
    expect(turns(looks)).toEqual(expected);
  });

  test("begins at once where one failure is enough", () => {
    expect(turns("-+-", { failAfter: 1, recoverAfter: 1 })).toEqual([
      "0 firing since 0",
      "1 resolved since 0",
      "2 firing since 2",
    ]);
  });

  test("begins with the next failure when the config asks for fewer", () => {
    const { streak } = confirm(unbroken, false, { failAfter: 9, recoverAfter: 2 }, 0);
    expect(turns("-", { failAfter: 2, recoverAfter: 2 }, streak)).toEqual(["0 firing since 0"]);
  });
});

const looks = fc.string({ unit: fc.constantFrom("+", "-"), maxLength: 60 });
const rules = fc.record({ failAfter: fc.integer({ min: 1, max: 5 }), recoverAfter: fc.integer({ min: 1, max: 5 }) });

test("beginnings and ends take turns, and a beginning stands behind as many failures as the rule asks for", () => {
  fc.assert(
    fc.property(looks, rules, (text, by) => {
      const all = turns(text, by).map((said) => said.split(" "));
      all.forEach(([, turned], i) => expect(turned).toBe(i % 2 === 0 ? "firing" : "resolved"));
      for (const [minute, turned] of all) {
        const before = text.slice(0, Number(minute) + 1);
        expect(before.endsWith(turned === "firing" ? "-".repeat(by.failAfter) : "+".repeat(by.recoverAfter))).toBe(
          true,
        );
      }
    }),
  );
});

test("what is known stands still while nothing changes, however long", () => {
  fc.assert(
    fc.property(looks, rules, fc.boolean(), (text, by, well) => {
      let streak = unbroken;
      for (const [minute, look] of [...text].entries()) streak = confirm(streak, look === "+", by, minute).streak;
      for (let more = 0; more < 6; more++) streak = confirm(streak, well, by, 100).streak;
      expect(confirm(streak, well, by, 999).streak).toEqual(streak);
    }),
  );
});
