// Untrusted Markdown: as HTML that can do no harm, and as plain text for chat, JSON and terminals.
import { createRequire } from "node:module";
import type MarkdownItClass from "markdown-it";
import type { MarkdownIt, Token } from "markdown-it";
import type sanitizeFunction from "sanitize-html";
import { html, raw, safeUrl, type SafeHtml } from "./html.ts";
import { oneLine, plainText } from "./text.ts";

/** Longer texts are cut: no update of a status page is, and no parser is linear in everything. */
const longest = 20_000;

type Libraries = {
  readonly parser: MarkdownIt;
  readonly sanitize: typeof sanitizeFunction;
};

const isParser = (module: unknown): module is typeof MarkdownItClass => typeof module === "function";
const isSanitizer = (module: unknown): module is typeof sanitizeFunction => typeof module === "function";

let loaded: Libraries | undefined;

/** The two libraries cost 60 ms to load: not before the first text that needs them, so that a start stays quick. */
function libraries(): Libraries {
  if (loaded !== undefined) return loaded;
  const require = createRequire(import.meta.url);
  const Parser: unknown = require("markdown-it");
  const sanitize: unknown = require("sanitize-html");
  if (!isParser(Parser) || !isSanitizer(sanitize)) throw new Error("markdown-it or sanitize-html is not what it was");
  const parser = new Parser({ html: false, linkify: true, maxNesting: 20 });
  parser.disable(["table"]);
  // Only what is written as an address becomes a link: `packit.yaml` is a file, not a host in Zambia.
  parser.linkify.set({ fuzzyLink: false, fuzzyEmail: false });
  // A heading would break the outline of the page; an image would fetch from somewhere.
  parser.renderer.rules["heading_open"] = () => "<p><strong>";
  parser.renderer.rules["heading_close"] = () => "</strong></p>\n";
  parser.renderer.rules["image"] = (tokens, at) => parser.utils.escapeHtml(tokens[at]?.content ?? "");
  loaded = { parser, sanitize };
  return loaded;
}

const allowed: sanitizeFunction.IOptions = {
  allowedTags: ["p", "br", "strong", "em", "s", "code", "pre", "blockquote", "ul", "ol", "li", "a", "hr"],
  allowedAttributes: { a: ["href", "rel"], ol: ["start"] },
  allowedSchemes: ["http", "https"],
  allowProtocolRelative: false,
  parseStyleAttributes: false,
  disallowedTagsMode: "discard",
  transformTags: {
    a: (_tag, attribs) => {
      const href = safeUrl(attribs["href"] ?? "");
      return href === undefined
        ? { tagName: "span", attribs: {} }
        : { tagName: "a", attribs: { href, rel: "nofollow noopener noreferrer" } };
    },
  },
};

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

/** Entities such as `&#x202e;` become characters while parsing, so the result is cleaned as well. */
function sanitized(markup: string): SafeHtml {
  return raw(plainText(libraries().sanitize(markup, allowed)).trim());
}

/** Paragraphs, lists, code and links to http and https; nothing else. */
export const markdown: (text: string) => SafeHtml = remembering((text) => {
  const source = shortened(text);
  return source === "" ? html`` : sanitized(libraries().parser.render(source));
});

/** One line's worth: emphasis, code and links, no blocks. */
export const markdownLine: (text: string) => SafeHtml = remembering((text) => {
  const source = shortened(text);
  return source === "" ? html`` : sanitized(libraries().parser.renderInline(source));
});

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
  return source === "" ? "" : plainText(blocksText(libraries().parser.parse(source, {}))).trim();
});

/** As `plainMarkdown`, on one line of at most `max` characters. */
export function plainMarkdownLine(text: string, max?: number): string {
  return oneLine(plainMarkdown(text), max);
}
