import { beforeAll, describe, expect, test } from "vitest";
import { t0 } from "../../test/kit/incidents.ts";
import { day, hour, isoSeconds, type Instant } from "../lib/clock.ts";
import { loadRules, type Expand } from "../lib/recur.ts";
import { onTheWall } from "../lib/zones.ts";
import { checkRecurrence, nextOccurrences, occurrences, parseWall, sayWall, type Recurrence } from "./recurrence.ts";
import { parseRule } from "./rule.ts";
import { toMake } from "./series.ts";

let expand: Expand;
beforeAll(async () => {
  expand = await loadRules();
});

function wall(text: string): Instant {
  const read = parseWall(text);
  if (!read.ok) throw new Error(read.error);
  return read.value;
}

function weekly(more: Partial<Recurrence> = {}): Recurrence {
  return {
    rule: "FREQ=WEEKLY;BYDAY=SU",
    zone: "Europe/Prague",
    start: wall("2026-11-29T02:30"),
    also: [],
    except: [],
    ...more,
  };
}

const next = (recurrence: Recurrence, after: string, most: number): readonly string[] =>
  nextOccurrences(recurrence, expand, Date.parse(after), most).map(({ at }) => isoSeconds(at));

describe("a time on the wall", () => {
  test.each([
    ["Europe/Prague", "2027-03-20T02:30", ["2027-03-27T01:30:00Z", "2027-03-28T01:00:00Z", "2027-03-29T00:30:00Z"]],
    ["America/New_York", "2027-03-13T02:30", ["2027-03-13T07:30:00Z", "2027-03-14T07:00:00Z", "2027-03-15T06:30:00Z"]],
    [
      "Australia/Lord_Howe",
      "2027-10-02T02:15",
      ["2027-10-01T15:45:00Z", "2027-10-02T15:30:00Z", "2027-10-03T15:15:00Z"],
    ],
    ["America/Santiago", "2027-09-04T00:30", ["2027-09-04T04:30:00Z", "2027-09-05T04:00:00Z", "2027-09-06T03:30:00Z"]],
  ])("that %s skips is the first moment after the gap", (zone, start, times) => {
    const first = times[0] ?? "";
    const recurrence = weekly({ rule: "FREQ=DAILY", zone, start: wall(start) });
    expect(next(recurrence, first, 3)).toEqual(times);
  });

  test.each([
    ["Europe/Prague", "2026-10-24T02:30", ["2026-10-24T00:30:00Z", "2026-10-25T00:30:00Z", "2026-10-26T01:30:00Z"]],
    ["America/New_York", "2026-10-31T01:30", ["2026-10-31T05:30:00Z", "2026-11-01T05:30:00Z", "2026-11-02T06:30:00Z"]],
  ])("that %s shows twice is the first of the two", (zone, start, times) => {
    expect(next(weekly({ rule: "FREQ=DAILY", zone, start: wall(start) }), times[0] ?? "", 3)).toEqual(times);
  });

  test.each(["2026-11-29", "2026-02-30T02:30", "2026-11-29T25:00", "2026-11-29T02:30Z", "soon"])(
    "%s is none",
    (text) => {
      expect(parseWall(text).ok).toBe(false);
    },
  );
});

describe("the dates of a rule", () => {
  test("are those of the rule and those beside it, without what is left out", () => {
    const recurrence = weekly({
      also: [wall("2026-12-02T20:00")],
      except: [wall("2026-12-06T02:30")],
    });
    const found = occurrences(recurrence, expand, t0, t0 + 25 * day).map((each) => sayWall(each.wall));
    expect(found).toEqual(["2026-11-29T02:30", "2026-12-02T20:00", "2026-12-13T02:30"]);
  });

  test.each([
    [weekly(), 2, undefined],
    [weekly({ start: wall("2026-11-30T02:30") }), 2, /would start at 2026-12-06T02:30$/u],
    [weekly({ rule: "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30" }), 2, /^the rule falls on no day/u],
    [weekly({ rule: "FREQ=DAILY" }), 25, /^2026-11-30T02:30 comes 1 d after the one before, and each lasts 1 d 1 h$/u],
    [
      weekly({ rule: "FREQ=DAILY;BYHOUR=2,4;BYMINUTE=30" }),
      1,
      /comes 2 h after the one before, and 6 h is the least$/u,
    ],
    [weekly({ also: [wall("2026-12-06T02:30")] }), 2, /is one of its times already$/u],
    [weekly({ also: [wall("2026-12-06T05:30")] }), 2, /comes 3 h after/u],
    [weekly({ except: [wall("2026-12-05T02:30")] }), 2, /the nearest are 2026-12-06T02:30 and 2026-11-29T02:30$/u],
    [weekly({ start: wall("2028-11-26T02:30") }), 2, /is the year right\?$/u],
  ] as const)("are checked: %o for %d h", (recurrence, hours, reason) => {
    const wrong = checkRecurrence(recurrence, hours * hour, expand, t0);
    if (reason === undefined) expect(wrong).toBeUndefined();
    else expect(wrong).toMatch(reason);
  });
});

