// From the record to what the public may know. Pure: the same record gives the same page everywhere.
import type { Component } from "../components/component.ts";
import { worst, type PublicStatus } from "../components/status.ts";
import type { ComponentId } from "../config/names.ts";
import type { Instant } from "../lib/clock.ts";
import type { Sequence } from "../lib/sequence.ts";
import { goesOn, inOrder, turnsOf } from "./public-maintenance.ts";
import type { PublicComponent, PublicIncident, PublicMaintenance, PublicSite, PublicSnapshot } from "./snapshot.ts";

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
    readonly changedAt?: Instant;
  }[];
  /** Components whose monitors are all blind, and since when. */
  readonly blind: ReadonlyMap<ComponentId, Instant>;
  /** What is open, and what is over since a short while. */
  readonly incidents: readonly PublicIncident[];
  /** What goes on, what is planned, and what is over since a short while. */
  readonly maintenance: readonly PublicMaintenance[];
  /** When the first incident of all began. */
  readonly firstStart?: Instant;
};

/** A copy that is not renewed for this many intervals has lost its origin. */
const validIntervals = 3;

export function makeSnapshot(parts: SnapshotParts): PublicSnapshot {
  const open = parts.incidents.filter((incident) => incident.phase !== "resolved");
  const past = parts.incidents.filter((incident) => incident.phase === "resolved");
  const maintenance = inOrder(parts.maintenance);
  return {
    site: parts.site,
    sequence: { epoch: parts.record.epoch, seq: parts.record.seq },
    generatedAt: parts.now,
    validUntil: parts.now + validIntervals * parts.everyMs,
    addresses: [...new Set(parts.addresses)],
    components: parts.components.map((seen) =>
      publicComponent(seen, parts.blind.get(seen.component.id), { open, past, maintenance }),
    ),
    open,
    past,
    maintenance,
    recordBegins: recordBegins(parts),
  };
}

function recordBegins({ components, incidents, firstStart, now }: SnapshotParts): Instant {
  const known = components.map((component) => component.firstSeenAt);
  const told = incidents.map((incident) => incident.clocks.started);
  return Math.min(...(known.length === 0 ? [now] : known), ...told, firstStart ?? now);
}

function publicComponent(
  { component, code, firstSeenAt, changedAt }: SnapshotParts["components"][number],
  blindSince: Instant | undefined,
  { open, past, maintenance }: Pick<PublicSnapshot, "open" | "past" | "maintenance">,
): PublicComponent {
  const hits = open.filter((incident) => Object.hasOwn(incident.impact, component.id));
  const statuses = hits.map((incident): PublicStatus => incident.impact[component.id] ?? "operational");
  const windows = maintenance.filter((one) => one.components.includes(component.id));
  const status = worst<PublicStatus>(
    [
      ...statuses,
      ...(blindSince === undefined ? [] : (["unknown"] as const)),
      ...(windows.some(goesOn) ? (["under_maintenance"] as const) : []),
    ],
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
    updatedAt: Math.max(firstSeenAt, changedAt ?? 0, ...changes, blindSince ?? 0, ...windows.flatMap(turnsOf)),
    ...(component.group === undefined ? {} : { group: component.group }),
    ...(component.description === undefined ? {} : { description: component.description }),
  };
}
