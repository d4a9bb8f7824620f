// A clock that moves only when told to. Tests hold it in-process; under TOCSIN_TEST a child process holds one too.
import type { Clock, Instant } from "./clock.ts";

export type HeldClock = Clock & {
  /** Moves time forward by `ms`, waking each waiter at its own moment and letting its work run before the next. */
  advance(ms: number): Promise<void>;
};

type Waiter = { at: Instant; wake: () => void };

/** Lets promise callbacks and pending I/O callbacks run: several turns of the event loop, no time. */
async function settle(): Promise<void> {
  for (let turn = 0; turn < 10; turn++) await new Promise((resolve) => setImmediate(resolve));
}

export function heldClock(start: Instant): HeldClock {
  let now = start;
  const waiters = new Set<Waiter>();
  return {
    held: true,
    now: () => now,
    wait: (ms, signal) =>
      new Promise((resolve) => {
        if (signal?.aborted) return resolve();
        const waiter: Waiter = {
          // Instants are whole milliseconds, as the wall clock's are; a backoff with jitter is not.
          at: now + Math.ceil(Math.max(0, ms)),
          wake: () => {
            waiters.delete(waiter);
            signal?.removeEventListener("abort", waiter.wake);
            resolve();
          },
        };
        waiters.add(waiter);
        signal?.addEventListener("abort", waiter.wake, { once: true });
      }),
    async advance(ms) {
      const until = now + ms;
      await settle();
      for (;;) {
        const due = [...waiters].filter((waiter) => waiter.at <= until).sort((a, b) => a.at - b.at)[0];
        if (due === undefined) break;
        now = Math.max(now, due.at);
        due.wake();
        await settle();
      }
      now = until;
      await settle();
    },
  };
}
