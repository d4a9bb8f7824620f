// One job of a CI service, as a detector may know it at one moment.
import type { Instant } from "../lib/clock.ts";

export const jobStatuses = ["pending", "running", "success", "failure", "error", "canceled"] as const;
/** `failure` ran and was red; `error` could not run; `canceled` carries no vote. */
export type JobStatus = (typeof jobStatuses)[number];

export type Job = {
  readonly id: string;
  readonly type: string;
  readonly project: string;
  readonly target?: string;
  /** What set it off (a push, a pull request at a commit): jobs of one trigger are siblings. */
  readonly trigger?: string;
  readonly status: JobStatus;
  readonly createdAt: Instant;
  readonly startedAt?: Instant;
  readonly finishedAt?: Instant;
  /** `observed`: the table has no finish time, so our first sight of the end is one. */
  readonly finishedAtIs?: "reported" | "observed";
  readonly message?: string;
  readonly repository?: string;
  readonly commit?: string;
  readonly pull?: number;
  readonly check?: string;
};

export function isFinished(job: Job): boolean {
  return job.status !== "pending" && job.status !== "running";
}

export function isRed(job: Job): boolean {
  return job.status === "failure" || job.status === "error";
}
