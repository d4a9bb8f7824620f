// Subscribers: who asked to be told, for an administrator alone; and erasure, when somebody asks for that.
import { z } from "zod";
import { eraseAddress } from "../../engine/subscribe.ts";
import { isoSeconds } from "../../lib/clock.ts";
import { failed } from "../../lib/result.ts";
import { leasts, subscriberKinds, type Subscriber } from "../../subscribers/subscriber.ts";
import { listSubscribers } from "../../subscribers/subscriber-store.ts";
import { answered, nothing, route, type Route } from "../route.ts";
import { pageOf, pageQuery, pagingOf } from "./paging.ts";

const instant = z.iso.datetime();
const states = ["unconfirmed", "confirmed", "suspended"] as const;

export const SubscriberItem = z
  .object({
    number: z.int(),
    kind: z.enum(subscriberKinds),
    address: z.string().describe("An e-mail address, or the URL of a webhook."),
    state: z
      .enum(states)
      .describe("Who never confirmed hears nothing; nor does whose server refused several messages."),
    components: z.array(z.string()).describe("What they want to hear about; empty: everything."),
    severity: z.enum(leasts).describe("How bad it must be; maintenance: everything."),
    since: instant.describe("When they first asked."),
    confirmed: instant.nullable(),
    bounces: z.int().describe("Messages in a row that their server refused for good."),
    reason: z.string().nullable().describe("What it said."),
  })
  .meta({ id: "Subscriber" });
export type SubscriberItem = z.output<typeof SubscriberItem>;

export const ErasedSubscribers = z
  .object({ erased: z.int().describe("How many subscriptions of that address there were.") })
  .meta({ id: "ErasedSubscribers" });

function present(one: Subscriber): SubscriberItem {
  return {
    number: one.id,
    kind: one.kind,
    address: one.address,
    state: one.state,
    components: [...one.components],
    severity: one.least,
    since: isoSeconds(one.createdAt),
    confirmed: one.confirmedAt === undefined ? null : isoSeconds(one.confirmedAt),
    bounces: one.bounces,
    reason: one.reason ?? null,
  };
}

const list = route({
  method: "GET",
  path: "/api/v1/subscribers",
  tag: "subscribers",
  summary: "List subscribers, newest first",
  scope: "admin",
  params: nothing,
  query: z.strictObject({
    state: z.enum(states).optional().describe("Only those in this state."),
    ...pageQuery,
  }),
  body: nothing,
  answers: { 200: z.array(SubscriberItem) },
  problems: ["bad-query", "bad-cursor"],
  async answer(desk, { query }) {
    const paging = pagingOf("subscribers", z.tuple([z.int()]), query);
    if (!paging.ok) return paging;
    const { limit, after } = paging.value;
    const found = await listSubscribers(desk.db, {
      limit: limit + 1,
      ...(query.state === undefined ? {} : { state: query.state }),
      ...(after === undefined ? {} : { below: after[0] }),
    });
    const { page, ...beside } = pageOf("subscribers", found, limit, (last) => [last.id]);
    return answered(200, page.map(present), beside);
  },
});

const erase = route({
  method: "POST",
  path: "/api/v1/subscribers/erase",
  tag: "subscribers",
  summary: "Delete all that is kept of an address, because its owner asks for it",
  scope: "admin",
  params: nothing,
  query: nothing,
  // In the body: addresses of people do not belong into the logs of proxies.
  body: z.strictObject({ address: z.string().trim().min(1).max(1_000).describe("The address, as they wrote it.") }),
  answers: { 200: ErasedSubscribers },
  problems: ["not-found"],
  async answer(desk, { body }) {
    const erased = await eraseAddress(desk, body.address);
    return erased > 0
      ? answered(200, { erased })
      : failed({ code: "not-found", detail: "nobody subscribed with that address" });
  },
});

export const subscriberRoutes: readonly Route[] = [list, erase];
