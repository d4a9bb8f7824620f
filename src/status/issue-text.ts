// An incident as the body of an issue and its comments. It depends on the record alone, so that the same record is the same text.
import { safeUrl } from "../lib/html.ts";
import { escapeMarkdown, issueLink, issueMarkdown, type LinkRule } from "../lib/issue-markdown.ts";
import { plainMarkdownLine } from "../lib/markdown.ts";
import { oneLine } from "../lib/text.ts";
import { sayTime, type Reading } from "../lib/zones.ts";
import { isOver, type IncidentView } from "./incident-view.ts";
import { incidentPath } from "./site-paths.ts";
import type { PublicUpdate } from "./snapshot.ts";
import { automaticSaid, cardRows, impactOf, phaseSaid, stateWord, updateWord, type Row, type Said } from "./words.ts";

/** Forges allow 255 characters or more. */
const longestTitle = 200;
/** GitHub takes 65,536 characters, and a human may have written above and below. */
const longestBlock = 40_000;
const longestComment = 20_000;

function stateOf({ incident }: IncidentView): string {
  if (incident.withdrawn !== undefined) return "Withdrawn";
  return incident.phase === "resolved" ? "Resolved" : "Outage";
}

export function issueTitle(view: IncidentView): string {
  return oneLine(`${stateOf(view)}: ${plainMarkdownLine(view.incident.notice.title)}`, longestTitle);
}

const readingOf = ({ site }: IncidentView): Reading => ({ zone: site.timeZone });

function spoken(said: Said, reading: Reading): string {
  return said.map((part) => (typeof part === "string" ? escapeMarkdown(part) : sayTime(part, reading))).join("").trim(); // prettier-ignore
}

