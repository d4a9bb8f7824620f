// What an alarm rests on, in figures and rows that a person can check: a row for each project, the worst first.
import type { Evidence } from "../alerts/alert.ts";
import type { Instant } from "../lib/clock.ts";
import type { Alarm } from "./alarm.ts";
import { chanceOf } from "./chance.ts";
import { overdue } from "./delay.ts";
import { scan } from "./scan.ts";
import type { Stream } from "./stream.ts";
import type { Vote } from "./vote.ts";

type Row = Evidence["votes"][number];
type Rows = ReadonlyMap<string, Row>;
const mostRows = 100;

/** `more`: what this test counts besides. */
function evidenceOf(
  alarm: Alarm,
  rows: Rows,
  score: number,
  windowMs: number,
  more: Partial<Evidence["figures"]>,
): Evidence {
  const votes = [...rows.values()].sort((a, b) => b.failed / b.jobs - a.failed / a.jobs || b.jobs - a.jobs);
  const jobs = votes.reduce((sum, row) => sum + row.jobs, 0);
  const failedJobs = votes.reduce((sum, row) => sum + row.failed, 0);
  const expected = votes.reduce((sum, row) => sum + row.expected, 0);
  const figures = {
    jobs,
    failedJobs,
    projects: votes.length,
    failedProjects: votes.filter((row) => row.failed > 0).length,
    failedShare: jobs === 0 ? 0 : failedJobs / jobs,
    usualShare: votes.length === 0 ? 0 : expected / votes.length,
    windowMs: Math.max(0, windowMs),
    score,
    threshold: alarm.threshold,
    ...more,
  };
  return { figures, votes: votes.slice(0, mostRows) };
}

/** The votes since the trouble began. */
function rowsOf(votes: readonly Vote[], alarm: Alarm): Rows {
  const rows = new Map<string, Row>();
  for (const vote of votes) {
    if (vote.at < alarm.startsAt || (alarm.target !== undefined && vote.target !== alarm.target)) continue;
    const fresh: Row = { project: vote.project, failed: 0, jobs: 0, expected: chanceOf(vote.risk.failure) };
    const row: Row = rows.get(vote.project) ?? fresh;
    const example = vote.example ?? row.example;
    const failed = row.failed + (vote.outcome === "passed" ? 0 : 1);
    rows.set(vote.project, { ...row, failed, jobs: row.jobs + 1, ...(example !== undefined && { example }) });
  }
  return rows;
}

function failing(stream: Stream, alarm: Alarm, now: Instant): Evidence {
  const { target } = alarm;
  const window = target === undefined ? stream.window : (stream.targets.get(target)?.window ?? stream.window);
  const score = target === undefined ? (scan({ window, now, fresh: stream.fresh })?.score ?? 0) : alarm.score;
  const votes = window.votes.filter((vote) => vote.at >= alarm.startsAt);
  const errors = votes.filter(({ outcome }) => outcome === "error").length;
  const quick = votes.filter(({ outcome }) => outcome === "quick").length;
  const since = Math.max(alarm.startsAt, window.votes[0]?.at ?? 0);
  return evidenceOf(alarm, rowsOf(votes, alarm), Math.max(alarm.score, score), now - since, { errors, quick });
}

type Sums = { readonly score: number; readonly expected: number; readonly seen: number };

/** When it ends, its sums start anew: then those that raised it count. */
function countedBy({ score, counted }: Alarm, now: Sums): { readonly expected: number; readonly seen: number } {
  const { expected, seen } = now.score >= score || counted === undefined ? now : counted;
  return { expected, seen };
}

function sumsUntil({ score, startsAt, openedAt }: Alarm, sums: Sums, now: Instant): number {
  return (sums.score >= score ? now : openedAt) - startsAt;
}

/** Jobs in flight, and those of them that should have ended. */
function delayed(stream: Stream, alarm: Alarm, now: Instant): Evidence {
  const late = new Set(overdue(stream.flights.values()));
  const rows = new Map<string, Row>();
  let oldest = now;
  for (const flight of stream.flights.values()) {
    const row = rows.get(flight.project) ?? { project: flight.project, failed: 0, jobs: 0, expected: 0 };
    rows.set(flight.project, { ...row, failed: row.failed + (late.has(flight) ? 1 : 0), jobs: row.jobs + 1 });
    oldest = Math.min(oldest, flight.createdAt);
  }
  const excess = stream.excesses.reduce((most, each) => (each.score > most.score ? each : most));
  const more = { measure: "overdue", oldestMs: now - oldest, ...countedBy(alarm, excess) } as const;
  return evidenceOf(alarm, rows, Math.max(alarm.score, excess.score), sumsUntil(alarm, excess, now), more);
}

function missing(stream: Stream, alarm: Alarm, now: Instant): Evidence {
  const rows = rowsOf(stream.flow.votes, alarm);
  return evidenceOf(alarm, rows, alarm.score, now - alarm.startsAt, { measure: "missing" });
}

function silent({ arrivals }: Stream, alarm: Alarm, now: Instant): Evidence {
  const more = { measure: "silent", ...countedBy(alarm, arrivals) } as const;
  return evidenceOf(alarm, new Map(), Math.max(alarm.score, arrivals.score), sumsUntil(alarm, arrivals, now), more);
}

const byTest = { failing, delay: delayed, flow: missing, silence: silent } as const;

export function evidenceFor(stream: Stream, alarm: Alarm, now: Instant): Evidence {
  return byTest[alarm.test](stream, alarm, now);
}
