// Replays a history of jobs through a detector, a minute at a time: at each moment it knows what it would have known live.
import type { Alert, AlertKey, AlertKind, AlertSeverity } from "../alerts/alert.ts";
import { isFinished, type Job } from "../jobs/job.ts";
import { day, hour, minute, type Instant } from "../lib/clock.ts";
import { recentNames } from "../lib/recent.ts";
import type { Detector } from "./detector.ts";

/** One alarm that the detector would have raised. */
export type ReplayedAlarm = {
  readonly key: AlertKey;
  readonly kind: AlertKind;
  /** A job type, or `*` when it is about all of them. */
  readonly type: string;
  readonly target?: string;
  readonly severity: AlertSeverity;
  /** When it would have been told. */
  readonly start: Instant;
  /** When its end would have been told; absent: open when the history ends. */
  readonly end?: Instant;
  /** When the trouble began, by the data. */
  readonly startsAt: Instant;
  readonly summary: string;
};

export type Replayed = {
  readonly alarms: readonly ReplayedAlarm[];
  /** The first and the last minute that was looked at; absent: there were no jobs. */
  readonly span?: { readonly from: Instant; readonly to: Instant };
  /** Alarms about jobs that no longer came when the history ended: that is how every history ends. */
  readonly endOfHistory: readonly ReplayedAlarm[];
};

export type Replay = {
  /** The next job in its final state. False: it was created so long before others that its time has been replayed already. */
  take(job: Job): boolean;
  /** Replays the rest; until the last time that the jobs tell of, unless another is given. */
  finish(until?: Instant): Replayed;
};

/** How far out of the order of their creation jobs may come. */
export const replayPatience = 6 * hour;
/** Nothing happened for so long: the replay goes on when something does. One wrong year must not cost millions of looks. */
const longestGap = 31 * day;
const rememberedPushes = 100_000;

const nobody = { dismissed: [] };
const firstLookAt = (at: Instant): Instant => Math.ceil(at / minute) * minute;

/** A job that ended, nobody knows when: it votes for nothing, and nobody waits for it. */
const withoutEnd = (job: Job): boolean => isFinished(job) && job.finishedAt === undefined;

/** What could have been known of a job at a moment. */
export function knownAt(job: Job, now: Instant): Job {
  if (withoutEnd(job)) return { ...bare(job), status: "canceled" };
  if (isFinished(job) && job.finishedAt !== undefined && job.finishedAt <= now) return job;
  if (job.startedAt !== undefined && job.startedAt <= now && job.status !== "pending")
    return { ...bare(job), status: "running", startedAt: job.startedAt };
  return { ...bare(job), status: "pending" };
}

function bare(job: Job): Job {
  const { startedAt: _start, finishedAt: _end, finishedAtIs: _is, message: _message, ...rest } = job;
  return rest;
}

/** When something new is to be known of a job. */
function momentsOf(job: Job): readonly Instant[] {
  const created = firstLookAt(job.createdAt);
  if (withoutEnd(job)) return [created];
  const started = job.startedAt === undefined ? created : firstLookAt(Math.max(job.startedAt, job.createdAt));
  const ended = isFinished(job) ? firstLookAt(Math.max(job.finishedAt ?? started, job.createdAt)) : started;
  return [...new Set([created, started, ended])];
}

function alarmOf(alert: Alert, now: Instant): ReplayedAlarm {
  const { jobTypes, targets } = alert.coverage ?? {};
  const target = alert.labels["target"] ?? (targets?.length === 1 ? targets[0] : undefined);
  return {
    key: alert.key,
    kind: alert.kind,
    type: alert.labels["type"] ?? (jobTypes?.length === 1 ? jobTypes[0] : undefined) ?? "*",
    ...(target !== undefined && { target }),
    severity: alert.severity,
    start: now,
    startsAt: alert.startsAt,
    summary: alert.summary,
  };
}

