// iCalendar as it is written (RFC 5545): lines that end with CRLF, folded at 75 octets, texts escaped.
import type { Instant } from "../lib/clock.ts";
import { plainText } from "../lib/text.ts";

/** `name`, with its parameters, and a value in the form of its type. */
export type CalendarLine = readonly [name: string, value: string];

const mostOctets = 75;

/** https://www.rfc-editor.org/rfc/rfc5545#section-3.1: a line goes on after a line break and a space; no character is cut. */
function fold(line: string): string {
  const lines: string[] = [];
  let current = "";
  let octets = 0;
  for (const character of line) {
    const more = Buffer.byteLength(character);
    if (octets + more > mostOctets) {
      lines.push(current);
      [current, octets] = [" ", 1];
    }
    current += character;
    octets += more;
  }
  return [...lines, current].join("\r\n");
}

/** https://www.rfc-editor.org/rfc/rfc5545#section-3.3.11 */
export function calendarText(text: string): string {
  return plainText(text)
    .replace(/[\\;,]/gu, (sign) => `\\${sign}`)
    .replace(/\n/gu, "\\n");
}

/** In UTC, which needs no table of zones. */
export function calendarTime(at: Instant): string {
  return `${new Date(at).toISOString().slice(0, 19).replace(/[-:]/gu, "")}Z`;
}

const block = (name: string, lines: readonly CalendarLine[]): readonly CalendarLine[] => [
  ["BEGIN", name],
  ...lines,
  ["END", name],
];

/** A whole calendar of events. */
export function calendar(head: readonly CalendarLine[], events: readonly (readonly CalendarLine[])[]): string {
  const lines = block("VCALENDAR", [...head, ...events.flatMap((event) => block("VEVENT", event))]);
  return lines.map(([name, value]) => `${fold(`${name}:${value}`)}\r\n`).join("");
}
