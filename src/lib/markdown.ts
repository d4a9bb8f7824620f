// Untrusted Markdown: as HTML that can do no harm, and as plain text for chat, JSON and terminals.
import { createRequire } from "node:module";
import type MarkdownItClass from "markdown-it";
import type { MarkdownIt, Token } from "markdown-it";
import { escapeHtml, raw, safeUrl, type SafeHtml } from "./html.ts";
import { oneLine, plainText } from "./text.ts";

/** Longer texts are cut: no update of a status page is, and no parser is linear in everything. */
const longest = 20_000;

const isParser = (module: unknown): module is typeof MarkdownItClass => typeof module === "function";

let loaded: MarkdownIt | undefined;

/** It costs 30 ms to load: not before the first text that needs it, so that a start stays quick. */
function parser(): MarkdownIt {
  if (loaded !== undefined) return loaded;
  const Parser: unknown = createRequire(import.meta.url)("markdown-it");
  if (!isParser(Parser)) throw new Error("markdown-it is not what it was");
  loaded = new Parser({ html: false, linkify: true, maxNesting: 20 });
  loaded.disable(["table"]);
  // Only what is written as an address becomes a link: `packit.yaml` is a file, not a host in Zambia.
  loaded.linkify.set({ fuzzyLink: false, fuzzyEmail: false });
  return loaded;
}

/** What stands before and after the content of a pair of tokens. */
type Around = readonly [before: string, after: string];

const nothing: Around = ["", ""];

/** A heading would break the outline of the page, so it is a strong paragraph. */
const pairs: Readonly<Record<string, Around>> = {
  paragraph_open: ["<p>", "</p>\n"],
  heading_open: ["<p><strong>", "</strong></p>\n"],
  blockquote_open: ["<blockquote>\n", "</blockquote>\n"],
  bullet_list_open: ["<ul>\n", "</ul>\n"],
  list_item_open: ["<li>", "</li>\n"],
  strong_open: ["<strong>", "</strong>"],
  em_open: ["<em>", "</em>"],
  s_open: ["<s>", "</s>"],
};

function around(token: Token): Around {
  if (token.hidden) return nothing;
  if (token.type === "link_open") {
    const href = safeUrl(String(token.attrGet("href") ?? ""));
    return href === undefined ? nothing : [`<a href="${escapeHtml(href)}" rel="nofollow noopener noreferrer">`, "</a>"];
  }
  if (token.type === "ordered_list_open") {
    const start = Number(token.attrGet("start") ?? 1);
    return [Number.isSafeInteger(start) && start !== 1 ? `<ol start="${start}">\n` : "<ol>\n", "</ol>\n"];
  }
  return pairs[token.type] ?? nothing;
}

/** A token without content of other tokens. What is not listed, an image too, is its text. */
function leaf(token: Token): string {
  switch (token.type) {
    case "inline":
      return markup(token.children ?? []);
    case "code_inline":
      return `<code>${escapeHtml(token.content)}</code>`;
    case "fence":
    case "code_block":
      return `<pre><code>${escapeHtml(token.content)}</code></pre>\n`;
    case "softbreak":
      return "\n";
    case "hardbreak":
      return "<br />\n";
    case "hr":
      return "<hr />\n";
    default:
      return escapeHtml(token.content);
  }
}

/** Every tag comes from the lists above, and each that was opened is closed in its turn: nothing of the parser's own is sent (ADR 0020). */
function markup(tokens: readonly Token[]): string {
  const open: string[] = [];
  let all = "";
  for (const token of tokens) {
    if (token.nesting === 1) {
      const [before, after] = around(token);
      all += before;
      open.push(after);
    } else all += token.nesting === -1 ? (open.pop() ?? "") : leaf(token);
  }
  return all + open.reverse().join("");
}

function shortened(text: string): string {
  const clean = plainText(text).trim();
  return clean.length <= longest ? clean : plainText(`${clean.slice(0, longest)}…`);
}

