// How long a dismissal holds: until its time, until the episode ends, or until the evidence has doubled. Pure.
import type { Alert, AlertKey } from "../alerts/alert.ts";
import { impactOf } from "./draft.ts";
import { isWorse } from "./impact.ts";
import type { Incident } from "./incident.ts";
import type { Member } from "./relation.ts";

/** A dismissed or withdrawn incident, and its alerts that still fire. */
export type Dismissed = { readonly incident: Incident; readonly members: readonly Member[] };

/** How much an alert shows: failed jobs where it counts them; one that counts nothing weighs one. */
export function weightOf(alert: Alert): number {
  return Math.max(1, alert.evidence?.figures.failedJobs ?? 1);
}

export type Weights = Readonly<Record<AlertKey, number>>;

function weightThen(key: AlertKey, weights: Weights): number | undefined {
  return Object.hasOwn(weights, key) ? weights[key] : undefined;
}

/** Whether this alert shows twice of what was known when its incident was dismissed. */
export function outgrown(alert: Alert, incident: Incident): boolean {
  const then = weightThen(alert.key, incident.dismissedEvidence ?? {});
  const dismissed = incident.visibility === "dismissed" || incident.visibility === "withdrawn";
  return dismissed && then !== undefined && weightOf(alert) >= 2 * then;
}

/** The dismissed incident that covers a new alert of the same component and kind, unless it is worse or the alerts have doubled. */
export function holdingBack(alert: Alert, dismissed: readonly Dismissed[]): Incident | undefined {
  return dismissed.find(({ incident, members }) => {
    const then = Object.keys(incident.dismissedEvidence ?? {}).length;
    const same =
      alert.component !== undefined &&
      members.some(({ component, kind }) => component === alert.component && kind === alert.kind);
    return same && !isWorse(impactOf(alert), incident.impact) && members.length + 1 < 2 * then;
  })?.incident;
}
