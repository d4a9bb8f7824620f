// The status pages of others, with all that is wrong with them: what is read, and that nothing broken is taken for health.
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { cstate, healthyFeeds, statuspage } from "../../test/peers/feeds.ts";
import { day, hour, minute } from "../lib/clock.ts";
import type { Result } from "../lib/result.ts";
import { readBrokenJson } from "./loose-json.ts";
import { looseTime } from "./loose-time.ts";
import { readCstate } from "./upstream-cstate.ts";
import { readFedora } from "./upstream-fedora.ts";
import { wordsOf, type Feed } from "./upstream-feed.ts";
import { readInstatus } from "./upstream-instatus.ts";
import { readKuma } from "./upstream-kuma.ts";
import { readStatuspage } from "./upstream-statuspage.ts";
import { readSyndication } from "./upstream-syndication.ts";
import { readUpptime } from "./upstream-upptime.ts";

const now = Date.parse("2026-11-22T12:00:00Z");
const at = "https://status.example.org";

function right<T>(result: Result<T, string>): T {
  if (!result.ok) throw new Error(result.error);
  return result.value;
}

describe("a time", () => {
  test.each([
    ["2026-05-12T09:00:00+0000", "2026-05-12T09:00:00Z"],
    ["2026-05-12T09:00:00.123Z", "2026-05-12T09:00:00Z"],
    ["2025-12-16 13:00:00 +0000 UTC", "2025-12-16T13:00:00Z"],
    ["2025-12-17 07:36:49 +0100 +0100", "2025-12-17T06:36:49Z"],
    ["2025-07-17 07:36:49.123456789 +0200 CEST m=+0.01", "2025-07-17T05:36:49Z"],
    ["2025-12-17 06:37 CET", "2025-12-17T05:37:00Z"],
    ["2025-12-17 6:07:00", "2025-12-17T06:07:00Z"],
    ["2025-12-17", "2025-12-17T00:00:00Z"],
    ["Sat Jun 11 2022 18:55:50 GMT+0200 (Central European Summer Time)", "2022-06-11T16:55:50Z"],
    ["Wed, 17 Dec 2025 7:00:00 EST", "2025-12-17T12:00:00Z"],
    ["17 Dec 25 07:00 +0530", "2025-12-17T01:30:00Z"],
  ])("%s is understood", (text, iso) => {
    expect(looseTime(text)).toBe(Date.parse(iso));
  });

  test.each([
    "",
    "<no value>",
    "NaN",
    "2025-13-01",
    "2025-02-30 10:00",
    "2025-12-17 123:00:00",
    "0001-01-01 00:00:00 +0000 UTC",
    "yesterday",
    Number.NaN,
    null,
  ])("%s is none, and never the epoch", (text) => {
    expect(looseTime(text)).toBeUndefined();
  });
});

