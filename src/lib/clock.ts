// The only file that reads the wall clock; everything else is handed a Clock or an Instant.

/** Milliseconds since the epoch, UTC. */
export type Instant = number;

export type Clock = {
  now(): Instant;
  /** Resolves after `ms` milliseconds, or at once when `signal` aborts. Never rejects. */
  wait(ms: number, signal?: AbortSignal): Promise<void>;
  /** A test holds it: no other clock goes with it. */
  readonly held?: true;
};

export const second = 1_000;
export const minute = 60 * second;
export const hour = 60 * minute;
export const day = 24 * hour;

/** setTimeout overflows (and fires at once) beyond 2^31-1 ms; nobody here waits that long in one go. */
const longestWait = day;

export const wallClock: Clock = {
  now: () => Date.now(),
  wait: (ms, signal) =>
    new Promise((resolve) => {
      if (signal?.aborted) return resolve();
      const done = (): void => {
        clearTimeout(timer);
        signal?.removeEventListener("abort", done);
        resolve();
      };
      const timer = setTimeout(done, Math.min(Math.max(0, ms), longestWait));
      signal?.addEventListener("abort", done, { once: true });
    }),
};

/** `2026-03-05T19:35:00Z`: the form of every time that leaves Tocsin for a machine. */
export function isoSeconds(at: Instant): string {
  return `${new Date(at).toISOString().slice(0, -".000Z".length)}Z`;
}
