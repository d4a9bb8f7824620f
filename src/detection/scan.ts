// The test itself: since some moment, does an extra share of the jobs fail beyond what each project is used to? Every moment
// of the last hours is tried, and four ways to fail; a project has one vote however many jobs it ran.
import type { Instant } from "../lib/clock.ts";
import { chanceOf, levels } from "./chance.ts";
import type { Risk } from "./risk.ts";
import { windowMs, type Vote, type Window } from "./vote.ts";

/** A third, most, or nearly all of what would have succeeded fails. */
export const thetas = [0.3, 0.6, 0.95] as const;

/**
 * What is looked at: any failure; errors, and quick failures, which are rare on ordinary days and so tell soonest; or
 * a mixture of the three in equal parts.
 */
export const streams = ["any", "error", "quick", "mixed"] as const;
export type StreamName = (typeof streams)[number];

/** Two may be a coincidence, or friends. */
export const leastFailing = 3;
/** One error among many passed jobs of a project is a sign already; a share of them counts twice. */
const errorBoost = 2;
/** It began earlier only if that explains clearly more: somebody is always red. */
const clearly = 1;
/** The shares of an outage's failures in the mixture. */
const mixture = { error: 0.33, quick: 0.33, other: 0.34 };

const ways = streams.length;
const tests = thetas.length * ways;

/** For each θ and level, one after the other: the logarithm of how much likelier an outage makes a failure. */
const table = (likelier: (theta: number, chance: number) => number): Float64Array =>
  Float64Array.from({ length: thetas.length * levels }, (_, at) =>
    Math.log(likelier(thetas[Math.floor(at / levels)] ?? 0, chanceOf(at % levels))),
  );

const failureSpeaks = table((theta, chance) => (chance + theta * (1 - chance)) / chance);
const mixedSpeaks = table((theta, chance) => 1 - theta + (mixture.error * theta) / chance);
const otherSpeaks = table((theta, chance) => 1 - theta + (mixture.other * theta) / chance);
const successSpeaks = thetas.map((theta) => Math.log(1 - theta));

export type Finding = {
  readonly score: number;
  readonly theta: number;
  readonly stream: StreamName;
  /** When the first failure of it ended. */
  readonly startsAt: Instant;
};

export type Scope = {
  readonly window: Window;
  readonly now: Instant;
  /** Evidence begins here: jobs that ended or began earlier are the last alarm's, or its backlog. */
  readonly fresh: { readonly at: Instant; readonly began: Instant };
  /** Votes that another alarm explains. */
  readonly except?: ((vote: Vote) => boolean) | undefined;
  /** The chance of a vote in this scope, where it is not the vote's own. */
  readonly risk?: (vote: Vote) => Risk;
  readonly streams?: readonly StreamName[];
};

/** Of one project while it is looked back: how many of its jobs, how they ended, and where its evidence stands. */
type Tally = { jobs: number; failed: number; errors: number; quick: number; readonly at: number };

/** What each project says in each test. There are as many projects as votes at most; a scan is too frequent to make it anew. */
const mostVotes = 600;
const evidence = new Float64Array(mostVotes * tests);

/** A project's shares in each test, with the chances of its oldest job: later ones follow from it. Adds what is new to `sums`. */
function weigh(tally: Tally, risk: Risk, sums: Float64Array): void {
  const failed = tally.failed / tally.jobs;
  const errors = Math.min(1, (errorBoost * tally.errors) / tally.jobs);
  const quick = tally.quick / tally.jobs;
  const other = Math.max(0, failed - errors - quick);
  for (let k = 0, at = 0, level = 0; k < thetas.length; k++, at += ways, level += levels) {
    const success = successSpeaks[k] ?? 0;
    const green = (1 - failed) * success;
    put(sums, at, tally, green + failed * term(failureSpeaks, level + risk.failure));
    put(sums, at + 1, tally, (1 - errors) * success + errors * term(failureSpeaks, level + risk.error));
    put(sums, at + 2, tally, (1 - quick) * success + quick * term(failureSpeaks, level + risk.quick));
    const mixed =
      errors * term(mixedSpeaks, level + risk.error) +
      quick * term(mixedSpeaks, level + risk.quick) +
      other * term(otherSpeaks, level + risk.other);
    put(sums, at + 3, tally, green + mixed);
  }
}

