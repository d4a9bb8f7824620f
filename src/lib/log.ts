// JSON lines to stderr, for machines; a short coloured line on a terminal, for people.
import { pino, type Logger } from "pino";
import { styleText } from "node:util";
import { tameJson } from "./json.ts";
import { withoutKnownSecrets } from "./redact.ts";
import { oneLine } from "./text.ts";

export type Log = Logger;

const colours = { 20: "dim", 30: "cyan", 40: "yellow", 50: "red", 60: "red" } as const;
type Colour = "dim" | "cyan" | "yellow" | "red";
const words: Readonly<Record<number, string>> = { 20: "debug", 30: "info", 40: "warn", 50: "error", 60: "fatal" };

const paint = (colour: Colour, text: string): string => styleText(colour, text, { stream: process.stderr });

type Line = { level: number; time: number; msg?: string; [field: string]: unknown };

/** What strangers wrote must not steer the terminal that shows it. */
const longest = 2_000;

function pretty(json: string): string {
  const { level, time, msg, pid: _pid, hostname: _hostname, ...rest } = JSON.parse(json) as Line;
  const colour = colours[level as keyof typeof colours] ?? "dim";
  const fields = Object.entries(rest).map(([key, value]) =>
    paint("dim", oneLine(`${key}=${typeof value === "string" ? value : JSON.stringify(value)}`, longest)),
  );
  const clock = paint("dim", new Date(time).toISOString().slice(11, 19));
  return `${clock} ${paint(colour, (words[level] ?? "info").padEnd(5))} ${oneLine(msg ?? "", longest)} ${fields.join(" ")}\n`;
}

/** Secrets never reach a log: providers keep them out of errors, and these field names are blanked in case one slips. */
const redact = ["token", "password", "secret", "authorization", "*.token", "*.password", "*.secret", "*.authorization"];

type LogOptions = {
  readonly level?: string;
  readonly terminal?: boolean;
  readonly now?: () => number;
  /** Where lines go; stderr unless told. */
  readonly to?: { write(line: string): unknown };
};

export function makeLog(options: LogOptions = {}): Log {
  const { terminal = process.stderr.isTTY, to = process.stderr } = options;
  const write = (line: string): void => {
    const clean = withoutKnownSecrets(line);
    to.write(terminal ? pretty(clean) : tameJson(clean));
  };
  const timestamp = options.now === undefined ? true : (): string => `,"time":${options.now?.() ?? 0}`;
  return pino({ level: options.level ?? "info", redact, timestamp, base: null }, { write });
}

export const silentLog: Log = pino({ level: "silent" });
