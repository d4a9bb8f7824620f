// A seeded stream of a made-up CI service, for detectors: pushes with siblings of a common fate, noisy projects, an outage.
import type { Job, JobStatus } from "../../src/jobs/job.ts";
import { day, hour, minute, type Instant } from "../../src/lib/clock.ts";

/** mulberry32: the same numbers on every machine. */
export function random(seed: number): () => number {
  let a = seed;
  return () => {
    a = (a + 0x6d2b79f5) | 0;
    let t = Math.imul(a ^ (a >>> 15), 1 | a);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  };
}

export type Outage = {
  readonly type: string;
  readonly from: Instant;
  readonly to: Instant;
  /** Of the jobs that begin in it: how many fail. */
  readonly share: number;
};

export type StreamOptions = {
  readonly seed: number;
  readonly start: Instant;
  readonly days: number;
  readonly pushesPerHour: number;
  readonly projects?: number;
  readonly outages?: readonly Outage[];
};

/** How often jobs of a type are red on an ordinary day, over all projects. */
const usual = { srpm_build: 0.12, copr_build: 0.3, testing_farm: 0.34 } as const;

/** All jobs of the stream, in the order of their ends. About 12, 30 and 34 % of them are red without any outage. */
export function jobStream(options: StreamOptions): readonly Job[] {
  const chance = random(options.seed);
  const amount = options.projects ?? 80;
  // Few projects push much, many push seldom; some are mostly red, most are mostly green.
  const temper = Array.from({ length: amount }, () => 0.15 + 2.6 * chance() ** 2);
  const targets = Array.from({ length: amount }, () => 1 + Math.floor(6 * chance() ** 2));
  const pushes: { readonly at: Instant; readonly project: number; readonly again: number }[] = [];
  for (let at = options.start; at < options.start + options.days * day;) {
    at -= (Math.log(1 - chance()) * hour) / options.pushesPerHour;
    pushes.push({ at, project: Math.floor(amount * chance() ** 2.5), again: 0 });
  }
  const jobs: Job[] = [];
  const add = (
    type: keyof typeof usual,
    push: number,
    project: number,
    target: string,
    began: Instant,
    bad: boolean,
  ): Job => {
    const takes = (2 + 12 * chance() ** 2) * minute;
    const cut = options.outages?.some(
      (out) => out.type === type && began >= out.from && began < out.to && chance() < out.share,
    );
    const status: JobStatus = cut ? (chance() < 0.5 ? "error" : "failure") : bad ? "failure" : "success";
    const startedAt = Math.round(began + chance() * minute);
    const job: Job = {
      id: `${type}:${jobs.length}`,
      type,
      project: `org/project-${project}`,
      ...(target !== "" && { target }),
      trigger: `push-${push}`,
      status,
      createdAt: Math.round(began),
      startedAt,
      finishedAt: Math.round(startedAt + takes),
      finishedAtIs: "reported",
    };
    jobs.push(job);
    return job;
  };
  for (const [push, { at, project, again }] of pushes.entries()) {
    const red = (type: keyof typeof usual, part: number): boolean =>
      chance() < Math.min(0.9, usual[type] * part * (temper[project] ?? 1));
    const srpm = add("srpm_build", push, project, "", at, red("srpm_build", 0.9));
    let failed = srpm.status !== "success";
    if (!failed) {
      const badCommit = red("copr_build", 0.8); // then all targets fail together
      for (let target = 0; target < (targets[project] ?? 1); target++) {
        const bad = badCommit || red("copr_build", 0.25);
        const build = add("copr_build", push, project, `chroot-${target}`, (srpm.finishedAt ?? at) + 5_000, bad);
        if (build.status !== "success") failed = true;
        else if (target < 2)
          add(
            "testing_farm",
            push,
            project,
            `chroot-${target}`,
            (build.finishedAt ?? at) + 5_000,
            red("testing_farm", 1.15),
          );
      }
    }
    // Whoever sees red pushes again, soon.
    if (failed && again < 4 && chance() < 0.5) pushes.push({ at: at + hour * chance(), project, again: again + 1 });
  }
  return jobs.sort((a, b) => (a.finishedAt ?? 0) - (b.finishedAt ?? 0));
}
