// The detector's findings in sentences.
import type { Evidence } from "../alerts/alert.ts";
import { isoSeconds, minute, type Instant } from "../lib/clock.ts";
import { sayDuration } from "../lib/duration.ts";
import { count, oneLine } from "../lib/text.ts";
import type { Alarm } from "./alarm.ts";
import type { Recovery } from "./recovery.ts";

const words: Readonly<Record<string, string>> = {
  copr_build: "Copr builds",
  srpm_build: "SRPM builds",
  testing_farm: "tests",
  koji_build: "Koji builds",
  "*": "jobs of any kind",
};

/** `Copr builds`: what people call jobs of a type. */
export function wordFor(type: string): string {
  return (Object.hasOwn(words, type) ? words[type] : undefined) ?? oneLine(type.replaceAll("_", " "), 60);
}

const sayWindow = (ms: number): string => sayDuration(Math.max(minute, Math.round(ms / minute) * minute));

/** What most of the failures have in common; the least that is said of so few says nothing. */
const most = 0.6;

function manner({ figures }: Evidence): string {
  const { failedJobs, errors = 0, quick = 0 } = figures;
  if (errors >= most * failedJobs) return ". Most ended as errors of the infrastructure";
  return quick >= most * failedJobs ? ". Most failed sooner than such jobs get to their work" : "";
}

/** `9 of 10 Copr builds from 7 projects failed in the last 20 min; usual is 24 %` */
function sayFailing(type: string, target: string | undefined, evidence: Evidence): string {
  const { failedJobs, jobs, projects, windowMs, usualShare } = evidence.figures;
  const where = target === undefined ? "" : ` for ${oneLine(target, 60)}`;
  const only = target === undefined ? "" : ". The same pushes do better elsewhere";
  const usual = Math.round(usualShare * 100);
  return `${failedJobs} of ${jobs} ${wordFor(type)}${where} from ${count(projects, "project")} failed in the last ${sayWindow(windowMs)}; usual is ${usual} %${only}${manner(evidence)}`;
}

const about = (figure: number): string => (figure < 10 ? figure.toFixed(1) : String(Math.round(figure)));

/** `41 Copr builds in flight, the oldest for 3 h; 12 should have ended in the last 40 min, 1 did` */
function sayDelay(type: string, { figures }: Evidence): string {
  const { jobs, oldestMs = 0, expected = 0, seen = 0, windowMs } = figures;
  return `${jobs} ${wordFor(type)} in flight, the oldest for ${sayWindow(oldestMs)}; ${about(expected)} should have ended in the last ${sayWindow(windowMs)}, ${about(seen)} did`;
}

/** `6 of 7 projects had the step before succeed in the last 20 min, but no Copr builds followed` */
function sayMissing(type: string, { figures }: Evidence): string {
  const { failedProjects, projects, windowMs } = figures;
  return `${failedProjects} of ${count(projects, "project")} had the step before succeed in the last ${sayWindow(windowMs)}, but no ${wordFor(type)} followed`;
}

/** `No new Copr builds for 40 min; usually 14 pushes make some in that time` */
function saySilent(type: string, { figures }: Evidence): string {
  const { windowMs, expected = 0, seen = 0 } = figures;
  const few = seen === 0 ? "No" : `Hardly any (${seen})`;
  return `${few} new ${wordFor(type)} for ${sayWindow(windowMs)}; usually ${about(expected)} pushes make some in that time`;
}

export function sayAlarm(type: string, alarm: Alarm, evidence: Evidence): string {
  if (alarm.test === "failing") return sayFailing(type, alarm.target, evidence);
  if (alarm.test === "delay") return sayDelay(type, evidence);
  return alarm.test === "flow" ? sayMissing(type, evidence) : saySilent(type, evidence);
}

const clockOf = (at: Instant): string => `${isoSeconds(at).slice(11, 16)} UTC`;

export function sayRecovered(
  type: string,
  { test, target }: Pick<Alarm, "test" | "target">,
  recovery: Recovery,
): string {
  const { succeeded, jobs, projects, since } = recovery;
  const where = target === undefined ? "" : ` for ${oneLine(target, 60)}`;
  const from = `from ${count(projects, "project")}`;
  if (test === "silence") return `${wordFor(type)} come again: ${jobs} pushes ${from} since ${clockOf(since)}`;
  if (test === "flow") return `${wordFor(type)} follow again: for ${succeeded} of ${jobs} since ${clockOf(since)}`;
  if (test === "delay")
    return `${jobs} ${wordFor(type)} ${from} that were made since ${clockOf(since)} took no longer than usual`;
  return `${succeeded} of ${jobs} ${wordFor(type)}${where} ${from} that began since ${clockOf(since)} succeeded`;
}

export function sayQuiet(type: string, lastVoteAt: Instant, quietMs: number): string {
  return `closed without proof of recovery: no ${wordFor(type)} ended in the ${sayDuration(quietMs)} since ${clockOf(lastVoteAt)}`;
}

export const sayWider = (type: string): string =>
  `${wordFor(type)} fail on other targets too: part of wider trouble now`;

export const sayDismissed = "dismissed as no outage; what it saw counts as usual from now on";
