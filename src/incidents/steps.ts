// A timeline step by step: the incident on both sides of each event, what was taken back, and what an edit changed. Pure.
import { entriesOf } from "../lib/records.ts";
import { apply, type Incident, type IncidentEvent } from "./incident.ts";
import { fieldWords } from "./notice.ts";

export const undoable = ["visibility", "state", "phase", "backlog", "notice", "impact", "spokenBy"] as const;

/** Those that need not have run. */
export const laterClocks = ["acknowledged", "published", "mitigated", "resolved"] as const;

/** The numbers of the events that were taken back: for readers they never were. */
export function undoneIn(timeline: readonly IncidentEvent[]): ReadonlySet<number> {
  return new Set(timeline.flatMap((event) => (event.kind === "undone" ? event.of : [])));
}

/** What an edit changed, in plain words. */
export function editedWords(event: IncidentEvent & { kind: "edited" }): readonly string[] {
  const fields = [...Object.keys(event.notice), ...Object.keys(event)];
  return entriesOf(fieldWords).flatMap(([field, words]) => (fields.includes(field) ? [words] : []));
}

/** One event, and the incident on both sides of it. */
export type ChangeStep = {
  readonly before: Incident | undefined;
  readonly after: Incident;
  readonly event: IncidentEvent;
};

/** The events of one incident, one after the other. */
export function stepsOf(before: Incident | undefined, events: readonly IncidentEvent[]): readonly ChangeStep[] {
  let is = before;
  return events.map((event) => {
    const was = is;
    is = apply(was, event);
    return { before: was, after: is, event };
  });
}

/** The row, from its timeline alone. */
export function fold(events: readonly IncidentEvent[]): Incident | undefined {
  let incident: Incident | undefined;
  for (const event of events) incident = apply(incident, event);
  return incident;
}
