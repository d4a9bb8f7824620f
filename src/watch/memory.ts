// What a watcher remembers between two looks, and between two runs.
import type { Instant } from "../lib/clock.ts";
import type { WatchSnapshot } from "../http/watch-contract.ts";
import type { WatchedIncident } from "../status/copy-state.ts";
import type { Told } from "./telling.ts";

export type Known = {
  readonly pulled: WatchSnapshot;
  readonly at: Instant;
  /** How far the origin's clock is ahead of ours. */
  readonly aheadMs: number;
};

export type Speaking = {
  readonly watched: WatchedIncident;
  /** The last sign of life. */
  readonly since: Instant;
  /** When this watcher began to speak. */
  readonly from: Instant;
  readonly looked: readonly (readonly [string, boolean])[];
  /** This watcher is the one that tells people. */
  readonly teller: boolean;
  readonly told: Told;
  /** The highest epoch that it wrote on a mirror; absent: it wrote on none. */
  readonly epoch?: number;
};

export type Memory = {
  readonly known?: Known;
  readonly lastContact?: Instant;
  readonly failures: number;
  readonly speaking?: Speaking;
};

/** Who has the role at that moment, as far as it was known. */
export function onDuty({ roles }: WatchSnapshot, asked: string | undefined, now: Instant): readonly string[] {
  const role =
    roles.find(({ id }) => id === (asked ?? "outage-master")) ?? (asked === undefined ? roles[0] : undefined);
  const shift = role?.timeline.find(({ start, end }) => Date.parse(start) <= now && now < Date.parse(end));
  // A silence may outlast what was known: the last who were known are better than nobody.
  return (shift ?? role?.timeline.at(-1))?.people ?? [];
}
