// What every detector of job streams is: a pure machine that is fed what changed, and says what is wrong.
import type { Alert } from "../alerts/alert.ts";
import type { Feedback } from "../alerts/feedback.ts";
import type { Job } from "../jobs/job.ts";
import type { Instant } from "../lib/clock.ts";

export type Detector<S> = {
  start(): S;
  save(state: S): Uint8Array;
  /** Undefined when the bytes are broken or another version's: start anew. */
  load(bytes: Uint8Array): S | undefined;
  /** Takes jobs in and says nothing yet: for a history that comes in batches, of which only the last shows what is wrong now. */
  learn(state: S, changed: readonly Job[], now: Instant): S;
  /** Jobs are judged by the times they carry, not by when they are read; an alarm that is over by `now` is not told. */
  step(
    state: S,
    changed: readonly Job[],
    now: Instant,
    feedback: Feedback,
  ): { readonly state: S; readonly alerts: readonly Alert[] };
};
