// Jobs of many projects fail at once, beyond what each of them is used to: of a whole type, or on one target only.
import type { Instant } from "../lib/clock.ts";
import type { Sign } from "./alarm.ts";
import { sayWider } from "./explain.ts";
import { closeAlarm, openAlarm, type Around } from "./lifecycle.ts";
import { mannerOf, speaksFor } from "./recovery.ts";
import { leastFailing, scan, type Finding, type Scope } from "./scan.ts";
import { monthlyJobs, type Stream, type Target } from "./stream.ts";
import { thresholdFor } from "./threshold.ts";
import { isLonely, riskHere, windowMs, type Vote } from "./vote.ts";

/** One target's trouble when it shows this much of the type's evidence, and the type without it hardly any. */
const concentrated = { least: 0.7, others: 0.3 };
/** The same, asked of the target itself. */
const mostElsewhere = 0.4;
const leastWorking = 2;

export function judgeFailing(stream: Stream, now: Instant, { falseAlarms }: Pick<Around, "falseAlarms">): void {
  if (stream.alarms.has("failing")) return;
  const ill = [...stream.alarms.values()].flatMap(({ target }) => target ?? []);
  const jobs = monthlyJobs(stream);
  if (stream.window.fresh) {
    stream.window.fresh = false;
    const threshold = thresholdFor(jobs, "type", falseAlarms);
    const found = scan(typeScope(stream, now, ill));
    if (found !== undefined && found.score > threshold) return raise(stream, now, found, threshold);
  }
  for (const [name, target] of stream.targets) {
    if (!target.window.fresh || ill.includes(name)) continue;
    target.window.fresh = false;
    if (!isSuspicious(target, now)) continue;
    const threshold = thresholdFor((jobs * target.jobs) / stream.jobs, "target", falseAlarms);
    const found = scan(targetScope(stream, now, target));
    if (found === undefined || found.score <= threshold) continue;
    const others = scan(typeScope(stream, now, [...ill, name]));
    if ((others?.score ?? 0) < mostElsewhere * found.score) open(stream, now, found, threshold, name);
  }
}

function typeScope({ window, fresh }: Stream, now: Instant, without: readonly string[]): Scope {
  const except = (vote: Vote): boolean => vote.target !== undefined && without.includes(vote.target);
  return { window, now, fresh, except: without.length > 0 ? except : undefined };
}

function targetScope({ fresh, rates }: Stream, now: Instant, { window }: Target): Scope {
  return { window, now, fresh, risk: (vote) => riskHere(vote, rates) };
}

/** A cheap look before the thorough one: are there projects at all that are red here and not elsewhere? */
function isSuspicious({ window }: Target, now: Instant): boolean {
  let lonely: Set<string> | undefined;
  for (const vote of window.votes) {
    if (!isLonely(vote) || vote.at <= now - windowMs) continue;
    lonely ??= new Set();
    if (lonely.add(vote.project).size >= leastFailing) return true;
  }
  return false;
}

/** Where nothing else ran, nobody can say that it is only here. */
function worksElsewhere({ window }: Stream, target: string, since: Instant): boolean {
  const passed = window.votes.filter((vote) => vote.at >= since && vote.target !== target && vote.outcome === "passed");
  return new Set(passed.map(({ project }) => project)).size >= leastWorking;
}

/** The type fails. Which may be the work of a single target; else the alarms of single targets are part of it. */
function raise(stream: Stream, now: Instant, found: Finding, threshold: number): void {
  for (const [name, target] of stream.targets) {
    if (!worksElsewhere(stream, name, found.startsAt)) continue;
    const here = scan(targetScope(stream, now, target));
    if (here === undefined || here.score <= concentrated.least * found.score) continue;
    const others = scan(typeScope(stream, now, [name]));
    if ((others?.score ?? 0) < concentrated.others * found.score) return open(stream, now, found, threshold, name);
  }
  const narrower = [...stream.alarms.values()].filter(({ target }) => target !== undefined);
  open(stream, now, found, threshold);
  for (const alarm of narrower) closeAlarm(stream, alarm, now, sayWider(stream.type));
}

/** Jobs that began since the trouble did may prove already that it is over. */
function open(stream: Stream, now: Instant, found: Finding, threshold: number, target?: string): void {
  const { score, theta } = found;
  const here = stream.window.votes.filter((vote) => target === undefined || vote.target === target);
  const startsAt = firstOf(here, found.startsAt);
  const manner = mannerOf(here.flatMap((vote) => (vote.at >= startsAt ? vote.outcome : [])));
  const later = here.filter((vote) => vote.began >= startsAt);
  const signs = later.map(({ risk, outcome, began, project }): Sign => {
    return { began, project, speaks: speaksFor(risk, outcome, theta, manner), red: outcome !== "passed" };
  });
  openAlarm(stream, now, {
    test: "failing",
    kind: "failing",
    target,
    score,
    threshold,
    startsAt,
    theta,
    manner,
    signs,
  });
}

/** Errors or quick failures tell soonest, but nothing passed since the last success before them either. */
function firstOf(votes: readonly Vote[], found: Instant): Instant {
  const before = votes.findLastIndex((vote) => vote.at < found && vote.outcome === "passed");
  return Math.min(found, votes[before + 1]?.at ?? found);
}
