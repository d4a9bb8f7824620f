// A made-up CI service with outages that are known: for measuring detectors. Its people work in time zones, its projects
// break and are mended, and much goes wrong that is no outage. Not like the stream that the detector's constants came from.
import { random } from "../../test/kit/job-stream.ts";
import type { Job, JobStatus } from "../../src/jobs/job.ts";
import { day, hour, minute, second, type Instant } from "../../src/lib/clock.ts";
import { drawTrouble, hits, type Trouble } from "./trouble.ts";

export const after = { build: "package", test: "build" } as const;
export const types = ["package", "build", "test", "docs"] as const;
export type JobType = (typeof types)[number];
const targets = ["stable-x86", "next-x86", "stable-arm", "next-arm", "old-x86"] as const;

export type Service = {
  readonly seed: number;
  /** Jobs an hour, of all types, about. */
  readonly rate: number;
  readonly days: number;
  readonly start: Instant;
  readonly outages: boolean;
};

export type Dice = {
  readonly chance: () => number;
  readonly normal: () => number;
  /** With this mean. */
  readonly wait: (mean: number) => number;
  readonly pick: <T>(list: readonly T[]) => T;
};

export function diceOf(seed: number): Dice {
  const chance = random(seed);
  const pick = <T>(list: readonly T[]): T => {
    const one = list[Math.floor(chance() * list.length)];
    if (one === undefined) throw new Error("nothing to pick from");
    return one;
  };
  const normal = (): number => Math.sqrt(-2 * Math.log(1 - chance())) * Math.cos(2 * Math.PI * chance());
  return { chance, normal, wait: (mean) => -Math.log(1 - chance()) * mean, pick };
}

type Project = {
  readonly name: string;
  readonly team: number;
  readonly share: number;
  /** The hour, UTC, at which its people begin, and how much they rest at weekends. */
  readonly begins: number;
  readonly weekend: number;
  readonly targets: readonly string[];
  readonly tests: boolean;
  readonly docs: boolean;
  /** How often a commit is bad, and how long jobs take, against others. */
  readonly care: Readonly<Record<JobType, number>>;
  readonly pace: number;
  broken: JobType | undefined;
};

const badCommits = { package: 0.06, build: 0.14, test: 0.17, docs: 0.05 } as const;
const flaky = { package: 0.01, build: 0.02, test: 0.08, docs: 0.01 } as const;
const lasting = { package: 2 * minute, build: 11 * minute, test: 24 * minute, docs: 4 * minute } as const;

function drawProject(dice: Dice, index: number): Project {
  const care = (type: JobType): number => badCommits[type] * Math.exp(0.8 * dice.normal());
  const mine = targets.filter((_, place) => dice.chance() < 0.9 - 0.16 * place);
  return {
    name: `team-${index % 23}/repo-${index}`,
    team: index % 23,
    share: Math.exp(1.1 * dice.normal()),
    begins: dice.pick([6, 7, 7, 8, 13, 14, 23]),
    weekend: 0.1 + 0.4 * dice.chance(),
    targets: mine.length === 0 ? [targets[0]] : mine,
    tests: dice.chance() < 0.7,
    docs: dice.chance() < 0.4,
    care: { package: care("package"), build: care("build"), test: care("test"), docs: care("docs") },
    pace: Math.exp(0.4 * dice.normal()),
    broken: undefined,
  };
}

/** How busy the people of a project are: eight hours a day, with a long evening. */
function busy({ begins, weekend }: Project, at: Instant): number {
  const since = (((at / hour) % 24) - begins + 24) % 24;
  const working = since < 9 ? 1 : since < 14 ? 0.35 : 0.08;
  return working * (Math.floor(at / day + 3) % 7 >= 5 ? weekend : 1);
}

/** No outage: the repositories of a team share a mistake; a day is a holiday for many; a bot rebuilds many repositories. */
type Nuisance = { readonly kind: "shared" | "holiday" | "rebuild"; readonly from: Instant; readonly to: Instant; readonly team: number; readonly type: JobType }; // prettier-ignore

function drawNuisances(dice: Dice, { start, days }: Service): readonly Nuisance[] {
  const drawn: Nuisance[] = [];
  for (let at = start; (at += dice.wait(4 * day)) < start + days * day;) {
    const kind = dice.pick(["shared", "shared", "holiday", "rebuild"] as const);
    const lasts = { shared: 6 * hour, holiday: day, rebuild: 45 * minute }[kind] * (0.5 + dice.chance());
    drawn.push({
      kind,
      from: at,
      to: at + lasts,
      team: Math.floor(dice.chance() * 23),
      type: dice.pick(["build", "test"]),
    });
  }
  return drawn;
}

export type Generated = { readonly jobs: readonly Job[]; readonly troubles: readonly Trouble[]; readonly end: Instant };

