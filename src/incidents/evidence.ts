// What the alerts of an incident make of it: how they join, end, move, and how it grows. Pure.
import type { AlertKey, Coverage } from "../alerts/alert.ts";
import { isHearsay, onlyHearsay } from "../alerts/hearsay.ts";
import type { Instant } from "../lib/clock.ts";
import { entriesOf, without } from "../lib/records.ts";
import type { Clocks } from "./clocks.ts";
import { isWorse, statusIn, worstImpact, type Impact } from "./impact.ts";
import type { Attached, Ended, Incident, IncidentEvent, Told } from "./incident.ts";

/** An alert that names no targets is about all of them. */
export function isWide(coverage: Coverage | undefined): boolean {
  return coverage?.targets === undefined;
}

/** Whether more is hit than the team was told. Where no component says how bad it is, each alert may be news. */
export function hasGrown({ told, impact, wide, alerts }: Incident): boolean {
  if (told === undefined) return false;
  if (told.hearsay === true && alerts.some((key) => !isHearsay(key))) return true;
  if (isNameless(impact) && alerts.length > (told.alerts ?? alerts.length)) return true;
  if (told.narrow && wide === true) return true;
  return isWorse(impact, told.impact);
}

function isNameless(impact: Impact): boolean {
  return Object.keys(impact).length === 0;
}

export function toldNow({ impact, coverage, wide, alerts }: Incident, at: Instant): Told {
  const told = { at, impact, narrow: wide !== true && coverage.length > 0, alerts: alerts.length };
  return onlyHearsay(alerts) ? { ...told, hearsay: true } : told;
}

/** One that joins when another has ended is one more all the same; of the first, its opening tells. */
function fewer(told: Told | undefined, alerts: number): { readonly told?: Told } {
  return told?.alerts === undefined ? {} : { told: { ...told, alerts: Math.min(told.alerts, Math.max(1, alerts)) } };
}

/** What only the alerts that leave had shown, leaves with them; what is public, people put right themselves. */
export function splitOff(incident: Incident, event: IncidentEvent & { kind: "split-off" }): Incident {
  const evidence = without(incident.evidence ?? {}, ...event.alerts);
  const alerts = incident.alerts.filter((key) => !event.alerts.includes(key));
  const shown = entriesOf(evidence).reduce<Impact>((all, [, impact]) => worstImpact(all, impact), {});
  const gone = event.alerts.flatMap((key) => entriesOf(incident.evidence?.[key] ?? {}).map(([id]) => id));
  const kept = entriesOf(incident.impact).flatMap(([id, status]) => {
    if (!gone.includes(id)) return [[id, status] as const];
    const left = statusIn(shown, id);
    return left === undefined ? [] : [[id, left] as const];
  });
  // Nobody knows what alerts showed that joined before that was written down.
  const known = alerts.every((key) => Object.hasOwn(evidence, key));
  const impact: Impact = incident.visibility === "published" || !known ? incident.impact : Object.fromEntries(kept);
  return { ...incident, alerts, evidence, impact, told: toldNow({ ...incident, impact }, event.at) };
}

function startedWith(incident: Incident, clocks: Clocks, startedAt: Instant): Clocks {
  if (incident.startGiven === true || startedAt >= clocks.started) return clocks;
  return { ...clocks, started: startedAt };
}

type Hearing = Incident["channels"];

/** Whoever hears of any of its alerts hears of the incident. */
function bothHear(some: Hearing, others: Hearing): Hearing {
  return some === undefined || others === undefined ? undefined : [...new Set([...some, ...others])];
}

/** Several at once cost one copy of the incident, however large it is. */
export function attach(incident: Incident, joining: readonly Attached[], at: Instant): Incident {
  const alerts = new Set(incident.alerts);
  const evidence: Record<AlertKey, Impact> = { ...incident.evidence };
  let { impact, clocks, channels, summary } = incident;
  let wide = incident.wide === true;
  for (const each of joining) {
    const repeated = JSON.stringify(evidence[each.key]) === JSON.stringify(each.impact);
    alerts.add(each.key);
    evidence[each.key] = each.impact;
    impact = repeated ? impact : worstImpact(impact, each.impact);
    clocks = startedWith(incident, clocks, each.startedAt);
    channels = bothHear(channels, each.channels);
    wide ||= isWide(each.coverage);
    summary = each.summary;
  }
  return {
    ...without(incident, "quietSince", "channels"),
    alerts: [...alerts],
    evidence,
    impact,
    clocks,
    summary,
    coverage: [...incident.coverage, ...joining.flatMap(({ coverage }) => coverage ?? [])].slice(-20),
    told: incident.told ?? toldNow(incident, incident.clocks.detected),
    ...(channels === undefined ? {} : { channels }),
    ...(wide ? { wide: true } : {}),
    ...raised(incident, [...alerts], at),
  };
}

/** It was hearsay, and now there is evidence. */
function raised({ alerts, raisedAt }: Incident, after: readonly AlertKey[], at: Instant): Pick<Incident, "raisedAt"> {
  const now = onlyHearsay(alerts) && !onlyHearsay(after);
  return now || raisedAt !== undefined ? { raisedAt: now ? at : (raisedAt ?? at) } : {};
}

export function endAlerts(incident: Incident, ended: readonly Ended[], at: Instant): Incident {
  const gone = new Set(ended.map(({ key }) => key));
  const alerts = incident.alerts.filter((key) => !gone.has(key));
  return {
    ...incident,
    alerts,
    evidence: without(incident.evidence ?? {}, ...gone),
    ...(incident.flapping === undefined ? {} : { flapping: incident.flapping.filter((key) => !gone.has(key)) }),
    summary: ended.at(-1)?.summary ?? incident.summary,
    ...fewer(incident.told, alerts.length),
    ...(alerts.length === 0 ? { quietSince: at } : {}),
  };
}

export function absorb(incident: Incident, event: IncidentEvent & { kind: "absorbed" }): Incident {
  const channels = bothHear(incident.channels, event.channels);
  const { channels: _before, ...rest } = event.alerts.length === 0 ? incident : without(incident, "quietSince");
  return {
    ...rest,
    alerts: [...new Set([...incident.alerts, ...event.alerts])],
    evidence: { ...event.evidence, ...incident.evidence },
    told: incident.told ?? toldNow(incident, incident.clocks.detected),
    impact: worstImpact(incident.impact, event.impact),
    coverage: [...incident.coverage, ...event.coverage].slice(-20),
    clocks: startedWith(incident, incident.clocks, event.startedAt),
    ...(channels === undefined ? {} : { channels }),
    ...(event.wide === true ? { wide: true } : {}),
    ...raised(incident, [...incident.alerts, ...event.alerts], event.at),
  };
}
