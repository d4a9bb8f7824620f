import { expect, test } from "vitest";
import { parseRule, sayRule } from "./rule.ts";

const prague = "Europe/Prague";

test.each([
  ["", /^"" is no part of a rule; write NAME=VALUE/u],
  ["FREQ=WEEKLI", /did you mean "WEEKLY"\?$/u],
  ["FREQ=WEEKLY;BYDAI=SU", /no part "BYDAI"; did you mean "BYDAY"\?$/u],
  ["BYDAY=SU", /^a rule says how often/u],
  ["FREQ=WEEKLY;BYDAY=SO", /^BYDAY takes MO, SU, 1SU or -1FR, and not "SO"/u],
  ["FREQ=WEEKLY;BYDAY=1SU", /^BYDAY=1SU counts days of a month/u],
  ["FREQ=WEEKLY;FREQ=DAILY", /^FREQ stands twice$/u],
  ["FREQ=DAILY;COUNT=3;UNTIL=20271231", /^say COUNT or UNTIL/u],
  ["FREQ=DAILY;INTERVAL=0", /^INTERVAL takes a number from 1/u],
  ["FREQ=DAILY;UNTIL=20270231", /^UNTIL takes a day/u],
  ["FREQ=SECONDLY", /^FREQ=SECONDLY is too often/u],
  ["FREQ=HOURLY;INTERVAL=24", /^FREQ=HOURLY is too often/u],
  ["FREQ=DAILY;BYHOUR=0,6,12;BYMINUTE=0,30", /^that is 6 times a day, and 4 are the most$/u],
  ["FREQ=DAILY;BYSECOND=0,1", /no part "BYSECOND"/u],
  ["FREQ=MONTHLY;BYMONTHDAY=32", /^BYMONTHDAY takes days from 1 to 31/u],
  ["DTSTART;TZID=Europe/Prague:20261129T023000 RRULE:FREQ=DAILY", /^write the rule alone/u],
  ["FREQ=DAILY;;COUNT=2", /^"" is no part/u],
])("%s is refused with the reason", (rule, reason) => {
  const read = parseRule(rule, prague);
  expect(read.ok ? "it was taken" : read.error).toMatch(reason);
});

test("a rule is kept in capitals, its end as the clock on the wall shows it", () => {
  const read = (rule: string): unknown => parseRule(rule, prague);
  expect(read("rrule:freq=weekly;byday=su,we")).toEqual({ ok: true, value: "FREQ=WEEKLY;BYDAY=SU,WE" });
  expect(read("FREQ=DAILY;UNTIL=20261231T230000Z")).toEqual({ ok: true, value: "FREQ=DAILY;UNTIL=20270101T000000Z" });
  expect(read("FREQ=DAILY;UNTIL=20261231")).toEqual({ ok: true, value: "FREQ=DAILY;UNTIL=20261231T235959Z" });
});

test.each([
  ["FREQ=DAILY", "every day"],
  ["FREQ=WEEKLY;INTERVAL=2;BYDAY=SU,WE", "every 2 weeks on Sunday and Wednesday"],
  ["FREQ=MONTHLY;BYDAY=1SU", "every month on the first Sunday"],
  ["FREQ=MONTHLY;BYDAY=-1FR;COUNT=3", "every month on the last Friday 3 times"],
  ["FREQ=MONTHLY;BYMONTHDAY=15", "every month on day 15"],
  ["FREQ=YEARLY;UNTIL=20301231T235959Z", "every year until 2030-12-31"],
  ["FREQ=MONTHLY;BYDAY=MO,TU;BYSETPOS=1", "FREQ=MONTHLY;BYDAY=MO,TU;BYSETPOS=1"],
])("%s is said: %s", (rule, words) => {
  expect(sayRule(rule)).toBe(words);
});
