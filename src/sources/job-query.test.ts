import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { DatabaseSync } from "node:sqlite";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { heardLog, type HeardLog } from "../../test/peers/heard-log.ts";
import { freshDatabase, postgresMissing } from "../../test/peers/postgres.ts";
import { day, minute, second } from "../lib/clock.ts";
import { columnProblems, jobIn, jobQuery, timeIn, type QueryCursor, type QueryFeed } from "./job-query.ts";
import { postgresDatabase, sqliteDatabase } from "./query-database.ts";
import { numbered } from "./query-text.ts";

const never = new AbortController().signal;
const now = Date.parse("2026-11-22T12:00:00Z");

type Table = AsyncDisposable & {
  /** Any statement, as the team's own service makes it. */
  run(sql: string): Promise<unknown>;
  feed(query?: string, log?: HeardLog): QueryFeed;
};
type Kind = "postgres" | "sqlite";

const anyOf: Readonly<Record<Kind, string>> = {
  postgres: "= any(:open_ids)",
  sqlite: "in (select value from json_each(:open_ids))",
};
const columns = "id, kind as type, repo as project, state as status, made as created_at, ended as finished_at, begun as started_at, why as message, pr as pull"; // prettier-ignore
const plain = (kind: Kind): string =>
  `select ${columns} from ci_jobs where id > :after_id or id ${anyOf[kind]} -- ours`;

let folder = "";
beforeEach(() => void (folder = mkdtempSync(join(tmpdir(), "tocsin-query-"))));
afterEach(() => rmSync(folder, { recursive: true }));

function feedOn(kind: Kind, at: string, query: string, log: HeardLog): QueryFeed {
  const text = numbered(query, kind);
  if (!text.ok) throw new Error(text.error);
  return jobQuery(kind === "postgres" ? postgresDatabase(at) : sqliteDatabase(at), text.value, log.log);
}

async function tableOn(kind: Kind, id = kind === "postgres" ? "serial" : "integer"): Promise<Table> {
  const feeds: QueryFeed[] = [];
  const feed =
    (at: string) =>
    (query?: string, log: HeardLog = heardLog()) => {
      const made = feedOn(kind, at, query ?? plain(kind), log);
      feeds.push(made);
      return made;
    };
  const time = kind === "postgres" ? "timestamp" : "text";
  const create = `create table ci_jobs (id ${id} primary key, kind text, repo text, state text, made ${time}, begun ${time}, ended ${time}, why text, pr integer)`;
  const closeAll = async (): Promise<void> => void (await Promise.all(feeds.map(async (each) => each.close?.())));
  if (kind === "postgres") {
    const database = await freshDatabase();
    await database.query(create);
    const dispose = (): Promise<void> => closeAll().then(() => database[Symbol.asyncDispose]());
    return { run: (sql) => database.query(sql), feed: feed(database.url), [Symbol.asyncDispose]: dispose };
  }
  const file = join(folder, "ci.db");
  const database = new DatabaseSync(file);
  database.exec(create);
  const run = async (sql: string): Promise<void> => database.exec(sql);
  return { run, feed: feed(file), [Symbol.asyncDispose]: () => closeAll().then(() => database.close()) };
}

const iso = (at: number): string => new Date(at).toISOString().replace("T", " ").replace("Z", "");

/** `n` rows, one a minute, the last of them a minute ago. */
async function history(
  table: Table,
  n: number,
  state = "success",
  idOf: (n: number) => string = String,
): Promise<void> {
  for (let from = 1; from <= n; from += 5_000) {
    const rows = Array.from({ length: Math.min(5_000, n - from + 1) }, (_, i) => {
      const id = from + i;
      const made = iso(now - (n - id + 1) * minute);
      return `(${idOf(id)}, 'build', 'p${id % 7}', '${state}', '${made}', '${made}', '${made}', 'x', ${id % 9})`;
    });
    await table.run(`insert into ci_jobs values ${rows.join(", ")}`);
  }
}

/** Reads until all is read. */
async function readAll(feed: QueryFeed, after?: QueryCursor) {
  const jobs = [];
  let cursor = after;
  for (let batches = 1; ; batches++) {
    const batch = await feed.read(cursor, now, never);
    jobs.push(...batch.changed);
    cursor = batch.next;
    if (batch.complete) return { jobs, cursor, batches };
  }
}

const kinds: readonly Kind[] = postgresMissing === undefined ? ["sqlite", "postgres"] : ["sqlite"];

