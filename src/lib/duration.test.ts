import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { day, hour, minute, second } from "./clock.ts";
import { parseDuration, sayDuration } from "./duration.ts";

describe("a duration as people write it", () => {
  test.each([
    ["0s", 0],
    ["90s", 90 * second],
    ["15m", 15 * minute],
    ["2h", 2 * hour],
    ["7d", 7 * day],
    ["1h30m", 90 * minute],
    ["1d1d", 2 * day],
    ["007s", 7 * second],
    ["36525d", 36_525 * day],
  ])("%s is understood", (text, ms) => {
    expect(parseDuration(text)).toBe(ms);
  });

  test.each([
    ..."/s/5/m5/-5m/+5m/1.5h/5 m/ 5m/5m /5M/5min/1e3s/0x5s/٥m/5m\n/NaNs/Infinitys/36526d/99999999999999999999s".split(
      "/",
    ),
    "9".repeat(400) + "d",
    "1d".repeat(40_000),
  ])("%o is none", (text) => {
    expect(parseDuration(text)).toBeUndefined();
  });

  test("whatever is parsed is a time that a date can hold", () => {
    fc.assert(
      fc.property(fc.stringMatching(/^(\d{1,25}[smhd]){1,4}$/), (text) => {
        const ms = parseDuration(text);
        if (ms !== undefined) expect(new Date(Date.UTC(2026, 0) + ms).getTime()).not.toBeNaN();
      }),
    );
  });
});

describe("a duration as people read it", () => {
  test.each([
    [0, "0 s"],
    [-5, "0 s"],
    [999, "0 s"],
    [second, "1 s"],
    [59_999, "59 s"],
    [minute, "1 min"],
    [90 * second, "1 min"],
    [hour, "1 h"],
    [hour + 59 * second, "1 h"],
    [hour + 18 * minute + 59 * second, "1 h 18 min"],
    [day + 5 * minute, "1 d"],
    [2 * day + 3 * hour + 59 * minute, "2 d 3 h"],
    [400 * day, "400 d"],
  ])("%d ms is %s", (ms, said) => {
    expect(sayDuration(ms)).toBe(said);
  });

  test("says no more than there was, and at most a tenth less from a minute on", () => {
    const units = { s: "s", min: "m", h: "h", d: "d" } as const;
    fc.assert(
      fc.property(fc.integer({ min: 10 * minute, max: 365 * day }), (ms) => {
        const said = sayDuration(ms).replaceAll(
          /(\d+) (s|min|h|d) ?/g,
          (_all, figure: string, unit: keyof typeof units) => `${figure}${units[unit]}`,
        );
        const back = parseDuration(said) ?? Number.NaN;
        expect(back).toBeLessThanOrEqual(ms);
        expect(back).toBeGreaterThan(ms * 0.9);
      }),
    );
  });
});
