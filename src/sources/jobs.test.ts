import { appendFileSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pino } from "pino";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { z } from "zod";
import { jobStream, type Outage } from "../../test/kit/job-stream.ts";
import { createPackit, insertPush, setBuilds } from "../../test/peers/packit-db.ts";
import { freshDatabase, postgresMissing } from "../../test/peers/postgres.ts";
import type { Alert } from "../alerts/alert.ts";
import type { FinishedCount, LookingSource } from "../alerts/source.ts";
import type { Job } from "../jobs/job.ts";
import { day, hour, isoSeconds, minute, type Instant } from "../lib/clock.ts";
import { heldClock } from "../lib/held-clock.ts";
import { brand } from "../lib/ids.ts";
import { jobs } from "./jobs.ts";

const start = Date.parse("2026-11-02T00:00:00Z");
const never = new AbortController().signal;
let folder = "";
let file = "";
let warnings: string[] = [];
const log = pino({}, { write: (line: string) => void warnings.push(line) });

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "jobs-"));
  file = join(folder, "jobs.jsonl");
  warnings = [];
});
afterEach(() => rmSync(folder, { recursive: true }));

const line = (job: Job): string =>
  `${JSON.stringify({
    id: job.id,
    type: job.type,
    project: job.project,
    target: job.target,
    trigger: job.trigger,
    status: job.status,
    created_at: isoSeconds(job.createdAt),
    started_at: job.startedAt ?? null,
    finished_at: job.finishedAt ?? null,
  })}\n`;

const component = { copr_build: { failing: "copr", "*": "workers" }, testing_farm: "tests", "*": "api" };

function source(config: object = {}): LookingSource<unknown> {
  const made = jobs.make(
    { id: brand("builds"), config: jobs.config.parse({ file, component, ...config }) },
    { clock: heldClock(start), log, components: [] },
  );
  if (made.kind !== "looking") throw new Error("a jobs source looks");
  return made;
}

type Watch = {
  look(now: Instant): Promise<readonly Alert[]>;
  readonly finished: FinishedCount[];
  /** How often it wanted to go on at once. */
  agains: number;
};

/** Looks as the engine does, saving and loading what it knows each time. */
function watch(by: LookingSource<unknown>): Watch {
  let state: unknown;
  const self: Watch = {
    finished: [],
    agains: 0,
    look: async (now) => {
      const alerts: Alert[] = [];
      for (;;) {
        const looked = await by.look({ now, state, feedback: { dismissed: [] } }, never);
        state = by.load(by.save(looked.state));
        alerts.push(...looked.alerts);
        self.finished.push(...(looked.finished ?? []));
        if (!looked.again) return alerts;
        self.agains += 1;
      }
    },
  };
  return self;
}

function history(outages: readonly Outage[], until: Instant): readonly Job[] {
  const all = jobStream({ seed: 3, start, days: (until - start) / day, pushesPerHour: 14, outages });
  return all.filter((job) => (job.finishedAt ?? 0) <= until);
}

const problems = (config: object): readonly string[] => {
  const parsed = jobs.config.safeParse(config);
  const said = (issue: z.core.$ZodIssue): string => `${issue.path.join(".")}: ${issue.message}`;
  return parsed.success ? [] : parsed.error.issues.map(said);
};

test("the smallest configs are a preset with its database, or a file", () => {
  expect(jobs.config.parse({ file: "x" })).toEqual({ every: minute, blind_after: 10 * minute, file: "x" });
  expect(problems({ preset: "packit", database: "postgres://u:p@h/d" })).toEqual([]);
  expect(problems({ ...jobsExample, component })).toEqual([]);
});

const jobsExample = {
  every: "30s",
  preset: "packit",
  database: "postgresql://reader@db.example/packit",
  blind_after: "15m",
  after: { testing_farm: "copr_build" },
};

