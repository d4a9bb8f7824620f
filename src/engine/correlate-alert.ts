// One alert finds its incident: opens one, joins one, ends its part in one. In the caller's transaction.
import { tocsin } from "../accounts/actor.ts";
import type { Alert } from "../alerts/alert.ts";
import { readAlert, saveAlert } from "../alerts/alert-store.ts";
import type { SourceId } from "../config/names.ts";
import type { Tx } from "../db/schema.ts";
import { correlate, type Correlation, type KnownAlert } from "../incidents/correlate.ts";
import { draftFrom, impactOf } from "../incidents/draft.ts";
import { apply, type Incident, type IncidentEvent, type IncidentId } from "../incidents/incident.ts";
import { nextNumber, openIncidents, readIncident } from "../incidents/incident-store.ts";
import { obey, type Command } from "../incidents/obey.ts";
import { brand, uuidv7 } from "../lib/ids.ts";
import type { Instant } from "../lib/clock.ts";
import { commitChange } from "./commit.ts";
import type { Desk } from "./desk.ts";

/** Returns what became of it, for logs and metrics. */
export async function takeAlert(
  tx: Tx,
  desk: Desk,
  source: SourceId,
  alert: Alert,
  now: Instant,
): Promise<Correlation["do"]> {
  const before = await readAlert(tx, alert.key);
  const known: KnownAlert | undefined =
    before === undefined
      ? undefined
      : {
          key: alert.key,
          status: before.alert.status,
          startsAt: before.alert.startsAt,
          ...(before.alert.endsAt === undefined ? {} : { endsAt: before.alert.endsAt }),
          ...(before.incident === undefined ? {} : { incident: before.incident }),
        };
  const mine = before?.incident === undefined ? undefined : await afterMerges(tx, before.incident);
  const decision = correlate(alert, known, mine, await openIncidents(tx));
  const incident = await carryOut(tx, desk, alert, decision, now);
  const belongsTo = incident ?? mine?.number;
  if (before !== undefined && decision.do === "nothing" && isLate(alert, before.alert)) {
    const last = lastEnd(alert, before.alert);
    if (last !== before.alert) await saveAlert(tx, last, source, belongsTo, decision.because);
  } else {
    await saveAlert(tx, episode(alert, known, decision), source, belongsTo, decision.because);
  }
  return decision.do;
}

/** The incident itself, or the one that it was merged into. */
async function afterMerges(tx: Tx, number: number): Promise<Incident | undefined> {
  let incident = await readIncident(tx, number);
  while (incident?.mergedInto !== undefined) incident = await readIncident(tx, incident.mergedInto);
  return incident;
}

/** A late or repeated word opens nothing and ends nothing. */
function isLate(alert: Alert, known: Alert): boolean {
  if (known.status === "resolved") return true;
  return alert.status === "resolved" && alert.endsAt !== undefined && alert.endsAt < known.startsAt;
}

/** Only a later end is worth keeping: it also ends an episode whose first word is still on its way. */
function lastEnd(alert: Alert, known: Alert): Alert {
  if (known.status !== "resolved" || alert.endsAt === undefined || alert.endsAt <= (known.endsAt ?? 0)) return known;
  return { ...known, endsAt: alert.endsAt };
}

/** An episode keeps the earliest start it was ever given; a resolve keeps the start of what it ends. */
function episode(alert: Alert, known: KnownAlert | undefined, decision: Correlation): Alert {
  if (known === undefined) return alert;
  const same = known.status === "firing" || decision.do === "reopen";
  return same ? { ...alert, startsAt: Math.min(alert.startsAt, known.startsAt) } : alert;
}

async function carryOut(
  tx: Tx,
  desk: Desk,
  alert: Alert,
  decision: Correlation,
  now: Instant,
): Promise<number | undefined> {
  switch (decision.do) {
    case "nothing":
      return undefined;
    case "open":
      return open(tx, desk, alert, now);
    case "attach":
      return give(tx, desk, decision.incident, [attaching(alert, now)], now);
    case "reopen":
      return give(tx, desk, decision.incident, [{ do: "reopen", by: tocsin, at: now }, attaching(alert, now)], now);
    case "end":
      return give(
        tx,
        desk,
        decision.incident,
        [{ do: "end-alert", by: tocsin, at: now, key: alert.key, summary: alert.summary }],
        now,
      );
  }
}

async function open(tx: Tx, desk: Desk, alert: Alert, now: Instant): Promise<number> {
  const { impact, notice } = draftFrom(
    alert,
    alert.component === undefined ? undefined : desk.components.get(alert.component),
    desk.templates,
  );
  const event: IncidentEvent = {
    kind: "opened",
    at: now,
    by: tocsin,
    id: brand<IncidentId>(uuidv7(now)),
    number: await nextNumber(tx),
    impact,
    notice,
    startedAt: Math.min(alert.startsAt, now),
    summary: alert.summary,
    alerts: [alert.key],
    coverage: alert.coverage === undefined ? [] : [alert.coverage],
  };
  await commitChange(tx, desk, undefined, apply(undefined, event), [event], now);
  return event.number;
}

function attaching(alert: Alert, now: Instant): Command {
  const coverage = alert.coverage === undefined ? {} : { coverage: alert.coverage };
  return {
    do: "attach",
    by: tocsin,
    at: now,
    key: alert.key,
    summary: alert.summary,
    impact: impactOf(alert),
    startedAt: alert.startsAt,
    ...coverage,
  };
}

/** An alert that says again what the incident already knows makes no event: the timeline is for news. */
function isNews(incident: Incident, command: Command): boolean {
  if (command.do !== "attach") return true;
  const after = obey(incident, command);
  if (!after.ok) return true;
  const { version: _a, coverage: _b, ...was } = incident;
  const { version: _c, coverage: _d, ...is } = after.incident;
  return JSON.stringify(was) !== JSON.stringify(is);
}

async function give(
  tx: Tx,
  desk: Desk,
  incident: Incident,
  commands: readonly Command[],
  now: Instant,
): Promise<number> {
  let after = incident;
  const events: IncidentEvent[] = [];
  for (const command of commands) {
    if (!isNews(after, command)) continue;
    const obeyed = obey(after, command);
    // Correlation only proposes legal moves; one that is not is a bug that must be seen.
    if (!obeyed.ok) throw new Error(`correlation proposed what is not allowed: ${obeyed.refusal.message}`);
    after = obeyed.incident;
    events.push(...obeyed.events);
  }
  if (events.length > 0) await commitChange(tx, desk, incident, after, events, now);
  return incident.number;
}
