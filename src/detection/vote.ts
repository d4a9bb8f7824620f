// A vote: one job that ended, beside what was to be expected of it. A scope keeps its latest votes, in the order of their ends.
import { hour, type Instant } from "../lib/clock.ts";
import { within, chanceOf, levelOf } from "./chance.ts";
import { isFailure, shareOf, type Outcome, type Rates, type Risk } from "./risk.ts";

export type Vote = {
  readonly id: string;
  readonly project: string;
  readonly target: string | undefined;
  /** When it ended, and began. */
  readonly at: Instant;
  readonly began: Instant;
  /** From being made to its end. */
  readonly took: number;
  readonly risk: Risk;
  /** What became of the other jobs of its push. */
  readonly push: Push;
  /** How this project does on this target. */
  readonly habit: Habit | undefined;
  outcome: Outcome;
  example: string | undefined;
};

/** The jobs of one type that one push made. */
export type Push = {
  readonly name: string;
  passed: number;
  failed: number;
  /** How many were made, and when the last was. */
  made: number;
  madeAt: Instant;
};

/** How a project fares on one target while the same push passes elsewhere, and whether what follows here does follow. */
export type Habit = { red: number; all: number; missed: number; followed: number };

export const windowMs = 6 * hour;

/** Of a scope: votes enough to tell a share of a third from the usual, few enough to look at every minute. */
export type Window = {
  readonly most: number;
  votes: Vote[];
  /** A failure has come since the last look. */ fresh: boolean;
};

export const newWindow = (most: number): Window => ({ most, votes: [], fresh: false });

/** A failure that was hardly expected; the rest of a bad push changes nothing. */
const expected = 0.7;

function isTelling({ outcome, risk }: Vote): boolean {
  return isFailure(outcome) && (outcome !== "failed" || chanceOf(risk.failure) < expected);
}

export function addVote(window: Window, vote: Vote): void {
  const { votes } = window;
  let place = votes.length;
  for (let before = votes[place - 1]; before !== undefined && before.at > vote.at; before = votes[place - 1])
    place -= 1;
  if (place === votes.length) votes.push(vote);
  else votes.splice(place, 0, vote);
  if (isTelling(vote)) window.fresh = true;
  if (votes.length >= 2 * window.most) votes.splice(0, votes.length - window.most);
}

/** Forgets what is too old or too much to be evidence. */
export function pruneVotes(window: Window, now: Instant): void {
  const first = window.votes.findIndex((vote) => vote.at > now - windowMs);
  const late = first === -1 ? window.votes.length : first;
  window.votes.splice(0, Math.max(late, window.votes.length - window.most));
}

/** As if so many jobs had shown the usual: how often a job is red whose siblings are green. */
const pseudoJobs = 4;

/** How likely it was to fail here, knowing how the same push does elsewhere: a bad commit is red everywhere. */
export function riskHere({ risk, push, habit, outcome }: Vote, rates: Rates): Risk {
  const failed = push.failed - (isFailure(outcome) ? 1 : 0);
  const passed = push.passed - (isFailure(outcome) ? 0 : 1);
  if (failed + passed <= 0 || habit === undefined) return risk;
  const lonely = (habit.red + pseudoJobs * shareOf(rates.siblingPassed)) / (habit.all + pseudoJobs);
  const common = Math.max(chanceOf(risk.failure), shareOf(rates.siblingFailed));
  const failure = within(passed > failed ? lonely : common, 0.04, 0.97);
  const quick = Math.max(0.012, failure * shareOf(rates.quick));
  return {
    ...risk,
    failure: levelOf(failure),
    quick: levelOf(quick),
    other: levelOf(failure - quick - chanceOf(risk.error)),
  };
}

/** Red, and not because its push is red elsewhere too. */
export function isLonely({ outcome, push }: Vote): boolean {
  return isFailure(outcome) && push.failed - 1 <= push.passed;
}
