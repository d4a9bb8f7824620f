// Recurrence rules as people write them (RFC 5545, 3.3.10): read strictly, with the nearest mistake named, and said in words. Pure.
import { isoSeconds, type Instant } from "../lib/clock.ts";
import { suggest } from "../lib/nearest.ts";
import { failed, ok, type Result } from "../lib/result.ts";
import { list } from "../lib/text.ts";
import { onTheWall } from "../lib/zones.ts";

const frequencies = ["DAILY", "WEEKLY", "MONTHLY", "YEARLY"] as const;
const tooOften = ["SECONDLY", "MINUTELY", "HOURLY"];
const days = ["MO", "TU", "WE", "TH", "FR", "SA", "SU"] as const;
const dayNames = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"];

/** The parts that a rule may have, and what stands for one value of each. */
const parts: Readonly<Record<string, { readonly one: (value: string) => boolean; readonly form: string }>> = {
  FREQ: { one: (value) => frequencies.some((each) => each === value), form: frequencies.join(", ") },
  INTERVAL: { one: between(1, 1_000), form: "a number from 1 to 1000" },
  COUNT: { one: between(1, 10_000), form: "a number from 1 to 10000" },
  UNTIL: { one: (value) => instantOf(value) !== undefined, form: "a day, 20271231, or a time, 20271231T235959Z" },
  BYDAY: {
    one: (value) => /^([+-]?([1-9]|[1-4]\d|5[0-3]))?(MO|TU|WE|TH|FR|SA|SU)$/u.test(value),
    form: "MO, SU, 1SU or -1FR",
  },
  BYMONTHDAY: { one: signed(31), form: "days from 1 to 31, or from -31 to -1" },
  BYYEARDAY: { one: signed(366), form: "days from 1 to 366, or from -366 to -1" },
  BYWEEKNO: { one: signed(53), form: "weeks from 1 to 53, or from -53 to -1" },
  BYMONTH: { one: between(1, 12), form: "months from 1 to 12" },
  BYSETPOS: { one: signed(366), form: "places from 1 to 366, or from -366 to -1" },
  BYHOUR: { one: between(0, 23), form: "hours from 0 to 23" },
  BYMINUTE: { one: between(0, 59), form: "minutes from 0 to 59" },
  WKST: { one: (value) => days.some((each) => each === value), form: days.join(", ") },
};
const single = new Set(["FREQ", "INTERVAL", "COUNT", "UNTIL", "WKST"]);

/** More often a day is no maintenance, and a rule that yields one each second is a slip. */
const mostADay = 4;

function between(least: number, most: number): (value: string) => boolean {
  return (value) => /^\d{1,5}$/u.test(value) && Number(value) >= least && Number(value) <= most;
}

function signed(most: number): (value: string) => boolean {
  return (value) => /^[+-]?\d{1,3}$/u.test(value) && Number(value) !== 0 && Math.abs(Number(value)) <= most;
}

