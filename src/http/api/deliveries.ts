// Deliveries: the out-queue; and the wish that every mirror be made equal now.
import { z } from "zod";
import { deliveryStatuses } from "../../db/schema.ts";
import { listDeliveries } from "../../delivery/delivery-store.ts";
import { subjectOf } from "../../engine/subject.ts";
import { wishAll } from "../../engine/wish-all.ts";
import { DeliveryItem, PublishDone } from "../contract.ts";
import { presentDelivery } from "../present.ts";
import { answered, nothing, route, type Route } from "../route.ts";
import { incidentNumber } from "./incident-detail.ts";
import { targetNamed } from "./names.ts";
import { flag, pageOf, pageQuery, pagingOf } from "./paging.ts";

const place = z.tuple([z.int()]);
const unsettled = ["pending", "claimed", "dead"] as const;

const list = route({
  method: "GET",
  path: "/api/v1/deliveries",
  tag: "deliveries",
  summary: "List what goes out, newest first",
  scope: "read",
  params: nothing,
  query: z.strictObject({
    incident: incidentNumber.optional().describe("Only those about this incident."),
    waiting: flag.optional().describe("Only what waits, is in flight or is dead."),
    status: z.enum(deliveryStatuses).optional().describe("Only those that stand so."),
    target: z.string().max(100).optional().describe("Only those to this channel or publish target."),
    ...pageQuery,
  }),
  body: nothing,
  answers: { 200: z.array(DeliveryItem) },
  problems: ["bad-query", "bad-cursor", "unknown-name"],
  async answer(desk, { query }) {
    const paging = pagingOf("deliveries", place, query);
    if (!paging.ok) return paging;
    const target = targetNamed(desk, query.target);
    if (!target.ok) return target;
    const { limit, after } = paging.value;
    const waiting = query.waiting === true ? unsettled : deliveryStatuses;
    const status = waiting.filter((each) => query.status === undefined || each === query.status);
    const found = await listDeliveries(desk.db, {
      limit: limit + 1,
      status,
      ...(query.incident === undefined ? {} : { subject: subjectOf(query.incident) }),
      ...(target.value === undefined ? {} : { target: target.value }),
      ...(after === undefined ? {} : { below: after[0] }),
    });
    const { page, ...beside } = pageOf("deliveries", found, limit, (last) => [last.id]);
    return answered(200, page.map(presentDelivery), beside);
  },
});

const publish = route({
  method: "POST",
  path: "/api/v1/publish",
  tag: "deliveries",
  summary: "Make every mirror, issue and topic equal to the record now",
  scope: "respond",
  params: nothing,
  query: nothing,
  body: nothing,
  answers: { 200: PublishDone },
  problems: [],
  async answer(desk) {
    return answered(200, { targets: [...(await wishAll(desk))] });
  },
});

export const deliveryRoutes: readonly Route[] = [list, publish];
