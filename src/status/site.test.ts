import { posix } from "node:path";
import { brotliCompressSync, gzipSync } from "node:zlib";
import { expect, test } from "vitest";
import { maintained, maintainedByAnybody } from "../../test/kit/maintenance-snapshots.ts";
import { backlog, calm, demo, everySnapshot, full, longQueue, outage, twenty } from "../../test/kit/snapshots.ts";
import { hour, minute } from "../lib/clock.ts";
import { renderMissing } from "./page/missing.ts";
import { liveScript, timesScript } from "./page/scripts.ts";
import { pagePolicy, style, styleHash } from "./page/style.ts";
import { bodyOf, fileOf, filesOf, siteWith } from "../../test/kit/sites.ts";

const every = Object.entries({ ...everySnapshot, maintained, maintainedByAnybody });

function linksOf(page: string): readonly string[] {
  return [...page.matchAll(/<a\b[^>]*\bhref="([^"]*)"/gu)].map(([, href]) => href ?? "");
}

test.each(every)(
  "%s: every link within the site leads to a file of it, and every anchor to an element",
  async (_, of) => {
    const files = await filesOf(siteWith(of));
    for (const [path, body] of files) {
      if (!path.endsWith(".html")) continue;
      for (const link of linksOf(body)) {
        if (/^https?:/u.test(link)) continue;
        const [to = "", anchor] = link.split("#");
        const target = to === "" ? path : posix.join(posix.dirname(path), to);
        const file = target.endsWith("/") || target === "." ? posix.join(target, "index.html") : target;
        expect(files.has(file), `${path} links to ${link}`).toBe(true);
        if (anchor !== undefined) expect(files.get(file)).toContain(`id="${anchor}"`);
      }
    }
  },
);

test("the site is complete, and state.json comes last", async () => {
  expect([...(await filesOf(siteWith(outage))).keys()]).toEqual([
    "incidents/112.html",
    "incidents/111.html",
    "incidents/110.html",
    "incidents/109.html",
    "components/api.html",
    "components/workers.html",
    "components/copr.html",
    "components/tests.html",
    "components/koji.html",
    "components/downstream.html",
    "history/2026-11.html",
    "history.html",
    "history.atom",
    "history.rss",
    "feed.json",
    ...outage.components.flatMap(({ id }) => ["atom", "rss", "json"].map((form) => `components/${id}.${form}`)),
    "maintenance.ics",
    "badge.svg",
    ...outage.components.map(({ id }) => `badge/${id}.svg`),
    "index.html",
    "status.txt",
    "api/v2/summary.json",
    "api/v2/status.json",
    "api/v2/components.json",
    "api/v2/incidents.json",
    "api/v2/incidents/unresolved.json",
    "api/v2/scheduled-maintenances.json",
    "api/v2/scheduled-maintenances/upcoming.json",
    "api/v2/scheduled-maintenances/active.json",
    "index.json",
    "state.json",
  ]);
});

test.each(every)("%s: the same snapshot gives the same bytes, whole or file by file", async (_, of) => {
  const files = await filesOf(siteWith(of));
  expect(await filesOf(siteWith(structuredClone(of)))).toEqual(files);
  for (const [path, body] of files) expect((await fileOf(of, path))?.body).toBe(body);
});

test("a path without an ending, or none, is understood as the server is asked", async () => {
  expect(await fileOf(outage, "")).toEqual(await fileOf(outage, "index.html"));
  expect(await fileOf(outage, "/incidents/111")).toEqual(await fileOf(outage, "incidents/111.html"));
  expect((await fileOf(outage, "status.txt"))?.contentType).toBe("text/plain; charset=utf-8");
  expect((await fileOf(outage, "api/v2/status.json"))?.contentType).toBe("application/json; charset=utf-8");
});

test.each([
  "incidents/113.html",
  "incidents/0112.html",
  "incidents/../index.html",
  "constructor",
  "toString",
  "incidents/",
  "components/nobody.atom",
  "components/copr.svg",
  "badge/nobody.svg",
  "badge/copr.atom",
  "x",
])("%s is no page", async (path) => expect(await fileOf(outage, path)).toBeUndefined());

test("a heartbeat rewrites only what carries its own age", async () => {
  const before = await filesOf(siteWith(outage));
  const after = await filesOf(
    siteWith({
      ...outage,
      generatedAt: outage.generatedAt + minute,
      validUntil: outage.validUntil + minute,
    }),
  );
  const changed = [...after].filter(([path, body]) => before.get(path) !== body).map(([path]) => path);
  expect(changed).toEqual(["incidents/112.html", "index.html", "status.txt", "index.json", "state.json"]);
});