/** Small, seeded, and the same everywhere. */
function dice(seed: number): <T>(from: readonly T[]) => T {
  let state = seed;
  return (from) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    const one = from[Math.floor((state / 2 ** 32) * from.length)];
    if (one === undefined) throw new Error("there is nothing to choose from");
    return one;
  };
}

const zones = ["Europe/Prague", "America/New_York", "Australia/Lord_Howe", "Asia/Kolkata", "America/Santiago", "UTC"];
const rules = [
  "FREQ=DAILY",
  "FREQ=DAILY;INTERVAL=3",
  "FREQ=WEEKLY;BYDAY=SU,WE",
  "FREQ=MONTHLY;BYDAY=-1SU",
  "FREQ=MONTHLY;BYMONTHDAY=31",
  "FREQ=YEARLY;BYMONTH=3,10;BYDAY=-1SU",
  "FREQ=WEEKLY;COUNT=20",
  "FREQ=DAILY;UNTIL=20270401",
];

describe("over random rules, zones and times", () => {
  test("occurrences are in order, without a double, on the wall that the rule says, and the same in any window", () => {
    for (let seed = 1; seed <= 120; seed++) {
      const choose = dice(seed);
      const zone = choose(zones);
      const rule = parseRule(choose(rules), zone);
      if (!rule.ok) throw new Error(rule.error);
      const clock = `${choose(["00", "01", "02", "03", "12", "23"])}:${choose(["00", "15", "30", "59"])}`;
      const [start] = expand(
        rule.value,
        wall(`2026-09-01T${clock}`),
        wall(`2026-09-01T${clock}`),
        wall("2027-09-01T00:00"),
      );
      if (start === undefined) throw new Error("the rule falls on no day");
      const recurrence = { rule: rule.value, zone, start, also: [], except: [] };
      const [from, to] = [start - day, start + 400 * day];
      const all = occurrences(recurrence, expand, from, to);
      const at = all.map((each) => each.at);
      expect(at).toEqual([...new Set(at)].toSorted((a, b) => a - b));
      for (const each of all) {
        const shown = onTheWall(each.at, zone);
        // Only in a gap it is another, and later by the gap at most.
        expect(shown - each.wall).toBeGreaterThanOrEqual(0);
        expect(shown - each.wall).toBeLessThanOrEqual(hour);
        expect(sayWall(each.wall).slice(11)).toBe(clock);
      }
      const cut = from + choose([40, 100, 200]) * day + choose([0, 1, 12]) * hour;
      const halves = [...occurrences(recurrence, expand, from, cut), ...occurrences(recurrence, expand, cut + 1, to)];
      expect(halves).toEqual(all);
    }
  });

  test("made step by step, in whatever steps, each of them is made once and none is left out", () => {
    for (let seed = 1; seed <= 60; seed++) {
      const choose = dice(seed);
      const plan = {
        title: "x",
        components: [],
        lengthMs: hour,
        recurrence: weekly({ rule: choose(rules.slice(0, 3).concat("FREQ=WEEKLY")), zone: choose(zones) }),
      };
      const made = new Map<Instant, Instant>();
      const begin = Date.parse("2026-11-28T00:00:00Z");
      let now = begin;
      while (now < begin + 200 * day) {
        for (const each of toMake(plan, new Set(made.keys()), expand, { now, until: now + 35 * day })) {
          expect(made.has(each.wall)).toBe(false);
          made.set(each.wall, each.at);
        }
        now += choose([hour, 12 * hour, day, 20 * day]);
      }
      const all = occurrences(plan.recurrence, expand, begin, now - 20 * day);
      expect(all.filter(({ wall: one }) => !made.has(one))).toEqual([]);
    }
  });
});
