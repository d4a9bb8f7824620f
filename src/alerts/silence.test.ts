import { describe, expect, test } from "vitest";
import { day, hour, type Instant } from "../lib/clock.ts";
import { brand } from "../lib/ids.ts";
import { alert, alice, api, t0 } from "../../test/kit/incidents.ts";
import { matches, parseMatcher, sayMatcher, type Matcher } from "./labels.ts";
import {
  badSilence,
  oddSilence,
  parseRepeat,
  quietsNow,
  sayRepeat,
  silencedBy,
  type Silence,
  type SilenceId,
} from "./silence.ts";

function matcher(text: string): Matcher {
  const parsed = parseMatcher(text);
  if (!parsed.ok) throw new Error(parsed.error);
  return parsed.value;
}

function silence(texts: readonly string[], more: Partial<Silence> = {}): Silence {
  return {
    id: brand<SilenceId>("s"),
    matchers: texts.map(matcher),
    startsAt: t0,
    endsAt: t0 + hour,
    reason: "a test",
    by: alice,
    createdAt: t0,
    updatedAt: t0,
    ...more,
  };
}

describe("a matcher", () => {
  test.each([
    ["component=copr", true],
    ['component="copr"', true],
    ["component!=copr", false],
    ["component=~c.p.", true],
    ["component=~op", false],
    ["component!~api|db", true],
    ["kind=failing", true],
    ["source=jobs", true],
    ["alert=jobs/failing", true],
    ["team=", true],
    ["team=x", false],
    ["team!=x", true],
    ["constructor=", true],
  ])("%s matches the alert about Copr: %s", (text, expected) => {
    expect(silencedBy([silence([text, "severity=critical"])], alert(), t0) !== undefined).toBe(expected);
  });

  test.each(["copr", "=copr", "a b=c", "x=~(", "x=~(?<=a)b", ""])('"%s" is refused with what to write', (text) => {
    const parsed = parseMatcher(text);
    expect(parsed.ok).toBe(false);
    if (!parsed.ok) expect(parsed.error).toMatch(/write NAME=VALUE|regular expression/u);
  });

  test("is said as it was written, and read back as it is said", () => {
    for (const text of ["component=copr", 'summary=~"a b.*"', 'x!="q\\"', '"k8s/pod name"="a"'])
      expect(matcher(sayMatcher(matcher(text)))).toEqual(matcher(text));
  });

  test("names a label in quotes where its name is more than a word", () => {
    expect(matcher('"k8s/pod name"=~"db-.*"')).toEqual({ name: "k8s/pod name", how: "=~", value: "db-.*" });
  });

  test("of evil pattern and long text ends in linear time", () => {
    expect(matches({ name: "x", how: "=~", value: "(a+)+$" }, { x: `${"a".repeat(50_000)}b` })).toBe(false);
  });
});

describe("a silence", () => {
  test("counts from its start to just before its end, and all matchers must match", () => {
    const one = silence(["component=copr", "severity=critical"]);
    const counts = (at: Instant): boolean => silencedBy([one], alert(), at) !== undefined;
    expect([counts(t0 - 1), counts(t0), counts(t0 + hour - 1), counts(t0 + hour)]).toEqual([false, true, true, false]);
    expect(silencedBy([one], alert({ severity: "info" }), t0)).toBeUndefined();
    expect(silencedBy([one], alert({ component: api }), t0)).toBeUndefined();
  });

  test("that would silence everything, has no reason or no sense of time, is refused in words", () => {
    const wrong = (texts: readonly string[], more: Partial<Silence> = {}): string | undefined =>
      badSilence(silence(texts, more), t0);
    expect(wrong(["component=copr"])).toBeUndefined();
    expect(wrong([])).toContain("needs a matcher");
    expect(wrong(["x=~.*"])).toContain("would silence everything");
    expect(wrong(["x!=y"])).toContain("would silence everything");
    expect(wrong(["component=copr"], { reason: " " })).toContain("reason");
    expect(wrong(["component=copr"], { endsAt: t0 - 1 })).toContain("before it begins");
    expect(wrong(["component=copr"], { startsAt: t0 - 2 * hour, endsAt: t0 - hour })).toContain("ended already");
  });

  test("that is most likely a slip of the fingers is refused to people", () => {
    expect(oddSilence(silence(["component=copr"], { endsAt: t0 + 400 * day }))).toContain("a year");
    expect(oddSilence(silence(["component=copr"], { endsAt: t0 + 59_000 }))).toContain("a minute");
    expect(oddSilence(silence(["component=copr"]))).toBeUndefined();
  });
});

describe("hours of the week", () => {
  const prague = "Europe/Prague";
  const at = (iso: string): Instant => Date.parse(iso);
  const on = (hours: string, iso: string): boolean => {
    const repeats = parseRepeat(hours, prague);
    if (!repeats.ok) throw new Error(repeats.error);
    const always = { startsAt: 0, endsAt: t0 + 999 * day };
    return quietsNow(silence(["component=copr"], { ...always, repeats: repeats.value }), at(iso));
  };

  // 22 November 2026 is a Sunday; Prague is an hour ahead of UTC.
  test.each([
    ["Sun 02:00-04:00", "2026-11-22T00:59:59Z", false],
    ["Sun 02:00-04:00", "2026-11-22T01:00:00Z", true],
    ["Sun 02:00-04:00", "2026-11-22T03:00:00Z", false],
    ["Mon-Fri 22:00-06:00", "2026-11-21T04:59:59Z", true],
    ["Mon-Fri 22:00-06:00", "2026-11-21T05:00:00Z", false],
    ["Mon-Fri 22:00-06:00", "2026-11-21T22:00:00Z", false],
    ["Fri-Mon 10:00-11:00", "2026-11-22T09:30:00Z", true],
    ["Sat,Sun 10:00-24:00", "2026-11-22T22:59:00Z", true],
    ["daily 03:00-03:30", "2026-11-24T02:15:00Z", true],
  ])("%s at %s: %s", (hours, iso, expected) => {
    expect(on(hours, iso)).toBe(expected);
  });

  test("in summer they are an hour earlier in UTC", () => {
    expect([on("Sun 02:00-04:00", "2026-07-05T00:00:00Z"), on("Sun 02:00-04:00", "2026-07-05T02:00:00Z")]).toEqual([
      true,
      false,
    ]);
  });

  test.each(["", "Sat", "Sat 2-4", "Sad 02:00-04:00", "Sat 25:00-26:00", "Sat 02:00-02:00", "Sat 02:00-24:30"])(
    '"%s" is refused with what to write',
    (text) => {
      const parsed = parseRepeat(text, prague);
      expect(parsed.ok).toBe(false);
      if (!parsed.ok) expect(parsed.error).toContain('write "Sat 02:00-04:00"');
    },
  );

  test("are said as people write them", () => {
    const said = (text: string): string => {
      const parsed = parseRepeat(text, prague);
      return parsed.ok ? sayRepeat(parsed.value) : parsed.error;
    };
    expect(said("Sat-Sun 2:00-4:00")).toBe("Sat, Sun 02:00-04:00 Europe/Prague");
    expect(said("daily 03:00-03:30")).toBe("daily 03:00-03:30 Europe/Prague");
  });

  test("a minute before midnight is that day", () => {
    expect(on("Sat 23:00-24:00", "2026-11-21T22:59:00Z")).toBe(true);
  });
});
