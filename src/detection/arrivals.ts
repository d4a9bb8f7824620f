// When pushes come: by the hour of the week, learnt; and whether they have stopped coming.
import { z } from "zod";
import { day, hour, minute, type Instant } from "../lib/clock.ts";
import { within } from "./chance.ts";

const hoursOfWeek = 168;
const hoursOfDay = 48;

export const Arrivals = z.object({
  /** Pushes, and minutes watched, by the hour of the week; and by the hour of a weekday or of a weekend. */
  week: z.array(z.number()),
  weekMinutes: z.array(z.number()),
  day: z.array(z.number()),
  dayMinutes: z.array(z.number()),
  pushes: z.number(),
  minutes: z.number(),
  /** Since when they are known, and until when the minutes are counted. */
  from: z.number(),
  until: z.number(),
  /** Pushes since the last tick, and the project of the last. */
  came: z.array(z.string()),
  /** Evidence for silence, and of what it is made. */
  score: z.number(),
  seen: z.number(),
  expected: z.number(),
  since: z.number(),
  /** Of the last hours, fading: what came and what was expected; a holiday shows in it. */
  lately: z.object({ seen: z.number(), expected: z.number() }),
  level: z.number(),
});
export type Arrivals = z.infer<typeof Arrivals>;

const zeros = (length: number): number[] => Array.from({ length }, () => 0);

export function newArrivals(): Arrivals {
  return {
    week: zeros(hoursOfWeek),
    weekMinutes: zeros(hoursOfWeek),
    day: zeros(hoursOfDay),
    dayMinutes: zeros(hoursOfDay),
    pushes: 0,
    minutes: 0,
    from: Number.POSITIVE_INFINITY,
    until: 0,
    came: [],
    score: 0,
    seen: 0,
    expected: 0,
    since: 0,
    lately: { seen: 0, expected: 0 },
    level: 1,
  };
}

/** 0 is Monday at midnight, UTC; 1970 began on a Thursday. */
const hourOfWeek = (at: Instant): number => Math.floor(at / hour + 72) % hoursOfWeek;
const hourOfDay = (at: Instant): number => (hourOfWeek(at) >= 120 ? 24 : 0) + (hourOfWeek(at) % 24);

function add(list: number[], place: number, more: number): void {
  list[place] = (list[place] ?? 0) + more;
}

/** A push that came: one more of its hour. */
export function learnArrival(arrivals: Arrivals, at: Instant): void {
  arrivals.from = Math.min(arrivals.from, at);
  add(arrivals.week, hourOfWeek(at), 1);
  add(arrivals.day, hourOfDay(at), 1);
  arrivals.pushes += 1;
}

/** The minutes in which pushes could have come. `learns: false` while an outage keeps them away. */
export function countMinutes(arrivals: Arrivals, now: Instant, learns: boolean): void {
  let from = arrivals.until === 0 ? Math.max(arrivals.from, now - 30 * day) : arrivals.until;
  arrivals.until = now;
  if (!learns) return;
  while (from < now) {
    const next = Math.min(now, (Math.floor(from / hour) + 1) * hour);
    const minutes = (next - from) / minute;
    add(arrivals.weekMinutes, hourOfWeek(from), minutes);
    add(arrivals.dayMinutes, hourOfDay(from), minutes);
    arrivals.minutes += minutes;
    from = next;
  }
}

/** An hour is trusted as far as it was watched: until then its kind of day speaks, and until then the whole. */
const pseudoMinutes = 120;

/** Pushes a minute, usually. */
export function usualRate(arrivals: Arrivals, at: Instant): number {
  const overall = (arrivals.pushes + 1) / (arrivals.minutes + 600);
  const ofDay = hourOfDay(at);
  const ofWeek = hourOfWeek(at);
  const daily = ((arrivals.day[ofDay] ?? 0) + pseudoMinutes * overall) / ((arrivals.dayMinutes[ofDay] ?? 0) + pseudoMinutes); // prettier-ignore
  return ((arrivals.week[ofWeek] ?? 0) + pseudoMinutes * daily) / ((arrivals.weekMinutes[ofWeek] ?? 0) + pseudoMinutes);
}

export const knownFor = (arrivals: Arrivals, now: Instant): number => Math.max(0, now - arrivals.from);

/** In silence a few late ones still come. */
const rho = 0.03;
/** Pushes come in bunches, and the first week has seen each hour once. */
const caution = { always: 0.8, firstWeek: 0.5, later: 0.85 };
const fadeMinutes = 6 * 60;
const pseudoPushes = 3;

/** One tick: what came since the last, against what should have. */
export function listen(arrivals: Arrivals, came: number, from: Instant, now: Instant): void {
  const caution1 = caution.always * (knownFor(arrivals, now) < 7 * day ? caution.firstWeek : caution.later);
  const minutes = Math.min(24 * 60, (now - from) / minute);
  const usual = usualRate(arrivals, now) * minutes;
  const expected = usual * arrivals.level * caution1;
  arrivals.score += came * Math.log(rho) + (1 - rho) * expected;
  arrivals.seen += came;
  arrivals.expected += usual * arrivals.level;
  if (arrivals.score <= 0) hush(arrivals, now);
  const kept = Math.exp(-minutes / fadeMinutes);
  arrivals.lately = { seen: arrivals.lately.seen * kept + came, expected: arrivals.lately.expected * kept + usual };
  // A quiet day is not silence; but silence must not pass for a quiet day.
  if (arrivals.score < 2) {
    const { lately } = arrivals;
    arrivals.level = within((lately.seen + pseudoPushes) / (lately.expected + pseudoPushes), 0.2, 1);
  }
}

export function hush(arrivals: Arrivals, now: Instant): void {
  arrivals.score = arrivals.seen = arrivals.expected = 0;
  arrivals.since = now;
}
