// Reads what the bars of the last ninety days are made of. What of the past cannot change is read once, and kept beside its database.
import { lookingPart, type Source } from "../alerts/source.ts";
import { everything } from "../components/shown-components.ts";
import type { Component } from "../components/component.ts";
import type { ComponentId, SourceId } from "../config/names.ts";
import type { Reader } from "../db/schema.ts";
import { earliestPublished, publicIncidentsOf, publishedSince, readTimelines } from "../incidents/incident-store.ts";
import { hour, minute, type Instant } from "../lib/clock.ts";
import { entriesOf } from "../lib/records.ts";
import { lastDays, type Day } from "../lib/zones.ts";
import { recentMaintenances } from "../maintenance/maintenance-store.ts";
import { coarsen } from "../monitors/bucket.ts";
import { readBuckets } from "../monitors/sample-store.ts";
import { dayRecord, daysShown, type DayRecord, type Watched } from "./day-record.ts";
import { goesOn, publicMaintenance } from "./public-maintenance.ts";
import { publicSpans, type PublicSpan } from "./public-spans.ts";
import type { DaysOfAll, PublicComponent } from "./snapshot.ts";

type Monitors = ReadonlyMap<SourceId, { readonly source: Source }>;
type OnDays = ReadonlyMap<Instant, ReadonlyMap<ComponentId, number>>;

type Kept = {
  /** By the number of the incident. */
  readonly spans: Map<number, { readonly version: number; readonly spans: readonly PublicSpan[] }>;
  /** Which component was hit first when, by the oldest incidents of all. */
  first?: { readonly of: string; readonly starts: ReadonlyMap<ComponentId, Instant> };
  watched?: { readonly of: string; readonly until: Instant; readonly days: OnDays };
};

const keptOf = new WeakMap<Reader, Kept>();

function kept(db: Reader): Kept {
  const known = keptOf.get(db) ?? { spans: new Map() };
  keptOf.set(db, known);
  return known;
}

const batch = 100;

async function spansSince(db: Reader, since: Instant): Promise<readonly PublicSpan[]> {
  const { spans } = kept(db);
  const listed = await publishedSince(db, since);
  const numbers = new Set(listed.map(({ number }) => number));
  for (const number of spans.keys()) if (!numbers.has(number)) spans.delete(number);
  const changed = listed.filter(({ number, version }) => spans.get(number)?.version !== version);
  for (let from = 0; from < changed.length; from += batch) {
    const some = changed.slice(from, from + batch).map(({ number }) => number);
    const timelines = await readTimelines(db, some);
    for (const { incident } of await publicIncidentsOf(db, everything, some)) {
      const { number, version } = incident;
      spans.set(number, { version, spans: publicSpans(incident, timelines.get(number) ?? []) });
    }
  }
  return listed.flatMap(({ number }) => spans.get(number)?.spans ?? []);
}

const oldest = 200;

/** A history that was brought along reaches further back than the component has been known here. */
async function firstStarts(db: Reader): Promise<ReadonlyMap<ComponentId, Instant>> {
  const mine = kept(db);
  const [first] = await earliestPublished(db, 1);
  const of = first?.id ?? "";
  if (mine.first?.of === of) return mine.first.starts;
  const starts = new Map<ComponentId, Instant>();
  for (const { impact, clocks } of await earliestPublished(db, oldest))
    for (const [component] of entriesOf(impact))
      starts.set(component, Math.min(clocks.started, starts.get(component) ?? Infinity));
  mine.first = { of, starts };
  return starts;
}

