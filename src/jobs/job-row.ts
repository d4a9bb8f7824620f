// A job as a file or a query tells it: what each field may be, and what becomes of it.
import { z } from "zod";
import { isFinished, jobStatuses, type Job } from "./job.ts";
import type { Instant } from "../lib/clock.ts";
import { suggest } from "../lib/nearest.ts";
import { oneLine } from "../lib/text.ts";

/** `is missing`, else what zod says. */
const missing = ({ input }: { readonly input?: unknown }): string | undefined =>
  input === undefined || input === null || input === "" ? "is missing" : undefined;
/** ISO 8601, or milliseconds since the epoch. A time without a zone is UTC. */
const Time = z
  .union([z.number(), z.string()], { error: (issue) => missing(issue) ?? "is no time" })
  .transform((value, context): Instant => {
    const zoned = typeof value === "string" && /T[\d:.]+$/.test(value) ? `${value}Z` : value;
    const at = typeof zoned === "number" ? zoned : Date.parse(zoned);
    if (Number.isFinite(at) && Math.abs(at) <= 8.64e15) return Math.round(at);
    context.addIssue({ code: "custom", message: "is no time" });
    return z.NEVER;
  });
const Name = z.string({ error: missing }).min(1, { error: missing }).max(1_000);
const strange = (status: unknown): string =>
  typeof status === "string"
    ? `there is no "${oneLine(status, 40)}"; ${suggest(status, jobStatuses)}`
    : "must be a text";
/** Null means absent, and so does an empty text. */
const maybe = <T extends z.ZodType>(type: T) =>
  z.preprocess((value) => (value === null || value === "" ? undefined : value), type.optional()).optional();

/** A job as the outside writes it; other keys are ignored. */
export const JobRow = z.object(
  {
    id: z.union([z.string().min(1).max(1_000), z.number()], { error: missing }),
    type: Name,
    project: Name,
    target: maybe(Name),
    trigger: maybe(Name),
    status: z.enum(jobStatuses, { error: (issue) => missing(issue) ?? strange(issue.input) }),
    created_at: Time,
    started_at: maybe(Time),
    finished_at: maybe(Time),
    message: maybe(z.string()),
    repository: maybe(Name),
    commit: maybe(Name),
    pull: maybe(z.int()),
    check: maybe(Name),
  },
  { error: "must be an object" },
);
export type JobRow = z.output<typeof JobRow>;

/** What is wrong with one, in a line. */
export function problemOf(error: z.ZodError): string {
  return error.issues
    .slice(0, 3)
    .map((issue) => `${issue.path.join(".") || "line"}: ${issue.message}`)
    .join("; ");
}

/** A finished job without `finished_at` ended `endedAt(created)`. */
export function jobOf(line: JobRow, endedAt: (createdAt: Instant) => Instant): Job {
  const job: Job = {
    id: String(line.id),
    type: line.type,
    project: line.project,
    status: line.status,
    createdAt: line.created_at,
    ...(line.target !== undefined && { target: line.target }),
    ...(line.trigger !== undefined && { trigger: line.trigger }),
    ...(line.started_at !== undefined && { startedAt: line.started_at }),
    ...(line.message !== undefined && { message: oneLine(line.message, 2_000) }),
    ...(line.repository !== undefined && { repository: line.repository }),
    ...(line.commit !== undefined && { commit: line.commit }),
    ...(line.pull !== undefined && { pull: line.pull }),
    ...(line.check !== undefined && { check: line.check }),
  };
  if (line.finished_at !== undefined) return { ...job, finishedAt: line.finished_at, finishedAtIs: "reported" };
  if (!isFinished(job)) return job;
  return { ...job, finishedAt: endedAt(job.startedAt ?? job.createdAt), finishedAtIs: "observed" };
}
