// Work that upstreams plan: list, accept, dismiss.
import { z } from "zod";
import type { Desk } from "../../engine/desk.ts";
import { maintenanceLink } from "../../engine/links.ts";
import { acceptDraft, dismissDraft } from "../../engine/upstream-work.ts";
import { isoSeconds } from "../../lib/clock.ts";
import { parseDuration } from "../../lib/duration.ts";
import { failed } from "../../lib/result.ts";
import { listDrafts, readDraft } from "../../maintenance/draft-store.ts";
import type { UpstreamDraft } from "../../maintenance/upstream-draft.ts";
import { presentMaintenance } from "../present-upkeep.ts";
import { refusedBy } from "../problem.ts";
import { answered, nothing, route, type Route } from "../route.ts";
import { DraftItem, draftOrders, MaintenanceItem } from "../upkeep-contract.ts";
import { flag } from "./paging.ts";

const Numbered = z.strictObject({
  number: z
    .string()
    .regex(/^[1-9]\d{0,8}$/, "must be the number of a draft")
    .transform(Number)
    .meta({ type: "integer", minimum: 1 })
    .describe("The number of the draft."),
});

function presentDraft({ number, source, work, state, maintenance, proposedAt }: UpstreamDraft): DraftItem {
  return {
    number,
    source,
    state,
    by: work.by,
    title: work.title,
    text: work.text ?? null,
    url: work.url,
    components: [...work.components],
    from: isoSeconds(work.from),
    to: work.until === undefined ? null : isoSeconds(work.until),
    maintenance: maintenance ?? null,
    proposed: isoSeconds(proposedAt),
  };
}

const list = route({
  method: "GET",
  path: "/api/v1/maintenance/drafts",
  tag: "maintenance",
  summary: "List the work that upstreams plan, as drafts of maintenance, newest first",
  scope: "read",
  params: nothing,
  query: z.strictObject({ open: flag.optional().describe("Only what is proposed or was accepted, and is not over.") }),
  body: nothing,
  answers: { 200: z.array(DraftItem) },
  problems: ["bad-query"],
  async answer(desk, { query }) {
    const found = await listDrafts(desk.db, { open: query.open === true });
    return answered(200, found.map(presentDraft));
  },
});

const accept = route({
  method: "POST",
  path: "/api/v1/maintenance/drafts/{number}/accept",
  tag: "maintenance",
  summary: "Make a maintenance of it: users are told",
  scope: "respond",
  params: Numbered,
  query: nothing,
  body: draftOrders.accept,
  answers: { 200: MaintenanceItem },
  problems: ["not-found", "illegal"],
  async answer(desk: Desk, { params, actor, body }) {
    const length = body.for === undefined ? undefined : parseDuration(body.for);
    if (body.for !== undefined && (length === undefined || length === 0))
      return failed({ code: "invalid", detail: `"${body.for}" is no duration; write 30m, 2h or 1d` });
    const known = length === undefined ? undefined : await readDraft(desk.db, params.number);
    const until = known === undefined || length === undefined ? undefined : known.work.from + length;
    const done = await acceptDraft(desk, params.number, actor, until);
    if (!done.ok) return failed(refusedBy(done.error));
    const { number } = done.value;
    return answered(200, presentMaintenance(done.value, maintenanceLink(desk.site.url, number), desk.clock.now()));
  },
});

const dismiss = route({
  method: "POST",
  path: "/api/v1/maintenance/drafts/{number}/dismiss",
  tag: "maintenance",
  summary: "Make nothing of it, and ask nobody again",
  scope: "respond",
  params: Numbered,
  query: nothing,
  body: draftOrders.dismiss,
  answers: { 200: DraftItem },
  problems: ["not-found", "illegal"],
  async answer(desk, { params }) {
    const done = await dismissDraft(desk, params.number);
    return done.ok ? answered(200, presentDraft(done.value)) : failed(refusedBy(done.error));
  },
});

export const draftRoutes: readonly Route[] = [list, accept, dismiss];
