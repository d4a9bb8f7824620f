// The JSON doors: what the CLI asks through the socket.
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import type { Actor } from "../accounts/actor.ts";
import { listAlerts, readAlerts } from "../alerts/alert-store.ts";
import { listDeliveries } from "../delivery/delivery-store.ts";
import { readRecord } from "../db/record-store.ts";
import { siteSubject, subjectOf } from "../engine/commit.ts";
import { wishPublication } from "../delivery/delivery-store.ts";
import type { Desk } from "../engine/desk.ts";
import { linkFor } from "../engine/links.ts";
import { command, openIncident } from "../engine/respond.ts";
import { checklist } from "../incidents/checklist.ts";
import type { Incident } from "../incidents/incident.ts";
import { listIncidents, readIncident, readTimeline } from "../incidents/incident-store.ts";
import type { Result } from "../lib/result.ts";
import { suggest } from "../lib/nearest.ts";
import { OpenInput } from "./contract.ts";
import { openingFrom, orders } from "./orders.ts";
import { presentAlert, presentDelivery, presentDetail, presentIncident } from "./present.ts";
import { problem, refused, sayIssues } from "./problem.ts";
import { toldTeamAt } from "./team.ts";

export type Door = { readonly actorOf: (request: FastifyRequest) => Result<Actor, string> };

/** Registers `/api/v1`. `door` says who is asking. */
export function apiRoutes(app: FastifyInstance, desk: Desk, door: Door): void {
  app.get<{ Querystring: { open?: string } }>("/api/v1/incidents", async (request) => {
    const { open } = request.query;
    const { secret } = await readRecord(desk.db);
    const incidents = await listIncidents(desk.db, { open: open === "true", limit: 200 });
    return incidents.map((incident) => presentIncident(incident, linkFor(incident, "team", desk.site.url, secret)));
  });
  app.get<{ Params: Numbered }>("/api/v1/incidents/:number", async (request, reply) => {
    const incident = await readIncident(desk.db, numberIn(request.params));
    return incident === undefined
      ? problem(reply, 404, "not-found", `there is no incident ${numberIn(request.params)}`)
      : detail(desk, incident);
  });
  app.post("/api/v1/incidents", async (request, reply) => open(desk, door, request, reply));
  app.post<Ordered>("/api/v1/incidents/:number/:command", async (request, reply) => obeyed(desk, door, request, reply));
  app.get<{ Querystring: { firing?: string } }>("/api/v1/alerts", async (request) => {
    const { firing } = request.query;
    return (await listAlerts(desk.db, { firing: firing === "true", limit: 200 })).map(presentAlert);
  });
  app.get<{ Querystring: { incident?: string; waiting?: string } }>("/api/v1/deliveries", async (request) => {
    const { incident, waiting } = request.query;
    const which = {
      limit: 200,
      ...(incident === undefined ? {} : { subject: subjectOf(Number(incident)) }),
      ...(waiting === "true" ? { status: ["pending", "claimed", "dead"] as const } : {}),
    };
    return (await listDeliveries(desk.db, which)).map(presentDelivery);
  });
  app.post("/api/v1/publish", async () => {
    for (const target of desk.targets.keys()) await wishPublication(desk.db, target, siteSubject, desk.clock.now());
    desk.bell.ring();
    return { targets: [...desk.targets.keys()] };
  });
}

type Numbered = { readonly number: string };
type Ordered = { readonly Params: Numbered & { readonly command: string } };

function numberIn({ number }: Numbered): number {
  return /^[1-9]\d{0,8}$/.test(number) ? Number(number) : 0;
}

async function detail(desk: Desk, incident: Incident): Promise<object> {
  const { secret } = await readRecord(desk.db);
  const timeline = await readTimeline(desk.db, incident.number);
  const alerts = await readAlerts(desk.db, incident.alerts);
  return presentDetail(incident, linkFor(incident, "team", desk.site.url, secret), {
    timeline,
    alerts,
    checklist: checklist(incident, timeline, await toldTeamAt(desk, incident.number)),
  });
}

async function open(desk: Desk, door: Door, request: FastifyRequest, reply: FastifyReply): Promise<unknown> {
  const actor = door.actorOf(request);
  if (!actor.ok) return problem(reply, 422, "unknown-name", actor.error);
  const input = OpenInput.safeParse(request.body);
  if (!input.success)
    return problem(reply, 422, "invalid", "the body is not what this path takes", sayIssues(input.error));
  const opening = openingFrom(desk, input.data, desk.clock.now());
  if (!opening.ok) return problem(reply, opening.error.status, opening.error.code, opening.error.detail);
  const opened = await openIncident(desk, actor.value, opening.value);
  if (!opened.ok) return refused(reply, opened.refusal);
  return reply.code(201).send(await detail(desk, opened.incident));
}

async function obeyed(desk: Desk, door: Door, request: FastifyRequest<Ordered>, reply: FastifyReply): Promise<unknown> {
  const actor = door.actorOf(request);
  if (!actor.ok) return problem(reply, 422, "unknown-name", actor.error);
  const { command: name } = request.params;
  const make = orders.get(name);
  if (make === undefined)
    return problem(reply, 404, "not-found", `there is no command "${name}"; ${suggest(name, [...orders.keys()])}`);
  const asked = make(request.body ?? {}, desk, desk.clock.now());
  if (!asked.ok) return problem(reply, asked.error.status, asked.error.code, asked.error.detail, asked.error.errors);
  const result = await command(desk, numberIn(request.params), actor.value, asked.value.order, asked.value.expect);
  return result.ok ? detail(desk, result.incident) : refused(reply, result.refusal);
}
