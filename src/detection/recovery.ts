// Whether trouble is over: evidence that jobs which began since some moment fare as usual.
import type { Instant } from "../lib/clock.ts";
import type { Sign } from "./alarm.ts";
import { chanceOf } from "./chance.ts";
import { isFailure, type Outcome, type Risk } from "./risk.ts";

/** From here on it looks like a recovery, and from there on it is one. */
export const recovering = 3;
export const recovered = 6;
const leastProjects = 2;

export type Recovery = {
  readonly score: number;
  readonly since: Instant;
  readonly jobs: number;
  readonly succeeded: number;
  readonly projects: number;
};

/** In which ways the jobs of an outage fail, in shares. */
export type Manner = { readonly failed: number; readonly quick: number; readonly error: number };

/** As the failures since it began show; each way as if it had been seen once more. */
export function mannerOf(seen: readonly Outcome[]): Manner {
  const share = (way: Outcome): number =>
    (1 + seen.filter((outcome) => outcome === way).length) / (3 + seen.filter(isFailure).length);
  return { failed: share("failed"), quick: share("quick"), error: share("error") };
}

/** What one result says for the end of an outage of strength θ: for, when it is not of the outage's own manner. */
export function speaksFor(risk: Risk, outcome: Outcome, theta: number, manner: Manner): number {
  if (outcome === "passed") return -Math.log(1 - theta);
  const usual = chanceOf(outcome === "error" ? risk.error : outcome === "quick" ? risk.quick : risk.other);
  return Math.log(usual / ((1 - theta) * usual + theta * manner[outcome]));
}

/**
 * The best of all moments since which jobs may fare as usual. Late red results of jobs from before it are not looked at; the
 * n-th job of a project weighs an n-th.
 */
export function recoveryFrom(signs: readonly Sign[]): Recovery | undefined {
  const jobsOf = new Map<string, number>();
  const working = new Set<string>();
  let score = 0;
  let jobs = 0;
  let succeeded = 0;
  let best: Recovery | undefined;
  for (const sign of signs.toSorted((a, b) => b.began - a.began || Number(b.red) - Number(a.red))) {
    const nth = (jobsOf.get(sign.project) ?? 0) + 1;
    jobsOf.set(sign.project, nth);
    score += sign.speaks / nth;
    jobs += 1;
    if (!sign.red) {
      succeeded += 1;
      working.add(sign.project);
    }
    if (score <= (best?.score ?? 0) || working.size < leastProjects) continue;
    best = { score, since: sign.began, jobs, succeeded, projects: jobsOf.size };
  }
  return best;
}
