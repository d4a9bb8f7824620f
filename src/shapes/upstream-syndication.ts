// RSS and Atom as a feed, the last resort: no component, no severity, and whether it is over is a word in a text. Pure.
import { XMLParser } from "fast-xml-parser";
import { z } from "zod";
import { day, type Instant } from "../lib/clock.ts";
import { present } from "../lib/records.ts";
import { failed, ok, type Result } from "../lib/result.ts";
import { oneLine } from "../lib/text.ts";
import { looseTime } from "./loose-time.ts";
import {
  addressOf,
  mostEntries,
  nameOf,
  withoutEntities,
  wordsOf,
  type Feed,
  type FeedIncident,
} from "./upstream-feed.ts";

/** Nobody removes what is old, nor always says that it is over: what was not touched for so long is no news. */
const currentFor = day;

/** Entities stay as they are written: none is expanded, ours are the five of XML, in one pass. */
const parser = new XMLParser({
  ignoreAttributes: false,
  attributeNamePrefix: "@",
  processEntities: false,
  parseTagValue: false,
  parseAttributeValue: false,
  removeNSPrefix: true,
  isArray: (name) => ["item", "entry", "link", "category"].includes(name),
});

/** The text of an element, whether or not it has attributes. */
const words = z
  .union([z.string(), z.looseObject({ "#text": z.string() }).transform((node) => node["#text"])])
  .nullish()
  .catch(undefined);
const Item = z.looseObject({
  title: words,
  guid: words,
  id: words,
  link: z
    .array(z.union([z.string(), z.looseObject({ "@href": z.string().optional() })]))
    .nullish()
    .catch(undefined),
  pubDate: words,
  date: words,
  published: words,
  updated: words,
  description: words,
  summary: words,
  content: words,
  encoded: words,
});
type Item = z.output<typeof Item>;
/** An empty element is parsed as empty text. */
const items = z.array(z.preprocess((item) => (item === "" ? {} : item), Item));
const Rss = z.looseObject({ rss: z.looseObject({ channel: z.looseObject({ title: words, item: items.optional() }) }) });
const Rdf = z.looseObject({ RDF: z.looseObject({ channel: z.looseObject({ title: words }), item: items.optional() }) });
const Atom = z.looseObject({ feed: z.looseObject({ title: words, entry: items.optional() }) });

type Parsed = { readonly title: string | undefined; readonly items: readonly Item[] };

