// Times as the public reads them: in UTC and in the site's zone, with the date where it is not today's.
import { day, isoSeconds, type Instant } from "./clock.ts";
import { dateIn } from "./language.ts";

const weekdays = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"] as const;
const months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"] as const;

/** One moment in both tellings: `10:42 UTC` and, where the zone is another, `11:42 Prague`. */
export type SaidTime = { readonly iso: string; readonly utc: string; readonly local?: string };

/** A day of the site's zone. `end` is the start of the next: days have 23 to 25 hours. */
export type Day = { readonly date: string; readonly start: Instant; readonly end: Instant };

const two = (figure: number): string => String(figure).padStart(2, "0");

function zoned(at: Instant, zone: string): Temporal.ZonedDateTime {
  return Temporal.Instant.fromEpochMilliseconds(at).toZonedDateTimeISO(zone);
}

type Moment = { readonly year: number; readonly month: number; readonly day: number };
type Wall = Moment & { readonly hour: number; readonly minute: number; readonly second: number };

function utcWall(at: Instant): Wall {
  const date = new Date(at);
  return {
    year: date.getUTCFullYear(),
    month: date.getUTCMonth() + 1,
    day: date.getUTCDate(),
    hour: date.getUTCHours(),
    minute: date.getUTCMinutes(),
    second: date.getUTCSeconds(),
  };
}

/** A span of time in which the clocks of a zone stand at one distance from UTC. */
type Span = { readonly from: Instant; readonly until: Instant; readonly offset: number };

// To ask a zone takes long, and a whole mirror would ask it 50,000 times: it is asked once for each half year.
const spans = new Map<string, readonly Span[]>();
const mostSpans = 500;

function spanAt(at: Instant, zone: string): Span {
  const known = spans.get(zone) ?? [];
  const found = known.find(({ from, until }) => from <= at && at < until);
  if (found !== undefined) return found;
  const moment = zoned(at, zone);
  const made = {
    // "Previous" means before the moment: a millisecond later, a change at the moment itself counts.
    from: zoned(at + 1, zone).getTimeZoneTransition("previous")?.epochMilliseconds ?? -Infinity,
    until: moment.getTimeZoneTransition("next")?.epochMilliseconds ?? Infinity,
    offset: moment.offsetNanoseconds / 1_000_000,
  };
  spans.set(zone, [made, ...known].slice(0, mostSpans));
  return made;
}

/** What a clock on the wall shows. */
function wallOf(at: Instant, zone: string): Wall {
  return utcWall(at + spanAt(at, zone).offset);
}

/** What a clock on the wall shows, told as if the wall were in UTC. */
export function onTheWall(at: Instant, zone: string): Instant {
  return at + spanAt(at, zone).offset;
}

/** When a clock on the wall shows that: the later moment where it is shown twice, undefined where it never is. */
export function whenShown(wall: Instant, zone: string): Instant | undefined {
  const tries = [wall - day, wall + day].map((near) => wall - spanAt(near, zone).offset);
  const shown = tries.filter((at) => onTheWall(at, zone) === wall);
  return shown.length === 0 ? undefined : Math.max(...shown);
}

/** The first moment at which a clock on the wall shows that; where it never does, the first after the gap. */
export function firstShown(wall: Instant, zone: string): Instant {
  const before = spanAt(wall - day, zone);
  const tries = [wall - before.offset, wall - spanAt(wall + day, zone).offset];
  const shown = tries.filter((at) => onTheWall(at, zone) === wall);
  if (shown.length > 0) return Math.min(...shown);
  return spanAt(wall - before.offset, zone).from;
}

function sayDate(moment: Moment, now: Moment | undefined): string {
  const same = now?.year === moment.year;
  const wall = Date.UTC(moment.year, moment.month - 1, moment.day);
  const said = dateIn(wall, { day: "numeric", month: "short", ...(same ? {} : { year: "numeric" }) });
  if (said !== undefined) return said;
  const year = same ? "" : ` ${moment.year}`;
  return `${moment.day} ${months[moment.month - 1] ?? ""}${year}`;
}

const sameDay = (a: Moment, b: Moment | undefined): boolean =>
  b !== undefined && a.year === b.year && a.month === b.month && a.day === b.day;

/** How a zone is called in a sentence: `Europe/Prague` is `Prague`; undefined where it is UTC itself. */
export function zoneName(zone: string): string | undefined {
  if (/^(Etc\/)?(UTC|UCT|GMT|Greenwich|Universal|Zulu)$/u.test(zone)) return undefined;
  return (zone.split("/").at(-1) ?? zone).replaceAll("_", " ");
}

/** What `sayTime` needs to know: the zone, and the moment of reading. Without `now` every time has its date. */
export type Reading = { readonly zone: string; readonly now?: Instant; readonly seconds?: boolean };

