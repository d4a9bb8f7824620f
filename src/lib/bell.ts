// Wakes loops that wait for work. Ringing before anybody waits is heard by the next who does.
import type { Clock } from "./clock.ts";

export type Bell = {
  /** Wakes who waits here, and tells those who asked to be told. */
  ring(): void;
  /** Wakes who waits here: it was rung elsewhere. */
  echo(): void;
  /** Called at each ring, not at an echo. */
  also(tell: () => void): void;
  /** How often it has rung: take it before looking for work, so that a ring in between is not missed. */
  readonly rings: () => number;
  /** Resolves at the first ring after `since`, after `ms`, or when `signal` aborts. */
  wait(since: number, clock: Clock, ms: number, signal: AbortSignal): Promise<void>;
};

export function makeBell(): Bell {
  let rings = 0;
  const sleepers = new Set<() => void>();
  const told: (() => void)[] = [];
  function echo(): void {
    rings += 1;
    for (const wake of sleepers) wake();
    sleepers.clear();
  }
  return {
    ring() {
      echo();
      for (const tell of told) tell();
    },
    echo,
    also: (tell) => void told.push(tell),
    rings: () => rings,
    async wait(since, clock, ms, signal) {
      if (rings > since) return;
      const stop = new AbortController();
      const heard = new Promise<void>((resolve) => {
        sleepers.add(resolve);
        stop.signal.addEventListener("abort", () => sleepers.delete(resolve), { once: true });
      });
      await Promise.race([heard, clock.wait(ms, AbortSignal.any([signal, stop.signal]))]);
      stop.abort();
    },
  };
}
