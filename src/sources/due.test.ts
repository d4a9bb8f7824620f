import { describe, expect, test } from "vitest";
import { isoSeconds } from "../lib/clock.ts";
import { cronRhythm, dueAfter } from "./due.ts";

const at = (text: string): number => Date.parse(text);

function due(schedule: string, zone: string, after: string): string {
  const rhythm = cronRhythm(schedule, zone);
  if (!rhythm.ok) throw new Error(rhythm.error);
  return isoSeconds(dueAfter(rhythm.value, at(after)));
}

describe("a cron schedule", () => {
  test("goes by the wall clock of its zone, in summer and in winter", () => {
    expect(due("30 2 * * *", "Europe/Prague", "2026-07-01T12:00:00Z")).toBe("2026-07-02T00:30:00Z");
    expect(due("30 2 * * *", "Europe/Prague", "2026-12-01T12:00:00Z")).toBe("2026-12-02T01:30:00Z");
    expect(due("0 9 * * 1-5", "America/New_York", "2026-11-20T15:00:00Z")).toBe("2026-11-23T14:00:00Z");
  });

  test("does not wait for a time that the clocks skip in spring", () => {
    expect(due("30 2 * * *", "Europe/Prague", "2026-03-28T12:00:00Z")).toBe("2026-03-30T00:30:00Z");
    expect(due("*/30 * * * *", "Europe/Prague", "2026-03-29T00:30:00Z")).toBe("2026-03-29T01:00:00Z");
  });

  test("waits for the second of two times that the clocks show twice in autumn", () => {
    expect(due("30 2 * * *", "Europe/Prague", "2026-10-24T12:00:00Z")).toBe("2026-10-25T01:30:00Z");
    expect(due("30 2 * * *", "Europe/Prague", "2026-10-25T01:30:00Z")).toBe("2026-10-26T01:30:00Z");
    expect(due("*/30 * * * *", "Europe/Prague", "2026-10-25T01:00:00Z")).toBe("2026-10-25T01:30:00Z");
  });

  test("takes a ping some seconds before its time for the one of that time", () => {
    expect(due("30 2 * * *", "UTC", "2026-11-22T02:29:58Z")).toBe("2026-11-23T02:30:00Z");
    expect(due("* * * * *", "UTC", "2026-11-22T02:29:50Z")).toBe("2026-11-22T02:31:00Z");
    expect(due("* * * * *", "UTC", "2026-11-22T02:29:40Z")).toBe("2026-11-22T02:30:00Z");
  });

  test("that is none, or never comes, is refused", () => {
    for (const wrong of ["", "x", "* * * * * *", "61 2 * * *", "0 0 30 2 *"])
      expect(cronRhythm(wrong, "UTC").ok, wrong).toBe(false);
  });
});

test("every so often is counted from the last ping", () => {
  expect(dueAfter({ everyMs: 60_000 }, 5)).toBe(60_005);
});
