// Where an alert goes: the first route that matches it. Pure.
import type { Alert } from "../alerts/alert.ts";
import { matcherOf, type Matcher } from "../alerts/labels.ts";
import type { ComponentStatus } from "../components/status.ts";
import type { ChannelId } from "../config/names.ts";
import { impactOf } from "./draft.ts";
import type { Impact } from "./impact.ts";
import type { Attached } from "./incident.ts";

export type Route = {
  /** Its place in the config, from 1; 0 is the one that is built in. */
  readonly number: number;
  /** All of these, each by any of its values. */
  readonly match: readonly (readonly Matcher[])[];
  readonly opens: "draft" | "publish" | "attach" | "none";
  /** How bad it is, whatever the alert says. */
  readonly status?: ComponentStatus;
  /** The only channels of the team that hear of it. */
  readonly channels?: readonly ChannelId[];
};

/** When no route matches: a draft, and the whole team hears of it. */
export const builtIn: Route = { number: 0, match: [], opens: "draft" };

export function routeOf(routes: readonly Route[], alert: Alert): Route {
  if (routes.length === 0) return builtIn;
  const matching = matcherOf(alert);
  const fits = ({ match }: Route): boolean => match.every((values) => values.some(matching));
  return routes.find(fits) ?? builtIn;
}

export function sayRoute({ number, opens }: Route): string {
  return number === 0 ? "no route matches: a draft" : `route ${number}: opens ${opens}`;
}

/** How bad an alert is: what its route says, else what it shows. */
export function impactBy(alert: Alert, { status }: Route): Impact {
  const impact = impactOf(alert);
  if (status === undefined || alert.component === undefined || alert.kind === "blind") return impact;
  return { [alert.component]: status };
}

/** What it brings to an incident that it joins. */
export function attachedBy(alert: Alert, route: Route): Attached {
  return {
    key: alert.key,
    summary: alert.summary,
    impact: impactBy(alert, route),
    startedAt: alert.startsAt,
    ...(alert.coverage === undefined ? {} : { coverage: alert.coverage }),
    ...(route.channels === undefined ? {} : { channels: route.channels }),
  };
}
