import { XMLValidator } from "fast-xml-parser";
import * as fc from "fast-check";
import { parseAtomFeed, parseJsonFeed, parseRssFeed } from "feedsmith";
import { expect, test } from "vitest";
import { z } from "zod";
import { maintained, maintainedByAnybody } from "../../test/kit/maintenance-snapshots.ts";
import { edited } from "../../test/kit/past-snapshots.ts";
import { everySnapshot, full, incident, noon, outage, snapshot, update } from "../../test/kit/snapshots.ts";
import { bodyOf } from "../../test/kit/sites.ts";
import type { PublicSnapshot } from "./snapshot.ts";

/** What each form tells, read by a parser that is not ours. */
type Read = {
  readonly id: string;
  readonly title: string;
  readonly url: string;
  readonly html: string;
  readonly at: number;
};

const text = z.string().min(1);
const worded = z.object({ value: text }).transform(({ value }) => value);
const Atom = z.object({
  entries: z
    .array(
      z.object({
        id: text,
        title: worded,
        published: text,
        content: worded,
        links: z.tuple([z.object({ href: text })]),
      }),
    )
    .default([]),
});
const Rss = z.object({
  title: text,
  link: text,
  description: text,
  items: z
    .array(
      z.object({
        guid: z.object({ value: text, isPermaLink: z.literal(false) }),
        title: text,
        pubDate: text,
        description: text,
        link: text,
      }),
    )
    .default([]),
});
/** https://www.jsonfeed.org/version/1.1/: every key that we write, and its type. */
const Json = z.strictObject({
  version: z.literal("https://jsonfeed.org/version/1.1"),
  title: text,
  home_page_url: z.url(),
  feed_url: z.url(),
  language: text,
  authors: z.array(z.strictObject({ name: text })),
  items: z.array(
    z.strictObject({
      id: text,
      url: z.url(),
      title: text,
      content_html: z.string(),
      date_published: z.iso.datetime(),
      date_modified: z.iso.datetime(),
      tags: z.array(text),
    }),
  ),
});

function validXml(xml: string): string {
  // oxlint-disable-next-line typescript/no-deprecated -- its successor is a package of its own, which is not installed
  expect(XMLValidator.validate(xml)).toBe(true);
  // The characters that XML 1.0 has: https://www.w3.org/TR/xml/#charsets
  expect(xml).toMatch(/^[\t\n\r\u{20}-\u{d7ff}\u{e000}-\u{fffd}\u{10000}-\u{10ffff}]*$/u);
  return xml;
}

function readAtom(body: string): readonly Read[] {
  return Atom.parse(parseAtomFeed(validXml(body))).entries.map(({ id, title, published, content, links }) => ({
    id,
    title,
    url: links[0].href,
    html: content,
    at: Date.parse(published),
  }));
}

function readRss(body: string): readonly Read[] {
  return Rss.parse(parseRssFeed(validXml(body))).items.map(({ guid, title, link, pubDate, description }) => {
    expect(pubDate).toMatch(/^\w{3}, \d\d \w{3} \d{4} \d\d:\d\d:\d\d GMT$/u);
    return { id: guid.value, title, url: link, html: description, at: Date.parse(pubDate) };
  });
}

function readJson(body: string): readonly Read[] {
  expect(parseJsonFeed(body)).toMatchObject({ title: expect.any(String) });
  return Json.parse(JSON.parse(body)).items.map((item) => ({
    id: item.id,
    title: item.title,
    url: item.url,
    html: item.content_html,
    at: Date.parse(item.date_published),
  }));
}

async function allForms(of: PublicSnapshot, component?: string): Promise<readonly Read[]> {
  const [atom, rss, json] =
    component === undefined
      ? ["history.atom", "history.rss", "feed.json"]
      : ["atom", "rss", "json"].map((form) => `components/${component}.${form}`);
  const told = readAtom(await bodyOf(of, atom ?? ""));
  const spaced = (entries: readonly Read[]): readonly Read[] =>
    entries.map((entry) => ({
      ...entry,
      title: entry.title.replace(/\s+/gu, " ").trim(),
      html: entry.html.replace(/\s+/gu, " ").trim(),
    }));
  expect(spaced(readRss(await bodyOf(of, rss ?? "")))).toEqual(spaced(told));
  // Two characters that XML has no form for are in JSON.
  const known = readJson(await bodyOf(of, json ?? "")).map((entry) => ({
    ...entry,
    title: entry.title.replace(/[\ufffe\uffff]/gu, ""),
    html: entry.html.replace(/[\ufffe\uffff]/gu, ""),
  }));
  expect(spaced(known)).toEqual(spaced(told));
  return told;
}

test.each(Object.entries({ ...everySnapshot, edited, maintained, maintainedByAnybody }))(
  "%s: a reader of Atom, of RSS and of JSON Feed is told the same, by the same ids",
  async (_, of) => {
    const told = await allForms(of);
    expect(new Set(told.map(({ id }) => id)).size).toBe(told.length);
  },
);

test("no text of others breaks one of the forms, whatever characters it has", async () => {
  const sharp = fc.constantFrom(
    "]]>",
    "<![CDATA[",
    "&#0;",
    "&nbsp;",
    "\u0000\u0008\u001b",
    "\u0085\u009f",
    "\ufffe\uffff",
    "\ud83d\ude80",
    "👩‍👩‍👧‍👦",
    "\ud83d",
    "שָׁלוֹם",
    "\u202e",
    "مرحبا",
    "--><!--",
    "\r\n",
    "\u2028",
  );
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.oneof(sharp, fc.string({ unit: "binary", maxLength: 100 })), { maxLength: 6 }),
      async (pieces) => {
        const words = pieces.join("");
        const one = incident(5, {
          notice: { title: words, scope: words, alternatives: [words], links: [{ url: words }] },
          updates: [update(noon, "identified", words)],
        });
        for (const { html } of await allForms(snapshot({ open: [one], site: { ...full.site, name: `n${words}` } })))
          expect(html).not.toMatch(/<(script|img|svg|iframe|style)|<[^>]* on\w+=|href="(?!https?:)/iu);
      },
    ),
    { numRuns: 60 },
  );
});

test("the feed of a component has what hit it, with the ids that the whole feed has, and nothing else", async () => {
  const whole = await allForms(outage);
  const own = await allForms(outage, "tests");
  expect(own.map(({ title }) => title)).toEqual([
    "Tests wait in a long queue · resolved",
    "Tests wait in a long queue · monitoring",
    "Tests wait in a long queue · investigating",
  ]);
  expect(whole.map(({ id }) => id)).toEqual(expect.arrayContaining(own.map(({ id }) => id)));
  expect((await allForms(maintained, "copr")).length).toBeGreaterThan(1);
  expect(await allForms(maintained, "downstream")).toEqual([]);
  expect(await bodyOf(outage, "components/tests.atom")).toContain(
    '<title type="text">Packit, Tests: outages and maintenance</title>',
  );
});
