// One incident as the API shows it, with all that belongs to it.
import { z } from "zod";
import { readAlerts } from "../../alerts/alert-store.ts";
import { readRecord } from "../../db/record-store.ts";
import type { Desk } from "../../engine/desk.ts";
import { heldOf } from "../../engine/held.ts";
import { proposeCause } from "../../engine/propose-cause.ts";
import { linkFor } from "../../engine/links.ts";
import { changesBefore, lookBack } from "../../incidents/change.ts";
import { changesBetween } from "../../incidents/change-store.ts";
import { checklist } from "../../incidents/checklist.ts";
import type { Incident } from "../../incidents/incident.ts";
import { readTimeline } from "../../incidents/incident-store.ts";
import { presentDetail } from "../present.ts";
import { answered } from "../route.ts";
import { toldTeamAt } from "../team.ts";

/** The number of an incident, in a path or a query. */
export const incidentNumber = z
  .string()
  .regex(/^[1-9]\d{0,8}$/, "must be the number of an incident")
  .transform(Number)
  .meta({ type: "integer", minimum: 1 });

export const Numbered = z.strictObject({ number: incidentNumber.describe("The number of the incident.") });

/** The answer that shows it; its ETag is the version. */
export async function detailed<S extends number>(status: S, desk: Desk, incident: Incident) {
  const { secret } = await readRecord(desk.db);
  const timeline = await readTimeline(desk.db, incident.number);
  const alerts = await readAlerts(desk.db, incident.alerts);
  const { started } = incident.clocks;
  const changes = changesBefore(await changesBetween(desk.db, started - lookBack, started), incident);
  const body = presentDetail(incident, linkFor(incident, "team", desk.site.url, secret), {
    timeline,
    alerts,
    changes,
    attribution: await proposeCause(desk, incident),
    undo: await heldOf(desk.db, incident.number, desk.clock.now()),
    now: desk.clock.now(),
    checklist: checklist(incident, timeline, await toldTeamAt(desk, incident.number)),
  });
  return answered(status, body, { version: incident.version });
}
