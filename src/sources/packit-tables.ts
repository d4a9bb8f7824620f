// Packit's tables as jobs: every status in one table, what is read of each row, and what a row means.
// The schema is that of packit-service: https://github.com/packit/packit-service/blob/main/packit_service/models.py
import { z } from "zod";
import type { Job, JobStatus } from "../jobs/job.ts";
import type { Instant } from "../lib/clock.ts";
import { oneLine } from "../lib/text.ts";
import { observedEnd } from "./observed.ts";

export const packitTypes = ["srpm_build", "copr_build", "testing_farm", "koji_build"] as const;
export type PackitType = (typeof packitTypes)[number];

// `failure` is every unsuccessful Copr result, whosever fault it was; `error` is Packit's own trouble.
const builds = {
  waiting_for_srpm: "pending",
  pending: "pending",
  retry: "pending",
  success: "success",
  failure: "failure",
  error: "error",
  canceled: "canceled",
} as const;

/** Every label that a row can hold. NULL and labels that are not here count as pending. */
export const packitStatuses: Readonly<Record<PackitType, Readonly<Record<string, JobStatus>>>> = {
  srpm_build: builds,
  copr_build: builds,
  testing_farm: {
    new: "pending",
    queued: "pending",
    retry: "pending",
    running: "running",
    cancel_requested: "running",
    "cancel-requested": "running", // a dead label of the enum, added by mistake
    passed: "success",
    failed: "failure",
    needs_inspection: "failure",
    error: "error",
    unknown: "error", // what Testing Farm's own faults become
    skipped: "canceled",
    canceled: "canceled",
    complete: "canceled", // ended without a result: no vote
  },
  // Free text, in Koji's case.
  koji_build: { ...builds, queued: "pending", running: "running", skipped: "canceled", neutral: "canceled" },
};

type Table = {
  readonly name: string;
  /** The column of `pipelines` that leads to a row, and the column of the row that it names. */
  readonly pipeline: readonly [pipelines: string, row: string];
  readonly groups?: string;
  /** Has build_start_time and build_finished_time. */
  readonly timed: boolean;
  readonly targeted: boolean;
  readonly identified: boolean;
  /** Where the reason of a failure is. */
  readonly message?: string;
  /** The first part of a check's name. */
  readonly check?: string;
  /** The column with the name that the upstream has for it. */
  readonly upstream?: string;
};

export const packitTables: Readonly<Record<PackitType, Table>> = {
  srpm_build: {
    name: "srpm_builds",
    upstream: "copr_build_id",
    pipeline: ["srpm_build_id", "id"],
    timed: true,
    targeted: false,
    identified: false,
  },
  copr_build: {
    name: "copr_build_targets",
    upstream: "build_id",
    pipeline: ["copr_build_group_id", "copr_build_group_id"],
    groups: "copr_build_groups",
    timed: true,
    targeted: true,
    identified: true,
    check: "rpm-build",
  },
  testing_farm: {
    name: "tft_test_run_targets",
    upstream: "pipeline_id",
    pipeline: ["test_run_group_id", "tft_test_run_group_id"],
    groups: "tft_test_run_groups",
    timed: false,
    targeted: true,
    identified: true,
    check: "testing-farm",
  },
  koji_build: {
    name: "koji_build_targets",
    pipeline: ["koji_build_group_id", "koji_build_group_id"],
    groups: "koji_build_groups",
    timed: true,
    targeted: true,
    identified: false,
    message: "t.data->>'error'",
  },
};

/** extract() takes a time without zone as it stands: UTC, whatever the session's time zone is. */
const epochMs = (column: string): string => `(extract(epoch FROM ${column}) * 1000)::float8`;

const narrow = (table: Table): string =>
  `SELECT id, status::text AS status, ${table.timed ? "build_start_time IS NOT NULL" : "false"} AS started FROM ${table.name}`;

