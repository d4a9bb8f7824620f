import { expect, test } from "vitest";
import { random } from "../../test/kit/job-stream.ts";
import type { Alert } from "../alerts/alert.ts";
import type { Job } from "../jobs/job.ts";
import { day, hour, minute, second, type Instant } from "../lib/clock.ts";
import { brand } from "../lib/ids.ts";
import { replay } from "./backtest.ts";
import { jobDetector, type JobStreams } from "./job-detector.ts";

const start = Date.parse("2026-10-05T00:00:00Z");
const detector = jobDetector(brand("builds"), { after: { build: "package" } });
const targets = ["stable", "next", "old"] as const;

/** What the outage does to a job: another end, a later one, or none because the job is never made. */
type Outage = (job: Job) => Job | undefined;

/** Nine days of packages and their builds for three targets, ten pushes an hour, a tenth of them bad. */
function service(outage: Outage, days = 9): readonly Job[] {
  const chance = random(11);
  const jobs: Job[] = [];
  const run = (
    type: string,
    project: string,
    trigger: string,
    createdAt: Instant,
    more: Partial<Job>,
  ): Job | undefined => {
    const startedAt = Math.round(createdAt + 30 * second);
    const finishedAt = Math.round(startedAt + 4 * minute * Math.exp(chance() - 0.5));
    const id = `${type}-${jobs.length}`;
    const job = outage({ id, type, project, trigger, createdAt, startedAt, finishedAt, status: "success", ...more });
    if (job !== undefined) jobs.push(job);
    return job;
  };
  for (let at = start; at < start + days * day;) {
    at -= Math.round(Math.log(1 - chance()) * 6 * minute);
    const project = `repo-${Math.floor(30 * chance())}`;
    const bad = chance() < 0.1;
    const packaged = run("package", project, `push-${at}`, at, {});
    if (packaged?.status !== "success") continue;
    for (const target of targets)
      run("build", project, `push-${at}`, (packaged.finishedAt ?? at) + second, { target, ...(bad && { status: "failure" }) }); // prettier-ignore
  }
  return jobs.sort((a, b) => a.createdAt - b.createdAt);
}

const from = start + 8 * day;
const to = from + 3 * hour;
const inside = (at: Instant | undefined): boolean => at !== undefined && at >= from && at < to;

function alarmsOf(outage: Outage) {
  const history = replay(detector);
  for (const job of service(outage)) history.take(job);
  return history.finish(start + 9 * day).alarms;
}

test("a service that works is left in peace", () => {
  expect(alarmsOf((job) => job)).toEqual([]);
});

test("jobs that hang are stuck, and no longer when new ones take their usual time", () => {
  const [first, ...others] = alarmsOf((job) => {
    if (job.type !== "build" || !inside(job.startedAt)) return job;
    return { ...job, startedAt: to + minute, finishedAt: to + 6 * minute };
  });
  expect(first).toMatchObject({ key: "builds/delay:build", kind: "stuck", type: "build" });
  expect(first?.start).toBeLessThan(from + 30 * minute);
  expect(first?.end).toBeGreaterThan(to);
  expect(first?.end).toBeLessThan(to + hour);
  expect(first?.summary).toMatch(
    /^\d+ build in flight, the oldest for .*; [\d.]+ should have ended in the last .*, [\d.]+ did/u,
  );
  expect(others).toEqual([]);
});

test("jobs that take five times as long are slow", () => {
  const [first] = alarmsOf((job) => {
    const { startedAt = 0, finishedAt = 0 } = job;
    return job.type === "build" && inside(startedAt)
      ? { ...job, finishedAt: startedAt + 5 * (finishedAt - startedAt) }
      : job;
  });
  expect(first).toMatchObject({ key: "builds/delay:build", type: "build" });
  expect(first?.start).toBeLessThan(to);
});

test("one target that fails is told with its name, and other targets are not accused", () => {
  const alarms = alarmsOf((job) =>
    job.target === "next" && inside(job.startedAt) ? { ...job, status: "failure" } : job,
  );
  expect(alarms).toMatchObject([{ key: "builds/failing@next:build", kind: "failing", target: "next" }]);
  expect(alarms[0]?.summary).toContain("for next from");
});

test("when packages succeed and no builds follow, that is told before the silence would be", () => {
  const [first, ...others] = alarmsOf((job) => (job.type === "build" && inside(job.createdAt) ? undefined : job));
  expect(first).toMatchObject({ key: "builds/flow:build", kind: "silent", type: "build" });
  expect(first?.start).toBeLessThan(from + 50 * minute);
  expect(first?.end).toBeLessThan(to + hour);
  expect(others).toEqual([]);
});

test("when nothing comes at all, everything is silent, as one alarm", () => {
  const alarms = alarmsOf((job) => (inside(job.createdAt) ? undefined : job));
  expect(alarms).toMatchObject([{ key: "builds/silence:*", kind: "silent", type: "*" }]);
  expect(alarms[0]?.start).toBeLessThan(from + 130 * minute);
  expect(alarms[0]?.end).toBeLessThan(to + hour);
});

test("an alarm that looks like ending says so before it ends", () => {
  const outage: Outage = (job) => (job.type === "build" && inside(job.startedAt) ? { ...job, status: "error" } : job);
  const told: Alert[] = [];
  let state: JobStreams = detector.start();
  const jobs = service(outage).toSorted((a, b) => (a.finishedAt ?? 0) - (b.finishedAt ?? 0));
  let next = 0;
  for (let now = start; now < start + 9 * day; now += minute) {
    const ended: Job[] = [];
    for (let job = jobs[next]; job !== undefined && (job.finishedAt ?? 0) <= now; job = jobs[++next]) ended.push(job);
    const step = detector.step(state, ended, now, { dismissed: [] });
    state = step.state;
    told.push(...step.alerts);
  }
  expect(told.at(-1)).toMatchObject({ status: "resolved", key: "builds/failing:build" });
  expect(told.at(-2)?.status).toBe("firing");
  expect(told[0]?.summary).toContain("Most ended as errors of the infrastructure");
});

test("fewer false alarms wanted, more evidence is asked for", () => {
  const strict = jobDetector(brand("builds"), { after: { build: "package" }, falseAlarms: 1e-30 });
  const history = replay(strict);
  for (const job of service((one) => (inside(one.startedAt) ? { ...one, status: "failure" } : one))) history.take(job);
  expect(history.finish().alarms).toEqual([]);
});