test("pages that grow old carry their age; ended ones do not", async () => {
  expect(await bodyOf(outage, "")).toContain(
    'data-generated="2026-11-22T12:00:04Z" data-valid-until="2026-11-22T12:03:04Z"',
  );
  expect(await bodyOf(outage, "incidents/112")).toContain("data-valid-until=");
  expect(await bodyOf(outage, "incidents/111")).not.toMatch(/data-valid-until|generated-at|As of/u);
});

test("state.json says whose it is, how old, and all that is public", async () => {
  const state: unknown = JSON.parse(await bodyOf(outage, "state.json"));
  expect(state).toMatchObject({
    epoch: 1,
    seq: 42,
    writer: "origin",
    generated_at: "2026-11-22T12:00:04Z",
    valid_until: "2026-11-22T12:03:04Z",
    open: [{ number: 112 }],
  });
});

test("twenty components and an outage weigh at most 14 KB on the wire", async () => {
  const page = await bodyOf(twenty, "");
  expect(brotliCompressSync(page).length).toBeLessThan(14_000);
  expect(gzipSync(page).length).toBeLessThan(14_000);
});

test("a page asks for nothing: no script, no foreign file, no style but the one that the policy names", async () => {
  const files = await filesOf(siteWith(full));
  for (const [path, body] of files) {
    if (!body.startsWith("<!doctype")) continue;
    // Ours, named by its hash in the policy; and the live page answers what its boxes ask.
    expect(
      body
        .replace(/<form class="find[^]*?<\/form>/gu, "")
        .replace(`<script>${timesScript}</script>`, "")
        .replace(`<script>${liveScript}</script>`, ""),
    ).not.toMatch(/<(script|img|iframe|object|embed|form|base)\b/u);
    const [icon, ...feeds] = body.match(/<link\b[^>]*>/gu) ?? [];
    expect(icon).toMatch(/^<link rel="icon" href="data:image\/svg\+xml,/u);
    // The others name a feed; a browser loads it only when it is asked to.
    expect(feeds).toHaveLength(path.startsWith("components/") ? 4 : 3);
    for (const feed of feeds) {
      const [, href = ""] = /^<link rel="alternate" type="application\/[a-z]+\+[a-z]+" title="[^"]*" href="([^"]*)" \/>$/u.exec(feed) ?? []; // prettier-ignore
      expect(files.has(posix.join(posix.dirname(path), href)), `${path} names ${href}`).toBe(true);
    }
    expect(body.match(/<style>/gu)).toHaveLength(1);
    expect(body).toContain(`<style>${style}</style>`);
    expect(body).not.toMatch(/<[a-z][^<>]*\sstyle=/u);
  }
  expect(pagePolicy).toContain(styleHash);
});

test("demo data is called demo on every page", async () => {
  for (const [path, body] of await filesOf(siteWith(demo))) {
    if (path.endsWith(".html") || path === "status.txt") expect(body).toContain("DEMO");
  }
  expect(renderMissing(demo.site)).toContain("DEMO");
  expect(await bodyOf(calm, "")).not.toContain("DEMO");
});

test("the title carries the state", async () => {
  expect(await bodyOf(outage, "")).toContain("<title>Copr builds: major outage · Packit status</title>");
  expect(await bodyOf(calm, "")).toContain("<title>All systems operational · Packit status</title>");
});

test("a day on which an outage ran is not called a day without one", async () => {
  const page = await bodyOf(calm, "");
  expect(page.match(/No outages\./gu)).toHaveLength(9);
  expect(page).toMatch(/Mon 16 Nov<\/time>\s*<div>\s*<div class="e">\s*<a href="incidents\/109.html"/u);
  expect(page).toContain("08:10–15:40 UTC, 7 h 30 min · detected after 12 min, told after 15 min");
});

test("what ended today is told, and before the record begins nothing is claimed", async () => {
  const clocks = {
    started: calm.generatedAt - 3 * hour,
    detected: calm.generatedAt - 3 * hour,
    resolved: calm.generatedAt - hour,
  };
  const page = await bodyOf({ ...(everySnapshot["empty"] ?? calm), past: [{ ...longQueue, clocks }] }, "");
  expect(page).toContain("Earlier today");
  expect(page).not.toContain("No outages.");
  expect(page).toMatch(/The record begins on <time datetime="2026-11-22">Sun 22 Nov<\/time>/u);
});

test("a missing page is the same whatever was asked for, and leads home", async () => {
  expect(renderMissing(outage.site)).toContain('href="https://status.packit.example/"');
  expect(renderMissing(outage.site)).toBe(renderMissing(calm.site));
});

test("the page of a fixed incident says that its backlog is being worked off", async () => {
  expect(await bodyOf(backlog, "incidents/112")).toContain("It is fixed; the backlog is being worked off.");
});