const term = (terms: Float64Array, at: number): number => terms[at] ?? 0;

/** A project of which all passed says the same whatever was to be expected of it, and another green job of it says nothing new. */
function weighGreen(tally: Tally, sums: Float64Array): void {
  for (let k = 0, test = 0; k < thetas.length; k++) {
    const success = successSpeaks[k] ?? 0;
    for (let way = 0; way < ways; way++, test++) {
      evidence[tally.at + test] = success;
      sums[test] = (sums[test] ?? 0) + success;
    }
  }
}

function put(sums: Float64Array, test: number, tally: Tally, now: number): void {
  const at = tally.at + test;
  sums[test] = (sums[test] ?? 0) + now - (evidence[at] ?? 0);
  evidence[at] = now;
}

/** From the newest vote to the oldest. */
export function scan(scope: Scope): Finding | undefined {
  const { votes, most } = scope.window;
  const projects = new Map<string, Tally>();
  const sums = new Float64Array(tests);
  const asked = streams.map((name) => scope.streams?.includes(name) ?? true);
  const failing = { any: 0, error: 0, quick: 0 };
  let firstRed = 0;
  let best = 0;
  let since = 0;
  let bestTest = -1;
  let startsAt = 0;
  for (let i = votes.length - 1; i >= Math.max(0, votes.length - most); i--) {
    const vote = votes[i];
    if (vote === undefined || vote.at <= scope.fresh.at || vote.at <= scope.now - windowMs) break;
    if (vote.began < scope.fresh.began || scope.except?.(vote) === true) continue;
    let tally = projects.get(vote.project);
    if (tally === undefined) {
      tally = { jobs: 0, failed: 0, errors: 0, quick: 0, at: projects.size * tests };
      evidence.fill(0, tally.at, tally.at + tests);
      projects.set(vote.project, tally);
    }
    if (vote.outcome === "passed" && tally.failed === 0) {
      tally.jobs += 1;
      if (tally.jobs === 1) weighGreen(tally, sums);
      continue;
    }
    count(failing, tally, -1);
    tally.jobs += 1;
    if (vote.outcome !== "passed") tally.failed += 1;
    if (vote.outcome === "error") tally.errors += 1;
    if (vote.outcome === "quick") tally.quick += 1;
    count(failing, tally, 1);
    if (vote.outcome !== "passed") firstRed = vote.at;
    weigh(tally, scope.risk?.(vote) ?? vote.risk, sums);
    if (failing.any < leastFailing && failing.error < leastFailing && failing.quick < leastFailing) continue;
    for (let test = 0; test < tests; test++) {
      const sum = sums[test] ?? 0;
      if (sum <= best) continue;
      const stream = test % ways;
      const red = stream === 1 ? failing.error : stream === 2 ? failing.quick : failing.any;
      if (red < leastFailing || asked[stream] !== true) continue;
      best = sum;
      bestTest = test;
      if (sum <= since + clearly) continue;
      since = sum;
      startsAt = firstRed;
    }
  }
  const theta = thetas[Math.floor(bestTest / ways)];
  const stream = streams[bestTest % ways];
  if (theta === undefined || stream === undefined) return undefined;
  return { score: best, theta, stream, startsAt };
}

/** How many projects fail in each way; one that is mostly green has not failed. */
function count(failing: { any: number; error: number; quick: number }, tally: Tally, by: 1 | -1): void {
  if (tally.failed > tally.jobs / 2) failing.any += by;
  if (tally.errors > 0) failing.error += by;
  if (tally.quick > 0) failing.quick += by;
}
