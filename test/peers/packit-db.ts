// A database with the tables of Packit that the preset reads, and ways to fill it: push by push, or millions of rows at once.
import type { Instant } from "../../src/lib/clock.ts";
import type { Database as Disposable } from "./postgres.ts";

type Database = Pick<Disposable, "query">;

const enums = `
  CREATE TYPE buildstatus AS ENUM ('success','pending','failure','error','waiting_for_srpm','retry','canceled');
  CREATE TYPE testingfarmresult AS ENUM ('new','queued','running','passed','failed','skipped','error','unknown',
    'needs_inspection','retry','complete','canceled','cancel_requested','cancel-requested');
  CREATE TYPE projecteventmodeltype AS ENUM ('pull_request','branch_push','release','issue','koji_build_tag',
    'anitya_version','anitya_multiple_versions');`;

/** Times are naive UTC; each column may be NULL. `BULK` becomes UNLOGGED for the millions. */
const tables = `
  CREATE BULK TABLE git_projects (id serial, namespace varchar, repo_name varchar, project_url varchar, instance_url varchar NOT NULL);
  CREATE BULK TABLE pull_requests (id serial, pr_id integer, project_id integer);
  CREATE BULK TABLE git_branches (id serial, name varchar, project_id integer);
  CREATE BULK TABLE project_releases (id serial, tag_name varchar, commit_hash varchar, project_id integer);
  CREATE BULK TABLE project_events (id serial, type projecteventmodeltype, event_id integer, commit_sha varchar);
  CREATE BULK TABLE srpm_builds (id serial, status buildstatus, logs text, submitted_time timestamp,
    build_start_time timestamp, build_finished_time timestamp, copr_build_id varchar);
  CREATE BULK TABLE copr_build_groups (id serial, submitted_time timestamp);
  CREATE BULK TABLE copr_build_targets (id serial, build_id varchar, status buildstatus, target varchar, identifier varchar,
    submitted_time timestamp, build_start_time timestamp, build_finished_time timestamp, data json, copr_build_group_id integer);
  CREATE BULK TABLE koji_build_groups (id serial, submitted_time timestamp);
  CREATE BULK TABLE koji_build_targets (id serial, task_id varchar, status varchar, target varchar,
    submitted_time timestamp, build_start_time timestamp, build_finished_time timestamp, data json, koji_build_group_id integer);
  CREATE BULK TABLE tft_test_run_groups (id serial, submitted_time timestamp, ranch varchar);
  CREATE BULK TABLE tft_test_run_targets (id serial, pipeline_id varchar, identifier varchar, status testingfarmresult,
    target varchar, submitted_time timestamp, data json, tft_test_run_group_id integer);
  CREATE BULK TABLE pipelines (id serial, datetime timestamp, project_event_id integer, package_name varchar,
    srpm_build_id integer, copr_build_group_id integer, koji_build_group_id integer, test_run_group_id integer);`;

const keyed = [...tables.matchAll(/TABLE (\w+)/g)].map((match) => match[1]);

const indexes = `
  ${keyed.map((table) => `ALTER TABLE ${table} ADD PRIMARY KEY (id);`).join("\n")}
  CREATE INDEX ON project_events(event_id); CREATE INDEX ON project_events(commit_sha);
  CREATE INDEX ON srpm_builds(copr_build_id);
  CREATE INDEX ON copr_build_targets(build_id); CREATE INDEX ON copr_build_targets(copr_build_group_id);
  CREATE INDEX ON koji_build_targets(task_id);
  CREATE INDEX ON tft_test_run_targets(pipeline_id); CREATE INDEX ON tft_test_run_targets(tft_test_run_group_id);
  CREATE INDEX ON pipelines(project_event_id); CREATE INDEX ON pipelines(srpm_build_id);
  CREATE INDEX ON pipelines(copr_build_group_id); CREATE INDEX ON pipelines(koji_build_group_id);
  CREATE INDEX ON pipelines(test_run_group_id); CREATE INDEX ON pipelines(package_name);`;

export async function createPackit(database: Database): Promise<void> {
  await database.query(enums);
  await database.query(tables.replaceAll("BULK ", ""));
  await database.query(indexes);
}

/** `2026-11-22 16:30:00.000`: how Packit stores a moment, without a zone. */
export function naive(at: Instant | undefined): string | null {
  return at === undefined ? null : new Date(at).toISOString().replace("T", " ").replace("Z", "");
}

