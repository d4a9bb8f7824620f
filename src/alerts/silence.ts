// A silence: nobody is told of the alerts that it matches, for a while or at the same hours of every week. Pure.
import type { Actor } from "../accounts/actor.ts";
import { day, isoSeconds, minute, type Instant } from "../lib/clock.ts";
import type { Brand } from "../lib/ids.ts";
import { failed, ok, type Result } from "../lib/result.ts";
import { wallTime, weekdayNames } from "../lib/zones.ts";
import type { Alert } from "./alert.ts";
import { badPattern, matcherOf, matches, sayMatcher, type Matcher } from "./labels.ts";

export type SilenceId = Brand<"silence">;

/** Hours of the week in a zone. `from` and `to` are minutes since midnight; a span over midnight belongs to the day it begins on. */
export type Repeat = {
  /** 1 is Monday. */
  readonly days: readonly number[];
  readonly from: number;
  readonly to: number;
  readonly zone: string;
};

export type Silence = {
  readonly id: SilenceId;
  readonly matchers: readonly Matcher[];
  readonly startsAt: Instant;
  readonly endsAt: Instant;
  /** Only at these hours, between start and end. */
  readonly repeats?: Repeat;
  readonly reason: string;
  readonly by: Actor;
  readonly createdAt: Instant;
  readonly updatedAt: Instant;
};

export type SilenceState = "pending" | "active" | "expired";

function inHours({ days, from, to, zone }: Repeat, now: Instant): boolean {
  const { weekday, minutes } = wallTime(now, zone);
  if (from < to) return days.includes(weekday) && minutes >= from && minutes < to;
  const yesterday = weekday === 1 ? 7 : weekday - 1;
  return (days.includes(weekday) && minutes >= from) || (days.includes(yesterday) && minutes < to);
}

/** A recurring one is active all the time between its start and its end, whether or not it is one of its hours. */
export function stateOf(silence: Pick<Silence, "startsAt" | "endsAt">, now: Instant): SilenceState {
  if (now >= silence.endsAt) return "expired";
  return now < silence.startsAt ? "pending" : "active";
}

export function quietsNow(silence: Silence, now: Instant): boolean {
  return stateOf(silence, now) === "active" && (silence.repeats === undefined || inHours(silence.repeats, now));
}

/** All silences that match the alert now. A blind monitor is matched like any other alert. */
export function silencingAll(silences: readonly Silence[], alert: Alert, now: Instant): readonly Silence[] {
  const live = silences.filter((silence) => quietsNow(silence, now));
  if (live.length === 0) return [];
  const matching = matcherOf(alert);
  return live.filter((silence) => silence.matchers.every(matching));
}

/** The first of them. */
export function silencedBy(silences: readonly Silence[], alert: Alert, now: Instant): Silence | undefined {
  return silencingAll(silences, alert, now)[0];
}

/** `Sat, Sun 02:00-04:00 Europe/Prague`. */
export function sayRepeat({ days, from, to, zone }: Repeat): string {
  const clock = (minutes: number): string =>
    `${String(Math.floor(minutes / 60)).padStart(2, "0")}:${String(minutes % 60).padStart(2, "0")}`;
  const names = days.length === 7 ? "daily" : days.map((each) => weekdayNames[each - 1] ?? "").join(", ");
  return `${names} ${clock(from)}-${clock(to)} ${zone}`;
}

/** `Sat 02:00-04:00`, `Mon-Fri 22:00-06:00`, `daily 03:00-03:30`, in this zone. */
export function parseRepeat(text: string, zone: string): Result<Repeat, string> {
  const wrong = `"${text}" are no hours; write "Sat 02:00-04:00", "Mon-Fri 22:00-06:00" or "daily 03:00-03:30"`;
  const [, which, h1, m1, h2, m2] =
    /^\s*([A-Za-z]{3,5}(?:\s*[-,]\s*[A-Za-z]{3})*)\s+(\d{1,2}):(\d{2})\s*-\s*(\d{1,2}):(\d{2})\s*$/u.exec(text) ?? [];
  const days = which === undefined ? undefined : parseDays(which);
  const [from, to] = [Number(h1) * 60 + Number(m1), Number(h2) * 60 + Number(m2)];
  const clock = Number(h1) <= 23 && Number(m1) <= 59 && Number(h2) <= 24 && Number(m2) <= 59 && to <= 24 * 60;
  if (days === undefined || !clock) return failed(wrong);
  if (from === to) return failed(`${wrong}; these begin and end at the same minute`);
  return ok({ days, from, to, zone });
}

function parseDays(text: string): readonly number[] | undefined {
  if (/^daily$/iu.test(text)) return [1, 2, 3, 4, 5, 6, 7];
  const names: readonly string[] = weekdayNames.map((name) => name.toLowerCase());
  const days: number[] = [];
  for (const part of text.toLowerCase().split(",")) {
    const [first, last] = part.split("-").map((name) => names.indexOf(name.trim()) + 1);
    if (first === undefined || first === 0 || last === 0) return undefined;
    for (let each = first; ; each = (each % 7) + 1) {
      days.push(each);
      if (each === (last ?? first)) break;
    }
  }
  return [...new Set(days)].toSorted((a, b) => a - b);
}

export type NewSilence = Pick<Silence, "matchers" | "startsAt" | "endsAt" | "reason" | "repeats">;

/** The longest that is not meant to recur: a silence that nobody remembers hides the next outage. */
const longest = 366 * day;

/** Why it cannot be; undefined when it can. */
export function badSilence(silence: NewSilence, now: Instant): string | undefined {
  if (silence.matchers.length === 0) return "a silence needs a matcher, such as component=copr";
  for (const matcher of silence.matchers) {
    const trouble = badPattern(matcher);
    if (trouble !== undefined) return trouble;
  }
  // Alertmanager's rule: one that matches what has no labels at all would silence everything.
  if (silence.matchers.every((matcher) => matches(matcher, {})))
    return `${silence.matchers.map(sayMatcher).join(" ")} would silence everything; name a label that must be there`;
  if (silence.reason.trim() === "") return "a silence needs a reason: somebody will ask";
  if (silence.endsAt <= silence.startsAt) return "it would end before it begins";
  return silence.endsAt <= now ? `it would have ended already (${isoSeconds(silence.endsAt)})` : undefined;
}

/** Why it is most likely a slip of the fingers; other programs mean what they write. */
export function oddSilence(silence: NewSilence): string | undefined {
  if (silence.endsAt - silence.startsAt > longest) return "a silence lasts a year at most";
  return silence.endsAt - silence.startsAt < minute ? "a silence lasts a minute at least" : undefined;
}
