// Recorded changes, such as a deploy: what an incident's page answers "what changed?" with. Never public.
import { z } from "zod";
import { recordChange } from "../../engine/record-change.ts";
import { listChanges } from "../../incidents/change-store.ts";
import { failed } from "../../lib/result.ts";
import { optionalWhen } from "../orders.ts";
import { presentChange } from "../present-upkeep.ts";
import { refusedBy } from "../problem.ts";
import { answered, nothing, route, type Route } from "../route.ts";
import { ChangeItem } from "../contract.ts";
import { ChangeInput } from "../upkeep-contract.ts";
import { componentNamed } from "./names.ts";
import { pageOf, pageQuery, pagingOf } from "./paging.ts";

const place = z.tuple([z.int(), z.int()]);

const list = route({
  method: "GET",
  path: "/api/v1/changes",
  tag: "changes",
  summary: "List what was changed, the newest first",
  scope: "read",
  params: nothing,
  query: z.strictObject({
    component: z.string().max(100).optional().describe("Only those of this component."),
    ...pageQuery,
  }),
  body: nothing,
  answers: { 200: z.array(ChangeItem) },
  problems: ["bad-query", "bad-cursor", "unknown-name"],
  async answer(desk, { query }) {
    const paging = pagingOf("changes", place, query);
    if (!paging.ok) return paging;
    const component = componentNamed(desk, query.component);
    if (!component.ok) return component;
    const { limit, after } = paging.value;
    const found = await listChanges(desk.db, {
      limit: limit + 1,
      ...(component.value === undefined ? {} : { component: component.value }),
      ...(after === undefined ? {} : { below: { at: after[0], number: after[1] } }),
    });
    const { page, ...beside } = pageOf("changes", found, limit, (last) => [last.at, last.number]);
    return answered(200, page.map(presentChange), beside);
  },
});

const add = route({
  method: "POST",
  path: "/api/v1/changes",
  tag: "changes",
  summary: "Record a change, such as a deploy, for the question that every outage begins with",
  scope: "changes",
  params: nothing,
  query: nothing,
  body: ChangeInput,
  answers: { 201: ChangeItem },
  problems: ["unknown-name"],
  async answer(desk, { actor, body }) {
    const at = optionalWhen(body.at, desk.clock.now(), "past");
    if (!at.ok) return at;
    const component = componentNamed(desk, body.component);
    if (!component.ok) return component;
    const recorded = await recordChange(desk, {
      text: body.text,
      at: at.value ?? desk.clock.now(),
      by: actor,
      ...(component.value === undefined ? {} : { component: component.value }),
      ...(body.link === undefined ? {} : { link: body.link }),
    });
    return recorded.ok ? answered(201, presentChange(recorded.value)) : failed(refusedBy(recorded.error));
  },
});

export const changeRoutes: readonly Route[] = [list, add];