describe("cState", () => {
  const issue = {
    is: "issue",
    title: "TITLE",
    createdAt: "2026-11-22 9:05:00 +0000 UTC",
    lastMod: "2026-11-22 10:00:00 +0100 +0100",
    permalink: "https://status.farm.example/issues/a/",
    severity: "disrupted",
    resolved: false,
    informational: false,
    resolvedAt: "<no value>",
    affected: ["Ranch"],
    filename: "a.md",
  };
  const ranch = (more: object = {}) =>
    cstate(now, [{ name: "Ranch", category: "All", status: "disrupted", unresolvedIssues: [{ ...issue, ...more }] }]);

  test("an open issue is an incident of the systems under which it stands", () => {
    const { incidents, components, builtAt } = right(readCstate(ranch(), at, now));
    expect(builtAt).toBe(now);
    expect(components.map(({ status }) => status)).toEqual(["operational", "partial_outage"]);
    expect(incidents).toEqual([
      {
        id: "a.md",
        name: "TITLE",
        components: ["Ranch"],
        phase: "investigating",
        status: "partial_outage",
        startedAt: Date.parse("2026-11-22T09:05:00Z"),
        updatedAt: Date.parse("2026-11-22T09:00:00Z"),
        url: "https://status.farm.example/issues/a/",
      },
    ]);
  });

  test.each(['The "public" ranch', 'It says "no", "never"', '"', "a \\ b", "two\nlines", 'ends with "quotes"'])(
    "a title that breaks its JSON is read all the same: %s",
    (title) => {
      const broken = ranch().replace("TITLE", () => title);
      expect(() => JSON.parse(broken) as unknown).toThrow(/JSON|token|string/u);
      const { incidents } = right(readCstate(broken, at, now));
      expect(incidents.map(({ name, phase }) => [name, phase])).toEqual([[title.replace("\n", " "), "investigating"]]);
    },
  );

  test("a notice is planned work, also one that is only announced", () => {
    const [running] = right(readCstate(ranch({ severity: "notice" }), at, now)).maintenances;
    const later = ranch({ severity: "notice", createdAt: "2026-11-23 09:00:00 +0000 UTC" });
    expect(running?.state).toBe("in_progress");
    expect(right(readCstate(later, at, now)).maintenances[0]?.state).toBe("scheduled");
  });

  test.each(["", "<no value>", "NaN"])("without a build date that can be read (%j) it says nothing", (date) => {
    const undated = JSON.stringify({ ...(JSON.parse(cstate(now)) as object), buildDate: date });
    expect(readCstate(undated, at, now).ok).toBe(false);
  });
});

test("what is right JSON is not changed by mending, and what is cut off stays wrong", () => {
  fc.assert(
    fc.property(fc.json(), (json) => {
      expect(right(readBrokenJson(json))).toEqual(JSON.parse(json));
    }),
  );
  const whole = cstate(now);
  for (let end = 1; end < whole.length; end += 7) expect(readCstate(whole.slice(0, end), at, now).ok).toBe(false);
});

describe("Statuspage", () => {
  const incident = {
    id: "abc",
    name: "Runners are slow",
    status: "identified",
    impact: "minor",
    shortlink: "https://stspg.example/x",
    started_at: "2026-11-22T11:00:00.000Z",
    incident_updates: [
      {
        status: "identified",
        body: "<p>We <b>know</b> &amp; work.</p>",
        updated_at: "2026-11-22T11:30:00Z",
        affected_components: null,
      },
    ],
    components: [{ id: "c2", name: "Runners", status: "partial_outage" }],
  };

  test("an incident has its components, the worst of their states, and the newest words without markup", () => {
    const [found] = right(readStatuspage(statuspage({ incidents: [incident] }), at)).incidents;
    expect(found).toMatchObject({
      id: "abc",
      components: ["c2", "Runners"],
      phase: "identified",
      status: "partial_outage",
      text: "We know & work.",
    });
  });

  test("a word that it should not know is unknown, never operational", () => {
    const odd = statuspage({}, [
      { id: "c3", name: "Odd", status: "full_outage" },
      { id: "c4", name: "Odder", status: "fine" },
    ]);
    expect(
      right(readStatuspage(odd, at))
        .components.slice(2)
        .map(({ status }) => status),
    ).toEqual(["major_outage", "unknown"]);
  });

  test.each([
    { id: 7 },
    { name: null, id: "x" },
    {},
    { id: "x", name: "x", status: "new", components: "none", incident_updates: 5 },
  ])("an incident that is hard to read is an incident all the same: %j", (one) => {
    const { incidents } = right(readStatuspage(statuspage({ incidents: [one] }), at));
    expect(incidents).toMatchObject([{ phase: "investigating" }]);
  });
});

