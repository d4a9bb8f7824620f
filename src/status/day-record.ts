// The last ninety days of a component: what was published of each day, and the figures of all. Pure.
import { worst, type PublicStatus } from "../components/status.ts";
import { day, type Instant } from "../lib/clock.ts";
import type { Day } from "../lib/zones.ts";
import type { PublicSpan } from "./public-spans.ts";

export const daysShown = 90;

/** One day of one component. */
export type DayShown = {
  /** `none`: before its record begins. */
  readonly status: PublicStatus | "none";
  /** How long of the day it was hit, once that is over. */
  readonly hitMs?: number;
  /** The outages of the day. */
  readonly incidents: readonly number[];
};

export type DayRecord = {
  readonly since: Instant;
  /** Oldest first, today the last. */
  readonly days: readonly DayShown[];
  /** In percent, and never better than it was: the share of the time without a published partial or major outage. */
  readonly uptime?: number;
  /** In percent: the share of the time in which a monitor looked. Absent where none watches it. */
  readonly coverage?: number;
};

/** How long somebody looked at it on each day (by the start of the day), and until when that is known. */
export type Watched = { readonly ms: ReadonlyMap<Instant, number>; readonly until: Instant };

export type DayParts = {
  /** Oldest first, today the last. */
  readonly calendar: readonly Day[];
  readonly now: Instant;
  readonly since: Instant;
  /** What was published of it, outages and maintenance. */
  readonly spans: readonly PublicSpan[];
  readonly planned: readonly { readonly from: Instant; readonly to: Instant }[];
  /** Absent where no monitor watches it. */
  readonly watched?: Watched;
  readonly status: PublicStatus;
};

type Stretch = { readonly from: Instant; readonly to: Instant };

/** The length of what they cover together. */
function covered(stretches: readonly Stretch[], from: Instant, to: Instant): number {
  let sum = 0;
  let end = from;
  for (const one of stretches.toSorted((a, b) => a.from - b.from)) {
    const begins = Math.max(one.from, end);
    const ends = Math.min(one.to, to);
    if (ends > begins) sum += ends - begins;
    end = Math.max(end, ends);
  }
  return sum;
}

const touches = ({ from, to }: Stretch, on: Day): boolean => from < on.end && (to > on.start || from >= on.start);

/** Nobody looked for more than half of it. */
function wasBlind({ watched, since }: DayParts, on: Day): boolean {
  if (watched === undefined || watched.ms.size === 0) return false;
  const first = Math.min(...watched.ms.keys());
  const span = Math.min(on.end, watched.until) - Math.max(on.start, since);
  return on.start > first && span > 0 && (watched.ms.get(on.start) ?? 0) < span / 2;
}

function dayShown(parts: DayParts, on: Day): DayShown {
  const { spans, planned, now, since } = parts;
  if (on.end <= since) return { status: "none", incidents: [] };
  const own = spans.map((one) => ({ ...one, to: one.to ?? Infinity })).filter((one) => touches(one, on));
  const today = now < on.end;
  const status = worst<PublicStatus>(
    [
      ...own.map((one) => one.status),
      ...(planned.some((one) => touches(one, on)) ? (["under_maintenance"] as const) : []),
      ...(wasBlind(parts, on) ? (["unknown"] as const) : []),
      ...(today ? [parts.status] : []),
    ],
    "operational",
  );
  const incidents = [...new Set(own.map((one) => one.incident))];
  const lasts = own.some((one) => one.to === Infinity) && today;
  return incidents.length === 0 || lasts
    ? { status, incidents }
    : { status, incidents, hitMs: covered(own, on.start, Math.min(on.end, now)) };
}

/** Never rounded up: 99.999 % is not 100 %. */
function percent(share: number, digits: number): number {
  const steps = 10 ** digits;
  return Math.floor(Math.min(1, share) * 100 * steps + 1e-9) / steps;
}

export function dayRecord(parts: DayParts): DayRecord {
  const { calendar, now, watched } = parts;
  const since = Math.max(parts.since, calendar[0]?.start ?? parts.since);
  const days = calendar.map((on) => dayShown(parts, on));
  const seen = watched === undefined ? 0 : [...watched.ms.values()].reduce((sum, ms) => sum + ms, 0);
  if (watched === undefined || seen === 0 || now <= since) return { since, days };
  const outages = parts.spans
    .filter(({ status }) => status === "partial_outage" || status === "major_outage")
    .map(({ from, to = now }) => ({ from, to }));
  return {
    since,
    days,
    uptime: percent(1 - covered(outages, since, now) / (now - since), 2),
    coverage: percent(seen / Math.max(day / 1_440, Math.min(now, watched.until) - since), 1),
  };
}