/** Remembers what a pure function said; the oldest answers go first. */
function remembering<T>(make: (text: string) => T): (text: string) => T {
  const known = new Map<string, T>();
  return (text) => {
    const before = known.get(text);
    if (before !== undefined) return before;
    const made = make(text);
    const oldest = known.size >= 500 ? known.keys().next().value : undefined;
    if (oldest !== undefined) known.delete(oldest);
    known.set(text, made);
    return made;
  };
}

/** The text as the parser takes it apart, for another who writes it anew. */
export function tokensOf(text: string): readonly Token[] {
  return parser().parse(shortened(text), {});
}

/** Paragraphs, lists, code and links to http and https; nothing else. */
export const markdown: (text: string) => SafeHtml = remembering((text) =>
  raw(markup(parser().parse(shortened(text), {})).trim()),
);

/** One line's worth: emphasis, code and links, no blocks. */
export const markdownLine: (text: string) => SafeHtml = remembering((text) =>
  raw(markup(parser().parseInline(shortened(text), {})).trim()),
);

/** The text of a run of inline tokens; a link shows its address unless it is what it says. */
function inlineText(tokens: readonly Token[]): string {
  let text = "";
  const links: { readonly href: string; readonly from: number }[] = [];
  for (const token of tokens) {
    if (token.type === "link_open") links.push({ href: String(token.attrGet("href") ?? ""), from: text.length });
    else if (token.type === "link_close") text += afterLink(text, links.pop());
    else if (token.type === "softbreak") text += " ";
    else if (token.type === "hardbreak") text += "\n";
    else text += token.content;
  }
  return text;
}

function afterLink(text: string, link: { readonly href: string; readonly from: number } | undefined): string {
  const href = link === undefined ? undefined : safeUrl(link.href);
  if (link === undefined || href === undefined) return "";
  const label = text.slice(link.from).trim();
  return safeUrl(label) === href ? "" : `${label === "" ? "" : " "}(${href})`;
}

/** `- ` or `3. ` for the item that has just been opened; a quotation is left as it is. */
function bullet(lists: readonly { ordered: boolean; next: number }[]): string {
  const list = lists.at(-1);
  if (list === undefined) return "";
  const mark = list.ordered ? `${list.next}. ` : "- ";
  list.next += 1;
  return `${"  ".repeat(lists.length - 1)}${mark}`;
}

function blocksText(tokens: readonly Token[]): string {
  const blocks: { readonly text: string; readonly inList: boolean }[] = [];
  const lists: { ordered: boolean; next: number }[] = [];
  let mark = "";
  for (const token of tokens) {
    if (token.type === "bullet_list_open") lists.push({ ordered: false, next: 1 });
    if (token.type === "ordered_list_open") lists.push({ ordered: true, next: Number(token.attrGet("start") ?? 1) });
    if (token.type === "bullet_list_close" || token.type === "ordered_list_close") lists.pop();
    if (token.type === "list_item_open") mark = bullet(lists);
    const text = token.type === "inline" ? inlineText(token.children ?? []) : token.content.trimEnd();
    if (token.type !== "inline" && token.type !== "fence" && token.type !== "code_block") continue;
    blocks.push({ text: mark === "" ? text : `${mark}${text}`, inList: lists.length > 0 });
    mark = "";
  }
  let all = "";
  for (const [at, block] of blocks.entries()) {
    const together = block.inList && blocks[at - 1]?.inList === true;
    all += `${at === 0 ? "" : together ? "\n" : "\n\n"}${block.text}`;
  }
  return all;
}

/** As a person would type it: no marks of emphasis, lists with dashes, `text (address)` for links. */
export const plainMarkdown: (text: string) => string = remembering((text) => {
  const source = shortened(text);
  return source === "" ? "" : plainText(blocksText(parser().parse(source, {}))).trim();
});

/** As `plainMarkdown`, on one line of at most `max` characters. */
export function plainMarkdownLine(text: string, max?: number): string {
  return oneLine(plainMarkdown(text), max);
}
