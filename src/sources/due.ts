// When a heartbeat is next due: so long after the last, or by a cron schedule on the wall clock of a zone.
import { Cron } from "croner";
import { minute, type Instant } from "../lib/clock.ts";
import { failed, ok, type Result } from "../lib/result.ts";
import { onTheWall, whenShown } from "../lib/zones.ts";

export type Rhythm =
  { readonly everyMs: number } | { readonly next: (wall: Instant) => Instant | undefined; readonly zone: string };

/** Clocks of senders are off: a ping so shortly before its time is the one of that time. */
const early = minute;

/** A schedule of five fields; the reason says what is wrong with the text. */
export function cronRhythm(schedule: string, zone: string): Result<Rhythm, string> {
  try {
    // Croner only reads the schedule: in UTC, where every day has 24 hours. What a zone makes of it is decided below.
    const cron = new Cron(schedule, { timezone: "UTC", mode: "5-part", paused: true });
    const next = (wall: Instant): Instant | undefined => cron.nextRun(new Date(wall))?.getTime();
    return next(0) === undefined ? failed("there is no such day") : ok({ next, zone });
  } catch {
    return failed('a schedule has five fields, minute hour day month weekday, such as "30 2 * * *"');
  }
}

/**
 * The moment at which the next ping is due, after one at `at`. A time that the clocks skip in spring is not waited for,
 * since one cron runs such a job later and another not at all; of a time that they show twice in autumn it is the second.
 */
export function dueAfter(rhythm: Rhythm, at: Instant): Instant {
  if ("everyMs" in rhythm) return at + rhythm.everyMs;
  const { next, zone } = rhythm;
  let wall = onTheWall(at, zone);
  for (let turn = 0; turn < 1_000; turn++) {
    const shown = next(wall);
    if (shown === undefined) break;
    const due = whenShown(shown, zone);
    const tooNear = shown - wall < Math.min(early, ((next(shown) ?? Infinity) - shown) / 4);
    if (due !== undefined && due > at && !(turn === 0 && tooNear)) return due;
    wall = shown;
  }
  return Infinity;
}
