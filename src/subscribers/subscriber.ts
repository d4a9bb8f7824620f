// Somebody who asked to be told, and what they want to hear. Pure.
import { severityOf, type Severity } from "../components/status.ts";
import { shows, showsAny, type Shown } from "../components/shown-components.ts";
import type { ComponentId } from "../config/names.ts";
import type { Impact } from "../incidents/impact.ts";
import { apply, type Incident, type IncidentEvent } from "../incidents/incident.ts";
import { day, minute, type Instant } from "../lib/clock.ts";
import { entriesOf } from "../lib/records.ts";

export const subscriberKinds = ["email", "webhook", "slack", "discord"] as const;
export type SubscriberKind = (typeof subscriberKinds)[number];

/** From how bad on: `maintenance` is everything, planned work too. */
export const leasts = ["maintenance", "minor", "major", "critical"] as const;
export type Least = (typeof leasts)[number];

export type Wants = {
  /** Empty: all. */
  readonly components: readonly ComponentId[];
  readonly least: Least;
};

export type Subscriber = Wants & {
  readonly id: number;
  readonly kind: SubscriberKind;
  readonly address: string;
  readonly state: "unconfirmed" | "confirmed" | "suspended";
  readonly salt: string;
  readonly createdAt: Instant;
  readonly confirmedAt?: Instant;
  readonly askedAt: Instant;
  /** Letters that forms asked for since they last confirmed. */
  readonly asked: number;
  readonly bounces: number;
  readonly reason?: string;
};

/** What a message is about, as far as it decides who hears of it. */
export type About = { readonly components: readonly ComponentId[]; readonly severity: Severity };

const ranks: readonly Severity[] = ["none", "maintenance", "minor", "major", "critical"];
const rank = (severity: Severity): number => ranks.indexOf(severity);

/** The one place that decides whether a subscriber hears of something. Of what the page does not show, they never do. */
export function hears(wants: Wants, about: About, shown: Shown): boolean {
  if (!showsAny(shown, about.components)) return false;
  const seen = about.components.filter((id) => shows(shown, id));
  // A notice without a component concerns everybody.
  const meant = seen.length === 0 || wants.components.length === 0 || seen.some((id) => wants.components.includes(id));
  return meant && (wants.least === "maintenance" || rank(about.severity) >= rank(wants.least));
}

/**
 * All that an incident ever hit while it was public, at its worst: who heard that it began hears that it is over. How bad
 * it is for what is not shown tells nobody anything.
 */
export function aboutIncident(timeline: readonly IncidentEvent[], shown: Shown): About {
  let incident: Incident | undefined;
  const impacts: Impact[] = [];
  for (const event of timeline) {
    incident = apply(incident, event);
    if (incident.visibility !== "draft") impacts.push(incident.impact);
  }
  const severities = impacts.map((impact) =>
    severityOf(entriesOf(impact).flatMap(([id, status]) => (shows(shown, id) ? [status] : []))),
  );
  return {
    components: [...new Set(impacts.flatMap((impact) => entriesOf(impact).map(([id]) => id)))],
    severity: severities.reduce((a, b) => (rank(b) > rank(a) ? b : a), "none"),
  };
}

/** A message that their server refused for good this often in a row: nobody reads there any more. */
export const mostBounces = 3;

/** Letters that anybody may cause to an address by typing it into a form: one in 15 minutes, three until it is confirmed. */
export const askedApart = 15 * minute;
export const mostAsked = 3;

/** After a day the count begins anew: whoever lost the letters may ask again. */
export function mayWrite({ askedAt, asked }: Pick<Subscriber, "askedAt" | "asked">, now: Instant): boolean {
  return now - askedAt >= day || (now - askedAt >= askedApart && asked < mostAsked);
}
