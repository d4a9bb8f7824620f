// Two times of an entry as people type them, and what was most likely meant: a slip of the month or the year is mended, with a note. Pure.
import { day, isoSeconds, type Instant } from "../lib/clock.ts";
import { looseTime } from "./loose-time.ts";

export type Typed = { readonly at?: Instant; readonly notes: readonly string[] };

/** `what` names it in a note. Without a zone it is UTC, as Hugo takes it. */
export function typedTime(text: string, what: string): Typed {
  if (text === "") return { notes: [] };
  const at = looseTime(text);
  if (at === undefined) return { notes: [`${what} "${text.slice(0, 60)}" is no time`] };
  const notes: string[] = [];
  const hours = /[T\s](\d+):/u.exec(text)?.[1] ?? "00";
  if (hours.length !== 2) notes.push(`${what} "${text}" has an hour of ${hours.length} figures: taken as ${isoSeconds(at)}`); // prettier-ignore
  if (!/\d:\d/u.test(text)) notes.push(`${what} "${text}" has no hour: taken as the begin of the day`);
  else if (!/(?:z|[+-]\d{2}:?\d{2}|[a-z]{2,5})\s*$/iu.test(text)) notes.push(`${what} "${text}" has no time zone: taken as UTC`); // prettier-ignore
  return { at, notes };
}

/** Longer than this is rather a slip than an outage, when a year or a month makes it short. */
const suspicious = 30 * day;
const plausible = 3 * day;

/** The end, or what was meant by it. */
export function mendedEnd(start: Instant, end: Instant): { readonly end: Instant; readonly notes: readonly string[] } {
  if (end >= start && end - start <= suspicious) return { end, notes: [] };
  const began = new Date(start);
  const moved = (parts: { readonly year?: true; readonly month?: true }): Instant => {
    const date = new Date(end);
    const [year, month] = [parts.year ? began.getUTCFullYear() : date.getUTCFullYear(), parts.month ? began.getUTCMonth() : date.getUTCMonth()]; // prettier-ignore
    date.setUTCFullYear(year, month);
    return date.getTime();
  };
  const tries = [
    ["year", moved({ year: true })],
    ["month", moved({ month: true })],
    ["year and the month", moved({ year: true, month: true })],
  ] as const;
  const [slip, meant] = tries.find(([, at]) => at >= start && at - start <= plausible) ?? [];
  if (slip === undefined || meant === undefined) return { end, notes: [] };
  const wrong = end < start ? "is before the start" : `is ${Math.round((end - start) / day)} days after the start`;
  return {
    end: meant,
    notes: [`the end ${isoSeconds(end)} ${wrong}, a slip of the ${slip}: taken as ${isoSeconds(meant)}`],
  };
}
