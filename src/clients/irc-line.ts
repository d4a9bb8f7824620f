// IRC lines as text: reading, writing, and making untrusted text safe to say. Pure.
// The grammar: https://www.rfc-editor.org/rfc/rfc2812#section-2.3.1 and https://ircv3.net/specs/extensions/message-tags
import { oneLine } from "../lib/text.ts";

export type IrcLine = {
  readonly tags: Readonly<Record<string, string>>;
  /** Who says it: `nick!user@host`, or a server's name. */
  readonly prefix: string | undefined;
  readonly command: string;
  readonly params: readonly string[];
};

/** "IRC messages SHALL NOT exceed 512 characters … including the trailing CR-LF": RFC 2812, 2.3. Counted in bytes. */
const longestLine = 512;

const tagEscapes: Readonly<Record<string, string>> = { ":": ";", s: " ", r: "\r", n: "\n", "\\": "\\" };

function parseTags(text: string): Readonly<Record<string, string>> {
  const pairs = text.split(";").map((tag) => {
    const [key = "", ...value] = tag.split("=");
    return [key, value.join("=").replace(/\\(.?)/gsu, (_, escaped: string) => tagEscapes[escaped] ?? escaped)] as const;
  });
  return Object.fromEntries(pairs.filter(([key]) => key !== ""));
}

/** Reads one line without its CR LF; undefined when it is no IRC line. */
export function parseLine(raw: string): IrcLine | undefined {
  const parts = /^(?:@([^ ]+) +)?(?::([^ ]+) +)?([A-Za-z]+|\d{3})(?= |$)(.*)$/su.exec(raw);
  if (parts === null || /[\r\n\0]/u.test(raw)) return undefined;
  const [, tags, prefix, command = "", rest = ""] = parts;
  const cut = rest.indexOf(" :");
  const middle = (cut === -1 ? rest : rest.slice(0, cut)).split(" ").filter((param) => param !== "");
  const params = cut === -1 ? middle : [...middle, rest.slice(cut + 2)];
  return { tags: tags === undefined ? {} : parseTags(tags), prefix, command: command.toUpperCase(), params };
}

/** `alice` of `alice!user@host`. */
export function nickOf(prefix: string | undefined): string {
  return (prefix ?? "").split("!")[0] ?? "";
}

/**
 * Nicks and channels compare without case, and `{}|^` are the lower case of `[]\~`:
 * https://www.rfc-editor.org/rfc/rfc2812#section-2.2
 */
export function foldName(name: string): string {
  return name.toLowerCase().replaceAll("[", "{").replaceAll("]", "}").replaceAll("\\", "|").replaceAll("~", "^");
}

/**
 * Writes one line, without its CR LF. The last parameter may hold anything but line breaks; a break, or a space in an
 * earlier one, is a bug of the caller. The error never repeats the text: it may be a password.
 */
export function formatLine(command: string, ...params: readonly string[]): string {
  const last = params.length - 1;
  const written = params.map((param, place) => {
    if (/[\r\n\0]/u.test(param)) throw new RangeError(`parameter ${place + 1} of ${command} holds a line break`);
    const plain = param !== "" && !param.includes(" ") && !param.startsWith(":");
    if (place === last) return plain && command !== "PRIVMSG" ? param : `:${param}`;
    if (!plain) throw new RangeError(`parameter ${place + 1} of ${command} is empty or holds a space`);
    return param;
  });
  return [command, ...written].join(" ");
}

// The codes for colours take figures with them; all others are single control characters, CTCP's \x01 among them.
// https://modern.ircdocs.horse/formatting
const colours = /\u0003(?:\d{1,2}(?:,\d{1,2})?)?|\u0004(?:[0-9a-f]{6}(?:,[0-9a-f]{6})?)?/giu;

/** Untrusted text, made harmless: one line, no control characters, no formatting codes, no direction marks; at most `max` characters. */
export function sanitise(text: string, max?: number): string {
  return oneLine(text.replace(colours, ""), max);
}

/** How many bytes of text fit into the line that others get to read: `:nick!user@host PRIVMSG #channel :TEXT\r\n`. */
export function roomForText(prefix: string, target: string): number {
  return longestLine - Buffer.byteLength(`:${prefix} PRIVMSG ${target} :\r\n`);
}

let segmenter: Intl.Segmenter | undefined;

/** ICU's tables cost 15 ms to load: not before the first word that is too long. */
function graphemes(word: string): Intl.Segments {
  segmenter ??= new Intl.Segmenter("en", { granularity: "grapheme" });
  return segmenter.segment(word);
}

/** The pieces of a word that is too long: whole graphemes, and whole code points where one grapheme alone is too long. */
function cutWord(word: string, bytes: number): readonly string[] {
  const pieces: string[] = [];
  let piece = "";
  const add = (part: string): void => {
    if (piece !== "" && Buffer.byteLength(piece + part) > bytes) {
      pieces.push(piece);
      piece = "";
    }
    piece += part;
  };
  for (const { segment } of graphemes(word)) {
    if (Buffer.byteLength(segment) <= bytes) add(segment);
    else for (const point of segment) add(point);
  }
  return [...pieces, piece];
}

/**
 * Splits one line of text into pieces of at most `bytes` bytes of UTF-8, at spaces where that is possible and never
 * inside a code point. A word (a link) is cut only when it is longer than a whole piece.
 */
export function splitText(text: string, bytes: number): readonly string[] {
  // The longest code point has four bytes; less room than that would never end.
  if (bytes < 4) throw new RangeError(`no room for text: ${bytes} bytes`);
  const pieces: string[] = [];
  let piece = "";
  for (const word of text.split(" ")) {
    const longer = piece === "" ? word : `${piece} ${word}`;
    if (Buffer.byteLength(longer) <= bytes) {
      piece = longer;
      continue;
    }
    if (piece !== "") pieces.push(piece);
    const cut = cutWord(word, bytes);
    pieces.push(...cut.slice(0, -1));
    piece = cut.at(-1) ?? "";
  }
  return piece === "" ? pieces : [...pieces, piece];
}
