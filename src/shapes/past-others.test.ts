// What each of the other status pages says, in its own form, and what of it comes in.
import { describe, expect, test } from "vitest";
import type { Past } from "./past.ts";
import { readCachetPast } from "./past-cachet.ts";
import { readCorestatusPast, readUpptimePast } from "./past-issues.ts";
import { readKumaPast } from "./past-kuma.ts";
import { readStatusfyPast } from "./past-statusfy.ts";
import { readStatuspagePast, statuspageCodes } from "./past-statuspage.ts";
import { markdownOfHtml } from "./plain-html.ts";
import { rowsOfDump } from "./sql-dump.ts";

const now = Date.parse("2026-11-22T10:00:00Z");
const at = (text: string): number => Date.parse(text);
const json = (value: unknown, place = "a.json") => [{ place, text: JSON.stringify(value) }];
const reasons = ({ unread }: Past): readonly string[] => unread.map(({ because }) => because);

describe("Statuspage", () => {
  const update = (status: string, time: string, body: string, more: object = {}) => ({ id: time, status, body, display_at: time, created_at: time, affected_components: null, ...more }); // prettier-ignore
  const incident = {
    id: "abcdefghijkl",
    name: "API errors",
    status: "postmortem",
    impact: "major",
    created_at: "2024-03-05T13:10:00.000Z",
    started_at: "2024-03-05T13:00:00.000Z",
    resolved_at: "2024-03-05T15:30:00.000Z",
    components: [{ name: "API" }, { name: "Web" }],
    incident_updates: [
      update("resolved", "2024-03-05T15:30:00Z", "All is well.<br>See <a href='https://example.org/1'>here</a> &amp; rest"), // prettier-ignore
      update("identified", "2024-03-05T14:00:00Z", "A disk.", { affected_components: [{ code: "1", name: "API", old_status: "operational", new_status: "major_outage" }] }), // prettier-ignore
      update("investigating", "2024-03-05T13:10:00Z", "We look."),
    ],
    postmortem_body: "It was a disk.",
    postmortem_published_at: "2024-03-08T10:00:00Z",
  };
  const planned = { ...incident, id: "mmmmmmmmmmmm", name: "Upgrade", status: "completed", impact: "maintenance", scheduled_for: "2024-04-01T10:00:00Z", scheduled_until: "2024-04-01T12:00:00Z", resolved_at: "2024-04-01T11:30:00Z", incident_updates: [], components: [{ name: "API" }], postmortem_body: null }; // prettier-ignore

  test("an incident comes with its words, the worst of each component, its code and its old address", () => {
    const { entries, unread } = readStatuspagePast(json({ page: {}, incidents: [incident] }), now);
    expect(unread).toEqual([]);
    expect(entries[0]).toMatchObject({
      key: "abcdefghijkl",
      code: "abcdefghijkl",
      startedAt: at("2024-03-05T13:00:00Z"),
      endedAt: at("2024-03-05T15:30:00Z"),
      publishedAt: at("2024-03-05T13:10:00Z"),
      impact: [
        { name: "API", status: "major_outage" },
        { name: "Web", status: "partial_outage" },
      ],
      oldPaths: ["/incidents/abcdefghijkl"],
      notes: [],
    });
    expect(entries[0]?.updates.map(({ phase, text }) => [phase, text])).toEqual([
      ["investigating", "We look."],
      ["identified", "A disk."],
      ["resolved", "All is well.\nSee [here](https://example.org/1) & rest"],
      ["resolved", "It was a disk."],
    ]);
  });

  test("a maintenance is a window, one incident as a page of its own too, and each id comes once", () => {
    const documents = [...json({ scheduled_maintenances: [planned], incidents: [incident] }), ...json(incident, "b.json"), ...json({ page: {}, incident: { ...incident, id: "zzz" } }, "c.json")]; // prettier-ignore
    const { entries } = readStatuspagePast(documents, now);
    expect(entries.map(({ key, kind }) => [key, kind])).toEqual([["abcdefghijkl", "incident"], ["mmmmmmmmmmmm", "maintenance"], ["zzz", "incident"]]); // prettier-ignore
    expect(entries[1]).toMatchObject({ endedAt: at("2024-04-01T11:30:00Z"), impact: [{ name: "API", status: "under_maintenance" }] }); // prettier-ignore
  });

  test("what is none is named, and the history names older ones", () => {
    const past = readStatuspagePast([...json({ incidents: [{ name: "x" }] }), ...json([1], "b.json"), { place: "c", text: "<html>" }], now); // prettier-ignore
    expect(reasons(past)).toEqual([expect.stringContaining("missing"), expect.stringContaining("no incidents"), expect.stringContaining("HTML")]); // prettier-ignore
    const page = { months: [{ incidents: [{ code: "a1" }, { code: "../x" }] }, { incidents: [{ code: "b2" }] }] };
    expect(statuspageCodes(JSON.stringify(page))).toEqual(["a1", "b2"]);
    expect(statuspageCodes("<html>")).toEqual([]);
  });
});

