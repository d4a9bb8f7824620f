// An alarm of the detector: what it is about, since when, and what speaks for its end.
import { z } from "zod";
import { minute, type Instant } from "../lib/clock.ts";

/** A job that ended while an alarm was open, or had just begun when it opened. */
export const Sign = z.object({
  began: z.number(),
  project: z.string(),
  /** How much likelier it is when all is well than while the trouble lasts, as a logarithm. */
  speaks: z.number(),
  red: z.boolean(),
});
export type Sign = Readonly<z.infer<typeof Sign>>;

export const Alarm = z.object({
  /** Which test raised it. */
  test: z.enum(["failing", "delay", "flow", "silence"]),
  kind: z.enum(["failing", "stuck", "slow", "silent"]),
  target: z.string().optional(),
  theta: z.number(),
  /** In which ways its jobs fail, in shares. */
  manner: z.object({ failed: z.number(), quick: z.number(), error: z.number() }),
  score: z.number(),
  threshold: z.number(),
  startsAt: z.number(),
  openedAt: z.number(),
  lastVoteAt: z.number(),
  signs: z.array(Sign),
  /** What was to be expected when it opened, and what came: when jobs come again the sums start anew. */
  counted: z.object({ expected: z.number(), seen: z.number() }).optional(),
  /** What people were told last; absent: nothing yet. */
  told: z
    .object({ failedJobs: z.number(), failedProjects: z.number(), critical: z.boolean(), recovering: z.boolean() })
    .optional(),
});
export type Alarm = z.infer<typeof Alarm>;

/** An alarm that people were told of and that ended, until that is told too. */
export const Ended = z.object({
  name: z.string(),
  kind: Alarm.shape.kind,
  target: z.string().optional(),
  startsAt: z.number(),
  endsAt: z.number(),
  critical: z.boolean(),
  summary: z.string(),
});
export type Ended = Readonly<z.infer<typeof Ended>>;

/** What it is called among the alarms of its type; the same trouble later has the same name. */
export function nameOf({ test, target }: Pick<Alarm, "test" | "target">): string {
  return target === undefined ? test : `${test}@${target}`;
}

const mostSigns = 200;

export function addSign(alarm: Alarm, sign: Sign, at: Instant): void {
  alarm.signs.push(sign);
  if (alarm.signs.length > mostSigns) alarm.signs.shift();
  alarm.lastVoteAt = Math.max(alarm.lastVoteAt, at);
}

/** One lucky minute at the edge of an outage looks like its end. */
export const leastOpen = 3 * minute;
