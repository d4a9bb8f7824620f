// When looks that fail are an alarm, and when looks that go well are its end. Pure; shared by all probes.
import { z } from "zod";
import type { Instant } from "../lib/clock.ts";

/** What the last looks came to. Figures stop where more of them would change nothing: a state that stands still is not written. */
export const Streak = z.object({
  failures: z.int(),
  successes: z.int(),
  /** When the trouble began: with the first failure of the row, not with the one that confirmed it. */
  since: z.number().optional(),
  firing: z.boolean(),
});
export type Streak = z.output<typeof Streak>;

export const unbroken: Streak = { failures: 0, successes: 0, firing: false };

export type Rule = {
  /** How many failures in a row are an alarm. */
  readonly failAfter: number;
  /** How many good looks in a row end it. */
  readonly recoverAfter: number;
};

export type Confirmed = {
  readonly streak: Streak;
  /** The alarm begins or ends with this look. */
  readonly turned?: "firing" | "resolved";
  /** When the trouble began; now, when there is none. */
  readonly since: Instant;
};

/** What one more look makes of it. */
export function confirm(before: Streak, well: boolean, rule: Rule, now: Instant): Confirmed {
  const failures = well ? 0 : Math.min(before.failures + 1, rule.failAfter);
  const successes = well ? Math.min(before.successes + 1, rule.recoverAfter) : 0;
  const since = before.since ?? now;
  if (before.firing && successes >= rule.recoverAfter)
    return { streak: { failures, successes, firing: false }, turned: "resolved", since };
  const firing = before.firing || failures >= rule.failAfter;
  // Good looks count only against an alarm.
  if (well && !firing) return { streak: unbroken, since: now };
  const streak = { failures, successes, since, firing };
  return firing && !before.firing ? { streak, turned: "firing", since } : { streak, since };
}
