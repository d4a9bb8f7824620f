// JSON lines to stderr, for machines; a short coloured line on a terminal, for people.
import { pino, type Logger } from "pino";
import { styleText } from "node:util";

export type Log = Logger;

const colours = { 20: "dim", 30: "cyan", 40: "yellow", 50: "red", 60: "red" } as const;
const words: Readonly<Record<number, string>> = { 20: "debug", 30: "info", 40: "warn", 50: "error", 60: "fatal" };

type Line = { level: number; time: number; msg?: string; [field: string]: unknown };

function pretty(json: string): string {
  const { level, time, msg, pid: _pid, hostname: _hostname, ...rest } = JSON.parse(json) as Line;
  const colour = colours[level as keyof typeof colours] ?? "dim";
  const fields = Object.entries(rest).map(([key, value]) =>
    styleText("dim", `${key}=${typeof value === "string" ? value : JSON.stringify(value)}`),
  );
  const clock = styleText("dim", new Date(time).toISOString().slice(11, 19));
  return `${clock} ${styleText(colour, (words[level] ?? "info").padEnd(5))} ${msg ?? ""} ${fields.join(" ")}\n`;
}

/** Secrets never reach a log: providers keep them out of errors, and these field names are blanked in case one slips. */
const redact = ["token", "password", "secret", "authorization", "*.token", "*.password", "*.secret", "*.authorization"];

export function makeLog(options: { level?: string; terminal?: boolean; now?: () => number } = {}): Log {
  const terminal = options.terminal ?? process.stderr.isTTY;
  const write = (line: string): void => void process.stderr.write(terminal ? pretty(line) : line);
  const timestamp = options.now === undefined ? true : (): string => `,"time":${options.now?.() ?? 0}`;
  return pino({ level: options.level ?? "info", redact, timestamp, base: null }, { write });
}

export const silentLog: Log = pino({ level: "silent" });
