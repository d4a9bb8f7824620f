// Gathers what points at whose fault an incident is, each time somebody of the team looks: it is never older than the look.
import type { Alert } from "../alerts/alert.ts";
import { listAlerts } from "../alerts/alert-store.ts";
import { clustersOf, type Said } from "../detection/clusters.ts";
import { attribute, suspectFor, type Attribution } from "../incidents/attribution.ts";
import { changesBetween } from "../incidents/change-store.ts";
import type { Incident } from "../incidents/incident.ts";
import type { Desk } from "./desk.ts";

/** Those that were heard of last, whatever they belong to. */
const alertsAround = 300;

function saidIn(alerts: readonly Alert[]): readonly Said[] {
  return alerts.flatMap(({ evidence }) =>
    (evidence?.votes ?? []).flatMap(({ project, example }) =>
      example === undefined ? [] : [{ project, message: example }],
    ),
  );
}

export async function proposeCause(desk: Desk, incident: Incident): Promise<Attribution> {
  const { started } = incident.clocks;
  const [around, own, changes] = await Promise.all([
    listAlerts(desk.db, { limit: alertsAround }),
    listAlerts(desk.db, { incident: incident.number, limit: alertsAround }),
    changesBetween(desk.db, started - suspectFor, started),
  ]);
  const keys = new Set(own.map(({ alert }) => alert.key));
  const others = around.filter(({ alert }) => !keys.has(alert.key)).map(({ alert }) => alert);
  const mine = own.map(({ alert }) => alert);
  // What began long after it ended, or ended long before it began, is another story.
  const ended = incident.clocks.resolved ?? Infinity;
  return attribute({
    incident,
    components: desk.components,
    depends: desk.depends,
    alerts: [...mine, ...others].filter(({ startsAt }) => startsAt <= ended),
    clusters: clustersOf(saidIn(mine), saidIn(others)),
    changes,
  });
}
