// What a heartbeat hears: one sign of life of somebody's job.
import type { Instant } from "../lib/clock.ts";

export const pingWords = ["success", "fail", "start"] as const;

export type Ping = {
  readonly at: Instant;
  readonly said: (typeof pingWords)[number];
  /** As the job ended, where it told so. */
  readonly exitCode?: number;
  /** The end of what it sent along, usually of its log; empty when it sent nothing. */
  readonly log: string;
};

/** So much of the end of a log is kept. */
export const longestLog = 10_000;

/** What the last part of a ping's address says: nothing, `start`, `fail`, or an exit code. */
export function pingNamed(word: string): Pick<Ping, "said" | "exitCode"> | undefined {
  if (word === "") return { said: "success" };
  if (word === "start" || word === "fail") return { said: word };
  if (!/^\d{1,3}$/u.test(word) || Number(word) > 255) return undefined;
  const exitCode = Number(word);
  return { said: exitCode === 0 ? "success" : "fail", exitCode };
}
