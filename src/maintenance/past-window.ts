// A window that another status page told of, as one of ours. Pure.
import type { Actor } from "../accounts/actor.ts";
import type { ComponentId } from "../config/names.ts";
import type { Instant } from "../lib/clock.ts";
import type { Maintenance, MaintenanceEvent, MaintenanceId } from "./maintenance.ts";

export type PastWindow = {
  readonly title: string;
  readonly text?: string;
  readonly startedAt: Instant;
  readonly endedAt: Instant;
  readonly publishedAt?: Instant;
  readonly components: readonly ComponentId[];
  readonly updates: readonly { readonly at: Instant; readonly phase: string; readonly text: string }[];
};

/** One that is to come, or goes on at `now`, is planned like any other; the clock carries it out. */
export function pastWindow(
  past: PastWindow,
  ids: { readonly id: MaintenanceId; readonly number: number; readonly code: string; readonly by: Actor },
  now: Instant,
): Maintenance {
  const { by, ...named } = ids;
  const { title, text, startedAt, endedAt } = past;
  // A window has a length.
  const scheduledEnd = Math.max(endedAt, startedAt + 1);
  const plannedAt = Math.min(past.publishedAt ?? past.updates[0]?.at ?? startedAt, startedAt);
  const over = scheduledEnd <= now;
  const ends = past.updates.findLastIndex((update) => update.phase === "resolved");
  const said = past.updates.flatMap((update, i): readonly MaintenanceEvent[] =>
    (over && i === ends) || update.text === "" ? [] : [{ kind: "updated", at: update.at, by, text: update.text }],
  );
  const last = over && ends >= 0 ? past.updates[ends]?.text : undefined;
  const events: readonly MaintenanceEvent[] = [
    { kind: "planned", at: plannedAt, by, ...(text === undefined ? {} : { text }) },
    ...[
      ...(startedAt <= now ? [{ kind: "began" as const, at: startedAt, by }] : []),
      ...said,
      ...(over ? [{ kind: "completed" as const, at: scheduledEnd, by, ...(last ? { text: last } : {}) }] : []),
    ].toSorted((a, b) => a.at - b.at),
  ];
  return {
    ...named,
    title,
    ...(text === undefined ? {} : { text }),
    components: [...new Set(past.components)],
    scheduledStart: startedAt,
    scheduledEnd,
    version: events.length,
    state: over ? "completed" : startedAt <= now ? "in_progress" : "scheduled",
    by,
    plannedAt,
    // What was to be announced before it came in is not made up for.
    ...(over ? {} : { startSetAt: now }),
    ...(over ? { endedAt: scheduledEnd } : {}),
    events,
  };
}
