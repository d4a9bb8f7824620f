// People mend what was put together: alerts split off into an incident of their own, and what a dismissal knew.
import { worstImpact, type Impact } from "../incidents/impact.ts";
import { tocsin, type Actor } from "../accounts/actor.ts";
import { fingerprintOf, type AlertKey } from "../alerts/alert.ts";
import { moveAlerts, readAlerts } from "../alerts/alert-store.ts";
import type { Tx } from "../db/schema.ts";
import { weightOf } from "../incidents/dismissal.ts";
import { draftFrom, troubleOf } from "../incidents/draft.ts";
import type { Incident, IncidentEvent, IncidentId } from "../incidents/incident.ts";
import { nextNumber } from "../incidents/incident-store.ts";
import type { Command, Order } from "../incidents/obey.ts";
import type { Refusal } from "../incidents/obeyed.ts";
import type { Instant } from "../lib/clock.ts";
import { untouched } from "../incidents/relation.ts";
import { brand, uuidv7 } from "../lib/ids.ts";
import { suggest } from "../lib/nearest.ts";
import { failed, ok, type Result } from "../lib/result.ts";
import { commitChange } from "./commit.ts";
import type { Desk } from "./desk.ts";

type Dismiss = Order & { do: "dismiss" };
type Split = Order & { do: "split" };

/** What each alert shows now: twice of it ends the hold. */
export async function dismissing(tx: Tx, incident: Incident, order: Dismiss): Promise<Dismiss> {
  const known = await readAlerts(tx, incident.alerts);
  return { ...order, evidence: Object.fromEntries(known.map(({ alert }) => [alert.key, weightOf(alert)])) };
}

/** An alert is named by its whole key, or by a fingerprint that only one of the incident's alerts has. */
export async function splitting(tx: Tx, incident: Incident, order: Split): Promise<Result<Split, Refusal>> {
  const alerts: AlertKey[] = [];
  for (const name of order.alerts) {
    const meant = incident.alerts.filter((key) => key === name || fingerprintOf(key) === name);
    const [only] = meant;
    if (only === undefined || meant.length > 1) {
      const what = only === undefined ? "has no firing alert" : "has several alerts called";
      const message = `incident ${incident.number} ${what} "${name}"; ${suggest(name, incident.alerts)}`;
      return failed({ code: "unknown-name", message });
    }
    alerts.push(only);
  }
  return ok({ ...order, alerts: [...new Set(alerts)], into: await nextNumber(tx) });
}

/** What is left is named anew, where Tocsin had named it: its title may speak of what has gone. */
export async function renaming(
  tx: Tx,
  desk: Desk,
  incident: Incident,
  order: Split,
  at: Instant,
): Promise<readonly Command[]> {
  if (!untouched(incident)) return [];
  const left = incident.alerts.filter((key) => !order.alerts.includes(key));
  const alerts = (await readAlerts(tx, left)).map(({ alert }) => alert);
  const [first] = alerts;
  if (first === undefined) return [];
  const { component } = first;
  const own = draftFrom(first, component === undefined ? undefined : desk.components.get(component), desk.templates);
  const impact = alerts.map(({ key }) => incident.evidence?.[key] ?? {}).reduce<Impact>(worstImpact, {});
  const notice = troubleOf({ ...incident, impact }, alerts, desk) ?? own.notice;
  return [{ do: "edit", by: tocsin, at, notice }];
}

/** The incident that they become. Its draft speaks of the first of them. */
export async function splitOff(
  tx: Tx,
  desk: Desk,
  from: Incident,
  order: Split,
  by: Actor,
  at: Instant,
): Promise<void> {
  const stored = await readAlerts(tx, order.alerts);
  const [first] = stored;
  if (first === undefined) throw new Error(`the alerts of incident ${from.number} are not in the database`);
  const { component } = first.alert;
  const evidence = Object.fromEntries(order.alerts.map((key) => [key, from.evidence?.[key] ?? {}]));
  const event: IncidentEvent = {
    kind: "opened",
    at,
    by,
    id: brand<IncidentId>(uuidv7(at)),
    number: order.into,
    impact: Object.values(evidence).reduce<Impact>(worstImpact, {}),
    notice: draftFrom(first.alert, component === undefined ? undefined : desk.components.get(component), desk.templates)
      .notice,
    startedAt: Math.min(at, ...stored.map(({ alert }) => alert.startsAt)),
    summary: first.alert.summary,
    alerts: order.alerts,
    evidence,
    coverage: stored.flatMap(({ alert }) => alert.coverage ?? []),
    splitFrom: from.number,
    ...(from.channels === undefined ? {} : { channels: from.channels }),
  };
  await commitChange(tx, desk, undefined, [event], at);
  await moveAlerts(tx, from.number, order.into, order.alerts);
}
