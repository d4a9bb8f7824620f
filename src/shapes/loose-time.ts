// Times as status pages write them: ISO with and without a colon or a zone, Go's and JavaScript's own, RFC 822. Pure.
import { day, hour, minute, second, type Instant } from "../lib/clock.ts";

const months = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];

/** Of the many abbreviations, those that feeds are known to use; another counts as UTC, which is hours off, not days. */
const zones: Readonly<Record<string, number>> = {
  est: -5, edt: -4, cst: -6, cdt: -5, mst: -7, mdt: -6, pst: -8, pdt: -7, bst: 1, cet: 1, cest: 2, eet: 2, eest: 3, ist: 5.5, jst: 9,
}; // prettier-ignore

/** Earlier or later than this is a mistake, or a default that nobody meant. */
const first = Date.UTC(2000, 0, 1);
const last = Date.UTC(2100, 0, 1);

const isoLike = /^(\d{4})-(\d{1,2})-(\d{1,2})(?:[T\s]+(\d{1,3}):(\d{1,2})(?::(\d{1,2})(?:[.,]\d{1,9})?)?\s*(.*))?$/su;
const spelled =
  /^(?:[a-z]{3,9},?\s+)?(?:(\d{1,2})[\s-]+([a-z]{3})[a-z]*|([a-z]{3})[a-z]*\s+(\d{1,2}),?)[\s-]+(\d{2}|\d{4})\s+(\d{1,2}):(\d{2})(?::(\d{2}))?\s*(.*)$/isu;

/** `+0000`, `+01:00 CET`, `GMT+0200 (…)`, `CEST`, `Z`: how far from UTC. */
function offsetOf(zone: string): number {
  const [, sign, hours, minutes = "0"] = /^(?:[a-z]{1,5})?\s*([+-])(\d{1,2}):?(\d{2})?/iu.exec(zone) ?? [];
  if (sign !== undefined) return (sign === "-" ? -1 : 1) * (Number(hours) * hour + Number(minutes) * minute);
  return (zones[/^[a-z]+/iu.exec(zone)?.[0].toLowerCase() ?? ""] ?? 0) * hour;
}

type Parts = readonly [year: number, month: number, day: number, hours: number, minutes: number, seconds: number];

function instant([year, month, date, hours, minutes, seconds]: Parts, zone: string): Instant | undefined {
  const midnight = Date.UTC(year, month - 1, date);
  const real = new Date(midnight).getUTCDate() === date && month >= 1 && month <= 12;
  if (!real || hours > 24 || minutes > 59 || seconds > 60) return undefined;
  const at = midnight + hours * hour + minutes * minute + seconds * second - offsetOf(zone);
  return at >= first && at < last && Math.abs(offsetOf(zone)) < day ? at : undefined;
}

/** Undefined when it is no time: never NaN, never the epoch by accident. Without a zone it is UTC. */
export function looseTime(given: string | number | null | undefined): Instant | undefined {
  if (given === null || given === undefined) return undefined;
  if (typeof given === "number") {
    const ms = given < 1e11 ? given * second : given;
    return ms >= first && ms < last ? ms : undefined;
  }
  const text = given.trim().slice(0, 100);
  const iso = isoLike.exec(text);
  if (iso !== null) {
    const [, y, mo, d, h = "0", mi = "0", s = "0", zone = ""] = iso;
    return instant([Number(y), Number(mo), Number(d), Number(h), Number(mi), Number(s)], zone);
  }
  const found = spelled.exec(text);
  if (found === null) return undefined;
  const [, before, monthAfter, monthBefore, after, y = "", h, mi, s = "0", zone = ""] = found;
  const month = months.indexOf((monthAfter ?? monthBefore ?? "").toLowerCase()) + 1;
  const year = y.length === 2 ? 2000 + Number(y) : Number(y);
  return instant([year, month, Number(before ?? after), Number(h), Number(mi), Number(s)], zone);
}
