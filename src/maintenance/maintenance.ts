// A planned window: what it is, where it stands at a moment, and which alerts it quiets. Pure.
import type { Actor } from "../accounts/actor.ts";
import type { Alert } from "../alerts/alert.ts";
import { shows, showsAny, type Shown } from "../components/shown-components.ts";
import type { ComponentId } from "../config/names.ts";
import { day, type Instant } from "../lib/clock.ts";
import type { Brand } from "../lib/ids.ts";

export type MaintenanceId = Brand<"maintenance">;

/** Statuspage's words, and `canceled`, which it lacks. */
export const maintenanceStates = ["scheduled", "in_progress", "verifying", "completed", "canceled"] as const;
export type MaintenanceState = (typeof maintenanceStates)[number];

/** What somebody plans. */
export type MaintenancePlan = {
  readonly title: string;
  /** What is done and what users will notice; Markdown. */
  readonly text?: string;
  /** Empty: a notice such as "the team is on holiday", which stands at the top of the page and quiets nothing. */
  readonly components: readonly ComponentId[];
  readonly scheduledStart: Instant;
  readonly scheduledEnd: Instant;
};

/** What happened to it. A change of the plan keeps what it was before. */
export type MaintenanceHappening =
  | { readonly kind: "planned"; readonly text?: string }
  /** Users were told ahead: so long before the start that it had then. */
  | { readonly kind: "announced"; readonly aheadMs: number; readonly start: Instant }
  | { readonly kind: "began" }
  /** Its planned time has ended, and its monitors are asked whether all is well. */
  | { readonly kind: "verifying" }
  /** They did not say so in time: the team was asked. */
  | { readonly kind: "asked"; readonly because: string }
  | { readonly kind: "extended"; readonly from: Instant; readonly to: Instant }
  | { readonly kind: "edited"; readonly before: Partial<MaintenancePlan> }
  | { readonly kind: "updated"; readonly text: string }
  | { readonly kind: "completed"; readonly text?: string }
  | { readonly kind: "canceled"; readonly text?: string };

export type MaintenanceEvent = { readonly at: Instant; readonly by: Actor } & MaintenanceHappening;

export type Maintenance = MaintenancePlan & {
  readonly id: MaintenanceId;
  readonly number: number;
  /** Statuspage's 12 characters. */
  readonly code: string;
  /** Counts the changes; an order that expects another one is refused. */
  readonly version: number;
  /** What was carried out and said so far; the clock may be ahead of it: see `stateAt`. */
  readonly state: MaintenanceState;
  readonly by: Actor;
  readonly plannedAt: Instant;
  /** When its start was last set: what was to be announced before that is not made up for. */
  readonly startSetAt?: Instant;
  /** It repeats: `occurrence` is the wall for which the rule made it, whenever it takes place by now. */
  readonly series?: { readonly number: number; readonly occurrence: Instant; readonly words: string };
  /** It has monitors: at its planned end it is verified, and its alerts stay quiet for so long at most. */
  readonly verifyMs?: number;
  /** When it ended before its time, by an order, or at its time. */
  readonly endedAt?: Instant;
  /** Oldest first, append-only. */
  readonly events: readonly MaintenanceEvent[];
};

/** It concerns no component: a word to the users, and no planned work. */
export function isNotice({ components }: { readonly components: readonly unknown[] }): boolean {
  return components.length === 0;
}

/** What nobody confirmed by then is over all the same: nothing stays open because everybody sleeps. */
const longestVerification = day;

/** When the clock alone ends it. */
export function lastMoment({ scheduledEnd, verifyMs }: Maintenance): Instant {
  return verifyMs === undefined ? scheduledEnd : scheduledEnd + longestVerification;
}

/** Where it stands at `now`, whether or not anybody has carried that out. It never goes back, though a clock may. */
export function stateAt(maintenance: Maintenance, now: Instant): MaintenanceState {
  const { state, scheduledStart, scheduledEnd } = maintenance;
  if (state === "completed" || state === "canceled") return state;
  if (state === "scheduled" && now < scheduledStart) return "scheduled";
  if (now >= lastMoment(maintenance)) return "completed";
  return now >= scheduledEnd || state === "verifying" ? "verifying" : "in_progress";
}

export function isRunning(maintenance: Maintenance, now: Instant): boolean {
  const state = stateAt(maintenance, now);
  return state === "in_progress" || state === "verifying";
}

/** While it is verified, for a while only: longer would mask an outage. */
export function keepsQuiet(maintenance: Maintenance, now: Instant): boolean {
  const { scheduledEnd, verifyMs = 0 } = maintenance;
  return isRunning(maintenance, now) && now < scheduledEnd + verifyMs;
}

/**
 * The running window that quiets an alert: one of its own component that began while the work was on. What began
 * before, what is about something else, and every end of an alert are heard as ever.
 */
export function quietedBy(windows: readonly Maintenance[], alert: Alert, now: Instant): Maintenance | undefined {
  const { component } = alert;
  if (component === undefined || alert.status === "resolved") return undefined;
  return windows
    .filter((one) => keepsQuiet(one, now) && one.components.includes(component) && alert.startsAt >= one.scheduledStart)
    .toSorted((a, b) => b.scheduledEnd - a.scheduledEnd || a.number - b.number)[0];
}

/** As those may know it who see these components alone; undefined when it is about others. */
export function shownMaintenance(maintenance: Maintenance, shown: Shown): Maintenance | undefined {
  const components = maintenance.components.filter((id) => shows(shown, id));
  return showsAny(shown, maintenance.components) ? { ...maintenance, components } : undefined;
}
