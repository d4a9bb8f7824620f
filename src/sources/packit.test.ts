import { pino } from "pino";
import { Client } from "pg";
import { describe, expect, test } from "vitest";
import { createPackit, insertPush, naive, setBuilds, setTests } from "../../test/peers/packit-db.ts";
import { freshDatabase, postgresMissing, startPostgres, type Database } from "../../test/peers/postgres.ts";
import type { Job } from "../jobs/job.ts";
import { day, hour, minute } from "../lib/clock.ts";
import { silentLog, type Log } from "../lib/log.ts";
import { PackitCursor, packitFeed } from "./packit.ts";
import { packitStatuses, packitTypes } from "./packit-tables.ts";

const now = Date.parse("2026-11-20T12:00:00Z");
const never = new AbortController().signal;

async function packit(): Promise<Database> {
  const database = await freshDatabase();
  await createPackit(database);
  // Whoever reads naive UTC as local time is nine hours off here.
  await database.query(`ALTER DATABASE ${new URL(database.url).pathname.slice(1)} SET timezone = 'Asia/Tokyo'`);
  return database;
}

type Reader = {
  look(at?: number): Promise<readonly Job[]>;
  cursor(): PackitCursor | undefined;
  [Symbol.asyncDispose](): Promise<void>;
};

/** Reads until complete, and puts the cursor through JSON each time, as a restart would. */
function reader(url: string, cursor?: PackitCursor, log: Log = silentLog): Reader {
  const feed = packitFeed(url, log);
  let kept = cursor;
  return {
    look: async (at = now) => {
      const changed: Job[] = [];
      for (;;) {
        const batch = await feed.read(kept, at, never);
        kept = PackitCursor.parse(JSON.parse(JSON.stringify(batch.next)));
        changed.push(...batch.changed);
        if (batch.complete) return changed;
      }
    },
    cursor: () => kept,
    [Symbol.asyncDispose]: async () => feed.close?.(),
  };
}

const found = (jobs: readonly Job[], id: string): Job | undefined => jobs.find((job) => job.id === id);

