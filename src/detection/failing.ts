// Notices that jobs of many projects fail at once, beyond what each of them is used to. One stream for each job type;
// time is that of the data, so that a history that is read at once raises the alarms that it would have raised live.
import { alertKey, type Alert } from "../alerts/alert.ts";
import type { Feedback } from "../alerts/feedback.ts";
import type { SourceId } from "../config/names.ts";
import { isFinished, type Job } from "../jobs/job.ts";
import { hour, minute, type Instant } from "../lib/clock.ts";
import type { Detector } from "./detector.ts";
import { evidenceFor, sayDismissed, sayFailing, sayQuiet, sayRecovered } from "./explain.ts";
import { recoveryOf, scan, thresholdOf } from "./scan.ts";
import { addVote, countDay, draftOf, hasRoom, learnFrom, loadStreams, mayVote, pruneVotes } from "./stream.ts";
import { saveStreams, voteOf, windowMs, type Alarm, type Stream, type Streams } from "./stream.ts";

const leastOpen = 3 * minute;
const quiet = 12 * hour;
const criticalShare = 0.8;

type Step = { readonly source: SourceId; readonly now: Instant };

function close(stream: Stream, alarm: Alarm, endsAt: Instant, summary: string): void {
  delete stream.alarm;
  stream.fresh = { at: stream.clock, began: endsAt };
  if (alarm.told === undefined) return;
  stream.ended.push({ startsAt: alarm.startsAt, endsAt, critical: alarm.told.critical, summary });
}

/** Closes the alarm if jobs work again, or if there have long been none to tell. */
function closeIfOver(type: string, stream: Stream): void {
  const { alarm } = stream;
  if (alarm === undefined) return;
  if (stream.clock - alarm.lastVoteAt >= quiet) {
    return close(stream, alarm, alarm.lastVoteAt, sayQuiet(type, alarm.lastVoteAt, quiet));
  }
  if (stream.clock - alarm.openedAt < leastOpen) return;
  const recovery = recoveryOf(stream, alarm);
  if (recovery !== undefined) close(stream, alarm, recovery.since, sayRecovered(type, recovery));
}

function openIfFailing(stream: Stream): void {
  const found = scan(stream);
  const threshold = thresholdOf(stream);
  if (found === undefined || found.score <= threshold) return;
  const at = stream.clock;
  stream.alarm = { ...found, threshold, openedAt: at, lastVoteAt: at };
}

/** One job that ended. While an alarm is open nothing is learnt: an outage must not become the usual. */
function take(type: string, stream: Stream, job: Job, now: Instant): void {
  const at = Math.min(job.finishedAt ?? now, now);
  if (!mayVote(job, at)) return;
  stream.clock = Math.max(stream.clock, at);
  closeIfOver(type, stream);
  const known = stream.votes.findIndex((vote) => vote.id === job.id);
  const vote = voteOf(stream, job, at);
  const earlier = stream.votes[known];
  if (earlier !== undefined) {
    stream.votes[known] = { ...vote, at: earlier.at, expected: earlier.expected };
  } else {
    countDay(stream, at);
    if (stream.alarm === undefined) learnFrom(stream, vote, job.trigger);
    if (at > stream.clock - windowMs) addVote(stream, vote);
  }
  if (stream.alarm !== undefined) stream.alarm = { ...stream.alarm, lastVoteAt: stream.clock };
  else if (vote.red) openIfFailing(stream);
}

/** Somebody said that it is no outage: then what it saw is the usual, and evidence starts anew. */
function dismiss(stream: Stream, key: string, feedback: Feedback): void {
  const { alarm } = stream;
  if (alarm === undefined) return;
  if (!feedback.dismissed.some((word) => word.key === key && word.at >= alarm.openedAt)) return;
  for (const vote of stream.votes) if (vote.at > alarm.openedAt) learnFrom(stream, vote, undefined);
  close(stream, alarm, stream.clock, sayDismissed);
}

function resolvedAlerts(type: string, stream: Stream, step: Step): readonly Alert[] {
  return stream.ended.map((ended) => ({
    key: alertKey(step.source, `failing:${type}`),
    kind: "failing",
    status: "resolved",
    severity: ended.critical ? "critical" : "warning",
    coverage: { jobTypes: [type], since: ended.startsAt, until: ended.endsAt },
    summary: ended.summary,
    labels: { type },
    startsAt: ended.startsAt,
    endsAt: ended.endsAt,
    observedAt: step.now,
  }));
}

/** Told when it is new, and again when it has doubled or become critical; not with every job. */
function firingAlert(type: string, stream: Stream, step: Step): readonly Alert[] {
  const { alarm } = stream;
  if (alarm === undefined) return [];
  const evidence = evidenceFor(stream, { ...alarm, score: Math.max(alarm.score, scan(stream)?.score ?? 0) }, step.now);
  const { jobs, failedJobs, failedProjects, failedShare } = evidence.figures;
  const critical = failedShare >= criticalShare || (alarm.told?.critical ?? false);
  const { told } = alarm;
  const grown =
    (told === undefined && jobs > 0) ||
    (told !== undefined &&
      (failedJobs >= 2 * told.failedJobs || failedProjects >= 2 * told.failedProjects || critical !== told.critical));
  if (!grown) return [];
  stream.alarm = { ...alarm, told: { failedJobs, failedProjects, critical } };
  return [
    {
      key: alertKey(step.source, `failing:${type}`),
      kind: "failing",
      status: "firing",
      severity: critical ? "critical" : "warning",
      coverage: { jobTypes: [type], since: alarm.startsAt },
      summary: sayFailing(type, evidence),
      evidence,
      labels: { type },
      startsAt: alarm.startsAt,
      observedAt: step.now,
    },
  ];
}

/** The order in which jobs ended, whatever order they were read in. */
function ends(changed: readonly Job[], now: Instant): readonly Job[] {
  const ended = changed.filter(isFinished);
  return ended.sort((a, b) => (a.finishedAt ?? now) - (b.finishedAt ?? now) || (a.id < b.id ? -1 : 1));
}

function learn(streams: Streams, changed: readonly Job[], now: Instant): Map<string, Stream> {
  const next = new Map<string, Stream>(streams);
  const drafts = new Map<string, Stream>();
  for (const job of ends(changed, now)) {
    if (!hasRoom(next, job.type)) continue;
    const draft = drafts.get(job.type) ?? draftOf(streams.get(job.type));
    drafts.set(job.type, draft);
    next.set(job.type, draft);
    take(job.type, draft, job, now);
  }
  return next;
}

export function failing(source: SourceId): Detector<Streams> {
  return {
    start: () => new Map(),
    save: saveStreams,
    load: loadStreams,
    learn,
    step: (streams, changed, now, feedback) => {
      const next = learn(streams, changed, now);
      const alerts: Alert[] = [];
      const step = { source, now };
      for (const [type, learnt] of next) {
        const stream = draftOf(learnt);
        next.set(type, stream);
        dismiss(stream, alertKey(source, `failing:${type}`), feedback);
        stream.clock = Math.max(stream.clock, now);
        pruneVotes(stream);
        closeIfOver(type, stream);
        alerts.push(...resolvedAlerts(type, stream, step));
        stream.ended = [];
        alerts.push(...firingAlert(type, stream, step));
      }
      return { state: next, alerts };
    },
  };
}