describe("issues of GitHub", () => {
  const issue = (more: object) => ({ number: 7, title: "\u{1f6d1} Copr is down", body: "In [`abc`](https://x), Copr was **down**:\n- HTTP code: 500", state: "closed", created_at: "2024-03-05T13:00:00Z", closed_at: "2024-03-05T13:12:00Z", labels: [{ name: "status", color: "ededed" }, { name: "copr", color: "ededed" }], html_url: "https://github.com/o/r/issues/7", comments: 1, author_association: "NONE", ...more }); // prettier-ignore
  const comment = { issue_url: "https://api.github.com/repos/o/r/issues/7", body: "**Resolved:** Copr is back up after 12 minutes.", created_at: "2024-03-05T13:12:00Z", author_association: "OWNER" }; // prettier-ignore

  test("of Upptime are outages by their title, with the bot's last word", () => {
    const degraded = issue({ number: 8, title: "⚠️ Tests has degraded performance" });
    const { entries } = readUpptimePast([...json([issue({}), degraded]), ...json([comment], "b.json")]);
    expect(entries).toMatchObject([
      { key: "7", title: "Copr is down", endedAt: at("2024-03-05T13:12:00Z"), impact: [{ name: "Copr", status: "major_outage" }], updates: [{ phase: "resolved" }], oldPaths: ["/incident/7"] },
      { key: "8", impact: [{ name: "Tests", status: "degraded_performance" }] },
    ]); // prettier-ignore
  });

  test("of Upptime are maintenances by their label; what is neither is named", () => {
    const labels = [{ name: "maintenance" }];
    const body =
      "<!--\nstart: 2024-04-01T10:00:00Z\nend: 2024-04-01T12:00:00Z\nexpectedDown: copr, tests\n-->\nWe move.";
    const all = [issue({ number: 1, title: "Move", labels, body }), issue({ number: 2, labels, body: "soon" }), issue({ number: 3, labels: [] }), issue({ number: 4, pull_request: {} })]; // prettier-ignore
    const past = readUpptimePast(json(all));
    expect(past.entries).toMatchObject([{ kind: "maintenance", text: "We move.", startedAt: at("2024-04-01T10:00:00Z"), impact: [{ name: "copr" }, { name: "tests" }] }]); // prettier-ignore
    expect(reasons(past)).toEqual([expect.stringContaining("without a start"), expect.stringContaining("no label")]);
  });

  test("of Corestatus are outages by the colour of a label, and strangers are not heard", () => {
    const labels = [{ name: "Copr", color: "171717" }, { name: "major outage", color: "FF4D4D" }];
    const all = [issue({ labels, author_association: "MEMBER", state: "open", closed_at: null }), issue({ number: 8, labels }), issue({ number: 9, labels: [], author_association: "OWNER" })]; // prettier-ignore
    const past = readCorestatusPast([...json(all), ...json([comment, { ...comment, author_association: "NONE", body: "me too" }], "b.json")]); // prettier-ignore
    expect(past.entries).toMatchObject([{ impact: [{ name: "Copr", status: "major_outage" }], updates: [{ text: expect.stringContaining("back up") }] }]); // prettier-ignore
    expect(past.entries[0]).not.toHaveProperty("endedAt");
    expect(reasons(past)).toEqual([expect.stringContaining("stranger"), expect.stringContaining("how bad")]);
  }); // prettier-ignore

  test("come from `gh issue list --json`, too", () => {
    const one = { number: 5, title: "Copr is down", body: "", state: "CLOSED", createdAt: "2024-03-05T13:00:00Z", closedAt: "2024-03-05T14:00:00Z", labels: [{ name: "status" }], url: "https://github.com/o/r/issues/5", comments: [{ body: "Hm.", createdAt: "2024-03-05T13:05:00Z" }] }; // prettier-ignore
    expect(readUpptimePast(json([one])).entries).toMatchObject([{ updates: [{ text: "Hm." }] }]);
  });
});