describe.skipIf(postgresMissing)("the packit preset", () => {
  test("every status that the database can hold has a meaning", async () => {
    await using database = await packit();
    const labels = async (name: string): Promise<readonly string[]> =>
      (await database.query(`SELECT unnest(enum_range(NULL::${name}))::text AS label`)).map((row) =>
        String(row["label"]),
      );
    for (const type of ["srpm_build", "copr_build"] as const) {
      expect(Object.keys(packitStatuses[type]).sort()).toEqual((await labels("buildstatus")).toSorted());
    }
    expect(Object.keys(packitStatuses.testing_farm).sort()).toEqual((await labels("testingfarmresult")).toSorted());
  });

  test("a push becomes jobs of all four types, with their project, trigger, repository, commit, pull and check", async () => {
    await using database = await packit();
    await using feed = reader(database.url);
    const at = now - hour;
    const push = await insertPush(database, {
      repository: "packit/hello",
      pull: 7,
      commit: "abc",
      at,
      copr: [["fedora-43-x86_64", "pending"]],
      tests: [["fedora-43", "queued"]],
      koji: [["f43", "error", "Koji said no"]],
    });
    await setBuilds(database, "copr_build_targets", push.copr, {
      status: "failure",
      started: at + minute,
      finished: at + 5 * minute,
    });
    const jobs = await feed.look();
    expect(jobs.map((job) => job.type).sort()).toEqual([...packitTypes].sort());
    expect(found(jobs, `copr_build:${push.copr[0]}`)).toEqual({
      id: `copr_build:${push.copr[0]}`,
      type: "copr_build",
      project: "packit/hello",
      status: "failure",
      createdAt: at,
      target: "fedora-43-x86_64",
      trigger: `event:${push.event}@abc`,
      startedAt: at + minute,
      finishedAt: at + 5 * minute,
      finishedAtIs: "reported",
      repository: "packit/hello",
      commit: "abc",
      pull: 7,
      check: "rpm-build:fedora-43-x86_64",
    });
    expect(found(jobs, `koji_build:${push.koji[0]}`)).toMatchObject({ status: "error", message: "Koji said no" });
    expect(found(jobs, `testing_farm:${push.tests[0]}`)).toMatchObject({ status: "pending", createdAt: at });
    expect(new Set(jobs.map((job) => job.trigger)).size).toBe(1);
  });

  test("NULL and unknown statuses count as unfinished, and are told of once", async () => {
    await using database = await packit();
    await database.query("ALTER TYPE buildstatus ADD VALUE 'sulking'");
    const lines: unknown[] = [];
    const log = pino({}, { write: (line: string) => void lines.push(JSON.parse(line)) });
    await using feed = reader(database.url, undefined, log);
    const push = await insertPush(database, {
      repository: "packit/hello",
      srpm: null,
      copr: [
        ["a", null],
        ["b", "sulking"],
        ["c", "sulking"],
      ],
      tests: [["a", null]],
      koji: [
        ["a", null],
        ["b", "constructor"],
      ],
      at: now,
    });
    const jobs = await feed.look();
    expect(jobs).toHaveLength(7);
    expect(new Set(jobs.map((job) => job.status))).toEqual(new Set(["pending"]));
    await setBuilds(database, "copr_build_targets", push.copr, { status: "success", finished: now });
    expect((await feed.look()).map((job) => job.status)).toEqual(["success", "success", "success"]);
    expect(lines).toMatchObject([
      { type: "copr_build", label: "sulking", rows: 2 },
      { type: "koji_build", label: "constructor", rows: 1 },
    ]);
  });

  test("each kind of event leads to a project, and one that Packit keeps elsewhere still has a name", async () => {
    await using database = await packit();
    await using feed = reader(database.url);
    for (const event of ["pull_request", "branch_push", "release"] as const) {
      await insertPush(database, { repository: `of/${event}`, event, at: now });
    }
    await insertPush(database, { event: "issue", at: now });
    await insertPush(database, { event: "issue", at: now });
    await insertPush(database, { event: "koji_build_tag", commit: null, at: now });
    await database.query("INSERT INTO srpm_builds (status) VALUES ('failure')");
    await database.query("INSERT INTO srpm_builds (status) VALUES ('failure')");
    await database.query("INSERT INTO pipelines (srpm_build_id) VALUES ((SELECT max(id) FROM srpm_builds))");
    const jobs = await feed.look();
    expect(jobs.map((job) => job.project)).toEqual([
      "of/pull_request",
      "of/branch_push",
      "of/release",
      "issue:41",
      "issue:41",
      "koji_build_tag:42",
      "unknown",
      "pipeline:7",
    ]);
    expect(jobs.map((job) => job.repository).slice(3)).toEqual(Array(5).fill(undefined));
  });

  test("a row whose transaction commits after a later row's is not missed", async () => {
    await using database = await packit();
    await using feed = reader(database.url);
    await feed.look();
    const slow = new Client({ connectionString: database.url });
    await slow.connect();
    await slow.query("BEGIN");
    const taken = await slow.query<{ id: number }>("INSERT INTO srpm_builds (status) VALUES ('failure') RETURNING id");
    const later = await insertPush(database, { repository: "packit/hello", srpm: "success", at: now });
    expect((await feed.look()).map((job) => job.id)).toEqual([`srpm_build:${later.srpm}`]);
    await slow.query("COMMIT");
    await slow.end();
    expect(taken.rows[0]?.id).toBeLessThan(later.srpm);
    expect((await feed.look()).map((job) => job.id)).toEqual([`srpm_build:${taken.rows[0]?.id}`]);
    expect(await feed.look()).toEqual([]);
  });

  test("a restart neither repeats nor loses a job", async () => {
    await using database = await packit();
    await using before = reader(database.url);
    const push = await insertPush(database, { repository: "a/b", at: now, copr: [["x", "pending"]] });
    expect(await before.look()).toHaveLength(2);
    await using after = reader(database.url, before.cursor());
    expect(await after.look(now + minute)).toEqual([]);
    await setBuilds(database, "copr_build_targets", push.copr, { started: now + minute });
    expect(await after.look(now + 2 * minute)).toMatchObject([{ status: "running", startedAt: now + minute }]);
    await setBuilds(database, "copr_build_targets", push.copr, { status: "failure", finished: now + 2 * minute });
    expect(await after.look(now + 3 * minute)).toMatchObject([{ status: "failure", finishedAt: now + 2 * minute }]);
    expect(await after.look(now + 4 * minute)).toEqual([]);
  });

  test("a role that may only read is enough", async () => {
    await using database = await packit();
    await insertPush(database, { repository: "a/b", at: now, copr: [["x", "pending"]] });
    const role = `reader_${new URL(database.url).pathname.slice(1)}`;
    await database.query(
      `CREATE ROLE ${role} LOGIN PASSWORD 'pw'; GRANT SELECT ON ALL TABLES IN SCHEMA public TO ${role}`,
    );
    try {
      const url = new URL(database.url);
      url.username = role;
      await using feed = reader(url.href);
      expect(await feed.look()).toHaveLength(2);
      const sessions = "SELECT application_name FROM pg_stat_activity WHERE usename = $1";
      expect(await database.query(sessions, [role])).toEqual([{ application_name: "tocsin" }]);
    } finally {
      await database.query(`DROP OWNED BY ${role} CASCADE; DROP ROLE ${role}`);
    }
  });

  test("the targets of a failed SRPM are canceled, whether they failed with it or linger", async () => {
    await using database = await packit();
    await using feed = reader(database.url);
    const failed = await insertPush(database, {
      repository: "a/b",
      at: now,
      srpm: "failure",
      copr: [["x", "failure"]],
    });
    const other = await insertPush(database, {
      repository: "a/c",
      at: now,
      srpm: "pending",
      copr: [
        ["x", "waiting_for_srpm"],
        ["y", "waiting_for_srpm"],
      ],
    });
    const jobs = await feed.look();
    expect(found(jobs, `copr_build:${failed.copr[0]}`)?.status).toBe("canceled");
    expect(found(jobs, `copr_build:${other.copr[0]}`)?.status).toBe("pending");
    await setBuilds(database, "srpm_builds", [other.srpm], { status: "error", finished: now + minute });
    const statuses = (await feed.look(now + minute)).map((job) => `${job.type} ${job.status}`);
    expect(statuses).toEqual(["srpm_build error", "copr_build canceled", "copr_build canceled"]);
    expect(await feed.look(now + 2 * minute)).toEqual([]);
  });

  test("without a time of its own a row has its group's, its pipeline's, or our first sight of it", async () => {
    await using database = await packit();
    await using feed = reader(database.url);
    const at = now - hour;
    const copr = [["x", "pending"]] as const;
    await insertPush(database, { repository: "a/group", at, unsubmitted: true, copr });
    await insertPush(database, { repository: "a/pipeline", at, unsubmitted: true, groupless: true, copr });
    const last = { repository: "a/nothing", at, unsubmitted: true, groupless: true, timeless: true, copr };
    const push = await insertPush(database, last);
    const coprOf = (jobs: readonly Job[]): readonly unknown[] =>
      jobs.filter((job) => job.type === "copr_build").map((job) => [job.project, job.createdAt]);
    expect(coprOf(await feed.look())).toEqual([
      ["a/group", at],
      ["a/pipeline", at],
      ["a/nothing", now],
    ]);
    await setBuilds(database, "copr_build_targets", push.copr, { status: "success" });
    expect(coprOf(await feed.look(now + hour))).toEqual([["a/nothing", now]]);
  });

  test("a test ends when we first see it ended, but not in the history or after a long stop", async () => {
    await using database = await packit();
    const push = await insertPush(database, {
      repository: "a/b",
      at: now - day,
      tests: [
        ["x", "failed"],
        ["y", "running"],
        ["z", "running"],
      ],
    });
    await using feed = reader(database.url);
    const [x, y, z] = push.tests.map((id) => `testing_farm:${id}`);
    const seen = { finishedAtIs: "observed" };
    expect(found(await feed.look(), x ?? "")).toMatchObject({ ...seen, finishedAt: now - day });
    await setTests(database, push.tests.slice(1, 2), "passed");
    expect(found(await feed.look(now + minute), y ?? "")).toMatchObject({ ...seen, finishedAt: now + minute });
    await setTests(database, push.tests.slice(2), "failed");
    expect(found(await feed.look(now + 3 * day), z ?? "")).toMatchObject({ ...seen, finishedAt: now + minute });
  });

  test("the first start reads the last 14 days, in batches of at most 5000 rows", async () => {
    await using database = await packit();
    // A row every 10 min for 100 days, the finish times of a third missing, then 6000 SRPMs of today.
    await database.query(
      `INSERT INTO srpm_builds (status, submitted_time) SELECT 'success', CASE WHEN i % 3 > 0 THEN $1::timestamp + i * interval '10 min' END FROM generate_series(1, 14400) i`,
      [naive(now - 100 * day)],
    );
    await database.query(
      `INSERT INTO pipelines (datetime, srpm_build_id) SELECT $1::timestamp + id * interval '10 min', id FROM srpm_builds`,
      [naive(now - 100 * day)],
    );
    await database.query(
      `INSERT INTO srpm_builds (status, submitted_time) SELECT 'failure', $1 FROM generate_series(1, 6000)`,
      [naive(now - minute)],
    );
    const feed = packitFeed(database.url, silentLog);
    const sizes: number[] = [];
    let oldest = now;
    let cursor: PackitCursor | undefined;
    for (let complete = false; !complete;) {
      const batch = await feed.read(cursor, now, never);
      ({ next: cursor, complete } = batch);
      sizes.push(batch.changed.length);
      oldest = Math.min(oldest, ...batch.changed.map((job) => job.createdAt));
    }
    await feed.close?.();
    expect(Math.max(...sizes)).toBe(5000);
    expect(sizes.reduce((a, b) => a + b)).toBeGreaterThanOrEqual(8015);
    expect(sizes.reduce((a, b) => a + b)).toBeLessThanOrEqual(8017);
    expect(oldest).toBeGreaterThanOrEqual(now - 14 * day);
  });

  test("an unfinished row is looked at for 14 days, then no more", async () => {
    await using database = await packit();
    await using feed = reader(database.url);
    await insertPush(database, { repository: "a/b", at: now, copr: [["x", "pending"]] });
    await feed.look();
    await feed.look(now + 13 * day);
    expect(Object.keys(feed.cursor()?.tables.copr_build?.open ?? {})).toHaveLength(1);
    await feed.look(now + 15 * day);
    expect(feed.cursor()?.tables.copr_build?.open).toEqual({});
  });

  test("a thousand dead rows do not keep the others from being looked at", async () => {
    await using database = await packit();
    await database.query(
      `INSERT INTO srpm_builds (status, submitted_time) SELECT 'pending', $1 FROM generate_series(1, 3500)`,
      [naive(now - hour)],
    );
    await using feed = reader(database.url);
    await feed.look();
    await database.query("UPDATE srpm_builds SET status = 'error' WHERE id % 500 = 1");
    const seen: Job[] = [];
    for (let turn = 1; turn <= 3; turn++) seen.push(...(await feed.look(now + turn * minute)));
    expect(seen.map((job) => job.id).sort()).toEqual(
      [1, 501, 1001, 1501, 2001, 2501, 3001].map((id) => `srpm_build:${id}`).sort(),
    );
  });

  test("after the database was away, the next look goes on where the last one stopped", async () => {
    await using server = await startPostgres();
    await using database = await freshDatabase(server.url);
    await createPackit(database);
    const url = new URL(database.url);
    url.password = "hunter%2F2";
    await using feed = reader(url.href);
    await insertPush(database, { repository: "a/b", at: now });
    expect(await feed.look()).toHaveLength(1);
    await server.stop();
    const failure = await feed.look().catch((error: unknown) => error);
    expect(String(failure)).toMatch(/^Error: the job database at 127\.0\.0\.1:\d+\/t_/);
    expect(String(await feed.look().catch((error: unknown) => error))).toContain("ECONNREFUSED");
    await server.start();
    await insertPush(database, { repository: "a/c", at: now });
    expect((await feed.look(now + minute)).map((job) => job.project)).toEqual(["a/c"]);
  });

  test("no error carries the password", async () => {
    await using database = await freshDatabase();
    const url = new URL(database.url);
    const errors: unknown[] = [];
    for (const change of ["relation", "database", "user", "port", "option"]) {
      const wrong = new URL(url);
      wrong.password = "s3cr%C3%A9t";
      if (change === "database") wrong.pathname = "/s3cr%C3%A9t";
      if (change === "user") wrong.username = "s3cr%C3%A9t";
      if (change === "port") wrong.port = "1";
      if (change === "option") wrong.searchParams.set("options", "-c s3crét=1");
      await using feed = reader(wrong.href);
      errors.push(await feed.look().catch((error: unknown) => error));
    }
    expect(errors.every((error) => error instanceof Error)).toBe(true);
    for (const error of errors) expect(`${String(error)} ${JSON.stringify(error)}`).not.toMatch(/s3cr(é|%C3%A9)t/);
  });

  test("a look that is cut short ends at once, and the next one works", async () => {
    await using database = await packit();
    await insertPush(database, { repository: "a/b", at: now });
    const lock = new Client({ connectionString: database.url });
    await lock.connect();
    await lock.query("BEGIN; LOCK TABLE srpm_builds IN ACCESS EXCLUSIVE MODE");
    const feed = packitFeed(database.url, silentLog);
    await expect(feed.read(undefined, now, AbortSignal.timeout(200))).rejects.toThrow("cut short");
    await lock.end();
    expect((await feed.read(undefined, now, never)).changed).toHaveLength(1);
    await feed.close?.();
  });
});
