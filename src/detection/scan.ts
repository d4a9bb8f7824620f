// The test itself: is a share θ of all jobs failing beyond what each project is used to? A scan over all possible starts.
import type { Instant } from "../lib/clock.ts";
import { monthlyVolume, windowMs, type Alarm, type Stream, type Vote } from "./stream.ts";

/** A third, most, or nearly all of what would have succeeded fails. */
const thetas = [0.3, 0.6, 0.95] as const;
const leastFailing = 3;
const leastVoting = 4;
/** The one knob: false alarms a stream may raise in 30 days. */
const alarmsWanted = 1;
const leastThreshold = 5.5;

/** The more jobs, the more chances for a coincidence, the more evidence is asked for. */
export function thresholdOf(stream: Stream): number {
  return Math.max(leastThreshold, Math.log(Math.max(50, monthlyVolume(stream)) / alarmsWanted));
}

/** What one project's mean share of failures says for an outage of strength θ, against an ordinary day. */
function evidenceOf(share: number, expected: number, theta: number): number {
  return share * Math.log((expected + theta * (1 - expected)) / expected) + (1 - share) * Math.log(1 - theta);
}

export type Finding = { readonly score: number; readonly theta: number; readonly startsAt: Instant };

type Standing = { failed: number; jobs: number; evidence: readonly number[] };

/** From the newest vote to the oldest; a project has one vote however many jobs it ran, with the odds of its oldest one. */
export function scan(stream: Stream): Finding | undefined {
  const projects = new Map<string, Standing>();
  const sums = thetas.map(() => 0);
  let failing = 0;
  let firstRed = 0;
  let best: Finding | undefined;
  for (const vote of stream.votes.toReversed()) {
    if (vote.at <= stream.fresh.at || vote.at <= stream.clock - windowMs) break;
    if (vote.began < stream.fresh.began) continue;
    const before = projects.get(vote.project) ?? { failed: 0, jobs: 0, evidence: thetas.map(() => 0) };
    const failed = before.failed + (vote.red ? 1 : 0);
    const jobs = before.jobs + 1;
    const evidence = thetas.map((theta) => evidenceOf(failed / jobs, vote.expected, theta));
    projects.set(vote.project, { failed, jobs, evidence });
    if (before.failed === 0 && vote.red) failing += 1;
    if (vote.red) firstRed = vote.at;
    thetas.forEach((theta, index) => {
      const score = (sums[index] ?? 0) + (evidence[index] ?? 0) - (before.evidence[index] ?? 0);
      sums[index] = score;
      if (failing < leastFailing || projects.size < leastVoting) return;
      if (score > (best?.score ?? 0)) best = { score, theta, startsAt: firstRed };
    });
  }
  return best;
}

const enoughToClose = 6;
const closingProjects = 2;

export type Recovery = {
  readonly since: Instant;
  readonly jobs: number;
  readonly succeeded: number;
  readonly projects: number;
};

function newestBeginningFirst(a: Vote, b: Vote): number {
  return b.began - a.began || Number(b.red) - Number(a.red);
}

/**
 * Evidence that jobs which began after some moment fare as usual. Late red results of jobs from before it are not looked at;
 * the n-th job of a project weighs an n-th.
 */
export function recoveryOf(stream: Stream, alarm: Alarm): Recovery | undefined {
  const seen = new Map<string, number>();
  let sum = 0;
  let best = enoughToClose;
  let succeeded = 0;
  let jobs = 0;
  const working = new Set<string>();
  let found: Recovery | undefined;
  for (const vote of stream.votes.toSorted(newestBeginningFirst)) {
    if (vote.began < alarm.startsAt) break;
    const nth = (seen.get(vote.project) ?? 0) + 1;
    seen.set(vote.project, nth);
    const broken = vote.expected + alarm.theta * (1 - vote.expected);
    sum += Math.log(vote.red ? vote.expected / broken : (1 - vote.expected) / (1 - broken)) / nth;
    jobs += 1;
    if (!vote.red) succeeded += 1;
    if (!vote.red) working.add(vote.project);
    if (sum < best || working.size < closingProjects) continue;
    best = sum;
    found = { since: vote.began, jobs, succeeded, projects: seen.size };
  }
  return found;
}
