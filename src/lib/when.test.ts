import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { day, isoSeconds, minute } from "./clock.ts";
import { parseWhen } from "./when.ts";

const now = Date.parse("2026-11-22T10:42:30Z");
const at = (text: string, toward: "past" | "future" = "past"): string => {
  const when = parseWhen(text, now, toward);
  return when.ok ? isoSeconds(when.value) : "no time";
};

describe("a point in time", () => {
  test.each([
    ["2026-11-22T10:42Z", "2026-11-22T10:42:00Z"],
    ["2026-11-22T10:42", "2026-11-22T10:42:00Z"],
    ["2026-11-22 10:42", "2026-11-22T10:42:00Z"],
    ["2026-11-22T10:42:15.5Z", "2026-11-22T10:42:15Z"],
    ["2026-11-22T10:42+01:00", "2026-11-22T09:42:00Z"],
    ["2026-11-22T10:42-0530", "2026-11-22T16:12:00Z"],
    ["2026-11-22", "2026-11-22T00:00:00Z"],
    ["2024-02-29", "2024-02-29T00:00:00Z"],
    ["45m", "2026-11-22T11:27:30Z"],
    ["+1h30m", "2026-11-22T12:12:30Z"],
    ["-45m", "2026-11-22T09:57:30Z"],
    ["-0s", "2026-11-22T10:42:30Z"],
    ["now", "2026-11-22T10:42:30Z"],
    ["  10:00  ", "2026-11-22T10:00:00Z"],
  ])("is understood: %s", (text, iso) => {
    expect(at(text)).toBe(iso);
  });

  test.each([
    ["10:42", "2026-11-22T10:42:00Z", "2026-11-23T10:42:00Z"],
    ["10:43", "2026-11-21T10:43:00Z", "2026-11-22T10:43:00Z"],
    ["9:05", "2026-11-22T09:05:00Z", "2026-11-23T09:05:00Z"],
    ["23:59 UTC", "2026-11-21T23:59:00Z", "2026-11-22T23:59:00Z"],
    ["00:00Z", "2026-11-22T00:00:00Z", "2026-11-23T00:00:00Z"],
  ])("by the clock, %s is the last or the next such time", (text, last, next) => {
    expect(at(text, "past")).toBe(last);
    expect(at(text, "future")).toBe(next);
  });

  test.each([
    ..."|soon|nows|24:00|10:60|1042|10.42|5|-|+-5m|--5m|5m ago|2026-02-29|2026-02-31T10:00Z|2026-13-01|2026-11-22T25:00Z|2026-11-22T10:42+25:00|2026-11-22T10|22 Nov 2026|11/22/2026|99999d|10:42 CET|NaN|1e3".split(
      "|",
    ),
    "1".repeat(100_000),
  ])("%o is none, and the answer says how one is written", (text) => {
    const when = parseWhen(text, now, "past");
    expect(when).toMatchObject({ ok: false, error: expect.stringContaining("is no time; write 2026-11-22T10:42Z") });
  });

  test("by the clock is never more than a day away, on the side that was asked for", () => {
    fc.assert(
      fc.property(fc.integer({ min: day, max: 4e12 }), fc.integer({ min: 0, max: 1439 }), (moment, clock) => {
        const text = `${Math.floor(clock / 60)}:${String(clock % 60).padStart(2, "0")}`;
        const last = parseWhen(text, moment, "past");
        const next = parseWhen(text, moment, "future");
        if (!last.ok || !next.ok) throw new Error(`${text} was not understood`);
        expect(moment - last.value).toBeGreaterThanOrEqual(0);
        expect(moment - last.value).toBeLessThan(day);
        expect(next.value - last.value).toBe(day);
        expect(last.value % day).toBe(clock * minute);
      }),
    );
  });

  test("whatever is typed, is a time that a date can hold, or none", () => {
    const pieces = fc.constantFrom(..."0123456789:-+TZ .smhd".split(""));
    fc.assert(
      fc.property(fc.array(pieces, { maxLength: 24 }), (typed) => {
        const when = parseWhen(typed.join(""), now, "future");
        if (when.ok) expect(() => isoSeconds(when.value)).not.toThrow();
      }),
      { numRuns: 3_000 },
    );
  });
});
