// The forms of a feed: Atom (RFC 4287), RSS 2.0 and JSON Feed 1.1. Their entries and ids are the same. Pure.
import { isoSeconds, type Instant } from "../lib/clock.ts";
import { html, htmlText, raw, type SafeHtml } from "../lib/html.ts";
import type { Feed, FeedEntry } from "./feed.ts";
import { feedPathOf, type FeedForm } from "./site-paths.ts";

const selfOf = (feed: Feed, form: FeedForm): string => `${feed.url}/${feedPathOf(form, feed.component)}`;

const declaration = raw('<?xml version="1.0" encoding="utf-8"?>\n');

/** Without two characters that XML 1.0 has no form for: https://www.w3.org/TR/xml/#charsets */
const xmlText = (xml: SafeHtml): string => htmlText(xml).replace(/[\ufffe\uffff]/gu, "");

function atomEntry(entry: FeedEntry): SafeHtml {
  return html`<entry>
    <id>${entry.id}</id>
    <title type="text">${entry.title}</title>
    <link rel="alternate" type="text/html" href="${entry.url}" />
    <published>${isoSeconds(entry.publishedAt)}</published>
    <updated>${isoSeconds(entry.updatedAt)}</updated>
    <category term="${entry.term}" />
    <content type="html">${htmlText(entry.body)}</content>
  </entry> `;
}

function atom(feed: Feed): string {
  return xmlText(
    html`${declaration}<feed xmlns="http://www.w3.org/2005/Atom" xml:lang="${feed.language}">
        <id>${feed.id}</id>
        <title type="text">${feed.title}</title>
        <updated>${isoSeconds(feed.updatedAt)}</updated>
        <author><name>${feed.author}</name></author>
        <link rel="self" type="application/atom+xml" href="${selfOf(feed, "atom")}" />
        <link rel="alternate" type="text/html" href="${feed.page}" />
        ${feed.entries.map(atomEntry)}
      </feed> `,
  );
}

/** RFC 822, as RSS wants it: https://www.rssboard.org/rss-specification */
const mailDate = (at: Instant): string => new Date(at).toUTCString();

function rssItem(entry: FeedEntry): SafeHtml {
  return html`<item>
    <guid isPermaLink="false">${entry.id}</guid>
    <title>${entry.title}</title>
    <link>${entry.url}</link>
    <pubDate>${mailDate(entry.publishedAt)}</pubDate>
    <category>${entry.term}</category>
    <description>${htmlText(entry.body)}</description>
  </item> `;
}

function rss(feed: Feed): string {
  return xmlText(
    html`${declaration}<rss version="2.0" xmlns:atom="http://www.w3.org/2005/Atom">
        <channel>
          <title>${feed.title}</title>
          <link>${feed.page}</link>
          <description>${feed.title}</description>
          <language>${feed.language}</language>
          <lastBuildDate>${mailDate(feed.updatedAt)}</lastBuildDate>
          <atom:link rel="self" type="application/rss+xml" href="${selfOf(feed, "rss")}" />
          ${feed.entries.map(rssItem)}
        </channel>
      </rss> `,
  );
}

/** https://www.jsonfeed.org/version/1.1/ */
function jsonFeed(feed: Feed): string {
  return `${JSON.stringify({
    version: "https://jsonfeed.org/version/1.1",
    title: feed.title,
    home_page_url: feed.page,
    feed_url: selfOf(feed, "json"),
    language: feed.language,
    authors: [{ name: feed.author }],
    items: feed.entries.map((entry) => ({
      id: entry.id,
      url: entry.url,
      title: entry.title,
      content_html: htmlText(entry.body),
      date_published: isoSeconds(entry.publishedAt),
      date_modified: isoSeconds(entry.updatedAt),
      tags: [entry.term],
    })),
  })}\n`;
}

const forms: Readonly<Record<FeedForm, (feed: Feed) => string>> = { atom, rss, json: jsonFeed };

export function renderFeed(feed: Feed, form: FeedForm): string {
  return forms[form](feed);
}
