// Nothing comes any more: of one type, or of all.
import { day, type Instant } from "../lib/clock.ts";
import { addSign } from "./alarm.ts";
import { countMinutes, hush, knownFor, learnArrival, listen } from "./arrivals.ts";
import { ancestorsOf, learns, openAlarm, troubleAbove, type Around } from "./lifecycle.ts";
import type { Stream } from "./stream.ts";
import { thresholdFor } from "./threshold.ts";

/** Before that nobody knows when this service sleeps. */
const known = 2 * day;
/** Three pushes of two projects prove that they come again. */
const speaks = 2.4;
/** Above this, what happens upstream may be the cause, though it is not sure yet. */
const suspicious = { all: 0.5, excess: 3 };

export function judgeSilence(stream: Stream, before: Instant, now: Instant, around: Around): void {
  const { arrivals, alarms } = stream;
  const { came } = arrivals;
  const learning = learns(stream, around);
  arrivals.came = [];
  const alarm = alarms.get("silence");
  if (alarm !== undefined) for (const project of came) addSign(alarm, { began: now, project, speaks, red: false }, now);
  listen(arrivals, came.length, before, now);
  countMinutes(arrivals, now, learning);
  if (learning) for (const _project of came) learnArrival(arrivals, now);
  const own = stream !== around.all;
  const above = own && troubleAbove(stream, around, now);
  if (above) hush(arrivals, now);
  if (!learning || above || knownFor(arrivals, now) < known) return;
  const jobs = (arrivals.pushes / Math.max(1, knownFor(arrivals, now) / day)) * 30;
  const threshold = thresholdFor(jobs, "silence", around.falseAlarms);
  if (arrivals.score <= threshold) return;
  if (own && suspected(stream, threshold, around)) return;
  const { score, since, expected, seen } = arrivals;
  const counted = { expected, seen };
  openAlarm(stream, now, { test: "silence", kind: "silent", score, threshold, startsAt: since, counted });
}

/** What may turn out to be trouble above is not called silence here. */
function suspected(stream: Stream, threshold: number, around: Around): boolean {
  const { all, streams } = around;
  if (all.arrivals.score > suspicious.all * threshold) return true;
  return ancestorsOf(stream.type, around).some((type) =>
    streams.get(type)?.excesses.some(({ score }) => score > suspicious.excess),
  );
}
