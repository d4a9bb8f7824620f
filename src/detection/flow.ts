// A step that follows another does not: parents succeed, and no child appears.
import { minute, type Instant } from "../lib/clock.ts";
import { isFinished, type Job } from "../jobs/job.ts";
import { addSign } from "./alarm.ts";
import { levelOf } from "./chance.ts";
import { learns, openAlarm, type Around } from "./lifecycle.ts";
import { scan } from "./scan.ts";
import { habitIn, most, monthlyJobs, pushOf, type Awaited, type Stream } from "./stream.ts";
import { thresholdFor } from "./threshold.ts";
import { addVote, type Habit, type Vote } from "./vote.ts";

/** How soon a child follows. */
const patience = 5 * minute;
/** Children may be written down before their parent, with the push. */
const ahead = 10 * minute;
/** It takes some to know that a project's jobs have followers, and more often than not. */
const leastSeen = 5;
const mostMissed = 0.5;
const fade = 40;
const prior = { missed: 0.3, seen: 3 };
/** Two in time, of two projects, prove that it flows again. */
const speaks = 3;

/** A parent that succeeded lets a child be expected. */
export function awaitChild(child: Stream, parent: Job, now: Instant): void {
  if (!isFinished(parent) || parent.status !== "success") return;
  const at = Math.min(parent.finishedAt ?? now, now);
  const { project, target, createdAt } = parent;
  child.awaited.push({ project, target, push: pushOf(parent), since: createdAt - ahead, due: at + patience });
  if (child.awaited.length > most.awaited) child.awaited.shift();
}

/** `until`: what was made later is not known yet. */
export function judgeFlow(stream: Stream, until: Instant, around: Around, live: boolean): void {
  if (stream.awaited.length === 0) return;
  const due = stream.awaited.filter((awaited) => awaited.due <= until);
  if (due.length === 0) return;
  stream.awaited = stream.awaited.filter((awaited) => awaited.due > until);
  for (const awaited of due) settle(stream, awaited, around, live);
  if (!live || !stream.flow.fresh || !learns(stream, around)) return;
  stream.flow.fresh = false;
  const threshold = thresholdFor(monthlyJobs(stream) / 3, "flow", around.falseAlarms);
  const found = scan({ window: stream.flow, now: until, fresh: stream.fresh, streams: ["any"] });
  if (found === undefined || found.score <= threshold) return;
  const { score, theta, startsAt } = found;
  openAlarm(stream, until, { test: "flow", kind: "silent", score, threshold, theta, startsAt });
}

function settle(stream: Stream, awaited: Awaited, around: Around, live: boolean): void {
  const push = stream.pushes.get(awaited.push);
  const [oldest] = stream.pushes.values();
  // Memory of pushes is bounded: nothing can be said of what came before it.
  if (push === undefined && stream.pushes.size >= most.pushes && (oldest?.madeAt ?? 0) > awaited.since) return;
  const missed = push === undefined || push.made === 0 || push.madeAt < awaited.since;
  const habit = habitIn(stream, awaited.project, awaited.target);
  const seen = habit.missed + habit.followed;
  const usual = (habit.missed + prior.missed) / (seen + prior.seen);
  if (live && seen >= leastSeen && usual < mostMissed) {
    addVote(stream.flow, voteOf(awaited, missed, usual, habit));
    const alarm = stream.alarms.get("flow");
    const sign = { began: awaited.due, project: awaited.project, speaks: missed ? -speaks : speaks, red: missed };
    if (alarm !== undefined) addSign(alarm, sign, awaited.due);
  }
  if (!learns(stream, around)) return;
  if (missed) habit.missed += 1;
  else habit.followed += 1;
  if (seen < fade) return;
  habit.missed /= 2;
  habit.followed /= 2;
}

function voteOf(awaited: Awaited, missed: boolean, usual: number, habit: Habit): Vote {
  const risk = { failure: levelOf(Math.max(0.03, usual)), quick: 0, error: 0, other: 0 };
  const push = { name: awaited.push, passed: 0, failed: 0, made: 0, madeAt: 0 };
  const outcome = missed ? "failed" : "passed";
  const at = awaited.due;
  const { project, target } = awaited;
  return { id: "", project, target, at, began: at, took: 0, risk, push, habit, outcome, example: undefined };
}
