// The five duties of an outage master, ticked from what Tocsin saw done. Pure.
import type { Actor } from "../accounts/actor.ts";
import type { Instant } from "../lib/clock.ts";
import type { Incident, IncidentEvent } from "./incident.ts";
import { undoneIn } from "./steps.ts";

export const duties = ["identify", "inform-team", "inform-users", "fix-or-ask", "inform-resolved"] as const;
export type Duty = (typeof duties)[number];

export const dutyWords: Readonly<Record<Duty, string>> = {
  identify: "Identify the outage",
  "inform-team": "Inform the team",
  "inform-users": "Inform the users",
  "fix-or-ask": "Fix it, or ask for help",
  "inform-resolved": "Inform when it is resolved",
};

export type Tick = {
  readonly duty: Duty;
  readonly done: boolean;
  readonly at?: Instant;
  readonly by?: Actor;
  readonly how?: string;
};

function tick(duty: Duty, event: IncidentEvent | undefined, how: string): Tick {
  return event === undefined ? { duty, done: false } : { duty, done: true, at: event.at, by: event.by, how };
}

/** `toldTeamAt`: when a team channel first confirmed a line about it. A dismissed draft owes nobody anything more. */
export function checklist(
  incident: Incident,
  all: readonly IncidentEvent[],
  toldTeamAt: Instant | undefined,
): readonly Tick[] {
  const undone = undoneIn(all);
  const timeline = all.filter((_, i) => !undone.has(i + 1));
  const first = (...kinds: readonly IncidentEvent["kind"][]): IncidentEvent | undefined =>
    timeline.find((event) => kinds.includes(event.kind));
  const person = (event: IncidentEvent): boolean => event.by.kind !== "system";
  const identified = timeline.find(
    (event) => person(event) && ["opened", "acknowledged", "taken", "published", "dismissed"].includes(event.kind),
  );
  const fixing = timeline.find(
    (event) =>
      person(event) &&
      (event.kind === "asked" ||
        (event.kind === "updated" && event.phase !== "investigating") ||
        event.kind === "resolved"),
  );
  const ended = timeline.findLast((event) => ["resolved", "withdrawn", "merged"].includes(event.kind));
  const wasPublic = first("published") !== undefined;
  return [
    tick("identify", identified, "somebody acted on it"),
    toldTeamAt === undefined
      ? { duty: "inform-team", done: false }
      : { duty: "inform-team", done: true, at: toldTeamAt, how: "a team channel confirmed it" },
    tick("inform-users", first("published"), "the notice was published"),
    tick("fix-or-ask", fixing, "somebody asked, found the cause or ended it"),
    tick("inform-resolved", incident.state === "resolved" && wasPublic ? ended : undefined, "the end was published"),
  ];
}
