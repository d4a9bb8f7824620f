import { describe, expect, test } from "vitest";
import { jobStream, type StreamOptions } from "../../test/kit/job-stream.ts";
import type { Alert } from "../alerts/alert.ts";
import type { Feedback } from "../alerts/feedback.ts";
import type { SourceId } from "../config/names.ts";
import type { Job } from "../jobs/job.ts";
import { day, hour, minute, type Instant } from "../lib/clock.ts";
import { brand } from "../lib/ids.ts";
import { jobDetector, type JobStreams } from "./job-detector.ts";

const source: SourceId = brand("builds");
const detector = jobDetector(source);
/** A step changes the state that it is given. */
const copyOf = (state: JobStreams): JobStreams => detector.load(detector.save(state)) ?? detector.start();
const start = Date.parse("2026-10-05T00:00:00Z");
const nobody: Feedback = { dismissed: [] };

type Told = Alert & { readonly at: Instant };

/** Steps once a minute over jobs in the order of their ends, as the engine would; `each` may swap the state. */
function play(
  jobs: readonly Job[],
  options: { from?: JobStreams; until?: Instant; feedback?: Feedback; each?: (state: JobStreams) => JobStreams } = {},
): { readonly told: readonly Told[]; readonly state: JobStreams } {
  let state = options.from === undefined ? detector.start() : copyOf(options.from);
  const told: Told[] = [];
  const until = options.until ?? (jobs.at(-1)?.finishedAt ?? start) + minute;
  let next = 0;
  for (let now = jobs[0]?.finishedAt ?? until; now <= until; now += minute) {
    const first = next;
    while ((jobs[next]?.finishedAt ?? Number.POSITIVE_INFINITY) <= now) next += 1;
    const result = detector.step(state, jobs.slice(first, next), now, options.feedback ?? nobody);
    state = options.each?.(result.state) ?? result.state;
    told.push(...result.alerts.map((alert) => ({ ...alert, at: now })));
  }
  return { told, state };
}

let serial = 0;
/** One Copr build that began 5 min before it ended. */
function build(project: string, at: Instant, red: boolean, more: Partial<Job> = {}): Job {
  serial += 1;
  const times = { createdAt: at - 6 * minute, startedAt: at - 5 * minute, finishedAt: at };
  return { id: `j${serial}`, type: "copr_build", project, status: red ? "failure" : "success", ...times, ...more };
}

/** Three days in which each of `projects` builds every three hours, and every fourth build is red. */
function ordinary(projects: number, from = start): readonly Job[] {
  const jobs: Job[] = [];
  for (let turn = 0; turn < 24; turn++) {
    for (let project = 0; project < projects; project++) {
      jobs.push(build(`p${project}`, from + turn * 3 * hour + project * minute, (turn + project) % 4 === 0));
    }
  }
  return jobs;
}

const outageAt = start + 3 * day + hour;
const learnt = play(ordinary(12)).state;

/** Each of `projects` builds every 20 min, all red. */
function total(projects: number, minutes = 60, from = outageAt): readonly Job[] {
  const jobs: Job[] = [];
  for (let at = 0; at < minutes; at += 20) {
    for (let project = 0; project < projects; project++)
      jobs.push(build(`p${project}`, from + (at + project) * minute, true));
  }
  return jobs;
}

function green(projects: number, minutes: number, from: Instant): readonly Job[] {
  return total(projects, minutes, from).map((job) => ({ ...job, status: "success" }));
}

