// Which incident an alert belongs to. Pure; returns what to do and why.
import type { Alert, AlertKey } from "../alerts/alert.ts";
import { hour, type Instant } from "../lib/clock.ts";
import { statusIn, type Incident } from "./incident.ts";

/** What we knew of this alert before. */
export type KnownAlert = {
  readonly key: AlertKey;
  readonly status: "firing" | "resolved";
  readonly startsAt: Instant;
  readonly endsAt?: Instant;
  readonly incident?: number;
};

export type Correlation =
  | { readonly do: "open"; readonly because: string }
  | { readonly do: "attach" | "reopen"; readonly incident: Incident; readonly because: string }
  | { readonly do: "end"; readonly incident: Incident; readonly because: string }
  | { readonly do: "nothing"; readonly because: string };

/** An episode that fires again within this time of its end is the same one. */
const reopenWithin = hour;

function endingOf(alert: Alert, known: KnownAlert | undefined, mine: Incident | undefined): Correlation {
  if (known === undefined) return { do: "nothing", because: "it resolves an alert that never fired here" };
  if (known.status === "resolved") return { do: "nothing", because: "it had resolved already" };
  if (alert.endsAt !== undefined && alert.endsAt < known.startsAt)
    return { do: "nothing", because: "it is late: the alert has fired again since it ended" };
  if (mine === undefined || (mine.state === "resolved" && !mine.alerts.includes(alert.key)))
    return { do: "nothing", because: "its incident is over" };
  return { do: "end", incident: mine, because: "its last word was firing" };
}

/** A total outage is never swallowed by an old incident about something else. */
function sameCause(alert: Alert, incident: Incident): boolean {
  if (incident.state === "resolved" || incident.mergedInto !== undefined) return false;
  // A blind monitor says nothing about what it watched: it never joins somebody else's incident.
  if (alert.component === undefined || alert.kind === "blind") return incident.alerts.includes(alert.key);
  const hit = statusIn(incident.impact, alert.component);
  return hit !== undefined && hit !== "operational";
}

/** `last`: the incident that this alert last belonged to. `open`: all that are not resolved, newest first. */
export function correlate(
  alert: Alert,
  known: KnownAlert | undefined,
  last: Incident | undefined,
  open: readonly Incident[],
): Correlation {
  // A merge takes the alerts along: whoever has this one now is its incident.
  const mine = open.find((incident) => incident.alerts.includes(alert.key)) ?? last;
  if (alert.status === "resolved") return endingOf(alert, known, mine);
  if (
    known?.status === "resolved" &&
    known.endsAt !== undefined &&
    (alert.startsAt < known.endsAt || alert.startsAt <= known.startsAt)
  ) {
    return { do: "nothing", because: "it is late or repeated: that episode has ended" };
  }
  if (mine?.heldUntil !== undefined && mine.heldUntil > alert.observedAt) {
    return { do: "nothing", because: `incident ${mine.number} was ${mine.visibility}, and that holds` };
  }
  if (known?.status === "firing" && mine !== undefined && mine.visibility === "dismissed") {
    return { do: "nothing", because: `incident ${mine.number} was dismissed, and its episode has not ended` };
  }
  if (mine !== undefined && mine.state !== "resolved")
    return { do: "attach", incident: mine, because: "it belongs to it already" };
  if (known?.status === "firing" && mine !== undefined)
    return { do: "nothing", because: `incident ${mine.number} was resolved while it fired` };
  const endedAgo = mine?.clocks.resolved === undefined ? Infinity : alert.observedAt - mine.clocks.resolved;
  const same = open.find((incident) => sameCause(alert, incident));
  if (same !== undefined) return { do: "attach", incident: same, because: "the same component is hit" };
  if (mine?.visibility === "draft" && mine.mergedInto === undefined && endedAgo <= reopenWithin)
    return { do: "reopen", incident: mine, because: "it fires again within an hour" };
  return { do: "open", because: known === undefined ? "nobody knew of it" : "a new episode" };
}
