import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { ComponentStatus } from "../components/status.ts";
import { day, hour, minute, type Instant } from "../lib/clock.ts";
import { lastDays } from "../lib/zones.ts";
import { copr } from "../../test/kit/incidents.ts";
import { dayRecord, daysShown, type DayParts } from "./day-record.ts";
import type { PublicSpan } from "./public-spans.ts";

const now = Date.UTC(2026, 10, 22, 12);
const calendar = lastDays(now, daysShown, "UTC");
const long = now - 200 * day;

function span(status: ComponentStatus, from: Instant, to?: Instant, incident = 1): PublicSpan {
  return { incident, component: copr, status, from, ...(to === undefined ? {} : { to }) };
}

const all = new Map(calendar.map((one) => [one.start, Math.min(day, now - one.start)]));
const watched = { ms: all, until: now };

const of = (more: Partial<DayParts>): ReturnType<typeof dayRecord> =>
  dayRecord({ calendar, now, since: long, spans: [], planned: [], status: "operational", ...more });

const at = (record: ReturnType<typeof dayRecord>, back: number) => record.days[daysShown - 1 - back];

describe("a day", () => {
  test("has the worst that was published of it, and every outage", () => {
    const from = now - 3 * day;
    const record = of({ spans: [span("degraded_performance", from, from + hour), span("major_outage", from + 10 * minute, from + 20 * minute, 2)] }); // prettier-ignore
    expect(at(record, 3)).toEqual({ status: "major_outage", hitMs: hour, incidents: [1, 2] });
    expect(at(record, 2)?.status).toBe("operational");
  });

  test("resolved today stays coloured, though all is well now", () => {
    expect(at(of({ spans: [span("major_outage", now - hour, now - minute)] }), 0)).toEqual({ status: "major_outage", hitMs: 59 * minute, incidents: [1] }); // prettier-ignore
  });

  test("of an outage that goes on has no length yet, but the days before have theirs", () => {
    const record = of({ spans: [span("partial_outage", now - day)], status: "partial_outage" });
    expect(at(record, 0)?.hitMs).toBeUndefined();
    expect(at(record, 1)?.hitMs).toBe(12 * hour);
  });

  test("of maintenance alone is maintenance, and maintenance never masks an outage", () => {
    const planned = [{ from: now - 2 * day, to: now - 2 * day + hour }];
    expect(at(of({ planned }), 2)?.status).toBe("under_maintenance");
    expect(at(of({ planned, spans: [span("degraded_performance", now - 2 * day, now - 2 * day + minute)] }), 2)?.status).toBe("degraded_performance"); // prettier-ignore
  });

  test("before the record begins is no data, and never up", () => {
    const record = of({ since: now - 2 * day, watched });
    expect(at(record, 3)?.status).toBe("none");
    expect(at(record, 2)?.status).toBe("operational");
  });

  test("in which monitors could not look is unknown; before the first look it is what was published", () => {
    const blind = new Map([...all].filter(([start]) => start > now - 10 * day).map(([start, ms]) => [start, start > now - 6 * day && start < now - 4 * day ? 0 : ms] as const)); // prettier-ignore
    const record = of({ watched: { ms: blind, until: now } });
    expect(at(record, 5)?.status).toBe("unknown");
    expect(at(record, 30)?.status).toBe("operational");
  });

  test("is today's state when that is worse than what was published of it", () => {
    expect(at(of({ status: "unknown", watched }), 0)?.status).toBe("unknown");
  });
});

describe("the figures", () => {
  test("come from what was published: partial and major outages, each moment once; degraded is not down", () => {
    const from = now - 10 * day;
    const spans = [
      span("major_outage", from, from + hour),
      span("partial_outage", from + 30 * minute, from + 90 * minute),
    ];
    const span90 = now - (calendar[0]?.start ?? now);
    const { uptime } = of({ spans, watched });
    expect(uptime).toBe(Math.floor((1 - (90 * minute) / span90) * 10_000) / 100);
    expect(of({ spans: [span("degraded_performance", from, now)], watched }).uptime).toBe(100);
  });

  test("are not there where no monitor watches, or none has seen anything yet", () => {
    expect(of({ spans: [span("major_outage", now - day, now)] })).not.toHaveProperty("uptime");
    expect(of({ watched: { ms: new Map(), until: now } })).not.toHaveProperty("coverage");
  });

  test("are never rounded up", () => {
    expect(of({ spans: [span("major_outage", now - 2 * day, now - 2 * day + 1_000)], watched }).uptime).toBe(99.99);
    expect(of({ watched }).coverage).toBe(100);
  });

  test("count from when the record begins", () => {
    const since = now - day;
    const ms = new Map([...all].map(([start, seen]) => [start, start < since - day ? 0 : Math.min(seen, now - Math.max(start, since))] as const)); // prettier-ignore
    const record = of({ since, spans: [span("major_outage", now - 6 * hour, now)], watched: { ms, until: now } });
    expect(record).toMatchObject({ since, uptime: 75, coverage: 100 });
  });

  test("lie between nothing and all, whatever was published", () => {
    const moment = fc.integer({ min: now - 120 * day, max: now });
    const spans = fc.array(
      fc.tuple(moment, fc.integer({ min: 0, max: 3 * day }), fc.constantFrom<ComponentStatus>("major_outage", "partial_outage", "degraded_performance")).map(([from, ms, status]) => span(status, from, Math.min(now, from + ms))), // prettier-ignore
      { maxLength: 8 },
    );
    fc.assert(
      fc.property(spans, moment, (some, since) => {
        const record = of({ spans: some, since, watched });
        const { uptime = 0, coverage = 0 } = record;
        expect(record.days).toHaveLength(daysShown);
        expect(uptime).toBeGreaterThanOrEqual(0);
        expect(Math.max(uptime, coverage)).toBeLessThanOrEqual(100);
      }),
    );
  });
});