/** Without comments and CDATA, in which no tag is one. What is not closed, and all behind it, goes. */
function tagsOf(body: string): string {
  const kept: string[] = [];
  let from = 0;
  for (const { 0: opening, index } of body.matchAll(/<!--|<!\[CDATA\[/gu)) {
    if (index < from) continue;
    kept.push(body.slice(from, index));
    const end = body.indexOf(opening === "<!--" ? "-->" : "]]>", index);
    if (end < 0) return kept.join("");
    from = end + 3;
  }
  return [...kept, body.slice(from)].join("");
}

/** The parser forgives tags that do not close, which could swallow an entry: all that are written must come out. */
function parsedOf(body: string): Result<Parsed, string> {
  if (/<!(?:DOCTYPE|ENTITY)/iu.test(body)) return failed("it declares a document type, which no feed needs");
  const bare = tagsOf(body);
  if (!/<\/(?:\w{1,20}:)?(?:rss|feed|rdf)\s{0,9}>$/iu.test(bare.trimEnd().slice(-60)))
    return failed("it is no RSS or Atom, or was cut off");
  const tree: unknown = parser.parse(body);
  const entries = bare.match(/<(?:\w{1,20}:)?(?:item|entry)[\s/>]/gu)?.length ?? 0;
  const whole = (found: Parsed): Result<Parsed, string> =>
    found.items.length === entries ? ok(found) : failed("its tags do not close as they open, and entries are lost");
  const rss = Rss.safeParse(tree);
  if (rss.success) return whole(found(rss.data.rss.channel.title, rss.data.rss.channel.item));
  const atom = Atom.safeParse(tree);
  if (atom.success) return whole(found(atom.data.feed.title, atom.data.feed.entry));
  const rdf = Rdf.safeParse(tree);
  if (rdf.success) return whole(found(rdf.data.RDF.channel.title, rdf.data.RDF.item));
  return failed("it is neither RSS nor Atom");
}

function found(title: string | null | undefined, given: readonly Item[] | undefined): Parsed {
  return { title: wordsOf(title), items: given ?? [] };
}

export function readSyndication(body: string, address: string, now: Instant): Result<Feed, string> {
  let parsed: ReturnType<typeof parsedOf>;
  try {
    parsed = parsedOf(body);
  } catch (thrown) {
    return failed(`it is not XML: ${oneLine(thrown instanceof Error ? thrown.message : "", 120)}`);
  }
  if (!parsed.ok) return parsed;
  const { title, items: all } = parsed.value;
  const told = all.slice(0, mostEntries).map((item) => ({ item, incident: incidentOf(item, address) }));
  const current = told.filter(({ incident }) => (incident.updatedAt ?? now) > now - currentFor);
  return ok({
    page: present({ name: nameOf(title), url: address }),
    complete: false,
    components: [],
    incidents: current.flatMap(({ item, incident }) => (isPlanned(item) ? [] : [incident])),
    maintenances: current.flatMap(({ item, incident }) => {
      const { id, name, components, updatedAt, url, text } = incident;
      const state = incident.phase === "resolved" ? ("completed" as const) : ("scheduled" as const);
      return isPlanned(item) ? [present({ id, name, components, updatedAt, url, text, state })] : [];
    }),
  });
}

const bodyOf = (item: Item): string | undefined =>
  wordsOf(withoutEntities((item.description ?? item.content ?? item.encoded ?? item.summary ?? "").slice(0, 20_000)));

const overTitle = /^\W*(resolved|completed|fixed|closed)\b/iu;
const firstWord =
  /\b(resolved|completed|postmortem|monitoring|identified|investigating|update|scheduled|in progress|verifying)\b\W{1,3}/iu;

/** Updates are newest first in what Statuspage, Instatus and cState write: the first of their words is where it stands. */
function standing(item: Item): string {
  if (overTitle.test(wordsOf(item.title) ?? "")) return "resolved";
  return firstWord.exec(bodyOf(item) ?? "")?.[1]?.toLowerCase() ?? "";
}

function isPlanned(item: Item): boolean {
  const said = wordsOf(item.title) ?? "";
  return /\b(scheduled|planned) (maintenance|work|downtime|outage)\b|^\W*(scheduled|maintenance)\b/iu.test(said) || ["scheduled", "in progress", "verifying"].includes(standing(item)); // prettier-ignore
}

function linkOf(item: Item, address: string): string | undefined {
  const hrefs = (item.link ?? []).map((link) => (typeof link === "string" ? link : link["@href"]));
  return hrefs.map((href) => addressOf(withoutEntities(href ?? ""), address)).find((href) => href !== undefined);
}

function incidentOf(item: Item, address: string): FeedIncident {
  const name = nameOf(wordsOf(item.title), item.guid, item.id) ?? "an entry without a title";
  const word = standing(item);
  const over = ["resolved", "completed", "postmortem"].includes(word);
  const phase: FeedIncident["phase"] = over
    ? "resolved"
    : word === "identified" || word === "monitoring"
      ? word
      : "investigating";
  const times = [item.updated, item.pubDate, item.date, item.published].flatMap((time) => looseTime(time) ?? []);
  const url = linkOf(item, address);
  return present({
    id: nameOf(item.guid, item.id, url) ?? name,
    name: name.replace(/^\[resolved\]\s*/iu, ""),
    components: [],
    phase,
    startedAt: times.length === 0 ? undefined : Math.min(...times),
    updatedAt: times.length === 0 ? undefined : Math.max(...times),
    resolvedAt: over && times.length > 0 ? Math.max(...times) : undefined,
    url,
    text: bodyOf(item),
  });
}
