// One job comes in: it was made, it began, it ended. What it says is counted, and learnt unless an alarm is open.
import { isFinished, isRed, type Job } from "../jobs/job.ts";
import { minute, type Instant } from "../lib/clock.ts";
import { oneLine } from "../lib/text.ts";
import { addSign } from "./alarm.ts";
import { learnArrival } from "./arrivals.ts";
import { lately, speaksOfTime, weightOfSibling } from "./delay.ts";
import { learns, type Around } from "./lifecycle.ts";
import { speaksFor } from "./recovery.ts";
import { learnRates, remember, riskOf, type Outcome } from "./risk.ts";
import {
  countDay,
  habitIn,
  hazardIn,
  most,
  projectIn,
  pushIn,
  pushOf,
  recall,
  staleMs,
  type Stream,
} from "./stream.ts";
import { expectedBy, learnTime, logSeconds, usualOf } from "./usual-time.ts";
import { addVote, newWindow, windowMs, type Vote } from "./vote.ts";

export type Sight = {
  readonly now: Instant;
  /** When jobs were last looked at, live; undefined while a history is read. */
  readonly before: Instant | undefined;
};

/** It ended this much sooner than a job of its project usually takes (as a logarithm; a fifth): it did not get to its work. */
const quickly = 1.6;

function outcomeOf(job: Job, ran: number, usual: number): Outcome {
  if (!isRed(job)) return "passed";
  if (job.status === "error") return "error";
  return logSeconds(ran) < usual - quickly ? "quick" : "failed";
}

/** The first time that a job is seen, in whatever state. */
export function takeMade(stream: Stream, job: Job, sight: Sight, around: Around): void {
  const { createdAt, project } = job;
  const push = pushIn(stream, pushOf(job));
  const first = push.made === 0;
  push.made += 1;
  push.madeAt = Math.max(push.madeAt, createdAt);
  stream.madeAt = Math.max(stream.madeAt, createdAt);
  if (first) arrive(stream, job, sight);
  if (first && !Object.hasOwn(around.after, job.type)) {
    const known = pushIn(around.all, push.name);
    if (known.made === 0) arrive(around.all, job, sight);
    known.made += 1;
    known.madeAt = createdAt;
  }
  if (sight.now - createdAt > staleMs) return;
  const usual = usualOf(stream.time, stream.projects.get(project));
  // What was to be expected of it before we looked is nobody's news.
  const spent = expectedBy(hazardIn(stream), Math.max(0, (sight.before ?? sight.now) - createdAt), usual);
  const started = job.startedAt !== undefined;
  const flight = { project, createdAt, started, usual, spent, weight: weightOfSibling(push.made) };
  stream.flights.delete(job.id);
  recall(stream.flights, job.id, most.flights, () => flight);
}

function arrive(stream: Stream, job: Job, sight: Sight): void {
  if (sight.before === undefined) learnArrival(stream.arrivals, job.createdAt);
  else stream.arrivals.came.push(job.project);
}

export function isKnown(stream: Stream, job: Job): boolean {
  return stream.flights.has(job.id) || stream.counted.has(job.id);
}

/** A job that ended. */
export function takeEnd(stream: Stream, job: Job, sight: Sight, around: Around): void {
  const at = Math.min(job.finishedAt ?? sight.now, sight.now);
  const flight = stream.flights.get(job.id);
  stream.flights.delete(job.id);
  if (job.status === "canceled" || at - job.createdAt > staleMs) return;
  const known = stream.counted.get(job.id);
  if (known !== undefined) return correct(known, job);
  const project = projectIn(stream, job.project);
  const push = pushIn(stream, pushOf(job));
  const began = Math.min(job.startedAt ?? job.createdAt, at);
  const took = Math.max(0, at - job.createdAt);
  const usual = flight?.usual ?? usualOf(stream.time, project);
  const outcome = outcomeOf(job, at - began, usual);
  const habit = job.target === undefined ? undefined : habitIn(stream, job.project, job.target);
  const risk = riskOf(stream.rates, project, push.name, at);
  const example = outcome !== "passed" && job.message !== undefined ? oneLine(job.message, 200) : undefined;
  const { id, target } = job;
  const vote: Vote = { id, project: job.project, target, at, began, took, risk, push, habit, outcome, example };
  stream.clock = Math.max(stream.clock, at);
  countDay(stream, at);
  recall(stream.counted, id, most.counted, () => vote);
  if (learns(stream, around)) {
    learnFrom(stream, vote);
    learnTime(stream.time, project, took, usual);
    stream.hazard = sight.before === undefined ? stream.hazard : undefined;
  }
  if (outcome === "passed") push.passed += 1;
  else push.failed += 1;
  remember(project, push.name, at, outcome);
  if (sight.before !== undefined && flight !== undefined) {
    const expected = expectedBy(hazardIn(stream), took, usual);
    stream.landings.push({ project: job.project, weight: flight.weight, expected: Math.max(0, expected - flight.spent) * flight.weight }); // prettier-ignore
  }
  sign(stream, vote, logSeconds(took) - usual);
  if (at > stream.clock - windowMs) count(stream, vote);
}

/** What it says of the open alarms. */
function sign(stream: Stream, vote: Vote, ratio: number): void {
  const { project, at, took, outcome, risk } = vote;
  for (const alarm of stream.alarms.values()) {
    if (alarm.target !== undefined && alarm.target !== vote.target) continue;
    const red = outcome !== "passed";
    if (alarm.test === "failing") {
      const speaks = speaksFor(risk, outcome, alarm.theta, alarm.manner);
      addSign(alarm, { began: vote.began, project, speaks, red }, at);
    } else if (alarm.test === "delay") {
      alarm.signs = alarm.signs.filter(({ began }) => began >= at - lately);
      if (!red) addSign(alarm, { began: at - took, project, speaks: speaksOfTime(ratio), red }, at);
    }
  }
}

function count(stream: Stream, vote: Vote): void {
  addVote(stream.window, vote);
  if (vote.target === undefined) return;
  const make = (): { window: Stream["window"]; jobs: number } => ({ window: newWindow(most.targetVotes), jobs: 0 });
  const target = recall(stream.targets, vote.target, most.targets, make);
  target.jobs += 1;
  addVote(target.window, vote);
}

/** Told again, perhaps otherwise. */
function correct(vote: Vote, job: Job): void {
  if (isRed(job) === (vote.outcome !== "passed")) return;
  vote.outcome = isRed(job) ? (job.status === "error" ? "error" : "failed") : "passed";
  if (job.message !== undefined) vote.example = oneLine(job.message, 200);
}

export function learnFrom(stream: Stream, vote: Vote): void {
  const { habit, push, outcome } = vote;
  const project = projectIn(stream, vote.project);
  learnRates(stream.rates, project, push.name, vote.at, outcome);
  if (habit === undefined || push.passed <= push.failed) return;
  habit.all += 1;
  if (outcome !== "passed") habit.red += 1;
}

/** It has not ended: only whether it has begun is new. */
export function takeProgress(stream: Stream, job: Job): void {
  const flight = stream.flights.get(job.id);
  if (flight !== undefined && job.startedAt !== undefined) flight.started = true;
}

/** The order in which jobs ended, whatever order they were read in. */
export function inOrder(changed: readonly Job[], now: Instant): readonly Job[] {
  const end = (job: Job): Instant => (isFinished(job) ? (job.finishedAt ?? now) : now);
  return changed.toSorted((a, b) => end(a) - end(b) || (a.id < b.id ? -1 : 1));
}

export const minuteOf = (at: Instant): number => Math.floor(at / minute);