/** Each hour as the monitor that looked longest in it; an upstream's word is no look. */
async function watchedOn(db: Reader, sources: Monitors, days: readonly Day[], until: Instant): Promise<OnDays> {
  const from = days[0]?.start ?? until;
  const hours = new Map<ComponentId, Map<Instant, number>>();
  for (const [id, { source }] of sources) {
    const looking = lookingPart(source);
    if (looking === undefined || looking.hearsay === true) continue;
    for (const series of await readBuckets(db, id, [{ stepMs: hour, from, to: until }]))
      for (const component of series.component === undefined ? looking.components : [series.component]) {
        const known = hours.get(component) ?? new Map<Instant, number>();
        hours.set(component, known);
        for (const { at, upMs, downMs } of coarsen(series.buckets, hour))
          known.set(at, Math.max(known.get(at) ?? 0, Math.min(hour, upMs + downMs)));
      }
  }
  const found = new Map(days.map((one) => [one.start, new Map<ComponentId, number>()]));
  for (const [component, known] of hours)
    for (const [at, ms] of known) {
      const on = days.find((one) => at >= one.start && at < one.end);
      const sums = on && found.get(on.start);
      sums?.set(component, (sums.get(component) ?? 0) + ms);
    }
  return found;
}

const lookAgain = 10 * minute;
/** What a monitor saw is written within that time, and rolled up within two hours. */
const unwritten = 2 * minute;
const unsettled = 3 * hour;

async function watchedDays(
  db: Reader,
  sources: Monitors,
  calendar: readonly Day[],
  now: Instant,
): Promise<{ readonly until: Instant; readonly days: OnDays }> {
  const mine = kept(db);
  const of = `${[...sources.keys()].join(" ")} ${calendar.length}`;
  const before = mine.watched?.of === of ? mine.watched : undefined;
  const until = now - unwritten;
  const first = calendar[0]?.start ?? now;
  const same = before !== undefined && now >= before.until && now - before.until < lookAgain && before.days.has(calendar.at(-1)?.start ?? now); // prettier-ignore
  if (same) return before;
  const settled = (one: Day): boolean => before?.days.has(one.start) === true && one.end < before.until - unsettled;
  const fresh = calendar.filter((one) => !settled(one));
  const old = [...(before?.days ?? [])].filter(([start]) => start >= first);
  const days = new Map([...old, ...(await watchedOn(db, sources, fresh, until))]);
  mine.watched = { of, until, days };
  return mine.watched;
}

/** Components that some monitor watches. */
function watchedAtAll(sources: Monitors): ReadonlySet<ComponentId> {
  const all = [...sources.values()].flatMap(({ source }) => lookingPart(source) ?? []);
  return new Set(all.filter(({ hearsay }) => hearsay !== true).flatMap(({ components }) => components));
}

export type DaysFrom = {
  readonly db: Reader;
  readonly sources: Monitors;
  readonly components: ReadonlyMap<ComponentId, Component>;
  readonly site: { readonly timeZone: string };
};

/** The last ninety days of these components; what is kept is about all, whichever page asks. */
export async function readDays(
  from: DaysFrom,
  components: readonly PublicComponent[],
  now: Instant,
): Promise<DaysOfAll> {
  const { db, sources, site } = from;
  const calendar = lastDays(now, daysShown, site.timeZone);
  const start = calendar[0]?.start ?? now;
  const spans = Map.groupBy(await spansSince(db, start), ({ component }) => component);
  const firsts = await firstStarts(db);
  const { until, days } = await watchedDays(db, sources, calendar, now);
  const windows = (await recentMaintenances(db, everything, start)).map((one) =>
    publicMaintenance(one, site.timeZone, now, everything),
  );
  const ran = windows.filter(({ state }) => state !== "scheduled" && state !== "canceled");
  const isWatched = watchedAtAll(sources);
  const records = components.map(({ id, status, createdAt }): readonly [ComponentId, DayRecord] => {
    const own = spans.get(id) ?? [];
    const since = Math.min(createdAt, firsts.get(id) ?? Infinity, ...own.map((one) => one.from));
    const ms = new Map([...days].flatMap(([at, of]) => (of.has(id) ? [[at, of.get(id) ?? 0] as const] : [])));
    const watched: Watched | undefined = isWatched.has(id) ? { ms, until } : undefined;
    const planned = ran
      .filter((one) => one.components.includes(id))
      .map((one) => ({ from: one.scheduledStart, to: one.endedAt ?? (goesOn(one) ? now : one.scheduledEnd) }));
    const parts = { calendar, now, since, spans: own, planned, status };
    return [id, dayRecord(watched === undefined ? parts : { ...parts, watched })];
  });
  return { calendar, of: new Map(records) };
}
