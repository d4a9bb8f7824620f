import { XMLParser, XMLValidator } from "fast-xml-parser";
import { expect, test } from "vitest";
import { z } from "zod";
import { maintained, maintainedByAnybody } from "../../test/kit/maintenance-snapshots.ts";
import { edited, many } from "../../test/kit/past-snapshots.ts";
import { everySnapshot, noon, outage, update } from "../../test/kit/snapshots.ts";
import { bodyOf, siteWith } from "../../test/kit/sites.ts";
import { minute } from "../lib/clock.ts";
import type { PublicSnapshot } from "./snapshot.ts";

// What RFC 4287 demands of a feed: https://www.rfc-editor.org/rfc/rfc4287#section-4.1.1 and 4.1.2, 4.2.6, 3.3.
const date = z.string().regex(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/u);
const id = z.string().regex(/^urn:uuid:[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/u);
const Link = z.strictObject({
  "@rel": z.enum(["self", "alternate"]),
  "@type": z.string(),
  "@href": z.url({ protocol: /^https$/u }),
});
const text = (type: "text" | "html") => z.strictObject({ "@type": z.literal(type), "#text": z.string() });
const Entry = z.strictObject({
  id,
  title: text("text"),
  link: Link,
  published: date,
  updated: date,
  category: z.strictObject({ "@term": z.string() }),
  content: text("html"),
});
const Feed = z.strictObject({
  "@xmlns": z.literal("http://www.w3.org/2005/Atom"),
  "@xml:lang": z.literal("en"),
  id,
  title: text("text"),
  updated: date,
  author: z.strictObject({ name: z.string().min(1) }),
  link: z.array(Link).length(2),
  entry: z.array(Entry).default([]),
});

const parser = new XMLParser({
  ignoreAttributes: false,
  attributeNamePrefix: "@",
  parseTagValue: false,
  isArray: (name) => name === "entry",
});

function read(xml: string): z.output<typeof Feed> {
  // oxlint-disable-next-line typescript/no-deprecated -- its successor is a package of its own, which is not installed
  expect(XMLValidator.validate(xml)).toBe(true);
  const { feed }: { feed: unknown } = parser.parse(xml);
  const checked = Feed.parse(feed);
  const ids = [checked.id, ...checked.entry.map((entry) => entry.id)];
  expect(new Set(ids).size).toBe(ids.length);
  expect(checked.link.map((link) => link["@rel"])).toEqual(["self", "alternate"]);
  return checked;
}

const feedOf = async (of: PublicSnapshot): Promise<z.output<typeof Feed>> => read(await bodyOf(of, "history.atom"));

test.each(Object.entries({ ...everySnapshot, edited, maintained, maintainedByAnybody }))(
  "%s: the feed is Atom as RFC 4287 wants it",
  async (_, of) => {
    await feedOf(of);
  },
);

test("an entry has one id for ever, links to its own update, and an edit moves only when it was updated", async () => {
  const [before] = (await feedOf(outage)).entry;
  const [first, ...rest] = outage.open[0]?.updates ?? [];
  const open = outage.open[0];
  if (first === undefined || open === undefined) throw new Error("there is an update");
  const corrected = { ...first, text: "Other words.", before: [{ text: first.text, until: noon - minute }] };
  const [after] = (await feedOf({ ...outage, open: [{ ...open, updates: [corrected, ...rest] }] })).entry;
  expect(after?.id).toBe(before?.id);
  expect([before?.updated, after?.updated]).toEqual([before?.published, "2026-11-22T11:59:04Z"]);
  expect(after?.published).toBe(before?.published);
  expect(after?.link["@href"]).toBe(`https://status.packit.example/incidents/112.html#update-${first.code}`);
  expect(after?.content["#text"]).toContain("Other words.");
});

test("what was withdrawn says so in every entry of it, and the correction is one", async () => {
  const { entry } = await feedOf(outage);
  const titles = entry.map(({ title }) => title["#text"]).filter((title) => title.includes("API answers slowly"));
  expect(titles).toEqual(["The API answers slowly · withdrawn", "Withdrawn: The API answers slowly · investigating"]);
});

test("the newest fifty are in it, newest first, and the feed is as old as the first of them", async () => {
  const xml = (await siteWith(outage, many).file("history.atom"))?.body ?? "";
  const { entry, updated } = read(xml);
  expect(entry.length).toBeLessThanOrEqual(50);
  const times = entry.map((one) => Date.parse(one.updated));
  expect(times).toEqual(times.toSorted((a, b) => b - a));
  expect(updated).toBe(entry[0]?.updated);
});

test("maintenance is told of: an entry for each update, which keeps its id when the next one comes", async () => {
  const [running, ...others] = maintained.maintenance;
  if (running === undefined) throw new Error("one is running");
  const { entry } = await feedOf(maintained);
  const titles = entry
    .map(({ title }) => title["#text"])
    .filter((title) => title.startsWith("Maintenance: Copr moves"));
  expect(titles).toContain("Maintenance: Copr moves to new hardware · in progress");
  expect(titles).toContain("Maintenance: Copr moves to new hardware · planned");
  const latest = { ...update(noon, "monitoring", "All have moved."), state: "completed" as const, automatic: false };
  const over = { ...running, state: "completed" as const, endedAt: noon, updates: [latest, ...running.updates] };
  const after = (await feedOf({ ...maintained, maintenance: [over, ...others] })).entry;
  const ids = after.map((one) => one.id);
  expect(entry.map((one) => one.id).filter((one) => !ids.includes(one))).toEqual([]);
  expect(after).toHaveLength(entry.length + 1);
  expect(after[0]?.title["#text"]).toBe("Maintenance: Copr moves to new hardware · over");
  expect(after[0]?.link["@href"]).toMatch(/\/maintenance\/4\.html#update-/u);
});
