// Recurrence rules of RFC 5545, expanded on the wall: times are told as if the wall were in UTC, so that no zone has a say.
// The library is loaded when somebody has a rule.
import type { Instant } from "./clock.ts";

/** The times of a rule from one moment to another, both included, in order; not before `start`, which it counts from. */
export type Expand = (rule: string, start: Instant, from: Instant, to: Instant) => readonly Instant[];

export async function loadRules(): Promise<Expand> {
  const { RRuleTemporal } = await import("rrule-temporal");
  return (rule, start, from, to) => {
    const dtstart = Temporal.Instant.fromEpochMilliseconds(start).toZonedDateTimeISO("UTC");
    const made = new RRuleTemporal({ rruleString: rule, dtstart });
    return made.between(new Date(from), new Date(to), true).map((at) => at.epochMilliseconds);
  };
}
