// When a job ended, where its table has no finish time: we saw it ended, and know when we last looked.
import { minute, type Instant } from "../lib/clock.ts";

/** Looks this far apart still count as watching. */
const watching = 10 * minute;

/**
 * The end lies between the last look and now. While we watch, now is close enough. After a gap (a first start, a long stop)
 * now would pile days of old results up into this minute and look like an outage, so it is the earliest possible moment.
 */
export function observedEnd(createdAt: Instant, lookedAt: Instant | undefined, now: Instant): Instant {
  if (lookedAt === undefined) return Math.min(createdAt, now);
  if (now - lookedAt <= watching) return now;
  return Math.min(Math.max(createdAt, lookedAt), now);
}
