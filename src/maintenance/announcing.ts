// Maintenance is announced ahead: so long before its start, each time once, and nothing that has passed is made up for. Pure.
import { tocsin } from "../accounts/actor.ts";
import { minute, type Instant } from "../lib/clock.ts";
import type { Maintenance, MaintenanceEvent } from "./maintenance.ts";

/** `announce`: how long before the start users are told, in milliseconds; 0 is the start itself, which is told as such. */
export type Announce = readonly number[];

/** What is still to be announced of it, the next first: how long ahead, and when. */
function ahead(
  maintenance: Maintenance,
  announce: Announce,
): readonly { readonly aheadMs: number; readonly at: Instant }[] {
  if (maintenance.state !== "scheduled") return [];
  const { scheduledStart: start, plannedAt, startSetAt = plannedAt, events } = maintenance;
  const told = events.flatMap((event) => (event.kind === "announced" && event.start === start ? [event.aheadMs] : []));
  const nearest = Math.min(...told, Infinity);
  return announce
    .map((aheadMs) => ({ aheadMs, at: start - aheadMs }))
    .filter(({ aheadMs, at }) => aheadMs > 0 && aheadMs < nearest && at > startSetAt)
    .toSorted((a, b) => a.at - b.at);
}

/** When the next announcement is due. */
export function nextAnnouncement(maintenance: Maintenance, announce: Announce): Instant | undefined {
  return ahead(maintenance, announce)[0]?.at;
}

/** What is due by now: of several that were missed while nobody ran, only the last. */
export function announcementDue(
  maintenance: Maintenance,
  announce: Announce,
  now: Instant,
): (MaintenanceEvent & { readonly kind: "announced" }) | undefined {
  if (now >= maintenance.scheduledStart) return undefined;
  const due = ahead(maintenance, announce).findLast(({ at }) => at <= now);
  if (due === undefined) return undefined;
  return { kind: "announced", at: now, by: tocsin, aheadMs: due.aheadMs, start: maintenance.scheduledStart };
}

/** How long it is until the start; a little late is on time. */
export function timeLeft(event: { readonly aheadMs: number; readonly start: Instant }, now: Instant): number {
  const left = event.start - now;
  return event.aheadMs - left < 10 * minute ? event.aheadMs : left;
}
