// HTML that cannot be broken out of: a template that escapes whatever it did not itself write.
import { plainText } from "./text.ts";

/** The only key to markup: it is not exported, so nothing but this file can make a SafeHtml. */
const markup = Symbol("markup");

/** Markup that is safe to send. Made by `html` and `raw` alone. */
export type SafeHtml = { readonly [markup]: string };

/** What may stand in a template's holes. `undefined` and `false` leave nothing behind. */
export type Part = string | number | SafeHtml | false | undefined | readonly Part[];

const special = /[&<>"'`]/gu;
const entities: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
  "`": "&#96;",
};

// A quick test for the common case; whatever may need work (any surrogate, too) goes the long way.
const suspicious =
  /[&<>"'`\u0000-\u0008\u000b-\u001f\u007f-\u009f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff\ufeff\ufff9-\ufffb]/;

/** Text as it may stand between tags and in a quoted attribute; control and direction characters are dropped. */
export function escapeHtml(text: string): string {
  return suspicious.test(text) ? plainText(text).replace(special, (found) => entities[found] ?? "") : text;
}

function written(part: Part): string {
  if (typeof part === "string") return escapeHtml(part);
  if (part === undefined || part === false) return "";
  if (typeof part === "number") return String(part);
  if (markup in part) return part[markup];
  let all = "";
  for (const one of part) all += written(one);
  return all;
}

const known = new WeakMap<TemplateStringsArray, readonly string[]>();

/**
 * The template's own pieces, once per template: without the indentation of the source (so no <pre> with text of its
 * own), and checked. An attribute without quotes could be left by a space: that is a bug, and says so at first use.
 */
function pieces(strings: TemplateStringsArray): readonly string[] {
  const before = known.get(strings);
  if (before !== undefined) return before;
  const open = strings.slice(0, -1).find((piece) => /=\s*$/u.test(piece));
  if (open !== undefined) throw new Error(`html: quote the attribute after ${JSON.stringify(open.slice(-40))}`);
  const made = strings.map((piece) => piece.replace(/[ \t]*\n\s*/gu, "\n"));
  known.set(strings, made);
  return made;
}

/** Escapes every hole; a SafeHtml goes in as it is, a list piece by piece. Attributes must be quoted. */
export function html(strings: TemplateStringsArray, ...parts: readonly Part[]): SafeHtml {
  const own = pieces(strings);
  let all = own[0] ?? "";
  for (let at = 0; at < parts.length; at++) all += written(parts[at]) + (own[at + 1] ?? "");
  return { [markup]: all };
}

/** Markup of our own, as it is. Only for constants of this code, and for what `markdown.ts` wrote tag by tag. */
export function raw(constant: string): SafeHtml {
  return { [markup]: constant };
}

/** The markup itself, to be sent. */
export function htmlText(safe: SafeHtml): string {
  return safe[markup];
}

const longestUrl = 2_000;

/**
 * The address in its normal form when it is plain http or https, else undefined: no scripts, no data, no
 * relative ones, no user names (`https://bank.example@evil.example` reads like another host).
 */
export function safeUrl(text: string): string | undefined {
  if (text.length > longestUrl) return undefined;
  const url = URL.parse(text.trim());
  if (url === null || (url.protocol !== "http:" && url.protocol !== "https:")) return undefined;
  return url.username === "" && url.password === "" ? url.href : undefined;
}
