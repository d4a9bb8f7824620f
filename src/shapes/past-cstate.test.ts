import { describe, expect, test } from "vitest";
import type { PastEntry } from "./past.ts";
import { readCstateIssues } from "./past-cstate.ts";

const now = Date.parse("2026-11-22T10:00:00Z");
const at = (text: string): number => Date.parse(text);

const sound = `---
title: "Copr builds fail"
date: 2024-03-05T14:00:00+01:00
resolved: true
resolvedWhen: 2024-03-05 15:30:00+00:00
severity: disrupted
affected:
  - Copr
section: issue
---

Builds fail, see https://status.example.org/7.
`;

function read(text: string, place = "2024-03-05-copr.md"): ReturnType<typeof readCstateIssues> {
  return readCstateIssues([{ place, text }], now);
}

function one(text: string, place?: string): PastEntry {
  const { entries, unread } = read(text, place);
  expect(unread).toEqual([]);
  return entries[0] ?? expect.fail("no entry");
}

/** The sound one, with other lines in the place of some. */
const lines = (...changes: readonly (readonly [from: RegExp, to: string])[]): string =>
  changes.reduce((text, [from, to]) => {
    expect(text).toMatch(from);
    return text.replace(from, to);
  }, sound);

test("a sound issue comes in whole, without a note", () => {
  expect(one(sound)).toEqual({
    key: "2024-03-05-copr",
    kind: "incident",
    title: "Copr builds fail",
    startedAt: at("2024-03-05T13:00:00Z"),
    endedAt: at("2024-03-05T15:30:00Z"),
    impact: [{ name: "Copr", status: "partial_outage" }],
    text: "Builds fail, see https://status.example.org/7.",
    updates: [],
    links: [{ url: "https://status.example.org/7" }],
    oldPaths: ["/issues/2024-03-05-copr/"],
    place: "2024-03-05-copr.md",
    notes: [],
  });
});

describe("what people really write comes in with a note", () => {
  test.each<readonly [what: string, text: string, entry: Partial<PastEntry>, note: RegExp]>([
    ["no opening fence", sound.slice(4), {}, /--- before the front matter is missing/],
    ["no closing fence", lines([/\n---\n\n/, "\n\n"]), { text: expect.stringContaining("Builds fail") }, /--- after/],
    ["no fence at all", lines([/^---\n/, ""], [/\n---\n\n/, "\n\n"]), {}, /and so is the one before it/],
    ["an hour of one figure", lines([/14:00:00/, "9:05:00"]), { startedAt: at("2024-03-05T08:05:00Z") }, /hour of 1/],
    ["an hour of three figures", lines([/14:00:00/, "014:00:00"]), { startedAt: at("2024-03-05T13:00:00Z") }, /hour of 3/],
    ["no zone", lines([/2024-03-05T14:00:00\+01:00/, '"2024-03-05 13:00:00"']), { startedAt: at("2024-03-05T13:00:00Z") }, /taken as UTC/],
    ["a date alone", lines([/T14:00:00\+01:00/, ""]), { startedAt: at("2024-03-05T00:00:00Z") }, /begin of the day/],
    ["no date", lines([/date: .*\n/, ""]), { startedAt: at("2024-03-05T00:00:00Z") }, /name of the file/],
    ["a wrong month", lines([/2024-03-05 15:30/, "2024-01-05 15:30"]), { endedAt: at("2024-03-05T15:30:00Z") }, /slip of the month/],
    ["a wrong year", lines([/2024-03-05 15:30/, "2025-03-05 15:30"]), { endedAt: at("2024-03-05T15:30:00Z") }, /slip of the year/],
    ["an end before the start", lines([/2024-03-05 15:30/, "2024-03-05 11:30"]), { endedAt: at("2024-03-05T13:00:00Z") }, /before it started/],
    ["no end", lines([/resolvedWhen.*\n/, ""]), { endedAt: at("2024-03-05T13:00:00Z") }, /nothing says when it ended/],
    ["not a word of being resolved", lines([/resolved: .*\n/, ""], [/resolvedWhen.*\n/, ""]), { endedAt: at("2024-03-05T13:00:00Z") }, /never showed it as open/],
    ["an end that is no time", lines([/2024-03-05 15:30:00\+00:00/, "soon"]), { endedAt: at("2024-03-05T13:00:00Z") }, /"soon" is no time/],
    ["no severity", lines([/severity: .*\n/, ""]), { impact: [{ name: "Copr", status: "partial_outage" }] }, /no severity/],
    ["another severity", lines([/disrupted/, "meltdown"]), {}, /"meltdown" is none/],
    ["no component", lines([/affected:\n.*\n/, ""]), { impact: [] }, /names no component/],
    ["components with commas", lines([/affected:\n.*\n/, "affected: Copr, API\n"]), { impact: [{ name: "Copr", status: "partial_outage" }, { name: "API", status: "partial_outage" }] }, /no list/],
    ["a misspelt key", lines([/severity/, "severty"]), {}, /"severty" is taken for "severity"/],
    ["a key twice", lines([/section/, "title: Another\nsection"]), { title: "Another" }, /twice/],
    ["a colon that YAML does not take", lines([/"Copr builds fail"/, "Copr: builds: fail"]), { title: "Copr: builds: fail", impact: [{ name: "Copr", status: "partial_outage" }] }, /read line by line/],
    ["no title", lines([/title: .*\n/, ""]), { title: "2024 03 05 copr" }, /no title/],
    ["a shortcode of Hugo's", `${sound}{{< figure src="x" >}}`, {}, /shortcode/],
  ])("%s", (_, text, entry, note) => {
    const came = one(text);
    expect(came).toMatchObject(entry);
    expect(came.notes.join("\n")).toMatch(note);
  }); // prettier-ignore

  test("True, on one line, in quotes and in other letters", () => {
    const came = one(lines([/resolved: true/, "Resolved: True"], [/affected:\n.*\n/, 'affected: ["Copr"]\n']));
    expect(came).toMatchObject({ endedAt: at("2024-03-05T15:30:00Z"), impact: [{ name: "Copr" }], notes: [] });
  });
});

