// Making untrusted text safe to print on one line: no control characters, no bidirectional overrides.

// C0, DEL, C1; line and paragraph separators; bidi embeddings, overrides, isolates and marks
// (https://www.unicode.org/reports/tr9/#Directional_Formatting_Characters); BOM and interlinear marks.
const controls = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f]/gu;
const invisible = /[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff\ufff9-\ufffb]/gu;
const breaks = /[\s\u2028\u2029]+/gu;

/** Keeps line breaks and tabs; drops what could steer a terminal, an IRC client or the direction of text. */
export function plainText(text: string): string {
  return text.toWellFormed().replace(/\r\n?/gu, "\n").replace(controls, "").replace(invisible, "");
}

/** As `plainText`, on one line, at most `max` characters, an ellipsis where it was cut. */
export function oneLine(text: string, max = 1_000): string {
  const flat = plainText(text).replace(breaks, " ").trim();
  // Never more characters than code units.
  if (flat.length <= max) return flat;
  const characters = [...flat];
  return characters.length <= max ? flat : `${characters.slice(0, Math.max(0, max - 1)).join("")}…`;
}

/** `3 projects`, `1 project`. */
export function count(n: number, noun: string): string {
  return `${n} ${noun}${n === 1 ? "" : "s"}`;
}

/** `a, b and c`. */
export function list(items: readonly string[]): string {
  const last = items.at(-1) ?? "";
  return items.length < 2 ? last : `${items.slice(0, -1).join(", ")} and ${last}`;
}
