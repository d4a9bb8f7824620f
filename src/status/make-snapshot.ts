// From the record to what the public may know. Pure: the same record gives the same page everywhere.
import type { Component } from "../components/component.ts";
import { severityOf, worst, type PublicStatus } from "../components/status.ts";
import type { ComponentId } from "../config/names.ts";
import { apply, type Incident, type IncidentEvent } from "../incidents/incident.ts";
import type { Instant } from "../lib/clock.ts";
import { statuspageCode } from "../lib/codes.ts";
import type { Sequence } from "../lib/sequence.ts";
import type { PublicComponent, PublicIncident, PublicSite, PublicSnapshot, PublicUpdate } from "./snapshot.ts";

export type SnapshotParts = {
  readonly site: PublicSite;
  readonly record: Sequence;
  readonly now: Instant;
  readonly everyMs: number;
  readonly addresses: readonly string[];
  readonly components: readonly {
    readonly component: Component;
    readonly code: string;
    readonly firstSeenAt: Instant;
  }[];
  /** Components whose monitors are all blind, and since when. */
  readonly blind: ReadonlyMap<ComponentId, Instant>;
  readonly incidents: readonly PublicIncident[];
};

/** A copy that is not renewed for this many intervals has lost its origin. */
const validIntervals = 3;

export function makeSnapshot(parts: SnapshotParts): PublicSnapshot {
  const open = parts.incidents.filter((incident) => incident.phase !== "resolved");
  const past = parts.incidents.filter((incident) => incident.phase === "resolved");
  return {
    site: parts.site,
    sequence: { epoch: parts.record.epoch, seq: parts.record.seq },
    generatedAt: parts.now,
    validUntil: parts.now + validIntervals * parts.everyMs,
    addresses: [...new Set(parts.addresses)],
    components: parts.components.map(({ component, code, firstSeenAt }) =>
      publicComponent(component, code, firstSeenAt, parts.blind.get(component.id), open, past),
    ),
    open,
    past,
  };
}

function publicComponent(
  component: Component,
  code: string,
  firstSeenAt: Instant,
  blindSince: Instant | undefined,
  open: readonly PublicIncident[],
  past: readonly PublicIncident[],
): PublicComponent {
  const hits = open.filter((incident) => Object.hasOwn(incident.impact, component.id));
  const statuses = hits.map((incident): PublicStatus => incident.impact[component.id] ?? "operational");
  const status = worst<PublicStatus>(
    [...statuses, ...(blindSince === undefined ? [] : (["unknown"] as const))],
    "operational",
  );
  const changes = [...hits, ...past.filter((incident) => Object.hasOwn(incident.impact, component.id))].map(
    (incident) => incident.updatedAt,
  );
  return {
    id: component.id,
    code,
    name: component.name,
    status,
    createdAt: firstSeenAt,
    updatedAt: Math.max(firstSeenAt, ...changes, blindSince ?? 0),
    ...(component.group === undefined ? {} : { group: component.group }),
    ...(component.description === undefined ? {} : { description: component.description }),
  };
}

/** An incident as the public knows it. `updatedAt` of what they can see, not of the team's notes. */
export function publicIncident(incident: Incident, code: string, timeline: readonly IncidentEvent[]): PublicIncident {
  const updates = publicUpdates(incident, timeline);
  const spoken = Math.max(incident.clocks.published ?? incident.clocks.detected, ...updates.map((update) => update.at));
  const edited = visibleChanges(timeline);
  return {
    number: incident.number,
    code,
    impact: incident.impact,
    severity: severityOf(Object.values(incident.impact)),
    phase: incident.phase,
    backlog: incident.backlog,
    notice: incident.notice,
    clocks: incident.clocks,
    automatic: incident.spokenBy === "tocsin",
    updates,
    updatedAt: Math.max(spoken, ...edited),
    ...(incident.withdrawal === undefined ? {} : { withdrawn: incident.withdrawal }),
  };
}

/** When something changed before the public's eyes without a word: an edit, or evidence that grew. */
function visibleChanges(timeline: readonly IncidentEvent[]): readonly Instant[] {
  const at: Instant[] = [];
  let before: Incident | undefined;
  for (const event of timeline) {
    const after = apply(before, event);
    const seen = before?.visibility === "published";
    const same =
      before !== undefined &&
      JSON.stringify([before.impact, before.clocks]) === JSON.stringify([after.impact, after.clocks]);
    if (seen && (event.kind === "edited" || !same)) at.push(event.at);
    before = after;
  }
  return at;
}

/** What was said to the public, newest first. Internal notes and questions stay inside. */
function publicUpdates(incident: Incident, timeline: readonly IncidentEvent[]): readonly PublicUpdate[] {
  const updates: PublicUpdate[] = [];
  let published = false;
  let over = false;
  timeline.forEach((event, n) => {
    published ||= event.kind === "published";
    over = event.kind === "resolved" || (over && event.kind !== "reopened");
    if (!published) return;
    const said = wording(event, over);
    if (said === undefined) return;
    updates.push({
      code: statuspageCode("update", `${incident.id}/${n + 1}`),
      at: event.at,
      automatic: event.by.kind === "system",
      ...said,
    });
  });
  return updates.reverse();
}

/** `over`: it had ended already; what happened earlier can be told later. */
function wording(event: IncidentEvent, over: boolean): Pick<PublicUpdate, "phase" | "text"> | undefined {
  switch (event.kind) {
    case "published":
      return { phase: over ? "resolved" : "investigating", text: event.text };
    case "updated":
      return { phase: event.phase, text: event.text };
    case "recovered":
      return { phase: "monitoring", text: "What we measure looks normal again. We keep watching." };
    case "relapsed":
      return { phase: "investigating", text: "The trouble is back; we are looking into it." };
    case "resolved":
      return { phase: "resolved", text: event.text ?? "This is over." };
    case "reopened":
      return { phase: "investigating", text: "It is not over after all; we are looking into it." };
    case "merged":
      return { phase: "resolved", text: `This goes on as outage ${event.into}.` };
    case "withdrawn":
      return { phase: "resolved", text: event.correction };
    default:
      return undefined;
  }
}
