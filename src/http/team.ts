// The team's own page of an incident. The key in its address is the right to read it; it is said on team channels only.
import type { FastifyInstance } from "fastify";
import { everything } from "../components/shown-components.ts";
import { readAlerts } from "../alerts/alert-store.ts";
import { readRecord } from "../db/record-store.ts";
import { listDeliveries } from "../delivery/delivery-store.ts";
import { subjectOf } from "../engine/subject.ts";
import type { Desk } from "../engine/desk.ts";
import { proposeCause } from "../engine/propose-cause.ts";
import { heldOf } from "../engine/held.ts";
import { publicLink, teamKey } from "../engine/links.ts";
import { changesBefore, lookBack } from "../incidents/change.ts";
import { changesBetween } from "../incidents/change-store.ts";
import { checklist } from "../incidents/checklist.ts";
import type { Incident } from "../incidents/incident.ts";
import { readIncident, readTimeline } from "../incidents/incident-store.ts";
import { sameSecret } from "../lib/signature.ts";
import { publicIncident } from "../status/public-incident.ts";
import { renderMissing } from "../status/page/missing.ts";
import { readSnapshot } from "../status/read-snapshot.ts";
import { secureHeadersOf } from "./public.ts";
import { renderTeamPage } from "./team-page.ts";

const headers = { "Cache-Control": "no-store", "X-Robots-Tag": "noindex, nofollow" };

/** The page for a wrong key is the page for an incident that never was. */
export function teamRoutes(app: FastifyInstance, desk: Desk): void {
  app.get<{ Params: { number: string; key: string } }>("/team/:number/:key", async (request, reply) => {
    const { number, key } = request.params;
    const { secret } = await readRecord(desk.db);
    const wanted = /^[1-9]\d{0,8}$/.test(number) && sameSecret(key, teamKey(secret, Number(number)));
    const incident = wanted ? await readIncident(desk.db, Number(number)) : undefined;
    const send = reply.headers({ ...secureHeadersOf(desk.site), ...headers }).type("text/html; charset=utf-8");
    if (incident === undefined) return send.code(404).send(renderMissing(desk.site));
    return send.send(await render(desk, incident));
  });
}

/** When a team channel first confirmed a line about it. */
export async function toldTeamAt(desk: Desk, incident: number): Promise<number | undefined> {
  const sent = await listDeliveries(desk.db, { subject: subjectOf(incident), status: ["sent"], limit: 500 });
  const team = new Set<string>(
    [...desk.channels.values()].filter(({ audience }) => audience === "team").map(({ id }) => id),
  );
  return sent.findLast((delivery) => team.has(delivery.target))?.settledAt;
}

async function render(desk: Desk, incident: Incident): Promise<string> {
  const now = desk.clock.now();
  const timeline = await readTimeline(desk.db, incident.number);
  const { started } = incident.clocks;
  const keys = timeline.flatMap((event) =>
    event.kind === "opened"
      ? event.alerts
      : event.kind === "alert-attached"
        ? [event.key]
        : event.kind === "alerts-attached"
          ? event.alerts.map(({ key }) => key)
          : [],
  );
  const { components } = await readSnapshot(desk, { site: desk.site, shown: everything }, now, 0);
  return renderTeamPage({
    site: desk.site,
    incident,
    // As users will see it when it is published now.
    asPublic: publicIncident(incident, "preview", timeline, everything),
    components,
    alerts: await readAlerts(desk.db, [...new Set(keys)]),
    changes: changesBefore(await changesBetween(desk.db, started - lookBack, started), incident),
    attribution: await proposeCause(desk, incident),
    ticks: checklist(incident, timeline, await toldTeamAt(desk, incident.number)),
    held: await heldOf(desk.db, incident.number, now),
    publicLink: publicLink(desk.site.url, incident.number),
    now,
  });
}