const wide = (table: Table, which: string): string => {
  const [pipelines, row] = table.pipeline;
  return `SELECT t.id, t.status::text AS status,
    ${table.targeted ? "t.target" : "NULL"} AS target, ${table.identified ? "t.identifier" : "NULL"} AS identifier,
    ${epochMs("t.submitted_time")} AS submitted, ${table.groups ? epochMs("g.submitted_time") : "NULL"} AS group_submitted,
    ${table.timed ? `${epochMs("t.build_start_time")} AS started, ${epochMs("t.build_finished_time")} AS finished` : "NULL AS started, NULL AS finished"},
    ${table.message ?? "NULL"} AS message, p.id AS pipeline, ${epochMs("p.datetime")} AS pipeline_at, p.package_name AS package,
    s.status::text AS srpm, e.id AS event, e.type::text AS event_type, e.event_id, e.commit_sha AS commit, pr.pr_id AS pull,
    gp.namespace, gp.repo_name
  FROM ${table.name} t
  ${table.groups ? `LEFT JOIN ${table.groups} g ON g.id = t.${row}` : ""}
  LEFT JOIN pipelines p ON p.${pipelines} = t.${row}
  LEFT JOIN srpm_builds s ON s.id = p.srpm_build_id
  LEFT JOIN project_events e ON e.id = p.project_event_id
  LEFT JOIN pull_requests pr ON e.type::text = 'pull_request' AND pr.id = e.event_id
  LEFT JOIN git_branches b ON e.type::text = 'branch_push' AND b.id = e.event_id
  LEFT JOIN project_releases r ON e.type::text = 'release' AND r.id = e.event_id
  LEFT JOIN git_projects gp ON gp.id = COALESCE(pr.project_id, b.project_id, r.project_id)
  WHERE ${which} ORDER BY t.id, p.id`;
};

/** Every statement on a job table, by primary key or an index that Packit has: there is none on time or status. */
export const packitSql = {
  /** $1 the id after which to read, $2 how many. */
  after: (type: PackitType): string => `${narrow(packitTables[type])} WHERE id > $1 ORDER BY id LIMIT $2`,
  /** $1 ids. */
  again: (type: PackitType): string => `${narrow(packitTables[type])} WHERE id = ANY($1::int[])`,
  /** $1 ids. One row for each pipeline of a job, the oldest first. */
  whole: (type: PackitType): string => wide(packitTables[type], "t.id = ANY($1::int[])"),
  /** $1 the first id, $2 the last. */
  between: (type: PackitType): string => wide(packitTables[type], "t.id BETWEEN $1 AND $2"),
  /** $1 ids. What the upstream calls them. */
  upstream: (type: PackitType): string => {
    const { name, upstream = "NULL", targeted } = packitTables[type];
    return `SELECT id, ${upstream}::text AS upstream, ${targeted ? "target" : "NULL"} AS target FROM ${name} WHERE id = ANY($1::int[])`;
  },
  first: (type: PackitType): string => `SELECT id FROM ${packitTables[type].name} ORDER BY id LIMIT 1`,
  last: (type: PackitType): string => `SELECT id FROM ${packitTables[type].name} ORDER BY id DESC LIMIT 1`,
  /** $1 SRPM builds: the Copr targets that will never be built from them. */
  coprOfSrpm: `SELECT t.id FROM pipelines p JOIN copr_build_targets t ON t.copr_build_group_id = p.copr_build_group_id
    WHERE p.srpm_build_id = ANY($1::int[])`,
} as const;

export const NarrowRow = z.object({ id: z.int(), status: z.string().nullable(), started: z.boolean() });
export const UpstreamRow = z.object({ id: z.int(), upstream: z.string().nullable(), target: z.string().nullable() });
export const IdRow = z.object({ id: z.int() });