test("Instatus: dates as JavaScript writes them, minutes as text, and the page itself where no components are listed", () => {
  const summary = JSON.stringify({
    page: { name: "Example", url: "https://in.example", status: "HASISSUES" },
    activeIncidents: [
      {
        name: "API down",
        started: "Sun Nov 22 2026 11:00:00 GMT+0000 (UTC)",
        status: "MONITORING",
        impact: "MAJOROUTAGE",
        url: "https://in.example/1",
      },
    ],
    activeMaintenances: [
      { name: "Disk", start: "Sun Nov 22 2026 11:30:00 GMT+0000 (UTC)", status: "INPROGRESS", duration: "60" },
    ],
  });
  const feed = right(readInstatus(summary, undefined, at));
  expect(feed).toMatchObject({
    complete: false,
    components: [{ status: "degraded_performance" }],
    incidents: [{ phase: "monitoring", status: "major_outage", startedAt: now - hour }],
    maintenances: [{ state: "in_progress", until: now + 30 * minute }],
  });
});

test("Uptime Kuma: pending and silent monitors are unknown, and a greeting is no incident", () => {
  const page = JSON.stringify({
    config: { title: "K" },
    incidents: [
      { id: 1, style: "info", title: "Welcome" },
      { id: 2, style: "danger", title: "Broken", content: "**sorry**" },
    ],
    publicGroupList: [{ name: "All", monitorList: [0, 1, 2, 3, 4].map((id) => ({ id, name: `m${id}` })) }],
  });
  const beats = JSON.stringify({
    heartbeatList: Object.fromEntries(
      [0, 1, 2, 3].map((status) => [status, [{ status, time: "2026-11-22 11:59:00.000" }]]),
    ),
  });
  const feed = right(readKuma(page, beats));
  expect(feed.components.map(({ status }) => status)).toEqual([
    "major_outage",
    "operational",
    "unknown",
    "under_maintenance",
    "unknown",
  ]);
  expect(feed.incidents.map(({ name }) => name)).toEqual(["Broken"]);
  expect(feed.builtAt).toBe(now - minute);
});

test("Upptime: sites are components, and the newest look tells how old it is", () => {
  const summary = JSON.stringify([
    { name: "Site", slug: "site", status: "down" },
    { name: "B", slug: "b", status: "?" },
  ]);
  const feed = right(readUpptime(summary, ["lastUpdated: 2026-11-20T12:00:00.000Z\n", "status: up"]));
  expect(feed.components.map(({ id, status }) => [id, status])).toEqual([
    ["site", "major_outage"],
    ["b", "unknown"],
  ]);
  expect(feed.builtAt).toBe(now - 2 * day);
});

test("Fedora: what is ongoing is an incident, unless it was planned and has an end", () => {
  const outage = (title: string, enddate: string | null) => ({
    title,
    ticket: null,
    startdate: "2026-11-22T11:00:00+0000",
    enddate,
  });
  const ongoing = JSON.stringify({
    outages: [outage("Copr builders", null), outage("Planned Koji upgrade", "2026-11-22T14:00:00+0000")],
  });
  const feed = right(readFedora(ongoing, undefined, at, now));
  expect(feed.incidents.map(({ name, startedAt, url }) => [name, startedAt, url])).toEqual([
    ["Copr builders", now - hour, at],
  ]);
  expect(feed.maintenances).toMatchObject([
    { name: "Planned Koji upgrade", state: "in_progress", until: now + 2 * hour },
  ]);
});

