// A job as a file or a query tells it: what each field may be, and what becomes of it.
import { z } from "zod";
import { isFinished, jobStatuses, type Job } from "./job.ts";
import type { Instant } from "../lib/clock.ts";
import { suggest } from "../lib/nearest.ts";
import { failed, ok, type Result } from "../lib/result.ts";
import { oneLine } from "../lib/text.ts";

/** `is missing`, else what zod says. */
const missing = ({ input }: { readonly input?: unknown }): string | undefined =>
  input === undefined || input === null || input === "" ? "is missing" : undefined;
/** ISO 8601, or milliseconds since the epoch. A time without a zone is UTC. */
function instantIn(value: unknown): Instant | undefined {
  const zoned = typeof value === "string" && /T[\d:.]+$/.test(value) ? `${value}Z` : value;
  const at = typeof zoned === "string" ? Date.parse(zoned) : zoned;
  return typeof at === "number" && Math.abs(at) <= 8.64e15 ? Math.round(at) : undefined;
}

const Time = z
  .union([z.number(), z.string()], { error: (issue) => missing(issue) ?? "is no time" })
  .transform((value, context): Instant => {
    const at = instantIn(value);
    if (at !== undefined) return at;
    context.addIssue({ code: "custom", message: "is no time" });
    return z.NEVER;
  });
const longestName = 1_000;
const Name = z.string({ error: missing }).min(1, { error: missing }).max(longestName);
const strange = (status: unknown): string =>
  typeof status === "string"
    ? `there is no "${oneLine(status, 40)}"; ${suggest(status, jobStatuses)}`
    : "must be a text";
/** Null means absent, and so does an empty text. */
const maybe = <T extends z.ZodType>(type: T) =>
  z.preprocess((value) => (value === null || value === "" ? undefined : value), type.optional()).optional();

/** A job as the outside writes it; other keys are ignored. */
const JobRow = z.object(
  {
    id: z.union([z.string().min(1).max(longestName), z.number()], { error: missing }),
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
type JobRow = z.output<typeof JobRow>;

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null && !Array.isArray(value);
const isName = (value: unknown): value is string =>
  typeof value === "string" && value !== "" && value.length <= longestName;
const isFigure = (value: unknown): value is number => typeof value === "number" && Number.isFinite(value);
const isAbsent = (value: unknown): value is null | undefined | "" =>
  value === null || value === undefined || value === "";

/**
 * A plain job, read ten times faster than by the schema: a history has a million. Whatever has an odd field is left to the
 * schema, which knows what to say of it.
 */
function plainJob(value: unknown): JobRow | undefined {
  if (!isObject(value)) return undefined;
  const { id, type, project, status, message, pull } = value;
  const known = jobStatuses.find((name) => name === status);
  const created_at = instantIn(value["created_at"]);
  if (!(isName(id) || isFigure(id)) || !isName(type) || !isName(project)) return undefined;
  if (known === undefined || created_at === undefined) return undefined;
  const row: JobRow = { id, type, project, status: known, created_at };
  for (const key of ["target", "trigger", "repository", "commit", "check"] as const) {
    const name = value[key];
    if (isName(name)) row[key] = name;
    else if (!isAbsent(name)) return undefined;
  }
  for (const key of ["started_at", "finished_at"] as const) {
    if (isAbsent(value[key])) continue;
    const at = instantIn(value[key]);
    if (at === undefined) return undefined;
    row[key] = at;
  }
  if (typeof message === "string" && message !== "") row.message = message;
  else if (!isAbsent(message)) return undefined;
  if (typeof pull === "number" && Number.isSafeInteger(pull)) row.pull = pull;
  else if (!isAbsent(pull)) return undefined;
  return row;
}

/** A job, or what is wrong with it. */
export function jobRowOf(value: unknown): Result<JobRow, string> {
  const plain = plainJob(value);
  if (plain !== undefined) return ok(plain);
  const parsed = JobRow.safeParse(value);
  return parsed.success ? ok(parsed.data) : failed(problemOf(parsed.error));
}

/** What is wrong with one, in a line. */
function problemOf(error: z.ZodError): string {
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