export function generate(service: Service): Generated {
  const { seed, rate, days, start } = service;
  const dice = diceOf(seed);
  const end = start + days * day;
  const projects = Array.from({ length: Math.round(25 + 5 * Math.sqrt(rate)) }, (_, index) => drawProject(dice, index));
  const total = projects.reduce((sum, { share }) => sum + share, 0);
  const nuisances = drawNuisances(dice, service);
  const troubles = service.outages ? drawTrouble(dice, start, end, types, targets, after) : [];
  const during = (kind: Nuisance["kind"], at: Instant): readonly Nuisance[] =>
    nuisances.filter((one) => one.kind === kind && at >= one.from && at < one.to);
  const jobs: Job[] = [];
  let serial = 0;

  /** One job; when it succeeded and ended, or undefined. */
  const run = (
    type: JobType,
    project: Project,
    target: string | undefined,
    made: Instant,
    trigger: string,
    bad: boolean,
  ): Instant | undefined => {
    // prettier-ignore
    const at = { type, target, project: project.name };
    const silent = hits(troubles, "silence", at, made);
    if (silent !== undefined) {
      silent.hit.add(trigger);
      return undefined;
    }
    const shared = during("shared", made).some((one) => one.team === project.team && one.type === type);
    let began = made + dice.wait(40 * second);
    const red = bad || shared || dice.chance() < flaky[type];
    let takes = lasting[type] * project.pace * Math.exp(0.45 * dice.normal()) * (red ? 0.3 + 0.7 * dice.chance() : 1);
    if (dice.chance() < 1 / 800) takes += 5 * hour * dice.chance();
    let status: JobStatus = dice.chance() < 0.006 ? "error" : red ? "failure" : "success";
    const slow = hits(troubles, "slow", at, began);
    if (slow !== undefined) {
      takes *= 4;
      if (began + takes / 2 < slow.end) slow.hit.add(project.name);
    }
    const failing = hits(troubles, "failing", at, began);
    if (failing !== undefined && dice.chance() < failing.share) {
      status = dice.chance() < failing.errors ? "error" : "failure";
      if (failing.quick) takes = 5 * second + dice.wait(20 * second);
      if (began + takes < failing.end) failing.hit.add(project.name);
      failing.firstHits.push([began + takes, project.name]);
    }
    const stuck = hits(troubles, "stuck", at, began);
    if (stuck !== undefined) {
      if (made + 2 * lasting[type] * project.pace < stuck.end) stuck.hit.add(project.name);
      began = stuck.end + dice.wait(10 * minute);
    }
    const finished = began + takes;
    serial += 1;
    const open = finished > end;
    jobs.push({
      id: `job-${serial}`,
      type,
      project: project.name,
      ...(target !== undefined && { target }),
      trigger,
      status: open ? "running" : status,
      createdAt: Math.round(made),
      startedAt: Math.round(began),
      ...(!open && { finishedAt: Math.round(finished) }),
    });
    return status === "success" ? finished : undefined;
  };

  const push = (project: Project, at: Instant, again: number): void => {
    const trigger = `push-${(serial += 1)}`;
    if (project.broken === undefined && dice.chance() < 0.015) project.broken = dice.pick(["build", "test"]);
    else if (project.broken !== undefined && dice.chance() < 0.3) project.broken = undefined;
    const bad = (type: JobType): boolean => project.broken === type || dice.chance() < project.care[type];
    let good = true;
    if (project.docs) run("docs", project, undefined, at + second, trigger, bad("docs"));
    const packaged = run("package", project, undefined, at, trigger, bad("package"));
    const [badBuild, badTest] = [bad("build"), bad("test")];
    for (const target of packaged === undefined ? [] : project.targets) {
      const built = run("build", project, target, (packaged ?? at) + 3 * second, trigger, badBuild);
      if (built === undefined) good = false;
      else if (project.tests && run("test", project, target, built + 10 * second, trigger, badTest) === undefined)
        good = false;
    }
    if ((packaged === undefined || !good) && again < 5 && dice.chance() < 0.4)
      push(project, at + 20 * minute + dice.wait(hour), again + 1);
  };

  const jobsEach = projects.reduce(
    (sum, p) => sum + (p.share / total) * (1.3 + p.targets.length * (p.tests ? 1.6 : 0.9)),
    0,
  );
  const pushesAnHour = rate / jobsEach / 0.36 / 1.2;
  for (const project of projects) {
    const mean = hour / ((pushesAnHour * project.share) / total);
    for (let at = start; (at += dice.wait(mean)) < end;) {
      const rest = during("holiday", at).length > 0 ? 0.35 : 1;
      if (dice.chance() < busy(project, at) * rest) push(project, at, 0);
    }
    for (const rebuild of nuisances) if (rebuild.kind === "rebuild" && dice.chance() < 0.5) push(project, rebuild.from + dice.chance() * (rebuild.to - rebuild.from), 9); // prettier-ignore
  }
  const storm = dice.pick(projects);
  const stormAt = start + (5 + dice.chance() * (days - 6)) * day;
  storm.broken = "build";
  for (let i = 0; i < Math.min(40, rate); i++) push(storm, stormAt + i * 3 * minute, 9);
  jobs.sort((a, b) => a.createdAt - b.createdAt);
  return { jobs: jobs.filter(({ createdAt }) => createdAt < end), troubles, end };
}
