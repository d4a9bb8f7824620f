// When something that repeats takes place: a rule on the wall of a zone, more dates, and exceptions. Pure; the rule is expanded
// by whoever is handed in. All walls are told as if the wall were in UTC.
import { day, hour, isoSeconds, type Instant } from "../lib/clock.ts";
import { sayDuration } from "../lib/duration.ts";
import type { Expand } from "../lib/recur.ts";
import { failed, ok, type Result } from "../lib/result.ts";
import { list } from "../lib/text.ts";
import { firstShown } from "../lib/zones.ts";

export type Recurrence = {
  /** As `parseRule` made it. */
  readonly rule: string;
  readonly zone: string;
  /** The first of them. */
  readonly start: Instant;
  /** More than the rule says (RDATE). */
  readonly also: readonly Instant[];
  /** Fewer than it says (EXDATE). */
  readonly except: readonly Instant[];
};

/** `wall` names it for ever; `at` is when it is. */
export type Occurrence = { readonly wall: Instant; readonly at: Instant };

/** Closer together is no maintenance. */
const closest = 6 * hour;
/** So far ahead rules are looked at before they are accepted. */
const lookedAt = 3 * 366 * day;
/** What is planned further away has the wrong year. */
const farthest = 400 * day;

/** `2026-11-29T02:30`: what a clock on the wall shows, and no zone. */
export function parseWall(text: string): Result<Instant, string> {
  const found = /^(\d{4}-\d\d-\d\d)[T ](\d\d:\d\d)$/u.exec(text.trim());
  const at = found === null ? Number.NaN : Date.parse(`${found[1]}T${found[2]}Z`);
  if (!Number.isNaN(at) && isoSeconds(at).startsWith(found?.[1] ?? "?")) return ok(at);
  const zoned = /(Z|[+-]\d\d:?\d\d)$/u.test(text.trim()) ? "; its zone stands beside it" : "";
  return failed(`"${text}" is no time on the wall; write 2026-11-29T02:30${zoned}`);
}

export function sayWall(wall: Instant): string {
  return isoSeconds(wall).slice(0, 16);
}

/** A time that the clock skips is the first moment after the gap; one that it shows twice is the first. */
export function occurrenceOn(wall: Instant, zone: string): Occurrence {
  return { wall, at: firstShown(wall, zone) };
}

/** Those that begin from one moment to another, both included, in order. */
export function occurrences(
  { rule, zone, start, also, except }: Recurrence,
  expand: Expand,
  from: Instant,
  to: Instant,
): readonly Occurrence[] {
  if (to < from) return [];
  // The walls of a zone are off by less than a day, and its gaps are shorter.
  const [first, last] = [from - 2 * day, to + 2 * day];
  const ruled = last < start ? [] : expand(rule, start, Math.max(first, start), last);
  const not = new Set(except);
  return [...new Set([...ruled, ...also])]
    .filter((wall) => !not.has(wall))
    .map((wall) => occurrenceOn(wall, zone))
    .filter(({ at }) => at >= from && at <= to)
    .toSorted((a, b) => a.at - b.at || a.wall - b.wall);
}

/** The next so many after a moment. */
export function nextOccurrences(
  recurrence: Recurrence,
  expand: Expand,
  after: Instant,
  most: number,
): readonly Occurrence[] {
  for (let reach = 40 * day; ; reach *= 4) {
    const found = occurrences(recurrence, expand, after, after + Math.min(reach, lookedAt));
    if (found.length >= most || reach >= lookedAt) return found.slice(0, most);
  }
}

/** What is wrong with it as a plan for windows of that length, if anything. */
export function checkRecurrence(
  recurrence: Recurrence,
  lengthMs: number,
  expand: Expand,
  now: Instant,
): string | undefined {
  const { rule, zone, start, also, except } = recurrence;
  const falls = (wall: Instant): boolean => expand(rule, start, wall, wall).length > 0;
  if (!falls(start)) {
    const [first] = expand(rule, start, start, start + lookedAt);
    return first === undefined
      ? "the rule falls on no day in the next three years"
      : `the rule does not fall on its own start, ${sayWall(start)}; it would start at ${sayWall(first)}`;
  }
  if (firstShown(start, zone) - now > farthest)
    return `it starts in ${sayDuration(firstShown(start, zone) - now)}; is the year right?`;
  const twice = also.find((wall) => wall < start || falls(wall));
  if (twice !== undefined)
    return `${sayWall(twice)} is ${twice < start ? "before the start" : "one of its times already"}`;
  const stranger = except.find((wall) => wall < start || (!falls(wall) && !also.includes(wall)));
  if (stranger !== undefined) {
    const near = expand(rule, start, Math.max(start, stranger - 400 * day), stranger + 400 * day)
      .toSorted((a, b) => Math.abs(a - stranger) - Math.abs(b - stranger))
      .slice(0, 2);
    return `${sayWall(stranger)} is none of its times; the nearest are ${list(near.map(sayWall))}`;
  }
  const all = occurrences(recurrence, expand, firstShown(start, zone), firstShown(start, zone) + lookedAt);
  const least = Math.max(closest, lengthMs);
  const crowded = all.find(({ at }, n) => at - (all[n - 1]?.at ?? -Infinity) < least);
  if (crowded === undefined) return undefined;
  const before = all[all.indexOf(crowded) - 1];
  return `${sayWall(crowded.wall)} comes ${sayDuration(crowded.at - (before?.at ?? 0))} after the one before, and ${
    least === lengthMs ? `each lasts ${sayDuration(lengthMs)}` : `${sayDuration(closest)} is the least`
  }`;
}