test("a config that cannot work says why", () => {
  const query = "select 1 where id > :after_id or id = any(:open_ids)";
  expect(problems({})).toEqual(["preset: needs a `preset`, a `query` or a `file`"]);
  expect(problems({ ...jobsExample, file: "x" })).toEqual(["file: stands beside a `preset`: one of them only"]);
  expect(problems({ ...jobsExample, query })).toEqual(["query: stands beside a `preset`: one of them only"]);
  expect(problems({ preset: "packit" })).toEqual(["database: is needed by the preset"]);
  expect(problems({ query })).toEqual(["database: is needed by the query"]);
  expect(problems({ file: "x", database: "postgres://h/d" })).toEqual([
    "database: stands beside a `file`: one of them only",
  ]);
  expect(problems({ preset: "packit", database: "sqlite:s3cret" })).toEqual([
    "database: must be the URL of a PostgreSQL database: postgres://…",
  ]);
  expect(problems({ query, database: "postgres://h/d" })).toEqual([]);
  expect(problems({ query: "select 1", database: "sqlite:ci.db" })).toEqual([
    "query: must take :after_id and :open_ids, as in: where id > :after_id or id in (select value from json_each(:open_ids))",
  ]);
  expect(problems({ file: "x", every: "soon" })).toEqual(["every: must be a duration such as 1m, at least 1s"]);
  expect(problems({ file: "x", evry: "1m" }).join()).toContain("evry");
  expect(problems({ file: "x", component: { copr_build: { faling: "copr" } } })).not.toEqual([]);
});

test("each component that a config names is given with its place", () => {
  const config = jobs.config.parse({ file: "x", component });
  expect(jobs.names(config)).toEqual([
    { component: "copr", path: ["component", "copr_build", "failing"] },
    { component: "workers", path: ["component", "copr_build", "*"] },
    { component: "tests", path: ["component", "testing_farm"] },
    { component: "api", path: ["component", "*"] },
  ]);
  expect(jobs.names(jobs.config.parse({ file: "x", component: "copr" }))).toEqual([
    { component: "copr", path: ["component"] },
  ]);
  expect(source().components).toEqual(["copr", "workers", "tests", "api"]);
});

test.for([
  ["copr_build", "copr"],
  ["testing_farm", "tests"],
  ["srpm_build", "api"],
] as const)("an outage of %s is an alert of the component %s", async ([type, id]) => {
  const now = start + 4 * day;
  const jobsBefore = history([{ type, from: now - 4 * hour, to: now, share: 1 }], now);
  writeFileSync(file, jobsBefore.map(line).join(""));
  const alerts = await watch(source()).look(now);
  const own = alerts.filter((alert) => alert.labels["type"] === type);
  expect(own).toMatchObject([
    { status: "firing", kind: "failing", component: id, severity: "critical", coverage: { jobTypes: [type] } },
  ]);
});

test("the first look tells of what still fails, never of the past, and reads on at once until it knows", async () => {
  const now = start + 14 * day;
  const past = { type: "copr_build", from: start + 5 * day, to: start + 6 * day, share: 1 };
  const still = { type: "testing_farm", from: now - 5 * hour, to: now, share: 1 };
  writeFileSync(file, history([past, still], now).map(line).join(""));
  const watching = watch(source());
  const alerts = await watching.look(now);
  expect(alerts.map((alert) => [alert.status, alert.labels["type"]])).toEqual([["firing", "testing_farm"]]);
  expect(await watching.look(now + minute)).toEqual([]);
});

test("jobs are counted as they end, by type and result, but the history is not", async () => {
  const job = (id: string, status: Job["status"]): Job => ({
    id,
    type: "copr_build",
    project: "a/b",
    status,
    createdAt: start,
  });
  writeFileSync(file, ["1", "2", "3"].map((id) => line(job(id, "failure"))).join(""));
  const watching = watch(source());
  await watching.look(start + minute);
  expect(watching.finished).toEqual([]);
  const ended = [
    job("4", "failure"),
    job("5", "failure"),
    job("6", "success"),
    job("7", "running"),
    job("8", "canceled"),
  ];
  appendFileSync(file, ended.map(line).join(""));
  await watching.look(start + 2 * minute);
  expect(watching.finished).toEqual([
    { type: "copr_build", result: "failure", count: 2 },
    { type: "copr_build", result: "success", count: 1 },
    { type: "copr_build", result: "canceled", count: 1 },
  ]);
});

