// Alerts: the last word on each.
import { z } from "zod";
import { findAlert, listAlerts } from "../../alerts/alert-store.ts";
import { decisionsOf } from "../../alerts/decision-store.ts";
import { routeOf, sayRoute } from "../../incidents/route.ts";
import { failed } from "../../lib/result.ts";
import { oneLine } from "../../lib/text.ts";
import { AlertItem, AlertWhy } from "../contract.ts";
import { presentAlert, presentWhy } from "../present.ts";
import { answered, nothing, route, type Route } from "../route.ts";
import { incidentNumber } from "./incident-detail.ts";
import { componentNamed, sourceNamed } from "./names.ts";
import { flag, pageOf, pageQuery, pagingOf } from "./paging.ts";

const place = z.tuple([z.int(), z.string()]);

const list = route({
  method: "GET",
  path: "/api/v1/alerts",
  tag: "alerts",
  summary: "List the last word on each alert; the one that spoke last comes first",
  scope: "read",
  params: nothing,
  query: z.strictObject({
    firing: flag.optional().describe("Only those that fire now."),
    component: z.string().max(100).optional().describe("Only those about this component."),
    source: z.string().max(100).optional().describe("Only those of this source."),
    incident: incidentNumber.optional().describe("Only those that belong to this incident."),
    ...pageQuery,
  }),
  body: nothing,
  answers: { 200: z.array(AlertItem) },
  problems: ["bad-query", "bad-cursor", "unknown-name"],
  async answer(desk, { query }) {
    const paging = pagingOf("alerts", place, query);
    if (!paging.ok) return paging;
    const component = componentNamed(desk, query.component);
    if (!component.ok) return component;
    const source = sourceNamed(desk, query.source);
    if (!source.ok) return source;
    const { limit, after } = paging.value;
    const found = await listAlerts(desk.db, {
      firing: query.firing === true,
      limit: limit + 1,
      ...(component.value === undefined ? {} : { component: component.value }),
      ...(source.value === undefined ? {} : { source: source.value }),
      ...(query.incident === undefined ? {} : { incident: query.incident }),
      ...(after === undefined ? {} : { below: { observedAt: after[0], key: after[1] } }),
    });
    const { page, ...beside } = pageOf("alerts", found, limit, ({ alert }) => [alert.observedAt, alert.key]);
    return answered(200, page.map(presentAlert), beside);
  },
});

const why = route({
  method: "GET",
  path: "/api/v1/alerts/why",
  tag: "alerts",
  summary: "Tell why an alert did what it did: its route, what keeps it quiet, every decision",
  scope: "read",
  params: nothing,
  query: z.strictObject({
    key: z
      .string()
      .min(1)
      .max(2_000)
      .describe("The key of the alert, `SOURCE/FINGERPRINT`, or a fingerprint that only one has."),
  }),
  body: nothing,
  answers: { 200: AlertWhy },
  problems: ["bad-query", "not-found"],
  async answer(desk, { query }) {
    const found = await findAlert(desk.db, query.key);
    if (found === undefined)
      return failed({
        code: "not-found",
        detail: `there is no alert "${oneLine(query.key, 200)}"; \`alert list\` has them`,
      });
    const decisions = await decisionsOf(desk.db, found.alert.key, mostDecisions);
    return answered(200, presentWhy(found, sayRoute(routeOf(desk.routes, found.alert)), decisions));
  },
});

const mostDecisions = 50;

export const alertRoutes: readonly Route[] = [list, why];
