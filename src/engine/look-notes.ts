// Looks that find nothing new are noted, and written together: a thousand probes are not a thousand transactions.
import { noteLooks } from "../alerts/source-state-store.ts";
import type { SourceId } from "../config/names.ts";
import { second, type Instant } from "../lib/clock.ts";
import { transact } from "./commit.ts";
import type { Desk } from "./desk.ts";

export type LookNotes = {
  /** It looked, and all but the time is as it was written. */
  note(source: SourceId, at: Instant): void;
  /** Writes what was noted; returns how long to wait before the next time. */
  write(): Promise<number>;
};

/** So much of the times is lost by a crash. */
const writtenEvery = 30 * second;

export function makeLookNotes(desk: Desk): LookNotes {
  let noted = new Map<SourceId, Instant>();
  return {
    note: (source, at) => void noted.set(source, at),
    async write() {
      const looks = [...noted].map(([source, at]) => ({ source, at }));
      noted = new Map();
      if (looks.length > 0) await transact(desk, (tx) => noteLooks(tx, looks));
      return writtenEvery;
    },
  };
}