/** `20271231` (the end of that day), `20271231T235959`, `20271231T235959Z`. */
function instantOf(text: string): { readonly at: Instant; readonly utc: boolean } | undefined {
  const found = /^(\d{4})(\d\d)(\d\d)(?:T(\d\d)(\d\d)(\d\d)(Z)?)?$/u.exec(text);
  if (found === null) return undefined;
  const [, year, month, day, hour = "23", minute = "59", second = "59", utc] = found;
  const at = Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`);
  const exists = !Number.isNaN(at) && isoSeconds(at).startsWith(`${year}-${month}-${day}`);
  return exists ? { at, utc: utc === "Z" } : undefined;
}

/** `FREQ=WEEKLY;BYDAY=SU`, as map; or the first mistake. */
function read(text: string): Result<ReadonlyMap<string, readonly string[]>, string> {
  const found = new Map<string, readonly string[]>();
  for (const part of text.split(";")) {
    const [name = "", value = "", ...more] = part.split("=");
    if (value === "" || more.length > 0)
      return failed(`"${part}" is no part of a rule; write NAME=VALUE, such as FREQ=WEEKLY`);
    const known = parts[name];
    if (known === undefined) return failed(`a rule has no part "${name}"; ${suggest(name, Object.keys(parts))}`);
    if (found.has(name)) return failed(`${name} stands twice`);
    const values = value.split(",");
    if (single.has(name) && values.length > 1) return failed(`${name} takes one value, and not "${value}"`);
    if (name === "FREQ" && tooOften.includes(value))
      return failed(`FREQ=${value} is too often: maintenance repeats by the day at most (${known.form})`);
    const wrong = values.find((each) => !known.one(each));
    if (wrong !== undefined) {
      const near = name === "FREQ" ? `; ${suggest(wrong, frequencies)}` : "";
      return failed(`${name} takes ${known.form}, and not "${wrong}"${near}`);
    }
    found.set(name, values);
  }
  return ok(found);
}

/**
 * The rule as it is kept: in capitals, and with UNTIL on the wall of the zone. Undefined parts, values out of range and
 * parts that contradict each other are refused.
 */
export function parseRule(given: string, zone: string): Result<string, string> {
  const text = given
    .trim()
    .toUpperCase()
    .replace(/^RRULE:/u, "");
  const property = /^(DTSTART|RDATE|EXDATE|BEGIN)\b/u.exec(text)?.[1];
  if (property !== undefined || /\s/u.test(text))
    return failed(
      "write the rule alone, such as FREQ=WEEKLY;BYDAY=SU; its start, more dates and exceptions stand beside it",
    );
  const found = read(text);
  if (!found.ok) return found;
  const rule = found.value;
  if (!rule.has("FREQ")) return failed("a rule says how often: FREQ=DAILY, WEEKLY, MONTHLY or YEARLY");
  if (rule.has("COUNT") && rule.has("UNTIL")) return failed("say COUNT or UNTIL, not both");
  const [freq = ""] = rule.get("FREQ") ?? [];
  const numbered = (rule.get("BYDAY") ?? []).find((day) => day.length > 2);
  if (numbered !== undefined && freq !== "MONTHLY" && freq !== "YEARLY")
    return failed(`BYDAY=${numbered} counts days of a month or a year; FREQ=${freq} has none to count`);
  if (rule.has("BYWEEKNO") && freq !== "YEARLY") return failed("BYWEEKNO goes with FREQ=YEARLY alone");
  if (rule.has("BYYEARDAY") && freq !== "YEARLY") return failed("BYYEARDAY goes with FREQ=YEARLY alone");
  if (rule.has("BYMONTHDAY") && freq === "WEEKLY") return failed("BYMONTHDAY does not go with FREQ=WEEKLY");
  const aDay = (rule.get("BYHOUR")?.length ?? 1) * (rule.get("BYMINUTE")?.length ?? 1);
  if (aDay > mostADay) return failed(`that is ${aDay} times a day, and ${mostADay} are the most`);
  return ok(
    [...rule]
      .map(([name, values]) => `${name}=${name === "UNTIL" ? onWall(values[0] ?? "", zone) : values.join(",")}`)
      .join(";"),
  );
}

/** In the form of UTC, for a wall that is told as if it were there. */
function onWall(until: string, zone: string): string {
  const { at, utc } = instantOf(until) ?? { at: 0, utc: false };
  return isoSeconds(utc ? onTheWall(at, zone) : at).replace(/[-:]/gu, "");
}

const ordinals: Readonly<Record<string, string>> = {
  "1": "first",
  "2": "second",
  "3": "third",
  "4": "fourth",
  "-1": "last",
};

/** `every week on Sunday`; of what takes more words than that, the rule itself. */
export function sayRule(rule: string): string {
  const found = read(rule);
  if (!found.ok) return rule;
  const { FREQ, INTERVAL, COUNT, UNTIL, BYDAY, BYMONTHDAY, ...others } = Object.fromEntries(found.value);
  if (Object.keys(others).some((name) => name !== "WKST")) return rule;
  const n = Number(INTERVAL?.[0] ?? 1);
  const unit = { DAILY: "day", WEEKLY: "week", MONTHLY: "month", YEARLY: "year" }[FREQ?.[0] ?? ""] ?? "time";
  const named = (BYDAY ?? []).map((day) => {
    const which = day.slice(0, -2).replace("+", "");
    const name = dayNames[days.findIndex((each) => each === day.slice(-2))] ?? day;
    return which === "" ? name : ordinals[which] === undefined ? undefined : `the ${ordinals[which]} ${name}`;
  });
  if (named.includes(undefined) || (BYDAY !== undefined && BYMONTHDAY !== undefined)) return rule;
  if (BYMONTHDAY?.some((day) => Number(day) < 0) === true) return rule;
  const on = BYMONTHDAY === undefined ? named.flatMap((name) => name ?? []) : BYMONTHDAY.map((day) => `day ${day}`);
  return [
    n === 1 ? `every ${unit}` : `every ${n} ${unit}s`,
    ...(on.length === 0 ? [] : [`on ${list(on)}`]),
    ...(COUNT === undefined ? [] : [`${COUNT[0] ?? ""} times`]),
    ...(UNTIL === undefined ? [] : [`until ${(UNTIL[0] ?? "").replace(/^(\d{4})(\d\d)(\d\d).*$/u, "$1-$2-$3")}`]),
  ].join(" ");
}
