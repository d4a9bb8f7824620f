import * as fc from "fast-check";
import { expect, test } from "vitest";
import { day, hour } from "./clock.ts";
import { dayOf, daysBefore, saySpan, sayTime, timeParts, zoneName, dayLabel } from "./zones.ts";

const at = (text: string): number => Date.parse(text);
const noon = at("2026-11-22T12:00:04Z");
const prague = "Europe/Prague";

test("today has no date, and both zones are told", () => {
  expect(sayTime(at("2026-11-22T10:42:00Z"), { zone: prague, now: noon })).toBe("10:42 UTC (11:42 Prague)");
  expect(sayTime(at("2026-11-22T10:42:00Z"), { zone: "America/New_York", now: noon })).toBe(
    "10:42 UTC (05:42 New York)",
  );
});

test("a site in UTC is told once", () => {
  expect(sayTime(at("2026-11-22T10:42:00Z"), { zone: "UTC", now: noon })).toBe("10:42 UTC");
  expect(zoneName("Etc/UTC")).toBeUndefined();
});

test("another day has its date, another year that too", () => {
  expect(sayTime(at("2026-11-20T08:10:00Z"), { zone: prague, now: noon })).toBe("20 Nov, 08:10 UTC (09:10 Prague)");
  expect(sayTime(at("2025-11-20T08:10:00Z"), { zone: prague, now: noon })).toBe(
    "20 Nov 2025, 08:10 UTC (09:10 Prague)",
  );
  expect(sayTime(noon, { zone: prague, seconds: true })).toBe("22 Nov 2026, 12:00:04 UTC (13:00 Prague)");
});

test("around midnight each zone has its own date", () => {
  expect(sayTime(at("2026-11-21T23:10:00Z"), { zone: prague, now: at("2026-11-21T23:30:00Z") })).toBe(
    "23:10 UTC (00:10 Prague)",
  );
  expect(sayTime(at("2026-11-21T23:10:00Z"), { zone: prague, now: noon })).toBe(
    "21 Nov, 23:10 UTC (22 Nov, 00:10 Prague)",
  );
});

test("a span tells the day of its end when that is another", () => {
  expect(saySpan(at("2026-11-20T08:10:00Z"), at("2026-11-20T15:40:00Z"))).toBe("08:10–15:40 UTC");
  expect(saySpan(at("2026-11-20T22:10:00Z"), at("2026-11-21T02:00:00Z"))).toBe("22:10 – 21 Nov, 02:00 UTC");
});

test("days are cut in the site's zone, and are as long as they are there", () => {
  const days = daysBefore(at("2026-10-26T12:00:00Z"), 2, prague);
  expect(days.map((day) => [day.date, dayLabel(day)])).toEqual([
    ["2026-10-25", "Sun 25 Oct"],
    ["2026-10-24", "Sat 24 Oct"],
  ]);
  expect((days[0]?.end ?? 0) - (days[0]?.start ?? 0)).toBe(25 * hour);
  expect(dayOf(at("2026-11-21T23:10:00Z"), prague).date).toBe("2026-11-22");
});

test("every moment lies in its day, and the days before follow without a gap", () => {
  const zones = fc.constantFrom(prague, "America/Sao_Paulo", "Pacific/Auckland", "Asia/Kathmandu", "UTC");
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 4_000 }), fc.integer({ min: 0, max: day }), zones, (n, ms, zone) => {
      const moment = n * 5 * day + ms;
      const today = dayOf(moment, zone);
      const [yesterday, before] = daysBefore(moment, 2, zone);
      expect(today.start <= moment && moment < today.end).toBe(true);
      expect(yesterday?.end).toBe(today.start);
      expect(before?.end).toBe(yesterday?.start);
      expect(timeParts(moment, { zone }).iso).toBe(new Date(moment).toISOString().replace(/\.\d+Z/u, "Z"));
    }),
  );
});

test("the clock on the wall is right at every moment around a change, in whatever order it is asked", () => {
  const zones = [
    "Europe/Prague",
    "America/New_York",
    "Australia/Lord_Howe",
    "Asia/Kathmandu",
    "Africa/Monrovia",
    "UTC",
  ];
  const changes = ["2025-10-26T01:00:00Z", "2026-03-29T01:00:00Z", "2026-11-01T06:00:00Z", "2026-04-04T15:00:00Z"].map(
    at,
  );
  const moments = fc.oneof(
    fc.tuple(fc.constantFrom(...changes), fc.integer({ min: -2, max: 2 })).map(([change, ms]) => change + ms),
    fc.integer({ min: at("1900-01-01T00:00:00Z"), max: at("2100-01-01T00:00:00Z") }),
  );
  fc.assert(
    fc.property(moments, fc.constantFrom(...zones), (moment, zone) => {
      const wall = Temporal.Instant.fromEpochMilliseconds(moment).toZonedDateTimeISO(zone).toString().slice(11, 16);
      expect(sayTime(moment, { zone }).replace(/ UTC$/u, "")).toContain(wall);
    }),
    { numRuns: 2_000 },
  );
});

test("asked at the very moment of a change, it knows the time before and after it", () => {
  const change = at("2026-10-25T01:00:00Z");
  const said = [change, change - 1, change + 1].map((moment) => timeParts(moment, { zone: "Europe/Vienna" }).local);
  expect(said).toEqual(["02:00 Vienna", "02:59 Vienna", "02:00 Vienna"]);
});
