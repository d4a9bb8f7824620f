// Watches streams of jobs, one for each type, for jobs that fail together, hang, slow down, or do not come. Time is that of
// the data, so that a history which is read at once raises the alarms that it would have raised live.
import type { Alert } from "../alerts/alert.ts";
import type { Feedback } from "../alerts/feedback.ts";
import type { SourceId } from "../config/names.ts";
import { isFinished, type Job } from "../jobs/job.ts";
import type { Instant } from "../lib/clock.ts";
import { nameOf } from "./alarm.ts";
import { hush } from "./arrivals.ts";
import { judgeDelay } from "./delayed.ts";
import { startAnew } from "./delay.ts";
import type { Detector } from "./detector.ts";
import { sayDismissed } from "./explain.ts";
import { judgeFailing } from "./failing.ts";
import { awaitChild, judgeFlow } from "./flow.ts";
import { closeAlarm, closeIfOver, everything, type Around } from "./lifecycle.ts";
import { loadStreams, saveStreams } from "./saved.ts";
import { judgeSilence } from "./silent.ts";
import { forgetPushes, most, newStream, type Stream } from "./stream.ts";
import { inOrder, isKnown, learnFrom, minuteOf, takeEnd, takeMade, takeProgress, type Sight } from "./take-job.ts";
import { keyOf, tellAlarms, tellEnds } from "./tell.ts";
import { pruneVotes } from "./vote.ts";

export type JobStreams = {
  readonly streams: Map<string, Stream>;
  /** All types together. */
  readonly all: Stream;
  /** The last look; undefined before the first. */
  lookedAt: Instant | undefined;
};

export type Watching = {
  /** Which job type follows which: child to parent. */
  readonly after?: Readonly<Record<string, string>>;
  /** How many false alarms a month are tolerable, for each type; 1 when not given. Fewer makes alarms later. */
  readonly falseAlarms?: number;
};

function streamFor({ streams }: JobStreams, type: string): Stream | undefined {
  const known = streams.get(type);
  if (known !== undefined || streams.size >= most.types || type === everything) return known;
  const made = newStream(type);
  streams.set(type, made);
  return made;
}

/** Jobs that were made come first: what follows from a job that ended is known then. */
function take(state: JobStreams, changed: readonly Job[], sight: Sight, around: Around): void {
  const jobs = inOrder(changed, sight.now);
  for (const job of jobs) {
    const stream = streamFor(state, job.type);
    if (stream === undefined) continue;
    if (!isKnown(stream, job)) takeMade(stream, job, sight, around);
    if (!isFinished(job)) takeProgress(stream, job);
  }
  const followers = Map.groupBy(Object.entries(around.after), ([, parent]) => parent);
  for (const job of jobs) {
    const stream = isFinished(job) ? state.streams.get(job.type) : undefined;
    if (stream === undefined) continue;
    const at = Math.min(job.finishedAt ?? sight.now, sight.now);
    if (minuteOf(at) > minuteOf(stream.clock)) judge(stream, stream.clock, around);
    takeEnd(stream, job, sight, around);
    for (const [child] of followers.get(job.type) ?? []) {
      const awaiting = streamFor(state, child);
      if (awaiting !== undefined) awaitChild(awaiting, job, sight.now);
    }
  }
}

function judge(stream: Stream, now: Instant, around: Around): void {
  closeIfOver(stream, now);
  judgeFailing(stream, now, around);
}

/** Somebody said that it is no outage: then what it saw is the usual, and evidence starts anew. */
function dismiss(stream: Stream, source: SourceId, feedback: Feedback, now: Instant): void {
  for (const alarm of stream.alarms.values()) {
    const key = keyOf(source, nameOf(alarm), stream.type);
    if (!feedback.dismissed.some((word) => word.key === key && word.at >= alarm.openedAt)) continue;
    const votes = stream.window.votes.filter((vote) => vote.at > alarm.openedAt);
    if (alarm.test === "failing") for (const vote of votes) learnFrom(stream, vote);
    closeAlarm(stream, alarm, now, sayDismissed);
  }
}

/** One look: all that came is known, now it is asked what is wrong. */
function tick(state: JobStreams, before: Instant, now: Instant, around: Around): void {
  const silent = state.all.alarms.size > 0;
  forgetPushes(state.all, now);
  judgeSilence(state.all, before, now, around);
  closeIfOver(state.all, now);
  if (silent && state.all.alarms.size === 0) for (const stream of state.streams.values()) restart(stream, now);
  for (const stream of state.streams.values()) {
    stream.clock = Math.max(stream.clock, now);
    pruneVotes(stream.window, now);
    forgetPushes(stream, now);
    judge(stream, now, around);
    judgeDelay(stream, now, around);
    judgeFlow(stream, now, around, true);
    judgeSilence(stream, before, now, around);
  }
}

/** After a silence of everything nothing from before it is evidence. */
function restart(stream: Stream, now: Instant): void {
  stream.fresh = { at: now, began: stream.fresh.began };
  for (const excess of stream.excesses) startAnew(excess, now);
  hush(stream.arrivals, now);
}

/** A step changes the state that it is given. For a copy: save and load. */
export function jobDetector(source: SourceId, { after = {}, falseAlarms = 1 }: Watching = {}): Detector<JobStreams> {
  const aroundOf = ({ streams, all }: JobStreams): Around => ({ streams, all, after, falseAlarms });
  return {
    start: () => ({ streams: new Map(), all: newStream(everything), lookedAt: undefined }),
    save: saveStreams,
    load: loadStreams,
    learn: (state, changed, now) => {
      const around = aroundOf(state);
      take(state, changed, { now, before: undefined }, around);
      for (const stream of state.streams.values()) judgeFlow(stream, stream.madeAt, around, false);
      return state;
    },
    step: (state, changed, now, feedback) => {
      const around = aroundOf(state);
      const before = state.lookedAt ?? now;
      take(state, changed, { now, before }, around);
      for (const stream of [state.all, ...state.streams.values()]) dismiss(stream, source, feedback, now);
      tick(state, before, now, around);
      state.lookedAt = now;
      const told = [...state.streams.values(), state.all];
      const alerts: Alert[] = told.flatMap((stream) => tellAlarms(stream, source, now));
      alerts.push(...told.flatMap((stream) => tellEnds(stream, source, now)));
      return { state, alerts };
    },
  };
}
