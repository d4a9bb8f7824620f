// How much may wait in the inbox: what comes beyond that is refused out loud, before it can fill the disk or the memory.
import type { InboxFigures } from "../alerts/inbox-store.ts";
import { second, type Instant } from "../lib/clock.ts";

export type IntakeLimits = {
  /** Webhooks that may wait to be taken in. */
  readonly waiting: number;
  /** And the bytes of their bodies. */
  readonly waitingBytes: number;
};

export type Gate = {
  /** Counts one more in, or says that there is no room. */
  admit(size: number, now: Instant): boolean;
  /** The store has it, or will not. */
  settled(size: number): void;
};

/** On their way to a store that may hang: these are in memory. */
const mostOpen = 10_000;
const mostOpenBytes = 64_000_000;

/** While it is full it is counted anew this often; else whenever so large a share of the room has come in since. */
const recountMs = second / 4;
const recountShare = 1 / 20;

/**
 * Between two counts, what came in is added and what was taken is not seen: the guess errs to the full side, by a
 * twentieth at most before it is counted anew.
 */
export function makeGate(limits: IntakeLimits, measure: () => Promise<InboxFigures>): Gate {
  let counted = { rows: 0, bytes: 0 };
  let since = { rows: 0, bytes: 0 };
  let open = { rows: 0, bytes: 0 };
  let countedAt: Instant | undefined;
  let counting = false;

  async function count(now: Instant): Promise<void> {
    counting = true;
    countedAt = now;
    // What is open now may or may not be seen by the count: only what the store has already is surely in it.
    const seen = { rows: since.rows - open.rows, bytes: since.bytes - open.bytes };
    try {
      const { waiting, waitingBytes } = await measure();
      counted = { rows: waiting, bytes: waitingBytes };
      since = { rows: since.rows - seen.rows, bytes: since.bytes - seen.bytes };
    } catch {
      // The store is down; whoever writes to it will hear so.
    } finally {
      counting = false;
    }
  }

  const isFull = (size: number): boolean =>
    counted.rows + since.rows >= limits.waiting || counted.bytes + since.bytes + size > limits.waitingBytes;

  return {
    admit(size, now) {
      const full = isFull(size);
      const due = full
        ? countedAt === undefined || Math.abs(now - countedAt) >= recountMs
        : countedAt === undefined ||
          since.rows > limits.waiting * recountShare ||
          since.bytes > limits.waitingBytes * recountShare;
      if (due && !counting) void count(now);
      if (full || open.rows >= mostOpen || open.bytes + size > mostOpenBytes) return false;
      since = { rows: since.rows + 1, bytes: since.bytes + size };
      open = { rows: open.rows + 1, bytes: open.bytes + size };
      return true;
    },
    settled(size) {
      open = { rows: open.rows - 1, bytes: open.bytes - size };
    },
  };
}
