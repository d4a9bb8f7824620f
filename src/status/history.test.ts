import { describe, expect, test } from "vitest";
import { filesOf, siteWith } from "../../test/kit/sites.ts";
import { maintained, maintenance } from "../../test/kit/maintenance-snapshots.ts";
import { many } from "../../test/kit/past-snapshots.ts";
import { noon, outage } from "../../test/kit/snapshots.ts";
import type { PublicIndexEntry } from "../incidents/clocks.ts";
import { day, hour, minute, type Instant } from "../lib/clock.ts";
import { monthsOf } from "./history.ts";

const at = (text: string): Instant => Date.parse(text);
const ran = (number: number, from: string, to?: string): PublicIndexEntry => ({
  number,
  version: 1,
  startedAt: at(from),
  ...(to === undefined ? {} : { endedAt: at(to) }),
});

function listed(zone: string, ...index: readonly PublicIndexEntry[]): Readonly<Record<string, readonly number[]>> {
  const months = monthsOf(
    index.toSorted((a, b) => b.startedAt - a.startedAt),
    [],
    zone,
    noon,
  );
  return Object.fromEntries(months.map(({ month, entries }) => [month, entries.map(({ number }) => number)]));
}

describe("the months of the past", () => {
  test("are those of the site's zone, this one in any case, and an outage is listed in each that it ran in", () => {
    // 23:30 UTC on the last of October is November in Prague.
    expect(listed("Europe/Prague", ran(1, "2026-10-31T23:30:00Z", "2026-10-31T23:40:00Z"))).toEqual({ "2026-11": [1] });
    expect(listed("UTC", ran(1, "2026-10-31T23:30:00Z", "2026-10-31T23:40:00Z"))).toEqual({
      "2026-11": [],
      "2026-10": [1],
    });
    expect(
      listed(
        "UTC",
        ran(3, "2026-11-02T00:00:00Z"),
        ran(2, "2026-08-30T00:00:00Z", "2026-10-02T00:00:00Z"),
        ran(1, "2026-08-01T00:00:00Z", "2026-08-02T00:00:00Z"),
      ),
    ).toEqual({ "2026-11": [3], "2026-10": [2], "2026-09": [2], "2026-08": [2, 1] });
    expect(listed("UTC", ran(1, "2026-10-30T00:00:00Z"))).toEqual({ "2026-11": [1], "2026-10": [1] });
  });
});