describe.each(kinds)("a query on %s", (kind) => {
  test("its rows are jobs, under whatever names its columns have at home", async () => {
    await using table = await tableOn(kind);
    await table.run(
      "insert into ci_jobs values (7, 'build', 'demo', 'failure', '2026-11-22 11:00:00', '2026-11-22 11:01:00', '2026-11-22 11:02:30', 'no disk', 12)",
    );
    const { jobs } = await readAll(table.feed());
    expect(jobs).toEqual([
      {
        id: "7",
        type: "build",
        project: "demo",
        status: "failure",
        createdAt: Date.parse("2026-11-22T11:00:00Z"),
        startedAt: Date.parse("2026-11-22T11:01:00Z"),
        finishedAt: Date.parse("2026-11-22T11:02:30Z"),
        finishedAtIs: "reported",
        message: "no disk",
        pull: 12,
      },
    ]);
  });

  test("a long history is read in batches, each row once, and then only what is new", async () => {
    await using table = await tableOn(kind);
    await history(table, 12_000);
    const feed = table.feed();
    const first = await readAll(feed);
    expect(first.batches).toBeGreaterThan(1);
    expect(new Set(first.jobs.map(({ id }) => id)).size).toBe(first.jobs.length);
    expect(first.jobs).toHaveLength(12_000);
    expect((await readAll(feed, first.cursor)).jobs).toEqual([]);
    await table.run(
      `insert into ci_jobs values (12001, 'build', 'p', 'success', '${iso(now)}', null, null, null, null)`,
    );
    expect((await readAll(feed, first.cursor)).jobs.map(({ id }) => id)).toEqual(["12001"]);
  });

  test("the first start finds its place: what is older than 14 days is mostly left alone", async () => {
    await using table = await tableOn(kind);
    await history(table, 60_000);
    const { jobs } = await readAll(table.feed());
    const fresh = 14 * 24 * 60;
    expect(jobs.length).toBeGreaterThanOrEqual(fresh);
    expect(jobs.length).toBeLessThanOrEqual(2 * fresh);
  });

  test("an unfinished job is asked for by its id until it ends, however many follow it", async () => {
    await using table = await tableOn(kind);
    await table.run(
      `insert into ci_jobs values (1, 'build', 'slow', 'running', '${iso(now - minute)}', null, null, null, null)`,
    );
    const feed = table.feed();
    const first = await readAll(feed);
    expect(first.jobs.map(({ status }) => status)).toEqual(["running"]);
    expect(feed.open?.(first.cursor)).toEqual([{ type: "build", status: "running" }]);
    await table.run("delete from ci_jobs where id > 1");
    const many = Array.from(
      { length: 3_000 },
      (_, i) => `(${i + 2}, 'build', 'p', 'success', '${iso(now)}', null, '${iso(now)}', null, null)`,
    );
    await table.run(`insert into ci_jobs values ${many.join(", ")}`);
    const second_ = await readAll(feed, first.cursor);
    expect(second_.jobs).toHaveLength(3_000);
    await table.run(`update ci_jobs set state = 'error', ended = '${iso(now)}' where id = 1`);
    const third = await readAll(feed, second_.cursor);
    expect(third.jobs.map(({ id, status }) => `${id} ${status}`)).toEqual(["1 error"]);
    expect(feed.open?.(third.cursor)).toEqual([]);
    expect((await readAll(feed, third.cursor)).jobs).toEqual([]);
  });

  test("a row that is committed late, with a lower id, is not lost, and none is told twice", async () => {
    await using table = await tableOn(kind);
    await history(table, 50);
    await table.run("delete from ci_jobs where id = 48");
    const feed = table.feed();
    const first = await readAll(feed);
    expect(first.jobs).toHaveLength(49);
    await table.run(
      `insert into ci_jobs values (48, 'build', 'p', 'failure', '${iso(now)}', null, '${iso(now)}', null, null)`,
    );
    const second_ = await readAll(feed, first.cursor);
    expect(second_.jobs.map(({ id }) => id)).toEqual(["48"]);
    expect((await readAll(feed, second_.cursor)).jobs).toEqual([]);
  });

  test("ids may be texts that grow with time", async () => {
    await using table = await tableOn(kind, "text");
    const idOf = (n: number): string => `'job-${String(n).padStart(6, "0")}'`;
    await history(table, 6_500, "success", idOf);
    const feed = table.feed();
    const first = await readAll(feed);
    expect(first.jobs).toHaveLength(6_500);
    await table.run(
      `insert into ci_jobs values ('job-006501', 'build', 'p', 'pending', '${iso(now)}', null, null, null, null)`,
    );
    const second_ = await readAll(feed, first.cursor);
    expect(second_.jobs.map(({ id }) => id)).toEqual(["job-006501"]);
    await table.run("update ci_jobs set state = 'success' where id = 'job-006501'");
    expect((await readAll(feed, second_.cursor)).jobs.map(({ status }) => status)).toEqual(["success"]);
  });

  test("an empty table is no error, and its first row is seen", async () => {
    await using table = await tableOn(kind);
    const feed = table.feed();
    const { jobs, cursor } = await readAll(feed);
    expect(jobs).toEqual([]);
    await history(table, 1);
    expect((await readAll(feed, cursor)).jobs).toHaveLength(1);
  });

  test("missing columns are all told at the first look, with what was meant", async () => {
    await using table = await tableOn(kind);
    const query = `select id, kind as typ, repo as project, state as status, made as created from ci_jobs where id > :after_id or id ${anyOf[kind]}`;
    await expect(table.feed(query).read(undefined, now, never)).rejects.toThrow(
      /no column "type"; write typ as type; it returns no column "created_at"; write created as created_at/u,
    );
    await expect(table.feed(query).check(now, never)).rejects.toThrow(/no column "type"/u);
  });

  test("a table or column that there is not is told in the database's own words", async () => {
    await using table = await tableOn(kind);
    const wrong = plain(kind).replace("ci_jobs", "ci_jobz");
    await expect(table.feed(wrong).read(undefined, now, never)).rejects.toThrow(/ci_jobz/u);
  });

  test("rows that are no job are told of and passed over, and read when they are mended", async () => {
    await using table = await tableOn(kind);
    await history(table, 3);
    await table.run(
      `insert into ci_jobs values (4, 'build', 'p', 'sucess', '${iso(now)}', null, '${iso(now)}', null, null)`,
    );
    await table.run(
      `insert into ci_jobs values (5, 'build', null, 'success', '${iso(now)}', null, '${iso(now)}', null, null)`,
    );
    const log = heardLog();
    const feed = table.feed(undefined, log);
    const first = await readAll(feed);
    expect(first.jobs).toHaveLength(3);
    expect(log.lines.join()).toContain('row 4: status: there is no \\"sucess\\"; did you mean \\"success\\"?');
    expect(log.lines.join()).toContain("row 5: project is NULL");
    const quiet = await readAll(feed, first.cursor);
    expect(quiet.jobs).toEqual([]);
    expect(log.lines).toHaveLength(1);
    expect(await feed.check(now, never)).toMatchObject({
      ok: false,
      error: expect.stringMatching(/of the last 5 rows 2 are no job/u),
    });
    await table.run("update ci_jobs set state = 'success' where id = 4");
    expect((await readAll(feed, quiet.cursor)).jobs.map(({ id }) => id)).toEqual(["4"]);
  });

  test("when no row at all is a job, the look fails and says why", async () => {
    await using table = await tableOn(kind);
    await history(table, 3, "done");
    await expect(table.feed().read(undefined, now, never)).rejects.toThrow(
      /no row is a job: row 1: status: there is no "done"/u,
    );
  });

  test("a query that answers well passes its check", async () => {
    await using table = await tableOn(kind);
    expect(await table.feed().check(now, never)).toEqual({ ok: true, value: "answers; there is no job yet" });
    await history(table, 30);
    expect(await table.feed().check(now, never)).toEqual({ ok: true, value: "answers; the last 20 jobs read well" });
  });

  test("a cell of a hundred megabytes is cut before it is sent", async () => {
    await using table = await tableOn(kind);
    await history(table, 1);
    const big = kind === "postgres" ? "repeat('x', 100000000)" : "printf('%.*c', 100000000, 'x')";
    const query = plain(kind).replace("why as message", `${big} as message`);
    const { jobs } = await readAll(table.feed(query));
    expect(jobs[0]?.message?.length).toBeLessThanOrEqual(2_000);
  });

  test("what is aborted ends at once", async () => {
    await using table = await tableOn(kind);
    await expect(table.feed().read(undefined, now, AbortSignal.abort())).rejects.toThrow(/cut short/u);
  });
});

