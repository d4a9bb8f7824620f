import { describe, expect, test } from "vitest";
import { alice, api, copr, impactOn, t0 } from "../../test/kit/incidents.ts";
import { minute } from "../lib/clock.ts";
import { changesBefore, saySuspect, type Change } from "./change.ts";

const hit = { impact: impactOn({ copr: "major_outage" }), clocks: { started: t0, detected: t0 + 5 * minute } };
const now = t0 + 5 * minute;

function made(number: number, minutesBefore: number, more: Partial<Change> = {}): Change {
  return { number, at: t0 - minutesBefore * minute, text: `change ${number}`, by: alice, ...more };
}

describe("what changed before an incident", () => {
  test("is of the two hours before it, what is hit first, then what names nothing, the newest first", () => {
    const changes = [
      made(1, 121),
      made(2, 120, { component: copr }),
      made(3, 30, { component: copr }),
      made(4, 5, { component: api }),
      made(5, 20),
      made(6, -1, { component: copr }),
    ];
    expect(changesBefore(changes, hit).map(({ number }) => number)).toEqual([3, 2, 5, 4]);
  });

  test("is one sentence about the likeliest of the last hour", () => {
    const link = "https://example.org/1";
    expect(saySuspect([made(1, 15, { component: copr, link }), made(2, 1, { component: api })], hit, now)).toBe(
      "15 min before: change 1 (https://example.org/1), and 1 more",
    );
    expect(saySuspect([made(1, -2)], hit, now)).toBe("Just after it started: change 1");
    expect(saySuspect([made(1, 55)], hit, now)).toBe("55 min before: change 1");
    expect(saySuspect([made(1, 56)], hit, now)).toBeUndefined();
    expect(saySuspect([made(1, 0, { text: "a\nb\u0007" })], hit, now)).toBe("Just before: a b");
  });
});