async function insert(database: Database, table: string, row: Readonly<Record<string, unknown>>): Promise<number> {
  const columns = Object.keys(row);
  const places = columns.map((_, index) => `$${index + 1}`).join(", ");
  const values = columns.length === 0 ? "DEFAULT VALUES" : `(${columns.join(", ")}) VALUES (${places})`;
  const rows = await database.query(`INSERT INTO ${table} ${values} RETURNING id`, Object.values(row));
  return Number(rows[0]?.["id"]);
}

export type Push = {
  /** `namespace/repo_name`; absent: an event whose project Packit keeps elsewhere (an issue, a Koji tag). */
  readonly repository?: string;
  readonly at?: Instant;
  readonly event?: "pull_request" | "branch_push" | "release" | "issue" | "koji_build_tag";
  readonly pull?: number;
  readonly commit?: string | null;
  readonly srpm?: string | null;
  readonly copr?: readonly (readonly [target: string, status: string | null])[];
  readonly tests?: readonly (readonly [target: string, status: string | null])[];
  readonly koji?: readonly (readonly [target: string, status: string | null, error?: string])[];
  /** Leaves every submitted_time of its rows NULL; the groups keep theirs unless `groupless`. */
  readonly unsubmitted?: boolean;
  readonly groupless?: boolean;
  /** Leaves pipelines.datetime NULL too. */
  readonly timeless?: boolean;
};

export type Pushed = {
  readonly event: number;
  readonly pipeline: number;
  readonly srpm: number;
  readonly copr: readonly number[];
  readonly tests: readonly number[];
  readonly koji: readonly number[];
};

async function insertEvent(database: Database, push: Push): Promise<number> {
  const event = push.event ?? "pull_request";
  const [namespace, repo] = (push.repository ?? "/").split("/");
  const found = await database.query("SELECT id FROM git_projects WHERE namespace = $1 AND repo_name = $2", [
    namespace,
    repo,
  ]);
  const known = found[0]?.["id"];
  const project =
    push.repository === undefined
      ? undefined
      : known !== undefined
        ? Number(known)
        : await insert(database, "git_projects", {
            namespace,
            repo_name: repo,
            project_url: `https://github.example/${push.repository}`,
            instance_url: "github.example",
          });
  const row = { project_id: project };
  const ids = {
    pull_request: () => insert(database, "pull_requests", { ...row, pr_id: push.pull ?? 1 }),
    branch_push: () => insert(database, "git_branches", { ...row, name: "main" }),
    release: () => insert(database, "project_releases", { ...row, tag_name: "1.0" }),
    issue: async () => 41,
    koji_build_tag: async () => 42,
  };
  const commit = push.commit === undefined ? "c0ffee" : push.commit;
  return insert(database, "project_events", { type: event, event_id: await ids[event](), commit_sha: commit });
}

/** One push, as Packit writes it: project, event, SRPM, one group with its targets for each kind, and the pipeline that joins them. */
export async function insertPush(database: Database, push: Push): Promise<Pushed> {
  const at = naive(push.at ?? Date.now());
  const submitted = push.unsubmitted ? null : at;
  const event = await insertEvent(database, push);
  const srpm = await insert(database, "srpm_builds", {
    status: push.srpm === undefined ? "success" : push.srpm,
    submitted_time: submitted,
  });
  const groupTime = { submitted_time: push.groupless ? null : at };
  const groups = {
    copr_build_group_id: await insert(database, "copr_build_groups", groupTime),
    koji_build_group_id: await insert(database, "koji_build_groups", groupTime),
    test_run_group_id: await insert(database, "tft_test_run_groups", { ...groupTime, ranch: "public" }),
  };
  const pipeline = await insert(database, "pipelines", {
    datetime: push.timeless ? null : at,
    project_event_id: event,
    srpm_build_id: srpm,
    ...groups,
  });
  const rowsOf = async (
    table: string,
    targets: readonly (readonly [string, string | null, string?])[],
    group: object,
  ): Promise<readonly number[]> => {
    const made: number[] = [];
    for (const [target, status, error] of targets) {
      const data = error === undefined ? {} : { data: JSON.stringify({ error }) };
      made.push(await insert(database, table, { target, status, submitted_time: submitted, ...data, ...group }));
    }
    return made;
  };
  const { copr_build_group_id, koji_build_group_id, test_run_group_id: tft_test_run_group_id } = groups;
  return {
    event,
    pipeline,
    srpm,
    copr: await rowsOf("copr_build_targets", push.copr ?? [], { copr_build_group_id }),
    tests: await rowsOf("tft_test_run_targets", push.tests ?? [], { tft_test_run_group_id }),
    koji: await rowsOf("koji_build_targets", push.koji ?? [], { koji_build_group_id }),
  };
}