/** Both tellings of one moment. The date stands with a time unless it is today in UTC and in the zone alike. */
export function timeParts(at: Instant, { zone, now, seconds }: Reading): SaidTime {
  const utc = utcWall(at);
  const local = wallOf(at, zone);
  const utcNow = now === undefined ? undefined : utcWall(now);
  const localNow = now === undefined ? undefined : wallOf(now, zone);
  const today = sameDay(utc, utcNow) && sameDay(local, localNow);
  const date = today ? "" : `${sayDate(utc, utcNow)}, `;
  const otherDate = today || sameDay(utc, local) ? "" : `${sayDate(local, localNow ?? utc)}, `;
  const name = zoneName(zone);
  const clock = `${two(utc.hour)}:${two(utc.minute)}${seconds === true ? `:${two(utc.second)}` : ""}`;
  return {
    iso: isoSeconds(at),
    utc: `${date}${clock} UTC`,
    ...(name === undefined ? {} : { local: `${otherDate}${two(local.hour)}:${two(local.minute)} ${name}` }),
  };
}

/** `10:42 UTC (11:42 Prague)`; `21 Nov, 23:10 UTC (22 Nov, 00:10 Prague)` when it is not today. */
export function sayTime(at: Instant, reading: Reading): string {
  const { utc, local } = timeParts(at, reading);
  return local === undefined ? utc : `${utc} (${local})`;
}

/** `08:10–15:40 UTC`; the end has its date when it is on another day: `08:10 – 21 Nov, 02:00 UTC`. */
export function saySpan(from: Instant, to: Instant): string {
  const [start, end] = [utcWall(from), utcWall(to)];
  const clock = (moment: Wall): string => `${two(moment.hour)}:${two(moment.minute)}`;
  return sameDay(start, end)
    ? `${clock(start)}–${clock(end)} UTC`
    : `${clock(start)} – ${sayDate(end, start)}, ${clock(end)} UTC`;
}

/** The day of the zone in which a moment lies. */
export function dayOf(at: Instant, zone: string): Day {
  return dayFrom(zoned(at, zone).startOfDay());
}

/** The `count` days before that of `now`, yesterday first. */
export function daysBefore(now: Instant, count: number, zone: string): readonly Day[] {
  const today = zoned(now, zone).startOfDay();
  return Array.from({ length: count }, (_, back) => dayFrom(today.subtract({ days: back + 1 }).startOfDay()));
}

const calendars = new Map<string, readonly Day[]>();

/** Today and the `count - 1` days before it, today the last. Asked with every page, so it is kept while the day lasts. */
export function lastDays(now: Instant, count: number, zone: string): readonly Day[] {
  const key = `${zone} ${count}`;
  const kept = calendars.get(key);
  const today = kept?.at(-1);
  if (kept !== undefined && today !== undefined && today.start <= now && now < today.end) return kept;
  const made = [...daysBefore(now, count - 1, zone).toReversed(), dayOf(now, zone)];
  if (calendars.size >= mostSpans) calendars.clear();
  calendars.set(key, made);
  return made;
}

function dayFrom(start: Temporal.ZonedDateTime): Day {
  return {
    date: start.toPlainDate().toString(),
    start: start.epochMilliseconds,
    end: start.add({ days: 1 }).startOfDay().epochMilliseconds,
  };
}

/** A month of the site's zone: `2026-11`. */
export type Month = { readonly month: string; readonly start: Instant; readonly end: Instant };

const monthNames = [
  "January",
  "February",
  "March",
  "April",
  "May",
  "June",
  "July",
  "August",
  "September",
  "October",
  "November",
  "December",
] as const;

/** The month of the zone in which a moment lies. */
export function monthOf(at: Instant, zone: string): Month {
  const first = zoned(at, zone).with({ day: 1 }).startOfDay();
  return {
    month: `${String(first.year).padStart(4, "0")}-${two(first.month)}`,
    start: first.epochMilliseconds,
    end: first.add({ months: 1 }).startOfDay().epochMilliseconds,
  };
}

/** `Sat 21 Nov`, in the language that is spoken. */
export function dayLabel({ date }: Pick<Day, "date">): string {
  const wall = Date.parse(date);
  const said = dateIn(wall, { weekday: "short", day: "numeric", month: "short" });
  if (said !== undefined) return said;
  const on = new Date(wall);
  return `${weekdays[(on.getUTCDay() + 6) % 7] ?? ""} ${on.getUTCDate()} ${months[on.getUTCMonth()] ?? ""}`;
}

/** `November 2026`, in the language that is spoken. */
export function monthLabel({ month }: Pick<Month, "month">): string {
  const on = new Date(`${month}-01`);
  const said = dateIn(on.getTime(), { month: "long", year: "numeric" });
  return said ?? `${monthNames[on.getUTCMonth()] ?? ""} ${on.getUTCFullYear()}`;
}

export const weekdayNames = weekdays;

/** The day of the week (1 is Monday) and the minutes since midnight that a clock on the wall shows. */
export function wallTime(at: Instant, zone: string): { readonly weekday: number; readonly minutes: number } {
  const moment = zoned(at, zone);
  return { weekday: moment.dayOfWeek, minutes: moment.hour * 60 + moment.minute };
}
