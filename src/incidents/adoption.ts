// An incident that a watcher opened while the origin was silent, as events of the record. Pure.
import type { Actor } from "../accounts/actor.ts";
import type { ComponentStatus } from "../components/status.ts";
import type { ComponentId } from "../config/names.ts";
import type { Instant } from "../lib/clock.ts";
import type { Phase } from "./clocks.ts";
import type { Impact } from "./impact.ts";
import type { IncidentEvent, IncidentId } from "./incident.ts";
import type { Notice } from "./notice.ts";

export type Adopted = {
  readonly writer: string;
  readonly startedAt: Instant;
  readonly openedAt: Instant;
  readonly impact: Readonly<Record<string, ComponentStatus>>;
  readonly notice: Notice;
  /** Oldest first. */
  readonly updates: readonly { readonly at: Instant; readonly phase: Phase; readonly text: string }[];
};

export type Place = {
  readonly id: IncidentId;
  readonly number: number;
  readonly now: Instant;
  /** Components of the config; others are left out. */
  readonly known: (id: string) => ComponentId | undefined;
};

export const backWords = "The host of the status page answers again, and what is told from now on is up to date.";

/** Its whole history. Where the host alone was missing it is over with its return; what else was hit goes on, and is watched. */
export function adoptionEvents(adopted: Adopted, { id, number, now, known }: Place): readonly IncidentEvent[] {
  const { writer, openedAt, notice, updates } = adopted;
  const by: Actor = { kind: "system", id: `watch:${writer}` };
  const impact: Record<ComponentId, ComponentStatus> = {};
  for (const [name, status] of Object.entries(adopted.impact)) {
    const component = known(name);
    if (component !== undefined) impact[component] = status;
  }
  const [first, ...more] = updates;
  const startedAt = Math.min(adopted.startedAt, openedAt);
  return [
    { kind: "opened", at: openedAt, by, id, number, impact, notice, startedAt, summary: `the watcher ${writer} spoke while this host was silent`, alerts: [], coverage: [] }, // prettier-ignore
    { kind: "published", at: openedAt, by, text: first?.text ?? notice.title },
    ...more.map(({ at, phase, text }): IncidentEvent => ({ kind: "updated", at, by, text, phase, backlog: false })),
    isHit(impact)
      ? { kind: "updated", at: now, by, text: `${backWords} We are looking at what is still broken.`, phase: "monitoring", backlog: false } // prettier-ignore
      : { kind: "resolved", at: now, by, text: backWords, endedAt: now },
  ];
}

const isHit = (impact: Impact): boolean => Object.values(impact).some((status) => status !== "operational");