describe("a mirror with a long past", () => {
  const beats = (minutes: number): typeof outage => ({
    ...outage,
    generatedAt: noon + minutes * minute,
    validUntil: noon + (minutes + 3) * minute,
  });

  test("has the same pages of the past after a heartbeat, and the same stamps", async () => {
    const before = siteWith(outage, many);
    const after = siteWith(beats(1), many);
    const [was, is] = [await filesOf(before), await filesOf(after)];
    const changed = [...is].filter(([path, body]) => was.get(path) !== body).map(([path]) => path);
    expect(changed).toEqual(["incidents/112.html", "index.html", "status.txt", "index.json", "state.json"]);
    const stamps = (plan: readonly { readonly path: string; readonly stamp?: string }[]) =>
      plan.filter(({ stamp }) => stamp !== undefined);
    expect(stamps(await after.plan())).toEqual(stamps(await before.plan()));
  });

  test("a word on one outage makes only the feeds of what it hits anew, besides those of all", async () => {
    const [open = expect.fail(), ...others] = outage.open;
    const said = { ...open, backlog: !open.backlog, updatedAt: open.updatedAt + 1 };
    const stampsIn = async (of: typeof outage) =>
      new Map((await siteWith(of, many).plan()).map(({ path, stamp }) => [path, stamp]));
    const [was, is] = [await stampsIn(outage), await stampsIn({ ...outage, open: [said, ...others], sequence: { epoch: 1, seq: 43 } })]; // prettier-ignore
    const anew = [...is].filter(([path, stamp]) => /\.(atom|rss|ics)$|feed|components\/.*json$/u.test(path) && was.get(path) !== stamp); // prettier-ignore
    expect(anew.map(([path]) => path)).toEqual([
      "history.atom",
      "history.rss",
      "feed.json",
      "components/copr.atom",
      "components/copr.rss",
      "components/copr.json",
    ]);
  });

  test("a file whose bytes are others has another stamp, and each is reached by links from the history", async () => {
    const [first = expect.fail(), ...others] = many;
    const before = siteWith(outage, many);
    const after = siteWith(outage, [{ ...first, notice: { ...first.notice, title: "Another title" } }, ...others]);
    const [was, is] = [await filesOf(before), await filesOf(after)];
    const stamps = new Map((await before.plan()).map(({ path, stamp }) => [path, stamp]));
    for (const { path, stamp } of await after.plan())
      if (was.get(path) !== is.get(path) && stamp !== undefined && !/^(history\.(atom|rss)|feed\.json)$/u.test(path))
        expect(stamp, path).not.toBe(stamps.get(path));
    const months = [...is.keys()].filter((path) => path.startsWith("history/"));
    expect(months).toContain("history/2026-11-p2.html");
    const linked = new Set(
      [...is].flatMap(([, body]) => [...body.matchAll(/href="[^"]*(history\/[^"]+)"/gu)].map(([, to]) => to)),
    );
    expect(months.filter((path) => !linked.has(path))).toEqual([]);
  });

  test("its state.json holds what is true now, and nothing of the past", async () => {
    const state = (await siteWith(outage, many).file("state.json"))?.body ?? "";
    expect(JSON.parse(state)).toMatchObject({ open: [{ number: 112 }], components: expect.any(Array) });
    expect(JSON.parse(state)).not.toHaveProperty("past");
    expect(state.length).toBeLessThan(10_000);
  });

  test("a month that is not there is no page, nor one without a page of that number", async () => {
    const site = siteWith(outage, many);
    for (const path of [
      "history/2026-12",
      "history/1999-01",
      "history/2026-13",
      "history/2026-11-p9",
      "history/2026-11-p0",
      "history/../index.html",
    ])
      expect(await site.file(path), path).toBeUndefined();
    expect((await site.file("history/2026-11"))?.path).toBe("history/2026-11.html");
  });
});

test("an outage that was withdrawn long after it ended is told on the day it was withdrawn, not on those between", async () => {
  const [one = expect.fail()] = outage.past;
  const clocks = {
    started: noon - 9 * day,
    detected: noon - 9 * day,
    published: noon - 9 * day,
    resolved: noon - 9 * day + hour,
  };
  const back = { ...one, clocks, withdrawn: { at: noon - 2 * day, correction: "It was our probe." } };
  const page = (await siteWith({ ...outage, open: [], past: [back] }).file(""))?.body ?? "";
  expect(page.match(/withdrawn [^:]*:\d\d UTC/gu)).toHaveLength(2);
  expect(page).not.toContain("went on");
});

describe("maintenance that is over", () => {
  test("stands on the day it began, on the front page and in its month; what was canceled says so, what is to come is not there", async () => {
    const home = (await siteWith(maintained).file(""))?.body ?? "";
    const before = home.slice(home.indexOf("Before today"));
    expect(before).toMatch(/Fri 20 Nov<\/time>\s*<div>\s*<div class="e">\s*<a href="maintenance\/3\.html"/u);
    expect(before).toContain("Maintenance · 12:00–13:00 UTC, 1 h");
    expect(before).toMatch(/maintenance\/2\.html[^]*canceled; it was planned for 23 Nov 2026, 12:00 UTC/u);
    for (const now of ["maintenance/4.html", "maintenance/5.html"]) expect(before).not.toContain(now);
    const month = (await siteWith(maintained).file("history/2026-11"))?.body ?? "";
    expect(month).toContain('href="../maintenance/3.html"');
    expect(month).toContain('href="../maintenance/2.html"');
    expect(month).not.toContain("maintenance/4.html");
  });

  test("makes a month of its own, which a mirror writes and the history links", async () => {
    const start = at("2026-03-03T10:00:00Z");
    const old = maintenance(1, { state: "completed", scheduledStart: start, scheduledEnd: start + hour });
    const site = siteWith({ ...maintained, maintenance: [old] });
    const files = await filesOf(site);
    expect(files.get("history/2026-03.html")).toContain("10:00–11:00 UTC, 1 h");
    expect(files.get("history.html")).toContain('href="history/2026-03.html"');
    const stamps = async (of: typeof site) => new Map((await of.plan()).map(({ path, stamp }) => [path, stamp]));
    const renamed = siteWith({ ...maintained, maintenance: [{ ...old, title: "Another title" }] });
    expect((await stamps(renamed)).get("history/2026-03.html")).not.toBe(
      (await stamps(site)).get("history/2026-03.html"),
    );
  });
});
