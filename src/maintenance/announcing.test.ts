import { describe, expect, test } from "vitest";
import { alice, copr, t0 } from "../../test/kit/incidents.ts";
import { day, hour, minute, type Instant } from "../lib/clock.ts";
import { brand } from "../lib/ids.ts";
import { announcementDue, nextAnnouncement, timeLeft } from "./announcing.ts";
import type { Maintenance } from "./maintenance.ts";
import { advance, happened, maintain, planMaintenance } from "./maintenance-orders.ts";

const usual = [7 * day, day, 0];
const ids = { id: brand<Maintenance["id"]>("m-1"), number: 1, code: "aaaaaaaaaaaa" };

function plannedAt(at: Instant, start: Instant): Maintenance {
  const plan = { title: "Copr moves", components: [copr], scheduledStart: start, scheduledEnd: start + hour };
  const done = planMaintenance(ids, plan, alice, at);
  if (!done.ok) throw new Error(done.error.message);
  return done.value.maintenance;
}

/** What is announced, and when, to somebody who looks at these moments. */
function toldAt(window: Maintenance, moments: readonly Instant[], announce = usual): readonly (readonly number[])[] {
  const told: (readonly number[])[] = [];
  let is = window;
  for (const now of moments) {
    const event = announcementDue(is, announce, now);
    if (event !== undefined) told.push([event.aheadMs / day, (is.scheduledStart - now) / day]);
    is = event === undefined ? advance(is, now).maintenance : happened(is, event);
  }
  return told;
}

const everyHour = (from: Instant, to: Instant): readonly Instant[] =>
  Array.from({ length: Math.floor((to - from) / hour) + 1 }, (_, n) => from + n * hour);

describe("maintenance is announced", () => {
  const start = t0 + 10 * day;

  test("each time once, on time, however often somebody looks", () => {
    const window = plannedAt(t0, start);
    const moments = everyHour(t0, start + 2 * hour).flatMap((at) => [at, at, at]);
    expect(toldAt(window, moments)).toEqual([
      [7, 7],
      [1, 1],
    ]);
    expect(nextAnnouncement(window, usual)).toBe(start - 7 * day);
    expect(nextAnnouncement(window, [0])).toBeUndefined();
  });

  test("not for what had passed when it was planned", () => {
    expect(toldAt(plannedAt(start - 3 * day, start), everyHour(start - 3 * day, start))).toEqual([[1, 1]]);
    expect(toldAt(plannedAt(start - hour, start), everyHour(start - hour, start))).toEqual([]);
  });

  test("once for all that was missed while nobody ran, and not at all when it has begun", () => {
    expect(toldAt(plannedAt(t0, start), [start - 12 * hour, start - 11 * hour])).toEqual([[1, 0.5]]);
    expect(toldAt(plannedAt(t0, start), [start + 1])).toEqual([]);
  });

  test("anew when it was moved, from then on, and not twice for one start", () => {
    const told = toldAt(plannedAt(t0, start), everyHour(t0, start - 6 * day));
    expect(told).toEqual([[7, 7]]);
    const at = start - 6 * day;
    let is = plannedAt(t0, start);
    const first = announcementDue(is, usual, start - 7 * day);
    if (first === undefined) throw new Error("nothing was due");
    is = happened(is, first);
    const move = (to: Instant, when: Instant): void => {
      const edit = { do: "edit" as const, plan: { scheduledStart: to, scheduledEnd: to + hour } };
      const done = maintain(is, { ...edit, by: alice, at: when });
      if (!done.ok) throw new Error(done.error.message);
      is = done.value.maintenance;
    };
    move(start + 3 * day, at);
    expect(nextAnnouncement(is, usual)).toBe(start - 4 * day);
    move(start, at + hour);
    expect(nextAnnouncement(is, usual)).toBe(start - day);
  });

  test("with the time that is left, where it is told late", () => {
    const event = { aheadMs: day, start };
    expect(timeLeft(event, start - day + minute)).toBe(day);
    expect(timeLeft(event, start - 20 * hour)).toBe(20 * hour);
  });
});