describe("Cachet", () => {
  const v1 = {
    meta: {},
    data: [
      { id: 1, component_id: 2, name: "Copr is down", status: 4, visible: 1, message: "It **broke**.", occurred_at: "2024-03-05 13:00:00", created_at: "2024-03-05 13:05:00", updated_at: "2024-03-05 15:00:00", is_resolved: true, updates: [{ id: 1, status: 2, message: "A disk.", created_at: "2024-03-05 14:00:00" }, { id: 2, status: 4, message: "Done.", created_at: "2024-03-05 15:00:00" }] },
      { id: 2, component_id: 0, name: "Secret", status: 1, visible: 0, message: "x", created_at: "2024-03-05 13:00:00" },
      { id: 3, component_id: 0, name: "Going on", status: 1, visible: 1, message: "y", created_at: "2026-11-22 09:00:00" },
    ],
  }; // prettier-ignore
  const components = { data: [{ id: 2, name: "Copr", link: "", status: 1 }] };

  test("v1: incidents with their updates, hidden ones named", () => {
    const past = readCachetPast([...json(v1), ...json(components, "b.json")]);
    expect(past.entries).toMatchObject([
      { key: "incident/1", endedAt: at("2024-03-05T15:00:00Z"), impact: [{ name: "Copr", status: "partial_outage" }], updates: [{ phase: "identified" }, { phase: "resolved" }] },
      { key: "incident/3", title: "Going on" },
    ]); // prettier-ignore
    expect(past.entries[1]).not.toHaveProperty("endedAt");
    expect(reasons(past)).toEqual([expect.stringContaining("hidden")]);
  });

  test("v3: the same behind its attributes", () => {
    const v3 = { data: [{ id: "9", type: "incidents", attributes: { id: 9, guid: "4b1d", name: "Old", message: "m", status: { human: "Fixed", value: 4 }, occurred_at: { human: "x", string: "2024-03-05 13:00:00" }, created_at: { human: "x", string: "2024-03-05 13:00:00" }, updated_at: { human: "x", string: "2024-03-05 14:00:00" } } }] }; // prettier-ignore
    expect(readCachetPast(json(v3)).entries).toMatchObject([{ key: "incident/9", endedAt: at("2024-03-05T14:00:00Z"), oldPaths: ["/incidents/9", "/incidents/4b1d"] }]); // prettier-ignore
  });

  test("a dump of MySQL: escapes, NULL, brackets in texts, other tables untouched", () => {
    const dump = String.raw`-- MySQL dump 10.13
CREATE TABLE ${"`chq_components`"} (
  ${"`id`"} int(10) unsigned NOT NULL AUTO_INCREMENT,
  ${"`name`"} varchar(255) NOT NULL,
  PRIMARY KEY (${"`id`"})
);
INSERT INTO ${"`chq_components`"} VALUES (2,'Copr\'s; builds'),(3,'API');
INSERT INTO ${"`chq_users`"} (${"`id`"},${"`password`"}) VALUES (1,'secret');
INSERT INTO ${"`chq_incidents`"} (${"`id`"},${"`component_id`"},${"`name`"},${"`status`"},${"`visible`"},${"`message`"},${"`occurred_at`"},${"`created_at`"},${"`updated_at`"},${"`deleted_at`"}) VALUES (1,2,'It''s down',4,1,'Line 1\nline (2), \"x\" \\ INSERT INTO ${"`chq_incidents`"} VALUES (9)','2024-03-05 13:00:00','2024-03-05 13:00:00','2024-03-05 14:00:00',NULL),(2,2,'Gone',4,1,'',NULL,'2024-03-05 13:00:00',NULL,'2024-03-06 00:00:00');
`;
    const past = readCachetPast([{ place: "cachet.sql", text: dump }]);
    expect(past.entries).toMatchObject([{ title: "It's down", text: 'Line 1\nline (2), "x" \\ INSERT INTO `chq_incidents` VALUES (9)', impact: [{ name: "Copr's; builds" }] }]); // prettier-ignore
    expect(past.entries).toHaveLength(1);
    expect(reasons(past)).toEqual(["it was deleted"]);
    expect(JSON.stringify(past)).not.toContain("secret");
  });

  test("a dump of PostgreSQL and one of SQLite", () => {
    const copy = 'COPY public.schedules (id, name, message, scheduled_at, completed_at) FROM stdin;\n4\tMove\ta\\tb\\nc\t2024-04-01 10:00:00\t\\N\n\\.\nINSERT INTO "components" VALUES(1,\'a\\b\',NULL);\n'; // prettier-ignore
    const rows = rowsOfDump(`CREATE TABLE "components" ("id" integer not null, "name" varchar, "link" text);\n${copy}`, ["schedules", "components"]); // prettier-ignore
    expect(rows.get("schedules")).toEqual([new Map([["id", "4"], ["name", "Move"], ["message", "a\tb\nc"], ["scheduled_at", "2024-04-01 10:00:00"], ["completed_at", undefined]])]); // prettier-ignore
    expect(rows.get("components")).toEqual([
      new Map([
        ["id", "1"],
        ["name", "a\\b"],
        ["link", undefined],
      ]),
    ]);
    expect(readCachetPast([{ place: "x.sql", text: copy }]).entries).toMatchObject([{ kind: "maintenance", title: "Move" }]); // prettier-ignore
  });

  test("a dump that breaks off, or is none, ends", () => {
    for (const text of [
      "INSERT INTO incidents VALUES (1,'",
      "INSERT INTO incidents (id) VALUES ((((",
      "COPY incidents (id) FROM stdin;\n1",
      "",
      "CREATE TABLE incidents (".repeat(500),
    ])
      // prettier-ignore
      expect(readCachetPast([{ place: "x.sql", text }]).entries).toEqual([]);
  });
});