test("what is not resolved stays open, and an end to come is none", () => {
  const open = one(lines([/resolved: true/, "resolved: false"], [/resolvedWhen.*\n/, ""]));
  expect([open.endedAt, open.notes]).toEqual([undefined, []]);
  expect(one(lines([/resolved: true/, "resolved: false"])).notes.join()).toMatch(/stays open/);
  expect(one(lines([/2024-03-05 15:30/, "2027-03-05 15:30"], [/2024-03-05T14/, "2026-11-22T08"])).endedAt).toBe(undefined); // prettier-ignore
});

test("a notice is a maintenance, planned ones too, and one without an end lasts an hour", () => {
  const notice = lines([/disrupted/, "notice"]);
  expect(one(notice)).toMatchObject({ kind: "maintenance", impact: [{ status: "under_maintenance" }] });
  const planned = notice.replaceAll("2024-03-05", "2026-12-24").replace(/resolved: true\n/, "");
  expect(one(planned)).toMatchObject({ kind: "maintenance", endedAt: at("2026-12-24T15:30:00Z"), notes: [] });
  expect(one(notice.replace(/resolvedWhen.*\n/, "")).endedAt).toBe(at("2024-03-05T14:00:00Z"));
});

test("paragraphs with a time are updates, oldest first; the rest is the text", () => {
  const body = `*Resolved* - All is well. {{< track "2024-03-05 15:30:00" >}}

**Monitoring**: A fix is out. {{< track "2024-03-05 15:00:00" >}}

*Investigating* - We look. {{< track "2024-03-05 13:10:00" >}}

It is about Copr.
`;
  const came = one(sound.replace(/Builds fail.*\n/, body));
  expect(came.text).toBe("It is about Copr.");
  expect(came.updates).toEqual([
    { at: at("2024-03-05T13:10:00Z"), phase: "investigating", text: "We look." },
    { at: at("2024-03-05T15:00:00Z"), phase: "monitoring", text: "A fix is out." },
    { at: at("2024-03-05T15:30:00Z"), phase: "resolved", text: "All is well." },
  ]);
  const listed = one(`${sound}\nUpdates:\n\n- Tue Mar 5 13:30:00 UTC: Slowly.\n- Tue Mar 5 15:00:00 UTC: Done.\n  Yes.\n`); // prettier-ignore
  expect(listed.updates.map(({ text }) => text)).toEqual(["Slowly.", "Done.\n  Yes."]);
  expect(one(`${sound}\n*Resolved* - gone {{< track "tomorrow" >}}\n`).notes.join()).toMatch(/"tomorrow"/);
});

test("what cannot be an entry is named with its line and the reason", () => {
  const cases: readonly (readonly [string, number, RegExp])[] = [
    ["", 1, /empty/],
    ["\n\nJust words.\n", 3, /no front matter/],
    ["+++\ntitle = 'x'\n+++\n", 1, /TOML/],
    ["---\n- a\n- b\n---\n", 2, /cannot be read/],
    [lines([/section/, "draft: true\nsection"]), 9, /draft/],
    [`---\n${"a: [".repeat(20_000)}\n---\n`, 2, /far too long/],
  ];
  for (const [text, line, because] of cases) {
    const { entries, unread } = read(text);
    expect(entries).toEqual([]);
    expect(unread[0]).toMatchObject({ place: `2024-03-05-copr.md:${line}`, because: expect.stringMatching(because) });
  }
  expect(read(lines([/date: .*\n/, ""]), "outage.md").unread[0]?.because).toMatch(/when it began/);
});

test("hostile front matter costs nothing and comes in as text", () => {
  const deep = lines([/"Copr builds fail"/, "[".repeat(8_000)]);
  const bomb = lines([/title: .*\n/, 'a: &a ["x","x"]\nb: &b [*a,*a,*a]\ntitle: *b\n']);
  for (const text of [deep, bomb]) expect(one(text).impact).toEqual([{ name: "Copr", status: "partial_outage" }]);
  const came = one(lines([/Copr builds fail/, "\\u202Egnp.exe\\u001b[31m"], [/Builds fail/, "\u0007<script>"]));
  expect([came.title, came.text]).toEqual(["gnp.exe[31m", expect.stringMatching(/^<script>/)]);
});

test("Hugo's own addresses of an issue lead on: slug, url and aliases", () => {
  const came = one(lines([/section/, 'slug: "Copr-Down"\naliases: ["/old/copr/", /older]\nsection']));
  expect(came.oldPaths).toEqual(["/issues/copr-down/", "/old/copr/", "/older"]);
  expect(one(sound, "2024/GitHub-outage/index.md").oldPaths).toEqual(["/issues/github-outage/"]);
  expect(one(lines([/section/, "url: /c.html\nsection"])).oldPaths).toEqual(["/c.html"]);
});
