// One published incident as a surface of its own shows it: an issue, today. What the page says of it, and where the pages are.
import type { Frame, PublicIncident, PublicUpdate } from "./snapshot.ts";

export type IncidentView = Frame & { readonly incident: PublicIncident };

/** Nothing more is expected of it: over, taken back, or gone on as a part of another. */
export function isOver({ incident }: IncidentView): boolean {
  return incident.withdrawn !== undefined || incident.phase === "resolved";
}

/** Oldest first. */
export function toldSoFar({ incident }: IncidentView): readonly PublicUpdate[] {
  return incident.updates.toSorted((a, b) => a.number - b.number);
}

export function newestNumber({ incident }: IncidentView): number {
  return Math.max(0, ...incident.updates.map(({ number }) => number));
}
