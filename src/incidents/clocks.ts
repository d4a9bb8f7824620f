// The six clocks of an incident, all published with it.
import type { Instant } from "../lib/clock.ts";

export type Clocks = {
  /** From the data, or given. */
  readonly started: Instant;
  /** When it was opened. */
  readonly detected: Instant;
  readonly acknowledged?: Instant;
  readonly published?: Instant;
  /** First `monitoring` since the last reopen. */
  readonly mitigated?: Instant;
  readonly resolved?: Instant;
};

export const clockNames = ["started", "detected", "acknowledged", "published", "mitigated", "resolved"] as const;

export const phases = ["investigating", "identified", "monitoring", "resolved"] as const;
export type Phase = (typeof phases)[number];

export const phaseWords: Readonly<Record<Phase, string>> = {
  investigating: "Investigating",
  identified: "Identified",
  monitoring: "Monitoring",
  resolved: "Resolved",
};

/** What an update may be: of a phase, or what was written when all was over. */
export type Saying = Phase | "postmortem";

export const sayingWords: Readonly<Record<Saying, string>> = { ...phaseWords, postmortem: "Post-mortem" };

/** The past as short as can be: what there is, when it was, and by its version whether it has changed. */
export type PublicIndexEntry = {
  readonly number: number;
  readonly version: number;
  readonly startedAt: Instant;
  readonly endedAt?: Instant;
};
