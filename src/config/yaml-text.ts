// YAML as people write it by hand: every syntax error at its place, in our words, never quoting what stands there.
import { isAlias, isScalar, LineCounter, parseDocument, visit, type Document, type YAMLParseError } from "yaml";
import { failed, ok, reasonOf, type Result } from "../lib/result.ts";

/** A config of a thousand components has a tenth of this. */
const mostBytes = 1_000_000;

/** An error at an offset into the text. */
type Broken = { readonly offset: number; readonly message: string };

export type YamlText = {
  readonly document: Document;
  readonly lines: LineCounter;
  readonly raw: unknown;
};
export type SyntaxError = { readonly line: number; readonly column: number; readonly message: string };

/** One slip makes many errors; the first few lead to it. */
const mostErrors = 20;

type Code = YAMLParseError["code"];
const quotes = (sign: string): string => `a value that begins with ${sign} must be in quotes`;

const words: Partial<Record<Code, string>> = {
  BAD_ALIAS: quotes("*"),
  BAD_DQ_ESCAPE: "between \"…\" a backslash begins an escape; write \\\\ or use '…' instead",
  BAD_INDENT: "this stands too far left or right; entries that belong together begin in the same column",
  BAD_DIRECTIVE: quotes("%"),
  BLOCK_AS_IMPLICIT_KEY: "a second key on one line; put a value with a colon in it in quotes",
  KEY_OVER_1024_CHARS: "this key is longer than a key can be",
  MULTILINE_IMPLICIT_KEY: "this is no key with a value; a colon and a space must follow the key",
  MULTIPLE_DOCS: "the config ends at ---; it must be one document",
  NON_STRING_KEY: "a key must be text",
  RESOURCE_EXHAUSTION: "this is nested too deeply",
  TAB_AS_INDENT: "a tab; indent with spaces",
  TAG_RESOLVE_FAILED: quotes("!"),
};

/** `sign`: the character that the error points to, so that the usual slips have words of their own. */
function say({ code, message }: YAMLParseError, sign: string): string {
  if (code === "BAD_SCALAR_START") return quotes(sign);
  if (code === "BAD_INDENT" && message.startsWith("Flow")) return "the bracket or brace before this is never closed";
  if (code === "MISSING_CHAR" && message.includes("quote")) return "the quote before this is never closed";
  if (code === "MISSING_CHAR" && message.includes("map values")) return "a colon and a space must follow a key";
  if (code === "UNEXPECTED_TOKEN") {
    if (message.startsWith("Block scalar"))
      return "the text after | or > begins on the next line; else put it in quotes";
    if (message.includes("node end")) return "this follows a value that has ended already; put the whole in quotes";
    if (message.includes("block-seq-ind")) return "a list begins on the next line; else put the value in quotes";
    return sign === ""
      ? "the file ends too early"
      : `this does not fit here; is a quote or a bracket missing before it?`;
  }
  return words[code] ?? "this is no YAML";
}

/** What YAML lets pass, and is a slip: a star or an ampersand at the front of a password is YAML's own, and swallows it. */
function slips(document: Document, lines: LineCounter): readonly Broken[] {
  const broken: Broken[] = [];
  visit(document, {
    // The parser's own check takes a time that grows with the square of the keys.
    Map(_key, map) {
      const seen = new Map<string, number>();
      for (const { key } of map.items) {
        if (!isScalar(key)) continue;
        const offset = key.range?.[0] ?? 0;
        const before = seen.get(String(key.value));
        seen.set(String(key.value), before ?? offset);
        if (before !== undefined)
          broken.push({ offset, message: `this key is written already (line ${lines.linePos(before).line})` });
      }
    },
    Node(_key, node) {
      const offset = node.range?.[0] ?? 0;
      if (isAlias(node) && node.resolve(document) === undefined)
        broken.push({
          offset,
          message: quotes("*"),
        });
      if (isScalar(node) && node.anchor !== undefined && node.value === null)
        broken.push({ offset, message: quotes("&") });
    },
  });
  return broken;
}

// The byte order mark of UTF-8, which some editors write.
const mark = "\ufeff";
const control = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f]/;

/** The text of a file, which must be UTF-8. */
export function decode(bytes: Uint8Array): Result<string, SyntaxError> {
  if (bytes.length > mostBytes) return failed({ line: 1, column: 1, message: "the file is larger than 1 MB" });
  const text = new TextDecoder("utf-8", { ignoreBOM: true }).decode(bytes);
  if (Buffer.from(text).equals(bytes)) return ok(text);
  const utf16 = (bytes[0] === 0xff && bytes[1] === 0xfe) || (bytes[0] === 0xfe && bytes[1] === 0xff);
  if (utf16) return failed({ line: 1, column: 1, message: "the file is UTF-16; save it as UTF-8" });
  const before = text.slice(0, text.indexOf("\ufffd")).split("\n");
  const column = (before.at(-1) ?? "").length + 1;
  return failed({ line: before.length, column, message: "this is not UTF-8; save the file as UTF-8" });
}

/** Parses the text, or tells all that is wrong with it. */
export function parseYaml(given: string): Result<YamlText, readonly SyntaxError[]> {
  const text = given.startsWith(mark) ? given.slice(mark.length) : given;
  const lines = new LineCounter();
  const fail = (broken: readonly Broken[]): Result<YamlText, readonly SyntaxError[]> =>
    failed(
      broken.map(({ offset, message }) => {
        const { line, col } = lines.linePos(offset);
        return { line: Math.max(1, line), column: Math.max(1, col), message };
      }),
    );
  if (text.length > mostBytes) return fail([{ offset: 0, message: "the file is larger than 1 MB" }]);
  const document = parseDocument(text, {
    lineCounter: lines,
    prettyErrors: false,
    stringKeys: true,
    uniqueKeys: false,
  });
  const odd = control.exec(text);
  if (odd !== null) return fail([{ offset: odd.index, message: "a control character; this must be text" }]);
  const signAt = (offset: number): string => text.slice(offset, offset + 1).trim();
  const wrong = [...document.errors, ...document.warnings].map((error) => ({
    offset: error.pos[0],
    message: say(error, signAt(error.pos[0])),
  }));
  const broken = [...wrong, ...slips(document, lines)].toSorted((a, b) => a.offset - b.offset);
  if (broken.length > 0) {
    const first = broken.filter((error, i) => {
      const before = broken[i - 1];
      return before === undefined || lines.linePos(before.offset).line < lines.linePos(error.offset).line;
    });
    return fail(first.slice(0, mostErrors));
  }
  try {
    const raw: unknown = document.toJS({ maxAliasCount: 100 });
    return ok({ document, lines, raw });
  } catch (thrown) {
    // References to references to references: https://en.wikipedia.org/wiki/Billion_laughs_attack
    const many = reasonOf(thrown).includes("alias");
    return fail([{ offset: 0, message: many ? "too much is repeated with *" : "the file cannot be understood" }]);
  }
}