function earliest(moments: Iterable<Instant>, otherwise: Instant): Instant {
  let least = otherwise;
  for (const moment of moments) least = Math.min(least, moment);
  return least;
}

type Book = { readonly told: ReplayedAlarm[]; readonly open: Map<AlertKey, number> };

function enter({ told, open }: Book, alert: Alert, now: Instant): void {
  const at = open.get(alert.key);
  const before = at === undefined ? undefined : told[at];
  if (alert.status === "resolved") {
    if (at !== undefined && before !== undefined) told[at] = { ...before, end: now };
    open.delete(alert.key);
  } else if (at === undefined || before === undefined) {
    open.set(alert.key, told.length);
    told.push(alarmOf(alert, now));
  } else {
    const { severity, summary, startsAt } = alert;
    told[at] = { ...before, severity, summary, startsAt };
  }
}

/** A job of which not all has been shown yet; later news of it may come in before that. */
type Held = { job: Job };

/**
 * Jobs are taken in the order of their creation, more or less; the same id again is news of the same job. A history ends
 * with the last push, start or end that it tells of: a job that others set off may be created when the recording had stopped.
 */
export function replay<S>(detector: Detector<S>): Replay {
  let state = detector.start();
  const book: Book = { told: [], open: new Map() };
  const looks = new Map<Instant, Set<Held>>();
  const held = new Map<string, Held>();
  const pushed = recentNames(rememberedPushes);
  let first = Number.POSITIVE_INFINITY;
  let next: Instant | undefined;
  let newest = Number.NEGATIVE_INFINITY;
  let horizon = Number.NEGATIVE_INFINITY;
  let lastNews = Number.NEGATIVE_INFINITY;

  const knownNow = (now: Instant): readonly Job[] => {
    const news = looks.get(now);
    if (news === undefined) return [];
    looks.delete(now);
    lastNews = now;
    return Array.from(news, (one) => {
      const job = knownAt(one.job, now);
      if (isFinished(job)) held.delete(job.id);
      return job;
    });
  };
  const lookUntil = (until: Instant): void => {
    next ??= first;
    while (next <= until) {
      const step = detector.step(state, knownNow(next), next, nobody);
      state = step.state;
      for (const alert of step.alerts) enter(book, alert, next);
      next += minute;
      if (next - lastNews > longestGap) next = earliest(looks.keys(), until + minute);
    }
  };
  const show = (one: Held, at: Instant): void => {
    const moment = next === undefined ? at : Math.max(at, next);
    const news = looks.get(moment);
    if (news === undefined) looks.set(moment, new Set([one]));
    else news.add(one);
  };

  return {
    take: (job) => {
      const ready = firstLookAt(Math.min(newest - replayPatience, horizon)) - minute;
      if (ready >= first) lookUntil(ready);
      const moments = momentsOf(job);
      const created = moments[0] ?? 0;
      const before = held.get(job.id);
      if (before === undefined && next !== undefined && created < next) return false;
      const one = before ?? { job };
      one.job = job;
      held.set(job.id, one);
      for (const moment of moments) show(one, moment);
      first = Math.min(first, created);
      newest = Math.max(newest, job.createdAt);
      const isPush = job.trigger === undefined || !pushed(job.trigger);
      horizon = Math.max(horizon, isPush ? created : horizon, ...(moments.length > 1 ? moments : []));
      return true;
    },
    finish: (until) => {
      if (!Number.isFinite(first)) return { alarms: [], endOfHistory: [] };
      const to = firstLookAt(until ?? horizon);
      lookUntil(to);
      const ended = (alarm: ReplayedAlarm): boolean =>
        until === undefined && alarm.kind === "silent" && alarm.end === undefined && alarm.start > newest;
      return {
        alarms: book.told.filter((alarm) => !ended(alarm)),
        span: { from: first, to },
        endOfHistory: book.told.filter(ended),
      };
    },
  };
}
