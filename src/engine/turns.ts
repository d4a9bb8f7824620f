// Runs the steps of the engine's loops, turn by turn, and knows which of them fail and which hang.
import type { Bell } from "../lib/bell.ts";
import { minute } from "../lib/clock.ts";
import { reasonOf } from "../lib/result.ts";
import type { Desk } from "./desk.ts";
import { TermOver } from "./term.ts";

/** Returns how long to wait before the next turn, if no bell rings. */
export type Turn = (signal: AbortSignal) => Promise<number>;

const longestPause = minute;

/** No turn takes this long: a send is cut off after two minutes, a look after one. */
export const hungAfter = 3 * minute;

/** How the loops of this process are, across its terms. */
export type Beats = {
  /** Loops whose last turn failed, and why. */
  readonly troubles: Map<string, string>;
  /** Since when (monotonic) each turn that runs has been running. */
  readonly running: Map<string, number>;
};

export function makeBeats(): Beats {
  return { troubles: new Map(), running: new Map() };
}

/** Loops in a turn that does not end. In real time: what hangs does not care about any clock. */
export function hungLoops({ running }: Beats): readonly string[] {
  const now = performance.now();
  return [...running].filter(([, since]) => now - since > hungAfter).map(([name]) => name);
}

export type Loop = {
  readonly name: string;
  readonly step: Turn;
  /** What hurries it; without one it goes by the clock alone. */
  readonly bell?: Bell;
};

/** Runs a step until `signal` aborts, again when its time has come or its bell is rung. What it throws is a broken database or a bug: said, and tried again after a growing pause. */
export async function takeTurns(
  desk: Desk,
  { name, step, bell }: Loop,
  signal: AbortSignal,
  { troubles, running }: Beats,
): Promise<void> {
  let failures = 0;
  while (!signal.aborted) {
    const rings = bell?.rings() ?? 0;
    const since = performance.now();
    try {
      running.set(name, since);
      const wait = await step(signal);
      failures = 0;
      troubles.delete(name);
      running.delete(name);
      if (wait > 0) await (bell?.wait(rings, desk.clock, wait, signal) ?? desk.clock.wait(wait, signal));
    } catch (thrown) {
      if (signal.aborted || thrown instanceof TermOver) return;
      failures += 1;
      running.delete(name);
      troubles.set(name, reasonOf(thrown));
      if (failures <= 3 || failures % 20 === 0)
        desk.log.error({ loop: name, reason: reasonOf(thrown), failures }, "a loop failed; it goes on");
      await desk.clock.wait(Math.min(longestPause, 250 * 2 ** Math.min(8, failures)), signal);
    } finally {
      // A turn of an earlier term that ends at last is not the one that runs now.
      if (running.get(name) === since) running.delete(name);
    }
  }
}
