// The head of a Markdown file as people write it: the opening fence forgotten, keys in any case or slightly wrong, no YAML at all
// on one line. Hugo takes some of it and drops the rest without a word; here every slip is a note. Pure.
import { isMap, isScalar, isSeq, LineCounter, parseDocument } from "yaml";
import { nearest } from "../lib/nearest.ts";
import { failed, ok, type Result } from "../lib/result.ts";

export type FrontMatter = {
  /** Keys in small letters; every value is text or a list of texts, as written. */
  readonly fields: ReadonlyMap<string, Field>;
  readonly body: string;
  readonly notes: readonly string[];
};

export type Field = { readonly value: string; readonly list: readonly string[]; readonly line: number };

/** What went wrong, and in which line of the file. */
export type BrokenHead = { readonly line: number; readonly because: string };

const longestHead = 32_768;
const fence = /^---[ \t]*$/u;

type Cut = { readonly head: readonly string[]; readonly first: number; readonly body: string; readonly note?: string };

/** Where the head is: between two fences, or up to the only one, or as far as lines look like `key: value`. */
function cut(text: string): Result<Cut, BrokenHead> {
  const lines = text.replace(/^\ufeff/u, "").split(/\r?\n/u);
  const start = lines.findIndex((line) => line.trim() !== "");
  const opening = lines[start] ?? "";
  if (start === -1) return failed({ line: 1, because: "the file is empty" });
  if (/^(\+\+\+|\{)/u.test(opening))
    return failed({ line: start + 1, because: `its front matter is ${opening.startsWith("+") ? "TOML" : "JSON"}; only YAML is read` }); // prettier-ignore
  const from = fence.test(opening) ? start + 1 : start;
  if (from === start && !/^["']?[A-Za-z][\w-]*["']?\s*:/u.test(opening))
    return failed({ line: start + 1, because: "it has no front matter" });
  const to = lines.findIndex((line, i) => i >= from && fence.test(line));
  const rest = (at: number): string => lines.slice(at).join("\n").trim();
  const forgotten = from === start ? { note: "the --- before the front matter is missing" } : {};
  if (to !== -1) return ok({ head: lines.slice(from, to), first: from + 1, body: rest(to + 1), ...forgotten });
  const blank = lines.findIndex((line, i) => i >= from && line.trim() === "");
  const end = blank === -1 ? lines.length : blank;
  return ok({
    head: lines.slice(from, end),
    first: from + 1,
    body: rest(end),
    note: `the --- after the front matter is missing${from === start ? ", and so is the one before it" : ""}`,
  });
}

/** `known`: the keys that mean something, in small letters; what is nearly one of them is taken for it. */
export function readFrontMatter(text: string, known: readonly string[]): Result<FrontMatter, BrokenHead> {
  const found = cut(text);
  if (!found.ok) return found;
  const { head, first, body, note } = found.value;
  const source = head.join("\n");
  if (source.length > longestHead) return failed({ line: first, because: "its front matter is far too long" });
  const notes = note === undefined ? [] : [note];
  const read = asYaml(source, first) ?? byLines(head, first);
  if (!read.ok) return read;
  notes.push(...read.value.notes);
  const fields = new Map<string, Field>();
  const strangers: (readonly [string, Field])[] = [];
  for (const [name, field] of read.value.fields) {
    const key = name.toLowerCase();
    if (!known.includes(key)) {
      strangers.push([name, field]);
      continue;
    }
    if (fields.has(key)) notes.push(`line ${field.line}: ${key} stands there twice; the last one counts`);
    fields.set(key, field);
  }
  for (const [name, field] of strangers) {
    const meant = nearest(name.replaceAll(/[_-]/gu, ""), known.filter((key) => !fields.has(key))); // prettier-ignore
    if (meant === undefined || Math.abs(meant.length - name.length) > 2) continue;
    notes.push(`line ${field.line}: "${name}" is taken for "${meant}"`);
    fields.set(meant, field);
  }
  return ok({ fields, body, notes });
}

type Loose = { readonly fields: readonly (readonly [string, Field])[]; readonly notes: readonly string[] };

/** Undefined when it is no YAML. Every value stays the text that it is: a date is not made a date, nor `no` a lie. */
function asYaml(source: string, first: number): Result<Loose, BrokenHead> | undefined {
  const lines = new LineCounter();
  try {
    const document = parseDocument(source, {
      lineCounter: lines,
      schema: "failsafe",
      uniqueKeys: false,
      logLevel: "silent",
    });
    if (document.errors.length > 0 || !isMap(document.contents)) return undefined;
    const fields = document.contents.items.flatMap(({ key, value }): readonly (readonly [string, Field])[] => {
      if (!isScalar(key)) return [];
      const line = lines.linePos(key.range?.[0] ?? 0).line + first - 1;
      const texts = isSeq(value) ? value.items.map(textOf) : [];
      return [[textOf(key), { value: textOf(value), list: texts.filter((one) => one !== ""), line }]];
    });
    return ok({ fields, notes: [] });
  } catch {
    // Nested deeper than the stack.
    return undefined;
  }
}

/** A scalar; of anything nested, nothing. */
function textOf(node: unknown): string {
  return isScalar(node) && typeof node.value === "string" ? node.value.trim() : "";
}

/** What is no YAML is read line by line: `key: value`, and `- item` below a key without one. */
function byLines(head: readonly string[], first: number): Result<Loose, BrokenHead> {
  const fields: (readonly [string, { value: string; list: string[]; line: number }])[] = [];
  for (const [i, line] of head.entries()) {
    const [, name, value = ""] = /^["']?([A-Za-z][\w-]*)["']?\s*:\s*(.*)$/u.exec(line) ?? [];
    const item = /^\s*-\s+(.*)$/u.exec(line)?.[1];
    if (name !== undefined) fields.push([name, { value: unquoted(value), list: [], line: first + i }]);
    else if (item !== undefined) fields.at(-1)?.[1].list.push(unquoted(item));
  }
  if (fields.length === 0) return failed({ line: first, because: "its front matter cannot be read" });
  return ok({ fields, notes: [`line ${first}: the front matter is no YAML; it was read line by line`] });
}

function unquoted(text: string): string {
  const plain = text.trim();
  return /^(["']).*\1$/su.test(plain) ? plain.slice(1, -1).trim() : plain.replace(/^["']|["']$/gu, "").trim();
}
