// The detector's findings in words and rows that a person can check.
import type { Evidence } from "../alerts/alert.ts";
import { isoSeconds, minute, type Instant } from "../lib/clock.ts";
import { sayDuration } from "../lib/duration.ts";
import { count, oneLine } from "../lib/text.ts";
import type { Recovery } from "./scan.ts";
import type { Alarm, Stream } from "./stream.ts";

const words: Readonly<Record<string, string>> = {
  copr_build: "Copr builds",
  srpm_build: "SRPM builds",
  testing_farm: "tests",
  koji_build: "Koji builds",
};
const mostRows = 100;

/** `Copr builds`: what people call jobs of a type. */
export function wordFor(type: string): string {
  return (Object.hasOwn(words, type) ? words[type] : undefined) ?? oneLine(type.replaceAll("_", " "), 60);
}

/** The votes since the trouble began, a row for each project, the worst first. */
export function evidenceFor(stream: Stream, alarm: Alarm, now: Instant): Evidence {
  const rows = new Map<string, Evidence["votes"][number]>();
  for (const vote of stream.votes) {
    if (vote.at < alarm.startsAt) continue;
    const row = rows.get(vote.project) ?? { project: vote.project, failed: 0, jobs: 0, expected: vote.expected };
    const example = vote.example ?? row.example;
    rows.set(vote.project, {
      ...row,
      failed: row.failed + (vote.red ? 1 : 0),
      jobs: row.jobs + 1,
      ...(example !== undefined && { example }),
    });
  }
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
    windowMs: Math.max(0, now - Math.max(alarm.startsAt, stream.votes[0]?.at ?? 0)),
    score: alarm.score,
    threshold: alarm.threshold,
  };
  return { figures, votes: votes.slice(0, mostRows) };
}

/** `9 of 10 Copr builds from 7 projects failed in the last 20 min; usual is 24 %` */
export function sayFailing(type: string, { figures }: Evidence): string {
  const lately = sayDuration(Math.max(minute, figures.windowMs));
  const usual = Math.round(figures.usualShare * 100);
  return `${figures.failedJobs} of ${figures.jobs} ${wordFor(type)} from ${count(figures.projects, "project")} failed in the last ${lately}; usual is ${usual} %`;
}

const clockOf = (at: Instant): string => `${isoSeconds(at).slice(11, 16)} UTC`;

export function sayRecovered(type: string, recovery: Recovery): string {
  const { succeeded, jobs, projects, since } = recovery;
  return `${succeeded} of ${jobs} ${wordFor(type)} from ${count(projects, "project")} that began since ${clockOf(since)} succeeded`;
}

export function sayQuiet(type: string, lastVoteAt: Instant, quietMs: number): string {
  return `closed without proof of recovery: no ${wordFor(type)} ended in the ${sayDuration(quietMs)} since ${clockOf(lastVoteAt)}`;
}

export const sayDismissed = "dismissed as no outage; what it saw counts as usual from now on";