const text = z.string().nullable();
const figure = z.number().nullable();
export const WideRow = z.object({
  id: z.int(),
  status: text,
  target: text,
  identifier: text,
  submitted: figure.catch(null), // 'infinity' is a timestamp too
  group_submitted: figure.catch(null),
  started: figure.catch(null),
  finished: figure.catch(null),
  message: text,
  pipeline: figure,
  pipeline_at: figure.catch(null),
  package: text,
  srpm: text,
  event: figure,
  event_type: text,
  event_id: figure,
  commit: text,
  pull: figure,
  namespace: text,
  repo_name: text,
});
export type WideRow = z.infer<typeof WideRow>;

/** Never empty: else a whole project's failures would be nobody's, or everybody's. */
function projectOf(row: WideRow): string {
  if (row.namespace && row.repo_name) return `${row.namespace}/${row.repo_name}`;
  if (row.repo_name) return row.repo_name;
  if (row.package) return `package:${row.package}`;
  if (row.event_type !== null && row.event_id !== null) return `${row.event_type}:${row.event_id}`;
  return row.pipeline === null ? "unknown" : `pipeline:${row.pipeline}`;
}

function triggerOf(row: WideRow): string | undefined {
  if (row.event !== null) return `event:${row.event}${row.commit ? `@${row.commit}` : ""}`;
  return row.pipeline === null ? undefined : `pipeline:${row.pipeline}`;
}

/** When a row was made, as far as the database knows. */
export function createdOf(row: WideRow): Instant | undefined {
  const at = row.submitted ?? row.group_submitted ?? row.pipeline_at ?? undefined;
  return at === undefined ? undefined : Math.round(at);
}

export type Meaning = { readonly status: JobStatus; readonly unknown?: string };

/** What a row's status means. The targets of a failed SRPM failed for its reason, which has been counted once. */
export function meaningOf(type: PackitType, row: Pick<WideRow, "status" | "srpm" | "started">): Meaning {
  const labels = packitStatuses[type];
  const known = row.status === null ? "pending" : Object.hasOwn(labels, row.status) ? labels[row.status] : undefined;
  const status = known ?? "pending";
  const fromSrpm = type === "copr_build" || type === "koji_build";
  if (fromSrpm && (row.srpm === "failure" || row.srpm === "error") && status !== "success")
    return { status: "canceled" };
  if (known === undefined) return { status, unknown: row.status ?? "NULL" };
  return { status: status === "pending" && row.started !== null ? "running" : status };
}

/** What is known of a job beside its row. */
export type Sight = {
  readonly now: Instant;
  readonly firstSeen: Instant;
  /** When it was first seen to run, where nobody wrote that down. */
  readonly runsSince?: Instant | undefined;
  readonly lookedAt: Instant | undefined;
};

/** The row as a job; `status` is what `meaningOf` said. */
export function jobOf(type: PackitType, row: WideRow, status: JobStatus, sight: Sight): Job {
  const createdAt = createdOf(row) ?? sight.firstSeen;
  const trigger = triggerOf(row);
  const known = row.namespace && row.repo_name ? `${row.namespace}/${row.repo_name}` : undefined;
  const prefix = packitTables[type].check;
  const startedAt = row.started === null ? sight.runsSince : Math.round(row.started);
  const ended = status !== "pending" && status !== "running";
  const reported = row.finished === null ? undefined : Math.round(row.finished);
  return {
    id: `${type}:${row.id}`,
    type,
    project: projectOf(row),
    status,
    createdAt,
    ...(row.target && { target: row.target }),
    ...(trigger !== undefined && { trigger }),
    ...(startedAt !== undefined && { startedAt }),
    ...(ended && {
      finishedAt: reported ?? observedEnd(createdAt, sight.lookedAt, sight.now),
      finishedAtIs: reported === undefined ? ("observed" as const) : ("reported" as const),
    }),
    ...(row.message && { message: oneLine(row.message, 1_000) }),
    ...(known !== undefined && { repository: known }),
    ...(row.commit && { commit: row.commit }),
    ...(row.pull !== null && { pull: row.pull }),
    ...(prefix !== undefined &&
      row.target && { check: [prefix, row.target, ...(row.identifier ? [row.identifier] : [])].join(":") }),
  };
}