test("a long history gives the engine its turn in between", async () => {
  const now = start + 14 * day;
  const jobsBefore = history([], now);
  const text = jobsBefore.map(line).join("");
  writeFileSync(file, text.repeat(Math.ceil(20_000_000 / text.length)));
  const watching = watch(source());
  await watching.look(now);
  expect(watching.agains).toBeGreaterThan(0);
});

test("what an older or broken version saved is learnt anew, and said so", () => {
  const made = source();
  for (const text of ["", "{}", "{}\n{}", '{"version":1,"cursor":{},"live":true}\n{"version":1,"streams":[]}']) {
    expect(made.load(new TextEncoder().encode(text))).toBeUndefined();
  }
  expect(warnings).toHaveLength(4);
  expect(warnings[0]).toContain("learning anew");
});

test("a look at a file that is gone throws, and the next one goes on where the last stopped", async () => {
  const watching = watch(source());
  await expect(watching.look(start)).rejects.toThrow("ENOENT");
  writeFileSync(file, "");
  expect(await watching.look(start + minute)).toEqual([]);
});

describe.skipIf(postgresMissing)("on Packit's tables", () => {
  test("Copr fails for everybody: the alert fires with its sentence, and resolves when builds work again", async () => {
    await using database = await freshDatabase();
    await createPackit(database);
    const made = source({ file: undefined, preset: "packit", database: database.url });
    const watching = watch(made);
    let now = start;
    /** Each of nine projects pushes once in 30 min, and its builds end at once. */
    const halfHour = async (broken: boolean): Promise<readonly Alert[]> => {
      const alerts: Alert[] = [];
      for (let project = 0; project < 9; project++) {
        now += 200_000;
        const push = await insertPush(database, { repository: `ns/p${project}`, at: now, copr: [["f43", "pending"], ["f44", "pending"]] }); // prettier-ignore
        const bad = broken || (project + Math.floor(now / hour)) % 4 === 0;
        const times = { started: now + 1_000, finished: now + 60_000 };
        await setBuilds(database, "srpm_builds", [push.srpm], { status: "success", ...times });
        await setBuilds(database, "copr_build_targets", push.copr, { status: bad ? "failure" : "success", ...times });
        alerts.push(...(await watching.look(now + 60_000)));
      }
      return alerts;
    };
    for (let turn = 0; turn < 16; turn++) expect(await halfHour(false)).toEqual([]);
    const began = now;
    const fired = [...(await halfHour(true)), ...(await halfHour(true))];
    expect(fired[0]).toMatchObject({
      status: "firing",
      component: "copr",
      severity: "critical",
      key: "builds/failing:copr_build",
    });
    expect(fired[0]?.summary).toMatch(
      /^\d+ of \d+ Copr builds from \d projects failed in the last \d+ min; usual is \d+ %$/,
    );
    expect(fired[0]?.startsAt).toBeGreaterThan(began - hour);
    const ended = [...(await halfHour(false)), ...(await halfHour(false))];
    expect(ended).toMatchObject([{ status: "resolved", component: "copr" }]);
    expect(watching.finished.reduce((sum, { count }) => sum + count, 0)).toBeGreaterThan(500);
    await made.close?.();
  });
});

test("a job is counted once, also when its file is written anew", async () => {
  const ends = start + 3 * hour;
  const line_ = (id: number, at: Instant): string =>
    `${JSON.stringify({ id, type: "build", project: "p", status: "success", created_at: at - minute, finished_at: at })}\n`;
  const old = line_(1, start);
  writeFileSync(file, old);
  const watching = watch(source());
  await watching.look(ends);
  expect(watching.finished).toEqual([]);
  const both = `${old}${line_(2, ends)}`;
  writeFileSync(file, both);
  await watching.look(ends + minute);
  const counted = [{ type: "build", result: "success", count: 1 }];
  expect(watching.finished).toEqual(counted);
  writeFileSync(file, `${both.replace("p", "q")} `);
  await watching.look(ends + 2 * minute);
  expect(watching.finished).toEqual(counted);
});
