// Heartbeats: each target is made equal to the record again every so often, so that quiet can be told from dead.
import { wishPublication } from "../delivery/delivery-store.ts";
import type { Instant } from "../lib/clock.ts";
import { siteSubject } from "./commit.ts";
import type { Desk } from "./desk.ts";

/** Remembers when each target was last wished for; starts with all of them due. */
export function makeReconciler(desk: Desk): () => Promise<number> {
  const wished = new Map<string, Instant>();
  return async () => {
    const now = desk.clock.now();
    let wait = Infinity;
    let rang = false;
    for (const target of desk.targets.values()) {
      const due = (wished.get(target.id) ?? -Infinity) + target.everyMs;
      if (due <= now) {
        await wishPublication(desk.db, target.id, siteSubject, now);
        wished.set(target.id, now);
        rang = true;
      }
      wait = Math.min(wait, Math.max(target.everyMs, 1_000), due <= now ? target.everyMs : due - now);
    }
    if (rang) desk.bell.ring();
    return wait;
  };
}