describe("RSS and Atom", () => {
  const item = (title: string, body: string, date = "Sun, 22 Nov 2026 11:00:00 GMT") =>
    `<item><title>${title}</title><guid isPermaLink="false">${title}</guid><link>https://a.example/1</link><pubDate>${date}</pubDate><description><![CDATA[${body}]]></description></item>`;
  const rss = (items: string) =>
    `<?xml version="1.0"?>\n<rss version="2.0"><channel><title>T</title>${items}</channel></rss>`;

  test("the newest word of an item says where it stands", () => {
    const items = [
      item("Builders", "<p><strong>Identified</strong> - a <i>full</i> disk</p>"),
      item("[Resolved] Git", "was down"),
      item("Web", "<strong>Resolved</strong> - fine. <strong>Investigating</strong> - down"),
      item("Scheduled Maintenance of X", "soon"),
      item("Old", "Investigating - for ever", "Sun, 22 Nov 2025 11:00:00 GMT"),
    ];
    const feed = right(readSyndication(rss(items.join("")), at, now));
    expect(feed.incidents.map(({ name, phase }) => [name, phase])).toEqual([
      ["Builders", "identified"],
      ["Git", "resolved"],
      ["Web", "resolved"],
    ]);
    expect(feed.incidents[0]?.text).toBe("Identified - a full disk");
    expect(feed.maintenances).toHaveLength(1);
  });

  test("Atom is read as well", () => {
    const atom = `<feed xmlns="http://www.w3.org/2005/Atom"><title type="text">A</title><entry><id>1</id><title type="html">Down &amp;amp; out</title><updated>2026-11-22T11:00:00Z</updated><link rel="alternate" href="/i/1"/><content type="html">&lt;b&gt;Monitoring&lt;/b&gt; - watch</content></entry></feed>`;
    expect(right(readSyndication(atom, at, now)).incidents).toMatchObject([
      { id: "1", phase: "monitoring", url: `${at}/i/1` },
    ]);
  });

  test.each([
    ["entities of its own", `<!DOCTYPE x [<!ENTITY a "aaaa">]>${rss("")}`],
    ["half of a document", rss(item("x", "y")).slice(0, -8)],
    ["an item that never closes", rss("<item><title>a</title>" + item("b", "c"))],
    ["HTML", "<html><body>Please log in</body></html>"],
  ])("%s are refused", (_what, body) => {
    expect(readSyndication(body, at, now).ok).toBe(false);
  });
});

test("words of others are plain text on one line", () => {
  expect(wordsOf("<p>a<br>b</p><script>alert(1)</script>&lt;i&gt; &#x41;&#66; \u202e x")).toBe("a b <i> AB x");
});

type Read = (texts: readonly string[]) => Result<Feed, string>;
const readers: Readonly<Record<string, Read>> = {
  "upstream-statuspage": ([a = ""]) => readStatuspage(a, at),
  "upstream-instatus": ([a = "", b]) => readInstatus(a, b, at),
  "upstream-cstate": ([a = ""]) => readCstate(a, at, now),
  "upstream-upptime": ([a = "", ...more]) => readUpptime(a, more),
  "upstream-uptime-kuma": ([a = "", b = ""]) => readKuma(a, b),
  "upstream-fedora": ([a = "", b]) => readFedora(a, b, at, now),
  "upstream-rss": ([a = ""]) => readSyndication(a, at, now),
};

describe.each(Object.entries(healthyFeeds(now)))("no bytes make %s healthy by accident:", (type, { pages }) => {
  const texts = Object.values(pages);
  const [first = ""] = texts;
  const read = readers[type];
  if (read === undefined) throw new Error(`${type} has no reader here`);

  test("a page that is well is read", () => {
    expect(right(read(texts)).incidents).toEqual([]);
  });

  test("anything else is an error", () => {
    const others = fc.oneof(
      fc.string(),
      fc.string({ unit: "binary" }),
      fc.json(),
      fc.constantFrom("", "null", "{}", "[]", "<html></html>", '{"status":"ok"}', "[{}]"),
    );
    fc.assert(
      fc.property(others, (text) => !read([text, ...texts.slice(1)]).ok),
      { numRuns: 200 },
    );
  });

  test("half of it is an error", () => {
    fc.assert(fc.property(fc.nat(first.length - 1), (end) => !read([first.slice(0, end), ...texts.slice(1)]).ok));
  });

  test("another kind's page is an error", () => {
    for (const [other, healthy] of Object.entries(healthyFeeds(now)))
      if (other !== type) expect(read(Object.values(healthy.pages)).ok, other).toBe(false);
  });

  test("a broken byte never makes it throw", () => {
    fc.assert(
      fc.property(fc.nat(first.length - 1), fc.string({ unit: "binary", maxLength: 2 }), (place, put) => {
        read([first.slice(0, place) + put + first.slice(place + 1), ...texts.slice(1)]);
      }),
      { numRuns: 300 },
    );
  });
});
