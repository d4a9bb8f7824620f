// Text for terminals: how wide it is there, and wrapped so that no line is wider than asked.

// East Asian wide and fullwidth characters and emoji take two columns; combining marks none
// (https://www.unicode.org/reports/tr11/). A rule of thumb, wide rather than narrow in doubt.
const wide =
  /[\u1100-\u115f\u2e80-\u303e\u3041-\ua4cf\ua960-\ua97f\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6\u{1f000}-\u{1faff}\u{20000}-\u{3fffd}]|\p{Emoji_Presentation}/u;
const none = /^(?:\p{Mn}|\p{Me}|[\u200b-\u200d]|[\ufe00-\ufe0f])$/u;

function columnsOf(character: string): number {
  if (character < "\u0300") return 1;
  if (none.test(character)) return 0;
  return wide.test(character) ? 2 : 1;
}

/** How many columns a line takes. */
export function columns(text: string): number {
  let sum = 0;
  for (const character of text) sum += columnsOf(character);
  return sum;
}

/** A word that is wider than a line is cut, however bad that is for it. */
function cut(word: string, width: number): readonly string[] {
  const pieces: string[] = [];
  let piece = "";
  let taken = 0;
  for (const character of word) {
    const more = columnsOf(character);
    if (taken + more > width && piece !== "") {
      pieces.push(piece);
      [piece, taken] = ["", 0];
    }
    piece += character;
    taken += more;
  }
  return [...pieces, piece];
}

function wrapLine(line: string, width: number): readonly string[] {
  const lines: string[] = [];
  let current = "";
  for (const word of line.split(/\s+/u).filter((one) => one !== "")) {
    const together = current === "" ? word : `${current} ${word}`;
    if (columns(together) <= width) {
      current = together;
      continue;
    }
    if (current !== "") lines.push(current);
    const pieces = cut(word, width);
    lines.push(...pieces.slice(0, -1));
    current = pieces.at(-1) ?? "";
  }
  return [...lines, current];
}

/** Wraps at spaces; each line begins with `indent`, and none is wider than `width` with it. Line breaks stay. */
export function wrap(text: string, width: number, indent = ""): string {
  const room = Math.max(2, width - columns(indent));
  const lines = text.split("\n").flatMap((line) => wrapLine(line, room));
  return lines.map((line) => `${indent}${line}`.trimEnd()).join("\n");
}

/** As `padEnd`, by columns. */
export function pad(text: string, width: number): string {
  return text + " ".repeat(Math.max(0, width - columns(text)));
}
