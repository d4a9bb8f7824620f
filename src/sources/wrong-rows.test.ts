import { describe, expect, test } from "vitest";
import type { SourceId } from "../config/names.ts";
import { minute } from "../lib/clock.ts";
import { brand } from "../lib/ids.ts";
import { parseThreshold } from "./threshold.ts";
import { isFiring, judgeRows, noRows, rowsState, type WrongRow, type WrongRows } from "./wrong-rows.ts";

const terms = { source: brand<SourceId>("queue"), kind: "other" as const, forMs: 0 };
const row = (fingerprint: string, summary = "is wrong"): WrongRow => ({ fingerprint, summary, severity: "warning", labels: {} }); // prettier-ignore

/** Each look with these rows, a minute after the one before; what each said. */
function looks(rows: readonly (readonly string[])[], more: object = {}): { said: readonly string[]; state: WrongRows } {
  let state = noRows;
  const said: string[] = [];
  rows.forEach((names, i) => {
    const judged = judgeRows(rowsState.load(rowsState.save(state)) ?? noRows, names.map((name) => row(name)), i * minute, { ...terms, ...more }); // prettier-ignore
    state = judged.state;
    for (const { key, status } of judged.alerts) said.push(`${i} ${key} ${status}`);
  });
  return { said, state };
}

describe("rows that are wrong", () => {
  test("are alerts from the first look that has them to the first that has them no more, each told once", () => {
    expect(looks([["a"], ["a", "b"], ["b"], [], ["a"]]).said).toEqual([
      "0 queue/a firing",
      "1 queue/b firing",
      "2 queue/a resolved",
      "3 queue/b resolved",
      "4 queue/a firing",
    ]);
  });

  test("wait as long as they must be wrong, and start anew when they were well meanwhile", () => {
    expect(looks([["a"], ["a"], [], ["a"], ["a"], ["a"]], { forMs: 2 * minute }).said).toEqual(["5 queue/a firing"]);
  });

  test("do not end by an answer of which parts are missing", () => {
    const { state } = looks([["a"]]);
    const judged = judgeRows(state, [row("b")], minute, { ...terms, incomplete: true });
    expect(judged.alerts.map(({ key, status }) => `${key} ${status}`)).toEqual(["queue/b firing"]);
    expect(judgeRows(judged.state, [], 2 * minute, terms).alerts).toHaveLength(2);
  });

  test("are a hundred alerts at most, and one that counts the rest; another order changes nothing", () => {
    const many = Array.from({ length: 250 }, (_, n) => `row-${n}`);
    const { said, state } = looks([many, many.toReversed(), many]);
    expect(said).toHaveLength(101);
    expect(said.at(-1)).toBe("0 queue/more firing");
    expect(isFiring(state)).toBe(true);
    expect(judgeRows(state, [], minute, terms).alerts).toHaveLength(101);
  });

  test("that come twice in one answer are one", () => {
    expect(looks([["a", "a"]]).said).toHaveLength(1);
  });
});

test("a threshold compares, and never holds for what is no number", () => {
  const holds = (text: string, value: number): boolean | undefined => parseThreshold(text)?.holds(value);
  expect([holds("> 5", 6), holds("> 5", 5), holds(">=5", 5), holds("<-1.5e1", -16), holds("!= 0", 0)]).toEqual([true, false, true, true, false]); // prettier-ignore
  expect(["> 5", ">= 5", "< 5", "<= 5", "== 5", "!= 5"].map((text) => holds(text, NaN))).toEqual(Array(6).fill(false));
  expect(holds("> 5", Infinity)).toBe(true);
  for (const wrong of ["", "5", "=> 5", "> five", "> 5 5", "> 0x10", ">"])
    expect(parseThreshold(wrong)).toBeUndefined();
});
