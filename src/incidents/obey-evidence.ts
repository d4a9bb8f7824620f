// The engine's own commands: an alert joins, ends, flaps; and which alerts are a trouble of their own. Pure.
import { minute, type Instant } from "../lib/clock.ts";
import { suggest } from "../lib/nearest.ts";
import { hasGrown, isWide } from "./evidence.ts";
import type { Attached, Ended, Happening, Incident } from "./incident.ts";
import type { Command } from "./obey.ts";
import { did, refuse, type Obeyed } from "./obeyed.ts";

/** One line tells of all that came within a minute: a storm is no reason to talk more. */
const growthPause = minute;

/** Whether the team must be told by now that it has grown. */
export function growthIsDue(incident: Incident, now: Instant): boolean {
  return hasGrown(incident) && now >= (incident.told?.at ?? 0) + growthPause;
}

/** An alert that comes back while users read that it looks fixed is news to everybody. */
export function attach(incident: Incident, command: Command, alerts: readonly Attached[]): Obeyed {
  const [only, ...more] = alerts.map(plain);
  if (only === undefined) return did(incident, command);
  const attached: Happening =
    more.length === 0 ? { kind: "alert-attached", ...only } : { kind: "alerts-attached", alerts: [only, ...more] };
  const back =
    incident.visibility === "published" && incident.phase === "monitoring" && incident.quietSince !== undefined;
  if (back) return did(incident, command, attached, { kind: "relapsed" });
  const after = did(incident, command, attached);
  const grown = after.ok && growthIsDue(after.incident, command.at);
  return grown ? did(incident, command, attached, { kind: "grown" }) : after;
}

function plain({ key, summary, impact, startedAt, coverage, channels }: Attached): Attached {
  return {
    key,
    summary,
    impact,
    startedAt,
    ...(coverage === undefined ? {} : { coverage }),
    ...(channels === undefined ? {} : { channels }),
  };
}

/** Whether an alert tells the incident something: what it knows already makes no event, the timeline is for news. */
export function isNews(incident: Incident, alert: Attached): boolean {
  const known = incident.evidence?.[alert.key];
  return (
    !incident.alerts.includes(alert.key) ||
    incident.quietSince !== undefined ||
    incident.summary !== alert.summary ||
    JSON.stringify(known) !== JSON.stringify(alert.impact) ||
    (alert.startedAt < incident.clocks.started && incident.startGiven !== true) ||
    (isWide(alert.coverage) && incident.wide !== true) ||
    (incident.channels !== undefined && (alert.channels ?? []).some((id) => incident.channels?.includes(id) !== true))
  );
}

export function split(incident: Incident, command: Command & { do: "split" }): Obeyed {
  const strangers = command.alerts.filter((key) => !incident.alerts.includes(key));
  if (strangers.length > 0)
    return refuse(
      "unknown-name",
      `incident ${incident.number} has no firing alert "${strangers.join('", "')}"; ${suggest(strangers[0] ?? "", incident.alerts)}`,
    );
  if (command.alerts.length === 0) return refuse("invalid", "say which alerts are a trouble of their own");
  if (incident.alerts.every((key) => command.alerts.includes(key)))
    return refuse("invalid", `these are all alerts of incident ${incident.number}; nothing would be left of it`);
  return did(incident, command, { kind: "split-off", alerts: command.alerts, into: command.into });
}

/** When the last alert of a draft ends, the draft resolves; a published incident becomes `monitoring` and waits for a human. */
export function endAlerts(incident: Incident, command: Command, alerts: readonly Ended[]): Obeyed {
  const [only, ...more] = alerts.map(({ key, summary }) => ({ key, summary }));
  if (only === undefined) return did(incident, command);
  const ended: Happening =
    more.length === 0 ? { kind: "alert-ended", ...only } : { kind: "alerts-ended", alerts: [only, ...more] };
  const gone = new Set([only, ...more].map(({ key }) => key));
  const last = incident.alerts.every((key) => gone.has(key));
  if (!last || incident.state === "resolved") return did(incident, command, ended);
  if (incident.visibility === "draft") return did(incident, command, ended, { kind: "resolved", endedAt: command.at });
  // Whoever said "monitoring" before the evidence ended is asked all the same whether it is over.
  return did(incident, command, ended, { kind: "recovered" });
}

/** Said once: an alert that goes on flapping is no news. */
export function holdAlert(incident: Incident, command: Command & { do: "hold-alert" }): Obeyed {
  const known = incident.flapping?.includes(command.key) === true;
  return known
    ? did(incident, command)
    : did(incident, command, { kind: "flapping", key: command.key, because: command.because });
}

export function tellGrowth(incident: Incident, command: Command & { do: "tell-growth" }): Obeyed {
  return hasGrown(incident) ? did(incident, command, { kind: "grown" }) : did(incident, command);
}