type Built = "srpm_builds" | "copr_build_targets" | "koji_build_targets";

/** Starts builds (`status` stays) or ends them. */
export async function setBuilds(
  database: Database,
  table: Built,
  ids: readonly number[],
  change: { readonly status?: string; readonly started?: Instant; readonly finished?: Instant },
): Promise<void> {
  const kind = table === "koji_build_targets" ? "varchar" : "buildstatus";
  await database.query(
    `UPDATE ${table} SET status = COALESCE($2::${kind}, status), build_start_time = COALESCE($3, build_start_time),
       build_finished_time = COALESCE($4, build_finished_time) WHERE id = ANY($1::int[])`,
    [ids, change.status ?? null, naive(change.started), naive(change.finished)],
  );
}

/** Tests have no time but the submission's. */
export async function setTests(database: Database, ids: readonly number[], status: string): Promise<void> {
  await database.query("UPDATE tft_test_run_targets SET status = $2 WHERE id = ANY($1::int[])", [ids, status]);
}

/**
 * A history of `targets` Copr builds that ended before `until`, one every `everyMs`; one push makes five of them, an SRPM,
 * a test run, and every tenth push a Koji build. Indexes and statistics are made last: two million rows in seconds.
 */
export async function createPackitHistory(
  database: Database,
  history: { readonly targets: number; readonly until: Instant; readonly everyMs: number },
): Promise<void> {
  const pushes = Math.floor(history.targets / 5);
  const pushMs = history.everyMs * 5;
  const at = (id: string, plus = 0): string =>
    `timestamp '${naive(history.until - pushes * pushMs)}' + ${id} * interval '${pushMs} milliseconds' + interval '${plus} seconds'`;
  const build = (id: string): string =>
    `(CASE WHEN ${id} % 10 < 3 THEN 'failure' ELSE 'success' END)::buildstatus, ${at(id)}, ${at(id, 5)}, ${at(id, 9)}`;
  const each = `FROM generate_series(1, ${pushes}) p`;
  const times = "status, submitted_time, build_start_time, build_finished_time";
  const fill = [
    `INSERT INTO git_projects (namespace, repo_name, instance_url) SELECT 'ns' || p % 50, 'repo' || p, 'github.example' FROM generate_series(1, 2000) p`,
    `INSERT INTO pull_requests (pr_id, project_id) SELECT p, 1 + p % 2000 ${each}`,
    `INSERT INTO git_branches (name, project_id) SELECT 'main', p FROM generate_series(1, 2000) p`,
    `INSERT INTO project_releases (tag_name, project_id) SELECT '1.' || p, 1 + p % 2000 FROM generate_series(1, 20000) p`,
    `INSERT INTO project_events (type, event_id, commit_sha) SELECT 'pull_request', p, md5(p::text) ${each}`,
    `INSERT INTO srpm_builds (${times}) SELECT ${build("p")} ${each}`,
    ...["copr_build_groups", "koji_build_groups", "tft_test_run_groups"].map(
      (groups) => `INSERT INTO ${groups} (submitted_time) SELECT ${at("p")} ${each}`,
    ),
    `INSERT INTO pipelines (datetime, project_event_id, srpm_build_id, copr_build_group_id, koji_build_group_id, test_run_group_id)
       SELECT ${at("p")}, p, p, p, CASE WHEN p % 10 = 0 THEN p END, p ${each}`,
    `INSERT INTO copr_build_targets (build_id, target, copr_build_group_id, ${times})
       SELECT p::text, 'fedora-' || 39 + i % 5 || '-x86_64', p, ${build("p")} FROM generate_series(0, ${pushes * 5 - 1}) i, LATERAL (SELECT 1 + i / 5 AS p) AS push`,
    `INSERT INTO koji_build_targets (target, koji_build_group_id, ${times}) SELECT 'f43', p, ${build("p").replace("::buildstatus", "")} ${each} WHERE p % 10 = 0`,
    `INSERT INTO tft_test_run_targets (target, tft_test_run_group_id, status, submitted_time) SELECT 'fedora-43', p, 'passed', ${at("p")} ${each}`,
  ];
  await database.query(enums);
  await database.query(tables.replaceAll("BULK", "UNLOGGED"));
  for (const statement of fill) await database.query(statement);
  await database.query(indexes);
  await database.query("ANALYZE");
}