function rowText(row: Row, reading: Reading, rule: LinkRule): string {
  const links = (row.links ?? []).map(({ url, title }) => {
    const shown = title ?? url.replace(/^https?:\/\//u, "");
    return safeUrl(url) === undefined ? escapeMarkdown(oneLine(url, 200)) : issueLink(shown, url, rule);
  });
  const said = row.said === undefined ? [] : [spoken(row.said, reading)];
  const parts = [...row.texts.map((text) => issueMarkdown(text, rule)), ...said, ...links];
  const [only] = parts;
  if (parts.length === 1 && only !== undefined && !only.includes("\n")) return `**${row.label}** ${only}`;
  return `**${row.label}**\n\n${parts.map((part) => (row.texts.length > 1 ? `- ${part.replaceAll("\n", "\n  ")}` : part)).join(row.texts.length > 1 ? "\n" : "\n\n")}`;
}

function hitsText({ incident, components }: IncidentView): string {
  const hits = impactOf(incident, components).filter(({ status }) => status !== "operational");
  return hits.map(({ name, status }) => `${escapeMarkdown(name)}: **${stateWord(status)}**`).join(" · ");
}

function updateText(update: PublicUpdate, view: IncidentView, rule: LinkRule): string {
  const mark = update.automatic ? " (automatic)" : "";
  const edited = update.before === undefined ? "" : " (edited)";
  const lead = `**${updateWord(update, view.incident)}**${mark}${edited} · ${sayTime(update.at, readingOf(view))}`;
  return `${lead}\n\n${issueMarkdown(update.text, rule)}`;
}

/** Where the same can be read: each address of ours, whatever the rule for links of others. */
function pagesText({ addresses, incident }: IncidentView): string {
  const links = addresses.map((address) => `[${escapeMarkdown(new URL(address).host)}](<${address}/${incidentPath(incident.number)}>)`); // prettier-ignore
  return `Status page: ${links.join(" · ")}`;
}

/** Newest first, as many as have room; the page has the rest. */
function timelineText(view: IncidentView, room: number, rule: LinkRule): string {
  const texts: string[] = [];
  let used = 0;
  for (const update of view.incident.updates) {
    const text = updateText(update, view, rule);
    used += text.length;
    if (used > room) break;
    texts.push(text);
  }
  const earlier = view.incident.updates.length - texts.length;
  return [...texts, ...(earlier === 0 ? [] : [`${earlier} earlier on the status page.`])].join("\n\n");
}

function clocksText(view: IncidentView): string {
  const { clocks } = view.incident;
  const reading = readingOf(view);
  const until = clocks.resolved === undefined ? "" : ` until ${sayTime(clocks.resolved, reading)}`;
  return `Since ${sayTime(clocks.started, reading)}${until}.`;
}

/** Everything between our marks. */
function blockText(view: IncidentView, rule: LinkRule): string {
  const { incident } = view;
  const reading = readingOf(view);
  const over = isOver(view);
  const state = incident.withdrawn === undefined ? phaseSaid(incident) : "withdrawn: this notice was wrong";
  const hits = incident.withdrawn === undefined ? hitsText(view) : "";
  const head = [
    `**${stateOf(view)} ${incident.number}**: ${escapeMarkdown(state)}`,
    ...(hits === "" ? [] : [hits]),
    clocksText(view),
    ...(incident.withdrawn === undefined ? [] : [issueMarkdown(incident.withdrawn.correction, rule)]),
    ...(incident.automatic ? [escapeMarkdown(automaticSaid(over ? undefined : incident.updatedAt))] : []),
    pagesText(view),
    // By the clock of the record: what is overdue is the page's to say.
    ...cardRows(incident, over ? undefined : incident.updatedAt).map((row) => rowText(row, reading, rule)),
  ].join("\n\n");
  const foot = "This text is written by Tocsin and kept equal to the status page; what stands above or below it stays.";
  return `${head.slice(0, longestBlock)}\n\n---\n\n${timelineText(view, longestBlock - Math.min(longestBlock, head.length), rule)}\n\n---\n\n_${foot}_`;
}

const ends = "<!-- /tocsin -->";
const begins = /<!-- tocsin incident=([a-z0-9]{1,40}) told=(\d{1,9}) -->/u;

/** What our mark at the top of a body says: which incident it is, and the updates it was opened with. */
export type IssueMark = { readonly code: string; readonly told: number };

export function markIn(body: string): IssueMark | undefined {
  const [, code, told] = begins.exec(body) ?? [];
  return code === undefined ? undefined : { code, told: Number(told) };
}

/** `told`: the newest update when the issue was opened; those up to it stand in the body and are no comments. */
export function issueBlock(view: IncidentView, told: number, rule: LinkRule): string {
  return `<!-- tocsin incident=${view.incident.code} told=${told} -->\n${blockText(view, rule)}\n${ends}`;
}

/** Browsers send line breaks as CRLF, and so a body that a human saved has them. */
export function unified(text: string): string {
  return text.replaceAll("\r\n", "\n").trim();
}

/** Our block put into a body in the place of the old one: what a human wrote around it stays. */
export function withBlock(body: string, block: string): string {
  const old = unified(body);
  const from = old.search(begins);
  const to = old.lastIndexOf(ends);
  if (from !== -1 && to > from) return `${old.slice(0, from)}${block}${old.slice(to + ends.length)}`.trim();
  // Half a mark is none: nothing that may be a human's is lost.
  const rest = old.replace(begins, "").replaceAll(ends, "").trim();
  return rest === "" ? block : `${block}\n\n${rest}`;
}

const commentBegins = /^<!-- tocsin update=([a-z0-9]{1,40}) -->/u;

/** The update that a comment of ours tells. */
export function updateIn(comment: string): string | undefined {
  return commentBegins.exec(comment)?.[1];
}

export function commentText(update: PublicUpdate, view: IncidentView, rule: LinkRule): string {
  return `<!-- tocsin update=${update.code} -->\n${updateText(update, view, rule).slice(0, longestComment)}`;
}
