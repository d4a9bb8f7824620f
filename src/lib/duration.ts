// Durations as people write them in a config (`90s`, `15m`, `2h`, `7d`) and read them in a sentence.
import { day, hour, minute, second } from "./clock.ts";
import { spoken } from "./language.ts";

const unitMs: Readonly<Record<string, number>> = { s: second, m: minute, h: hour, d: day };

/** A century: a longer one is a slip, and a time that far away is none that a Date can hold. */
const longest = 36_525 * day;

/** Milliseconds, or undefined when the text is no duration. Parts add up: `1h30m`. */
export function parseDuration(text: string): number | undefined {
  if (!/^(\d+[smhd])+$/.test(text)) return undefined;
  let total = 0;
  for (const [, figure, unit] of text.matchAll(/(\d+)([smhd])/g)) total += Number(figure) * (unitMs[unit ?? ""] ?? 0);
  return total <= longest ? total : undefined;
}

/** `1 h 18 min`, `4 min`, `30 s`, `2 d 3 h`: the two largest units, rounded down. */
export function sayDuration(ms: number): string {
  const parts: string[] = [];
  let left = Math.max(0, ms);
  for (const [unit, word] of [
    [day, spoken().dayUnit],
    [hour, "h"],
    [minute, "min"],
    [second, "s"],
  ] as const) {
    const figure = Math.floor(left / unit);
    left -= figure * unit;
    if (figure > 0) parts.push(`${figure} ${word}`);
    else if (parts.length > 0) break;
    if (parts.length === 2) break;
  }
  if (parts.length === 2 && parts[1]?.endsWith(" s")) parts.pop();
  return parts.length === 0 ? "0 s" : parts.join(" ");
}