describe("the failing-stream detector", () => {
  test.for([1, 2, 3, 4, 5, 6])("an ordinary noisy stream stays quiet for ten days (seed %i)", (seed) => {
    const { told } = play(jobStream({ seed, start, days: 10, pushesPerHour: 8 }));
    expect(told.map((alert) => alert.summary)).toEqual([]);
  });

  test.for([1, 2, 3])(
    "a total outage of one type is noticed within the hour, as one alarm, and its end too (seed %i)",
    (seed) => {
      const from = start + 4 * day + 10 * hour;
      const outage = { type: "copr_build", from, to: from + 3 * hour, share: 1 };
      const options: StreamOptions = { seed, start, days: 6, pushesPerHour: 12, outages: [outage] };
      const { told } = play(jobStream(options));
      const [first] = told;
      const last = told.at(-1);
      expect(new Set(told.map((alert) => alert.key))).toEqual(new Set(["builds/failing:copr_build"]));
      expect(first).toMatchObject({
        status: "firing",
        kind: "failing",
        severity: "critical",
        labels: { type: "copr_build" },
      });
      expect(first?.at).toBeLessThan(from + hour);
      expect(first?.summary).toMatch(
        /^\d+ of \d+ Copr builds from \d+ projects failed in the last \d+ min; usual is \d\d %(\. Most ended as errors of the infrastructure)?$/,
      );
      expect(Math.abs((first?.startsAt ?? 0) - from)).toBeLessThan(30 * minute);
      expect(told.filter((alert) => alert.status === "resolved")).toHaveLength(1);
      expect(last).toMatchObject({ status: "resolved", startsAt: first?.startsAt });
      expect(Math.abs((last?.endsAt ?? 0) - outage.to)).toBeLessThan(30 * minute);
    },
  );

  test("a total outage that hits 7 projects opens, with the sentence and its votes", () => {
    const { told } = play(total(7, 20), { from: learnt, until: outageAt + 20 * minute });
    expect(told).toHaveLength(1);
    expect(told[0]?.coverage).toEqual({ jobTypes: ["copr_build"], since: outageAt });
    expect(told[0]?.startsAt).toBe(outageAt);
    expect(told[0]?.summary).toMatch(
      /^\d of \d Copr builds from \d projects failed in the last \d min; usual is 2\d %$/,
    );
    const { figures, votes } = told[0]?.evidence ?? {};
    expect(figures).toMatchObject({ failedShare: 1, windowMs: (told[0]?.at ?? 0) - outageAt });
    expect(figures?.score).toBeGreaterThan(figures?.threshold ?? Number.NaN);
    expect(votes).toHaveLength(figures?.projects ?? 0);
    expect(votes?.[0]).toMatchObject({ failed: 1, jobs: 1 });
  });

  test("without any history a total outage still opens", () => {
    const { told } = play(total(8, 60));
    expect(told.map((alert) => alert.status)).toContain("firing");
  });

  test("two failing projects are no outage, however often they fail", () => {
    expect(play(total(2, 300), { from: learnt }).told).toEqual([]);
    const quiet = green(12, 300, outageAt);
    const both = [...total(2, 300), ...quiet.filter((job) => !["p0", "p1"].includes(job.project))];
    expect(
      play(
        both.sort((a, b) => (a.finishedAt ?? 0) - (b.finishedAt ?? 0)),
        { from: learnt },
      ).told,
    ).toEqual([]);
  });

  test("one project that retries its broken build 60 times opens nothing", () => {
    const storm = Array.from({ length: 60 }, (_, i) =>
      build("p1", outageAt + i * minute, true, { trigger: `push-${i}` }),
    );
    expect(play(storm, { from: learnt }).told).toEqual([]);
  });

  test("one project with 30 targets opens nothing", () => {
    const push = Array.from({ length: 30 }, (_, i) =>
      build("p1", outageAt, true, { trigger: "push", target: `f${i}` }),
    );
    expect(play(push, { from: learnt }).told).toEqual([]);
  });

  test("many targets of one bad push are learnt as little more than one failure", () => {
    const push = Array.from({ length: 30 }, (_, i) =>
      build("p1", outageAt, true, { trigger: "push", target: `f${i}` }),
    );
    const single = play(push.slice(0, 1), { from: learnt }).state.streams.get("copr_build")?.projects.get("p1");
    const many = play(push, { from: learnt }).state.streams.get("copr_build")?.projects.get("p1");
    expect((many?.red ?? 0) - (single?.red ?? 0)).toBeLessThan(4);
  });

  test("canceled jobs carry no vote", () => {
    const jobs = total(12).map((job): Job => ({ ...job, status: "canceled" }));
    const { told, state } = play(jobs, { from: learnt });
    expect(told).toEqual([]);
    expect(state.streams.get("copr_build")?.rates).toEqual(learnt.streams.get("copr_build")?.rates);
  });

  test("jobs that were made long ago and end now tell nothing of now", () => {
    const zombies = total(12).map((job): Job => ({ ...job, status: "error", createdAt: outageAt - 2 * day }));
    expect(play(zombies, { from: learnt }).told).toEqual([]);
  });

  test("an open alarm is told again only when it has doubled", () => {
    const { told } = play(total(8, 240), { from: learnt });
    const failed = told.map((alert) => alert.evidence?.figures.failedJobs ?? 0);
    expect(told.length).toBeGreaterThan(2);
    expect(told.length).toBeLessThan(7);
    for (const [index, figure] of failed.entries()) {
      if (index > 0) expect(figure).toBeGreaterThanOrEqual(2 * (failed[index - 1] ?? 0));
    }
    expect(new Set(told.map((alert) => alert.startsAt)).size).toBe(1);
  });

  test("a partial outage is a warning, a total one critical", () => {
    const half = total(30, 60).map((job, i): Job => (i % 3 === 0 ? { ...job, status: "success" } : job));
    const strong = detector.step(copyOf(learnt), half, outageAt + 2 * hour, nobody).alerts[0];
    expect(strong?.severity).toBe("warning");
    expect(detector.step(copyOf(learnt), total(12, 60), outageAt + hour, nobody).alerts[0]?.severity).toBe("critical");
  });

  test("it resolves when jobs that began later succeed, whatever late red results of older jobs say", () => {
    const healed = outageAt + hour;
    const late = ["p8", "p9", "p10"].map((name, i) =>
      build(name, healed + (30 + i) * minute, true, { startedAt: healed - 30 * minute }),
    );
    const jobs = [...total(8, 60), ...green(8, 40, healed + 6 * minute), ...late];
    const { told } = play(
      jobs.sort((a, b) => (a.finishedAt ?? 0) - (b.finishedAt ?? 0)),
      { from: learnt, until: healed + 6 * hour },
    );
    const ends = told.filter((alert) => alert.status === "resolved");
    expect(ends).toHaveLength(1);
    expect(told.at(-1)).toBe(ends[0]);
    expect(ends[0]?.endsAt).toBeGreaterThanOrEqual(healed);
    expect(ends[0]?.endsAt).toBeLessThan(healed + 10 * minute);
    expect(ends[0]?.coverage).toEqual({ jobTypes: ["copr_build"], since: outageAt, until: ends[0]?.endsAt });
    expect(ends[0]?.summary).toMatch(
      /^\d of \d Copr builds from \d projects that began since 04:\d\d UTC succeeded|^\d.* 0[12]:\d\d UTC succeeded$/,
    );
  });

  test("the successes of one project alone do not resolve it", () => {
    const lucky = Array.from({ length: 40 }, (_, i) => build("p1", outageAt + hour + i * minute, false));
    const { told } = play([...total(8, 60), ...lucky], { from: learnt });
    expect(told.filter((alert) => alert.status === "resolved")).toEqual([]);
  });

  test("without a vote for 12 hours it closes, and says that nothing proves a recovery", () => {
    const before = play(total(8, 60), { from: learnt, until: outageAt + 12 * hour });
    expect(before.told.filter((alert) => alert.status === "resolved")).toEqual([]);
    const { told } = play(total(8, 60), { from: learnt, until: outageAt + 14 * hour });
    expect(told.at(-1)).toMatchObject({ status: "resolved", endsAt: outageAt + 47 * minute });
    expect(told.at(-1)?.summary).toMatch(
      /^closed without proof of recovery: no Copr builds ended in the 12 h since 01:47 UTC$/,
    );
  });

  test("a restart at any moment changes nothing of what is told", () => {
    const from = start + 3 * day;
    const outages = [{ type: "copr_build", from, to: from + 5 * hour, share: 0.9 }];
    const jobs = jobStream({ seed: 4, start, days: 4, pushesPerHour: 10, outages });
    const through = play(jobs);
    let turn = 0;
    const restarted = play(jobs, {
      each: (state) => (turn++ % 7 === 0 ? copyOf(state) : state),
    });
    expect(through.told.filter((alert) => alert.status === "firing").length).toBeGreaterThan(0);
    expect(restarted.told.map((alert) => alert.summary)).toEqual(through.told.map((alert) => alert.summary));
  });

  test("a state that is broken or of another version is refused", () => {
    const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
    for (const text of ["", "{", "null", '{"version":1,"streams":[]}', '{"version":2,"streams":[{}]}']) {
      expect(detector.load(bytes(text))).toBeUndefined();
    }
    expect(detector.load(detector.save(detector.start()))).toMatchObject({ streams: new Map(), all: { type: "*" } });
  });

  test("dismissed, it closes and takes what it saw for the usual", () => {
    const first = play(total(8, 60), { from: learnt });
    const at = outageAt + 61 * minute;
    const feedback = { dismissed: [{ key: first.told[0]?.key ?? brand(""), at }] };
    const more = total(8, 60, at);
    const { told, state } = play(more, { from: first.state, feedback, until: at + minute });
    expect(told).toMatchObject([
      { status: "resolved", summary: "dismissed as no outage; what it saw counts as usual from now on" },
    ]);
    const red = [first.state, state].map((known) =>
      [...(known.streams.get("copr_build")?.projects.values() ?? [])].reduce((sum, project) => sum + project.red, 0),
    );
    expect(red[1]).toBeGreaterThan((red[0] ?? 0) + 8);
  });

  test("an earlier dismissal does not close a later alarm", () => {
    const feedback = { dismissed: [{ key: brand<Alert["key"]>("builds/failing:copr_build"), at: outageAt - hour }] };
    const { told } = play(total(8, 60), { from: learnt, feedback });
    expect(told.filter((alert) => alert.status === "resolved")).toEqual([]);
    expect(told.length).toBeGreaterThan(0);
  });

  test("an outage is not learnt as the usual while its alarm is open", () => {
    const long = total(8, 600);
    const opened = play(long, { from: learnt, until: outageAt + 30 * minute });
    const after = play(long, { from: learnt });
    expect(opened.told.length).toBeGreaterThan(0);
    expect(after.state.streams.get("copr_build")?.rates).toEqual(opened.state.streams.get("copr_build")?.rates);
  });

  test("of a history that is read in batches, only what still fails is told, once", () => {
    const from = start + 2 * day;
    const past = { type: "copr_build", from, to: from + 3 * hour, share: 1 };
    const until = start + 5 * day;
    const still = { type: "testing_farm", from: until - 4 * hour, to: until + day, share: 1 };
    const jobs = jobStream({ seed: 7, start, days: 6, pushesPerHour: 14, outages: [past, still] });
    const history = jobs.filter((job) => (job.finishedAt ?? 0) <= until);
    // As tables are read: type by type, in the order of their ids.
    const read = ["testing_farm", "srpm_build", "copr_build"].flatMap((type) =>
      history.filter((job) => job.type === type).sort((a, b) => a.createdAt - b.createdAt),
    );
    let state = detector.start();
    const size = 500;
    for (let at = 0; at + size < read.length; at += size)
      state = detector.learn(state, read.slice(at, at + size), until);
    const rest = read.slice(Math.floor((read.length - 1) / size) * size);
    const { alerts, state: after } = detector.step(state, rest, until, nobody);
    expect(alerts).toMatchObject([{ status: "firing", labels: { type: "testing_farm" } }]);
    expect(detector.step(after, [], until + minute, nobody).alerts).toEqual([]);
  });

  test("a job that is told twice votes once", () => {
    const jobs = total(3, 20);
    const { told } = play([...jobs, ...jobs, ...jobs, ...green(1, 20, outageAt)], { from: learnt });
    expect(told).toEqual([]);
    const state = detector.step(copyOf(learnt), [...jobs, ...jobs], outageAt + hour, nobody).state;
    const ids = new Set(jobs.map((job) => job.id));
    expect(state.streams.get("copr_build")?.window.votes.filter((vote) => ids.has(vote.id))).toHaveLength(3);
  });

  test("its memory is bounded, however many jobs, projects and types there are", () => {
    let state = detector.start();
    for (let batch = 0; batch < 20; batch++) {
      const jobs = Array.from({ length: 1_000 }, (_, i) =>
        build(`project-${batch}-${i}`, start + batch * minute, i % 3 === 0),
      );
      state = detector.step(state, jobs, start + batch * minute, nobody).state;
    }
    const stream = state.streams.get("copr_build");
    expect(stream?.window.votes).toHaveLength(300);
    expect(stream?.projects.size).toBeLessThan(2_300);
    const types = Array.from({ length: 300 }, (_, i) => build("p", start + hour, false, { type: `t${i}` }));
    expect(detector.step(state, types, start + hour, nobody).state.streams.size).toBe(100);
    const late = detector.step(state, [], start + 7 * hour, nobody).state;
    expect(late.streams.get("copr_build")?.window.votes).toEqual([]);
  });
});
