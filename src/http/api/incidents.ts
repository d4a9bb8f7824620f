// Incidents: list, show, open. The commands on one are in http/orders.ts.
import { z } from "zod";
import { readRecord } from "../../db/record-store.ts";
import { linkFor } from "../../engine/links.ts";
import { openIncident } from "../../engine/respond.ts";
import { listIncidents, readIncident } from "../../incidents/incident-store.ts";
import { failed } from "../../lib/result.ts";
import { IncidentDetail, IncidentSummary, OpenInput } from "../contract.ts";
import { openingFrom, optionalWhen, orders } from "../orders.ts";
import { presentIncident } from "../present.ts";
import { refusedBy } from "../problem.ts";
import { answered, nothing, route, type Route } from "../route.ts";
import { detailed, Numbered } from "./incident-detail.ts";
import { flag, pageOf, pageQuery, pagingOf } from "./paging.ts";
import { componentNamed } from "./names.ts";

const place = z.tuple([z.int().min(1)]);

const list = route({
  method: "GET",
  path: "/api/v1/incidents",
  tag: "incidents",
  summary: "List incidents, newest first",
  scope: "read",
  params: nothing,
  query: z.strictObject({
    open: flag.optional().describe("Only those that are not over."),
    since: z.string().max(40).optional().describe("Only those that were not over by then: a time, or -7d."),
    component: z.string().max(100).optional().describe("Only those that hit this component."),
    ...pageQuery,
  }),
  body: nothing,
  answers: { 200: z.array(IncidentSummary) },
  problems: ["bad-query", "bad-cursor", "unknown-name"],
  async answer(desk, { query }) {
    const paging = pagingOf("incidents", place, query);
    if (!paging.ok) return paging;
    const component = componentNamed(desk, query.component);
    if (!component.ok) return component;
    const since = optionalWhen(query.since, desk.clock.now(), "past");
    if (!since.ok) return failed({ ...since.error, code: "bad-query" });
    const { limit, after } = paging.value;
    const found = await listIncidents(desk.db, {
      open: query.open === true,
      limit: limit + 1,
      ...(after === undefined ? {} : { below: after[0] }),
      ...(since.value === undefined ? {} : { since: since.value }),
      ...(component.value === undefined ? {} : { component: component.value }),
    });
    const { page, ...beside } = pageOf("incidents", found, limit, (last) => [last.number]);
    const { secret } = await readRecord(desk.db);
    const body = page.map((each) => presentIncident(each, linkFor(each, "team", desk.site.url, secret)));
    return answered(200, body, beside);
  },
});

const show = route({
  method: "GET",
  path: "/api/v1/incidents/{number}",
  tag: "incidents",
  summary: "Show an incident, with its notice, duties, alerts and timeline",
  scope: "read",
  params: Numbered,
  query: nothing,
  body: nothing,
  answers: { 200: IncidentDetail },
  problems: ["not-found"],
  async answer(desk, { params }) {
    const incident = await readIncident(desk.db, params.number);
    if (incident === undefined) return failed({ code: "not-found", detail: `there is no incident ${params.number}` });
    return detailed(200, desk, incident);
  },
});

const open = route({
  method: "POST",
  path: "/api/v1/incidents",
  tag: "incidents",
  summary: "Open an incident; what you leave out comes from the template, then from the components' defaults",
  scope: "respond",
  params: nothing,
  query: nothing,
  body: OpenInput,
  answers: { 201: IncidentDetail },
  problems: ["illegal", "incomplete", "unknown-name"],
  async answer(desk, { actor, body }) {
    const opening = openingFrom(desk, body, desk.clock.now());
    if (!opening.ok) return opening;
    const opened = await openIncident(desk, actor, opening.value);
    return opened.ok ? detailed(201, desk, opened.incident) : failed(refusedBy(opened.refusal));
  },
});

export const incidentRoutes: readonly Route[] = [list, show, open, ...orders];