describe.each(kinds)("a hostile query on %s", (kind) => {
  const where = `where id > :after_id or id ${anyOf[kind]}`;
  const attacks: readonly (readonly [string, string])[] = [
    ["deletes", `delete from ci_jobs ${where} returning *`],
    ["deletes behind a select", `select ${columns} from ci_jobs ${where}; delete from ci_jobs`],
    ["closes the bracket", `select ${columns} from ci_jobs ${where}) as job; delete from ci_jobs; --`],
    ["deletes within", `with gone as (delete from ci_jobs returning *) select ${columns} from gone ${where}`],
    ...(kind === "postgres"
      ? ([
          [
            "calls what deletes",
            `select ${columns.replace("why as message", "wipe()::text as message")} from ci_jobs ${where}`,
          ],
          [
            "lifts the ban first",
            `select ${columns.replace("why as message", "(set_config('default_transaction_read_only','off',false) || set_config('transaction_read_only','off',false) || wipe()) as message")} from ci_jobs ${where}`,
          ],
        ] as const)
      : ([
          [
            "writes a file",
            `select ${columns.replace("why as message", "writefile('FILE', 'x') as message")} from ci_jobs ${where}`,
          ],
        ] as const)),
  ];
  test.each(attacks)("is refused when it %s", async (_, query) => {
    await using table = await tableOn(kind);
    await history(table, 5);
    if (kind === "postgres")
      await table.run(
        "create function wipe() returns int language plpgsql as 'begin delete from ci_jobs; return 1; end'",
      );
    const tried = async (): Promise<void> => {
      const feed = table.feed(query.replace("FILE", join(folder, "evil")));
      // Twice: what a first look leaves behind in the session must not help the second.
      await feed.read(undefined, now, never).catch(() => undefined);
      await feed.read(undefined, now, never);
    };
    await expect(tried()).rejects.toThrow(/./u);
    expect((await readAll(table.feed())).jobs).toHaveLength(5);
    expect(existsSync(join(folder, "evil"))).toBe(false);
  });

  test("that never ends is cut off, and meanwhile the loop goes on", { timeout: 60_000 }, async () => {
    await using table = await tableOn(kind);
    await history(table, 5);
    const endless =
      kind === "postgres"
        ? `select ${columns.replace("why as message", "pg_sleep(60)::text as message")} from ci_jobs ${where}`
        : `with recursive n(x) as (select 1 union all select x + 1 from n) select ${columns.replace("why as message", "(select max(x) from n) as message")} from ci_jobs ${where}`;
    const feed = table.feed(endless);
    let turns = 0;
    const ticking = setInterval(() => (turns += 1), 20);
    const stop = new AbortController();
    setTimeout(() => stop.abort(), second).unref();
    await expect(feed.read(undefined, now, stop.signal)).rejects.toThrow(/cut short/u);
    clearInterval(ticking);
    expect(turns).toBeGreaterThan(10);
    // The same feed reads again: a reader was killed, not the source.
    await expect(feed.read(undefined, now, AbortSignal.timeout(second))).rejects.toThrow(/./u);
    expect((await readAll(table.feed())).jobs).toHaveLength(5);
  });
});