test("Statusfy: front matter, updates in their containers, languages once", () => {
  const text = `---
id: 6FBTNkSFF
title: Copr is slow
description: It takes long.
date: 2024-03-05T13:00:00.000Z
modified: 2024-03-05T15:30:00.000Z
severity: degraded-performance
affectedsystems:
  - copr
resolved: true
---

::: update Resolved | 2024-03-05T15:00:00.000Z
All is well.
:::

::: update Identified | 2024-03-05T14:00:00.000Z
A disk.
:::
`;
  const planned = text.replace("6FBTNkSFF", "b").replace("resolved: true", "scheduled: 2024-04-01T10:00:00Z\nduration: 90").replaceAll(/:::[\s\S]*?:::/gu, ""); // prettier-ignore
  const past = readStatusfyPast([{ place: "en/a.md", text }, { place: "es/a.md", text }, { place: "en/b.md", text: planned }]); // prettier-ignore
  expect(past.entries).toMatchObject([
    { key: "6FBTNkSFF", text: "It takes long.", endedAt: at("2024-03-05T15:00:00Z"), updates: [{ phase: "identified", text: "A disk." }, { phase: "resolved" }], impact: [{ name: "copr", status: "degraded_performance" }], oldPaths: ["/incidents/6FBTNkSFF"] },
    { key: "b", kind: "maintenance", startedAt: at("2024-04-01T10:00:00Z"), endedAt: at("2024-04-01T11:30:00Z") },
  ]); // prettier-ignore
  expect(reasons(past)).toEqual(["the same incident as en/a.md, in another language"]);
});

test("Uptime Kuma: notes of its pages and planned windows; monitors are named", () => {
  const past = readKumaPast({
    incidents: [
      { id: "1", title: "Down", content: "It *is*.", style: "danger", created_date: "2024-03-05 13:00:00", last_updated_date: "2024-03-05 15:00:00", active: "0", pin: "1" },
      { id: "2", title: "News", content: "", style: "info", created_date: "2024-03-05 13:00:00", active: "1", pin: "1" },
      { id: "3", title: "On", content: "", style: "warning", created_date: "2026-03-05 13:00:00", active: "1", pin: "1" },
    ],
    maintenances: [
      { id: "1", title: "Move", description: "d", strategy: "single", start_date: "2024-04-01 10:00:00", end_date: "2024-04-01 12:00:00" },
      { id: "2", title: "Weekly", strategy: "recurring-weekday" },
    ],
    hit: [{ maintenance_id: "1", name: "Copr" }],
    monitors: [{ name: "Copr", type: "http" }],
  }); // prettier-ignore
  expect(past.entries).toMatchObject([
    { key: "incident/1", kind: "incident", endedAt: at("2024-03-05T15:00:00Z") },
    { key: "incident/2", kind: "maintenance" },
    { key: "incident/3" },
    { key: "maintenance/1", impact: [{ name: "Copr", status: "under_maintenance" }] },
  ]);
  expect(past.entries[2]).not.toHaveProperty("endedAt");
  expect(reasons(past)).toEqual([expect.stringContaining("stay behind"), expect.stringContaining("repeats")]);
});

test("HTML becomes Markdown, and what only looks like a tag stays", () => {
  expect(markdownOfHtml("<p>a &lt; b</p><ul><li>x</li></ul> 1 < 2 &#x41;&#99999999;")).toBe("a < b\n\n- x\n\n 1 < 2 A&#99999999;"); // prettier-ignore
  expect(markdownOfHtml(`<a href="${"<".repeat(50_000)}`)).toContain("<<<");
});
