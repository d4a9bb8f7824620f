// Somebody changed something: kept for the team, said to nobody until an incident asks.
import type { Change, NewChange } from "../incidents/change.ts";
import { insertChange } from "../incidents/change-store.ts";
import type { Refusal } from "../incidents/obeyed.ts";
import { minute } from "../lib/clock.ts";
import { failed, ok, type Result } from "../lib/result.ts";
import type { Desk } from "./desk.ts";

/** Two machines' clocks differ by a little. */
const farFuture = 5 * minute;

export async function recordChange(desk: Desk, change: NewChange): Promise<Result<Change, Refusal>> {
  const now = desk.clock.now();
  if (change.at > now + farFuture)
    return failed({
      code: "invalid",
      message: "a change is what was made already; what is to come is a maintenance window",
    });
  return ok(await insertChange(desk.db, { ...change, at: Math.min(change.at, now) }, now));
}
