// Untrusted Markdown, written anew as Markdown for an issue: nobody is mentioned, nothing is referred to, no HTML, no commands.
import type { Token } from "markdown-it";
import { safeUrl } from "./html.ts";
import { tokensOf } from "./markdown.ts";
import { oneLine, plainText } from "./text.ts";

/** How a link may be written there: its address, or undefined where it must be shown without being one. */
export type LinkRule = (url: string) => string | undefined;

const gap = "\u200b";

/** The forges link names and numbers in the text as it is shown, so a backslash is no help: a character of no width parts them. */
function parted(text: string): string {
  return text.replace(/([@#!$&%~^])(?=[\p{L}\p{N}_"'[{-])/gu, `$1${gap}`).replace(/\b(GH|gh)-(?=\d)/gu, `$1-${gap}`);
}

/** https://github.github.com/gfm/#backslash-escapes; HTML by entities, so that no comment can begin in it. */
export function escapeMarkdown(text: string): string {
  return parted(plainText(text))
    .replace(/[\\`*_{}[\]()#+\-!|~:=^$.@]/gu, "\\$&")
    .replace(/&/gu, "&amp;")
    .replace(/</gu, "&lt;")
    .replace(/>/gu, "&gt;");
}

/** In code nothing is linked; but our own marks are looked for in the text as it is. */
const tameCode = (text: string): string => plainText(text).replaceAll("<!--", `<${gap}!--`);

function fenceFor(text: string, least: number): string {
  const longest = Math.max(0, ...[...text.matchAll(/`+/gu)].map(([run]) => run.length));
  return "`".repeat(Math.max(least, longest + 1));
}

function codeSpan(text: string): string {
  const code = tameCode(oneLine(text, 2_000));
  if (code === "") return "";
  const ticks = fenceFor(code, 1);
  return code.startsWith("`") || code.endsWith("`") ? `${ticks} ${code} ${ticks}` : `${ticks}${code}${ticks}`;
}

/** An address between < and > ends at neither space nor bracket. */
const target = (url: string): string => `<${url.replaceAll("<", "%3C").replaceAll(">", "%3E").replaceAll(" ", "%20")}>`;

/** A link as Markdown; `label` is Markdown already. */
function linked(label: string, url: string, rule: LinkRule): string {
  const safe = safeUrl(url);
  const allowed = safe === undefined ? undefined : rule(safe);
  if (allowed !== undefined) return `[${label}](${target(allowed)})`;
  // What looks like an address in the text would be made a link all the same.
  const bare = label.replaceAll("//", `${gap}//`);
  if (safe === undefined) return bare;
  return label === escapeMarkdown(url) ? codeSpan(safe) : `${bare} (${codeSpan(safe)})`;
}

/** A link with words that are not trusted. */
export function issueLink(text: string, url: string, rule: LinkRule): string {
  return linked(escapeMarkdown(oneLine(text, 200)), url, rule);
}

const marks: Readonly<Record<string, string>> = {
  strong_open: "**",
  strong_close: "**",
  em_open: "*",
  em_close: "*",
  s_open: "~~",
  s_close: "~~",
};

function inline(tokens: readonly Token[], rule: LinkRule): string {
  let text = "";
  const links: { readonly href: string; readonly from: number }[] = [];
  for (const token of tokens) {
    if (token.type === "link_open") links.push({ href: String(token.attrGet("href") ?? ""), from: text.length });
    else if (token.type === "link_close") {
      const link = links.pop();
      if (link !== undefined) text = text.slice(0, link.from) + linked(text.slice(link.from), link.href, rule);
    } else if (token.type === "softbreak") text += " ";
    else if (token.type === "hardbreak") text += "\\\n";
    else if (token.type === "code_inline") text += codeSpan(token.content);
    else text += marks[token.type] ?? escapeMarkdown(token.content);
  }
  // A line that begins with a slash is a command on GitLab: https://docs.gitlab.com/user/project/quick_actions/
  return text.replace(/^(\s*)\//gmu, "$1\\/");
}

const indented = (text: string, by: string): string => text.replaceAll(/\n(?=.)/gu, `\n${by}`);

type Written = { readonly text: string; readonly end: number };

/** The content of one pair of block tokens, and where it ends. */
function blocks(tokens: readonly Token[], from: number, rule: LinkRule, between = "\n\n"): Written {
  const parts: string[] = [];
  let at = from;
  for (; at < tokens.length; at++) {
    const token = tokens[at];
    if (token === undefined || token.nesting === -1) break;
    if (token.nesting === 1) {
      const items = token.type === "bullet_list_open" || token.type === "ordered_list_open";
      const inner = blocks(tokens, at + 1, rule, items ? "\n" : "\n\n");
      parts.push(wrapped(token, inner.text, parts.length));
      at = inner.end;
    } else if (token.type === "inline") parts.push(inline(token.children ?? [], rule));
    else if (token.type === "fence" || token.type === "code_block") {
      const code = tameCode(token.content.trimEnd());
      const fence = fenceFor(code, 3);
      parts.push(`${fence}\n${code}\n${fence}`);
    } else if (token.type === "hr") parts.push("***");
    else parts.push(escapeMarkdown(token.content));
  }
  return { text: parts.filter((part) => part.trim() !== "").join(between), end: at };
}

function wrapped(token: Token, text: string, place: number): string {
  if (token.type === "blockquote_open") return `> ${indented(text, "> ")}`;
  if (token.type === "heading_open") return text === "" ? "" : `**${text}**`;
  if (token.type !== "list_item_open") return text;
  // The list's own mark: `-`, or the `.` or `)` of a numbered one.
  const bullet = token.info === "" ? "-" : `${token.info || place + 1}.`;
  return `${bullet} ${indented(text, " ".repeat(bullet.length + 1))}`;
}

/** Paragraphs, lists, emphasis, code and links to http and https. */
export function issueMarkdown(text: string, rule: LinkRule): string {
  return blocks(tokensOf(text), 0, rule).text.trim();
}
