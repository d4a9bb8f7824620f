// A maintenance window as the public knows it, by the clock of whoever makes the snapshot. Pure.
import { shows, type Shown } from "../components/shown-components.ts";
import type { Instant } from "../lib/clock.ts";
import { statuspageCode } from "../lib/codes.ts";
import { sayTime } from "../lib/zones.ts";
import type { Maintenance, MaintenanceEvent, MaintenanceState } from "../maintenance/maintenance.ts";
import { advance } from "../maintenance/maintenance-orders.ts";
import type { PublicMaintenance, PublicMaintenanceUpdate } from "./snapshot.ts";

export function goesOn({ state }: PublicMaintenance): boolean {
  return state === "in_progress" || state === "verifying";
}

/** What goes on or is planned: its page grows old. */
export function isCurrent(window: PublicMaintenance): boolean {
  return goesOn(window) || window.state === "scheduled";
}

/** Over or canceled: it belongs to the past. */
export function isPast(window: PublicMaintenance): boolean {
  return !isCurrent(window);
}

/** The moment that it is told of in the past: its start; of one that was canceled before that, when people heard so. */
export function toldAt({ state, scheduledStart, endedAt }: PublicMaintenance): Instant {
  return state === "canceled" ? Math.min(scheduledStart, endedAt ?? scheduledStart) : scheduledStart;
}

/** When the status of its components turned because of it. */
export function turnsOf(window: PublicMaintenance): readonly Instant[] {
  if (goesOn(window)) return [window.scheduledStart];
  // Canceled before it began: nothing turned.
  return window.endedAt === undefined || window.endedAt <= window.scheduledStart ? [] : [window.endedAt];
}

/** `now` decides, whether or not the engine has carried it out yet. Of components that are not shown there is no word. */
export function publicMaintenance(stored: Maintenance, zone: string, now: Instant, shown: Shown): PublicMaintenance {
  const { maintenance } = advance(stored, now);
  const { number, code, title, text, components, state, scheduledStart, scheduledEnd, plannedAt, endedAt } =
    maintenance;
  // What was asked of the team is no news for anybody else.
  const told = maintenance.events.filter(({ kind }) => kind !== "asked");
  return {
    number,
    code,
    title,
    ...(text === undefined ? {} : { text }),
    components: components.filter((id) => shows(shown, id)),
    state,
    scheduledStart,
    scheduledEnd,
    ...(maintenance.verifyMs === undefined ? {} : { verifies: true as const }),
    ...(maintenance.series === undefined
      ? {}
      : { series: { number: maintenance.series.number, words: maintenance.series.words } }),
    plannedAt,
    ...(endedAt === undefined ? {} : { endedAt }),
    updates: publicUpdates(maintenance, zone),
    updatedAt: Math.max(plannedAt, ...told.map((event) => event.at)),
  };
}

function publicUpdates(maintenance: Maintenance, zone: string): readonly PublicMaintenanceUpdate[] {
  let state: MaintenanceState = "scheduled";
  return maintenance.events
    .flatMap((event, n): readonly PublicMaintenanceUpdate[] => {
      if (event.kind === "began" || (event.kind === "extended" && state === "verifying")) state = "in_progress";
      if (event.kind === "completed" || event.kind === "canceled" || event.kind === "verifying") state = event.kind;
      const text = wording(event, zone);
      // That it repeats was told once; each time is news when it is announced.
      if (text === undefined || (event.kind === "planned" && maintenance.series !== undefined)) return [];
      const update = statuspageCode("update", `${maintenance.id}/${n + 1}`);
      return [{ code: update, at: event.at, state, text, automatic: event.by.kind === "system" }];
    })
    .toReversed();
}

function wording(event: MaintenanceEvent, zone: string): string | undefined {
  const say = (at: Instant): string => sayTime(at, { zone });
  switch (event.kind) {
    case "planned":
      return event.text ?? "It is planned.";
    case "announced":
      return `It begins on ${say(event.start)}.`;
    case "began":
      return "It has begun.";
    case "verifying":
      return "Its planned time has ended; now we make sure that all is well.";
    case "asked":
      return undefined;
    case "extended":
      return `It takes longer: until ${say(event.to)}, not ${say(event.from)}.`;
    case "edited": {
      const { scheduledStart, scheduledEnd } = event.before;
      if (scheduledStart === undefined || scheduledEnd === undefined) return undefined;
      return `It was moved; before, it was planned from ${say(scheduledStart)} to ${say(scheduledEnd)}.`;
    }
    case "updated":
      return event.text;
    case "completed":
      return event.text ?? (event.by.kind === "system" ? "Its planned time has ended." : "It is done.");
    case "canceled":
      return event.text ?? "It is canceled.";
  }
}

const rank = ({ state }: PublicMaintenance): number =>
  state === "in_progress" || state === "verifying" ? 0 : state === "scheduled" ? 1 : 2;

/** Running and planned ones, the next to begin first; then what is over, newest first. */
export function inOrder(windows: readonly PublicMaintenance[]): readonly PublicMaintenance[] {
  return windows.toSorted((a, b) => {
    const forward = rank(a) === 2 ? -1 : 1;
    return rank(a) - rank(b) || forward * (a.scheduledStart - b.scheduledStart) || forward * (a.number - b.number);
  });
}
