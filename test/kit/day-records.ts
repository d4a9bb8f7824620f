// The last ninety days for the snapshots of the tests: mostly calm, with some of every trouble.
import { dayRecord, daysShown } from "../../src/status/day-record.ts";
import type { ComponentId } from "../../src/config/names.ts";
import { day, hour, type Instant } from "../../src/lib/clock.ts";
import { lastDays } from "../../src/lib/zones.ts";
import type { PublicSpan } from "../../src/status/public-spans.ts";
import type { DaysOfAll, PublicIncident, PublicSnapshot } from "../../src/status/snapshot.ts";

const spansOf = (incident: PublicIncident, id: ComponentId): readonly PublicSpan[] => {
  const status = incident.impact[id];
  const { started: from, resolved: to } = incident.clocks;
  if (status === undefined || status === "operational" || incident.withdrawn !== undefined) return [];
  return [{ incident: incident.number, component: id, status, from, ...(to === undefined ? {} : { to }) }];
};

/** What the incidents and windows of the snapshot say; every component is watched but each seventh. */
export function daysOf(snapshot: PublicSnapshot): DaysOfAll {
  const { components, generatedAt: now, recordBegins, site } = snapshot;
  const calendar = lastDays(now, daysShown, site.timeZone);
  const records = components.map((component, n) => {
    const { id, status, createdAt } = component;
    const spans = [...snapshot.open, ...snapshot.past].flatMap((one) => spansOf(one, id));
    const windows = snapshot.maintenance.filter((one) => one.components.includes(id) && one.scheduledStart < now);
    const planned = windows.map((one) => ({ from: one.scheduledStart, to: one.endedAt ?? one.scheduledEnd }));
    const blind = (start: Instant, at: number): number => ((at + 7 * n) % 83 === 20 ? 0 : Math.min(day, now - start) - (n % 3 === 0 ? 0 : hour / 4)); // prettier-ignore
    const ms = new Map(calendar.map((one, at) => [one.start, blind(one.start, at)]));
    const since = Math.max(recordBegins, createdAt);
    const parts = { calendar, now, since, spans, planned, status };
    return [id, dayRecord(n % 7 === 6 ? parts : { ...parts, watched: { ms, until: now } })] as const;
  });
  return { calendar, of: new Map(records) };
}
