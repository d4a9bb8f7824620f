// When the next line, and the next try, may go out.
import { minute, second, type Clock } from "../lib/clock.ts";

/** `burst` lines at once, then one per `everyMs`. */
export type IrcPace = { readonly burst: number; readonly everyMs: number };

/** What every server allows: https://www.rfc-editor.org/rfc/rfc1459#section-8.10 (ten seconds of credit, two per line). */
export const politePace: IrcPace = { burst: 5, everyMs: 2 * second };

/** A token bucket: resolves when the next line may go out, or when `signal` aborts. Ask for one line after the other. */
export function pacer(clock: Clock, pace: IrcPace): (signal: AbortSignal) => Promise<void> {
  const credit = (pace.burst - 1) * pace.everyMs;
  // The bucket is kept as the moment at which it is full again.
  let full = clock.now();
  return async (signal) => {
    const now = clock.now();
    // The upper bound keeps a clock that was set back from silencing us.
    full = Math.min(Math.max(full, now), now + credit + pace.everyMs);
    const waitMs = full - credit - now;
    full += pace.everyMs;
    if (waitMs > 0) await clock.wait(waitMs, signal);
  };
}

const longestBackoff = 5 * minute;

/** 1 s, 2 s, 4 s … 5 min, each cut by up to a half, so that a hundred clients do not come back in the same second. */
export function backoffMs(failures: number, random: () => number): number {
  return Math.min(longestBackoff, second * 2 ** Math.min(failures, 20)) * (1 - random() / 2);
}
