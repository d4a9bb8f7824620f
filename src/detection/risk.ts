// How likely a job is to fail on an ordinary day: said before its result is looked at, learnt from it afterwards.
import { z } from "zod";
import { day, hour, type Instant } from "../lib/clock.ts";
import { fromLogOdds, levelOf, logOdds, within, type Level } from "./chance.ts";

/** What became of a job. A quick failure ended long before such a job gets to what it is about. */
export const outcomes = ["passed", "failed", "quick", "error"] as const;
export type Outcome = (typeof outcomes)[number];
export const isFailure = (outcome: Outcome): boolean => outcome !== "passed";

/** The levels of its chances to fail at all, to fail quickly, to end as an error, and to fail in any other way. */
export type Risk = { readonly failure: Level; readonly quick: Level; readonly error: Level; readonly other: Level };

export const Tally = z.object({ red: z.number(), all: z.number() });
export type Tally = z.infer<typeof Tally>;
export const shareOf = ({ red, all }: Tally): number => red / all;

/**
 * What a project's last results say of the next one: it goes on as it was, and the targets of one push fare alike. The
 * tallies that each starts with are what CI services are like; about eight jobs of one's own outweigh them.
 */
const standings = {
  unknown: { red: 5, all: 20 },
  passedLast: { red: 1, all: 8 },
  failedLast: { red: 2, all: 4 },
  keepsFailing: { red: 3.2, all: 4 },
  siblingPassed: { red: 0.6, all: 8 },
  siblingFailed: { red: 5.2, all: 6 },
} as const;
export type Standing = keyof typeof standings;

/** Of one type of job. */
export const Rates = z.object({
  unknown: Tally,
  passedLast: Tally,
  failedLast: Tally,
  keepsFailing: Tally,
  siblingPassed: Tally,
  siblingFailed: Tally,
  /** Errors of projects that had none lately, and of those that had one. */
  error: Tally,
  errorAgain: Tally,
  /** How many of the failures are quick ones. */
  quick: Tally,
});
export type Rates = z.infer<typeof Rates>;

export function newRates(): Rates {
  const { unknown, passedLast, failedLast, keepsFailing, siblingPassed, siblingFailed } = structuredClone(standings);
  const first = { unknown, passedLast, failedLast, keepsFailing, siblingPassed, siblingFailed };
  return {
    ...first,
    error: { red: 0.6, all: 40 },
    errorAgain: { red: 1.6, all: 4 },
    quick: { red: 4, all: 20 },
  };
}

/** How one project fares with one type of job. */
export type Project = {
  red: number;
  all: number;
  /** How many pushes in a row were red; undefined before the first has been seen. */
  redPushes: number | undefined;
  /** The last push, and how its jobs fared. */
  push: string;
  passed: number;
  failed: number;
  seenAt: Instant;
  errorAt: Instant;
  /** How many of its jobs have told how long they take, and the sum of the logarithms. */
  timed: number;
  logTimes: number;
};

export function newProject(): Project {
  const none = Number.NEGATIVE_INFINITY;
  return { red: 0, all: 0, redPushes: undefined, push: "", passed: 0, failed: 0, seenAt: none, errorAt: none, timed: 0, logTimes: 0 }; // prettier-ignore
}

/** Who was red so long ago may have been mended since. */
const stale = 5 * day;
/** An error is often followed by others, of the same project. */
const errorsCluster = 6 * hour;
/** Nobody is so good that a failure proves an outage by itself. */
const least = { failure: 0.04, quick: 0.012, error: 0.012 };
const most = 0.97;
/** How many jobs it takes until a project counts as much as its type. */
const pseudoJobs = 3;
/** How much of a project's own odds shows, and of a sibling's after the sibling has told. */
const ownWeight = { first: 0.5, sibling: 0.25 };

const isSibling = (standing: Standing): boolean => standing === "siblingPassed" || standing === "siblingFailed";

export function standingOf(project: Project, push: string, at: Instant): Standing {
  if (project.push === push && project.passed + project.failed > 0)
    return project.failed > project.passed ? "siblingFailed" : "siblingPassed";
  const red = redPushesOf(project);
  if (red === undefined || at - project.seenAt > stale) return "unknown";
  if (red === 0) return "passedLast";
  return red === 1 ? "failedLast" : "keepsFailing";
}

/** With the last push, which is over when another begins. */
function redPushesOf({ redPushes, passed, failed }: Project): number | undefined {
  if (passed + failed === 0) return redPushes;
  return failed > passed ? (redPushes ?? 0) + 1 : 0;
}

/** Over all jobs that were not told by a sibling. */
function overallShare({ unknown, passedLast, failedLast, keepsFailing }: Rates): number {
  const red = unknown.red + passedLast.red + failedLast.red + keepsFailing.red;
  return red / (unknown.all + passedLast.all + failedLast.all + keepsFailing.all);
}

export function riskOf(rates: Rates, project: Project, push: string, at: Instant): Risk {
  const standing = standingOf(project, push, at);
  const overall = overallShare(rates);
  const own = (project.red + pseudoJobs * overall) / (project.all + pseudoJobs);
  const weight = isSibling(standing) ? ownWeight.sibling : ownWeight.first;
  const odds = (share: number): number => logOdds(within(share, 0.02, most));
  const usual = odds(shareOf(rates[standing])) + weight * (odds(own) - odds(overall));
  const failure = within(fromLogOdds(usual), least.failure, most);
  const error = within(
    shareOf(at - project.errorAt < errorsCluster ? rates.errorAgain : rates.error),
    least.error,
    0.9,
  );
  const quick = within(failure * shareOf(rates.quick), least.quick, failure * 0.9);
  return {
    failure: levelOf(failure),
    quick: levelOf(quick),
    error: levelOf(error),
    other: levelOf(failure - error - quick),
  };
}

/** Memory fades: beyond this weight all is halved. */
const fade = { project: 60, standing: 3_000, error: 6_000, quick: 6_000 };

function count(tally: Tally, red: boolean, weight: number, limit: number): void {
  tally.red += red ? weight : 0;
  tally.all += weight;
  if (tally.all <= limit) return;
  tally.red /= 2;
  tally.all /= 2;
}

/** The n-th sibling of one push teaches an n-th of the first: thirty targets of one bad commit are hardly more than one. */
export function learnRates(rates: Rates, project: Project, push: string, at: Instant, outcome: Outcome): void {
  const red = isFailure(outcome);
  count(rates[standingOf(project, push, at)], red, 1, fade.standing);
  count(at - project.errorAt < errorsCluster ? rates.errorAgain : rates.error, outcome === "error", 1, fade.error);
  if (red) count(rates.quick, outcome === "quick", 1, fade.quick);
  const siblings = project.push === push ? project.passed + project.failed : 0;
  count(project, red, 1 / (siblings + 1), fade.project);
}

/** What a project did last is known even while nothing is learnt. */
export function remember(project: Project, push: string, at: Instant, outcome: Outcome): void {
  if (project.push !== push) {
    project.redPushes = redPushesOf(project);
    project.push = push;
    project.passed = 0;
    project.failed = 0;
  }
  if (isFailure(outcome)) project.failed += 1;
  else project.passed += 1;
  project.seenAt = Math.max(project.seenAt, at);
  if (outcome === "error") project.errorAt = Math.max(project.errorAt, at);
}