test("a file that is not there is said, and is not made", async () => {
  const file = join(folder, "none.db");
  await expect(feedOn("sqlite", file, plain("sqlite"), heardLog()).read(undefined, now, never)).rejects.toThrow(
    /none.db: there is no such file/u,
  );
  expect(existsSync(file)).toBe(false);
});

test.each([
  ["2026-11-22 10:42:00", "2026-11-22T10:42:00Z"],
  ["2026-11-22T10:42:00", "2026-11-22T10:42:00Z"],
  ["2026-11-22 10:42:00.123456+00", "2026-11-22T10:42:00.123Z"],
  ["2026-11-22 12:42:00+02", "2026-11-22T10:42:00Z"],
  ["2026-11-22 16:12:00+05:30", "2026-11-22T10:42:00Z"],
  ["2026-11-22 10:42 UTC", "2026-11-22T10:42:00Z"],
  ["1795344120", "2026-11-22T10:42:00Z"],
  ["1795344120.0", "2026-11-22T10:42:00Z"],
  ["1795344120000", "2026-11-22T10:42:00Z"],
])("the time %s is %s", (text, meant) => {
  const time = timeIn(text);
  expect(typeof time === "number" ? time : Date.parse(time)).toBe(Date.parse(meant));
});

test("a time that is none is told", () => {
  const row = { id: "1", type: "t", project: "p", status: "success", created_at: "infinity", finished_at: null };
  expect(jobIn(row, () => now)).toMatchObject({ ok: false, error: "row 1: created_at: is no time" });
  expect(jobIn({ ...row, created_at: String(now - day) }, () => now)).toMatchObject({ ok: true });
});

test("columns that are all there are no problem, and others do not matter", () => {
  expect(columnProblems(["id", "type", "project", "status", "created_at", "colour"])).toEqual([]);
});

test("parameters are found where they are meant, and nowhere else", () => {
  const query = `select id::text, ':after_id' as "a:b", $$:open_ids$$ from t -- :nothing\n where id > :after_id or id = any(:open_ids);`;
  expect(numbered(query, "postgres")).toEqual({
    ok: true,
    value: `select id::text, ':after_id' as "a:b", $$:open_ids$$ from t -- :nothing\n where id > $1 or id = any($2)`,
  });
  const wrong = (text: string): unknown => Object(numbered(text, "postgres")).error;
  expect(wrong("select 1 where id > :afterid")).toMatch(/there is no parameter ":afterid"; did you mean "after_id"\?/u);
  expect(wrong("select 1 where id > :after_id")).toMatch(
    /must take :open_ids, as in: where id > :after_id or id = any/u,
  );
  expect(wrong("delete from t where id > :after_id or id = any(:open_ids)")).toBe("must begin with select or with");
  expect(wrong("select :after_id; drop table t; select :open_ids")).toBe("must be one statement");
});
