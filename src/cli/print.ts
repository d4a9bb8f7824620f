// Readable tables for people; `--json` for programs.
import { styleText } from "node:util";
import { tameJson } from "../lib/json.ts";
import { oneLine, plainText } from "../lib/text.ts";

/** Columns as wide as their longest cell; the last one takes what the terminal has left. */
export function table(
  head: readonly string[],
  rows: readonly (readonly string[])[],
  width = process.stdout.columns ?? 160,
): string {
  const cells = rows.map((row) => row.map((cell) => oneLine(cell, 500)));
  const widths = head.map((title, i) => Math.max(title.length, ...cells.map((row) => [...(row[i] ?? "")].length)));
  const before = widths.slice(0, -1).reduce((sum, each) => sum + each + 2, 0);
  const last = Math.max(20, width - before);
  const line = (row: readonly string[]): string =>
    row
      .map((cell, i) =>
        i === row.length - 1
          ? oneLine(cell === "" ? " " : cell, last)
          : cell + " ".repeat(Math.max(0, (widths[i] ?? 0) - [...cell].length)),
      )
      .join("  ")
      .trimEnd();
  return [styleText("dim", line(head), { stream: process.stdout }), ...cells.map(line)].join("\n");
}

export function say(text: string): void {
  process.stdout.write(`${text}\n`);
}

/** Prints `data` as JSON when that was asked for, else the words. */
export function print(json: boolean | undefined, data: unknown, words: () => string): void {
  say(json === true ? tameJson(JSON.stringify(data, null, 2)) : words());
}

/** Somebody else's words for a terminal: nothing that steers it, and lines after the first indented, so that they cannot pass for ours. */
export function quoted(text: string, indent = 2): string {
  return plainText(text).replaceAll("\n", `\n${" ".repeat(indent)}`);
}

/** `22 Nov 10:42` in UTC. */
export function shortTime(iso: string): string {
  const at = new Date(iso);
  const month = at.toLocaleString("en", { month: "short", timeZone: "UTC" });
  return `${at.getUTCDate()} ${month} ${iso.slice(11, 16)}`;
}
