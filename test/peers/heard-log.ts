// A log that a test listens to: to wait for what it says, and to look for what it must never say.
import { pino } from "pino";
import type { Log } from "../../src/lib/log.ts";
import { desk } from "./desk.ts";

export type HeardLog = {
  readonly log: Log;
  /** Each line so far, as JSON. */
  readonly lines: readonly string[];
  expects(pattern: RegExp, timeoutMs?: number): Promise<string>;
};

export function heardLog(): HeardLog {
  const lines: string[] = [];
  const heard = desk("log line");
  const write = (line: string): void => {
    lines.push(line);
    heard.arrives(line);
  };
  return {
    log: pino({ level: "trace", base: null }, { write }),
    lines,
    expects: (pattern, timeoutMs = 10_000) => heard.expects(pattern, timeoutMs),
  };
}
