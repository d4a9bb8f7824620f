// The inbox: webhooks as they came; and taking them in again, after the config has learnt to understand them.
import { z } from "zod";
import {
  measureInbox,
  readInbox,
  takeInboxAgain,
  walkInbox,
  type InboxSpan,
  type KeptRow,
} from "../../alerts/inbox-store.ts";
import { recordOf } from "../../alerts/recording.ts";
import type { Desk } from "../../engine/desk.ts";
import { isoSeconds } from "../../lib/clock.ts";
import { brand } from "../../lib/ids.ts";
import { failed, ok, type Result } from "../../lib/result.ts";
import { InboxDetail, InboxExport, InboxItem, InboxReplay, InboxReplayed } from "../contract.ts";
import { optionalWhen } from "../orders.ts";
import type { Refused } from "../problem.ts";
import { answered, nothing, route, type Route } from "../route.ts";
import { flag, pageOf, pageQuery, pagingOf } from "./paging.ts";

const spanQuery = {
  source: z.string().max(100).optional().describe("Only those of this source."),
  rejected: flag.optional().describe("Only those that were not taken in."),
  since: z.string().max(100).optional().describe("Only those that came then or later."),
  until: z.string().max(100).optional().describe("Only those that came before."),
} as const;

type Asked = {
  readonly source?: string | undefined;
  readonly rejected?: boolean | undefined;
  readonly since?: string | undefined;
  readonly until?: string | undefined;
};

/** A source that the config no longer names may well have rows: its name is not checked. */
function spanOf(desk: Desk, asked: Asked): Result<InboxSpan, Refused> {
  const now = desk.clock.now();
  const since = optionalWhen(asked.since, now, "past");
  if (!since.ok) return since;
  const until = optionalWhen(asked.until, now, "past");
  if (!until.ok) return until;
  return ok({
    ...(asked.source === undefined ? {} : { source: brand(asked.source) }),
    ...(asked.rejected === true ? { status: "rejected" as const } : {}),
    ...(since.value === undefined ? {} : { since: since.value }),
    ...(until.value === undefined ? {} : { until: until.value }),
  });
}

function present(row: KeptRow): InboxItem {
  return {
    id: row.id,
    source: row.source,
    received: isoSeconds(row.receivedAt),
    status: row.status,
    reason: row.reason ?? null,
    done: row.doneAt === undefined ? null : isoSeconds(row.doneAt),
    bytes: row.body.byteLength,
  };
}

const place = z.tuple([z.int()]);

const list = route({
  method: "GET",
  path: "/api/v1/inbox",
  tag: "inbox",
  summary: "List webhooks as they came, newest first",
  scope: "read",
  params: nothing,
  query: z.strictObject({ ...spanQuery, ...pageQuery }),
  body: nothing,
  answers: { 200: z.array(InboxItem) },
  problems: ["bad-query", "bad-cursor", "invalid"],
  async answer(desk, { query }) {
    const paging = pagingOf("inbox", place, query);
    if (!paging.ok) return paging;
    const span = spanOf(desk, query);
    if (!span.ok) return span;
    const { limit, after } = paging.value;
    const ids: number[] = [];
    for (let from = after?.[0]; ids.length <= limit;) {
      const step = await walkInbox(desk.db, span.value, from ?? Number.MAX_SAFE_INTEGER, limit + 1 - ids.length, true);
      ids.push(...step.ids);
      from = step.next;
      if (from === undefined) break;
    }
    const found = (await readInbox(desk.db, ids)).toReversed();
    const { page, ...beside } = pageOf("inbox", found, limit, (last) => [last.id]);
    return answered(200, page.map(present), beside);
  },
});

const show = route({
  method: "GET",
  path: "/api/v1/inbox/{id}",
  tag: "inbox",
  summary: "Show one webhook, byte for byte",
  scope: "read",
  params: z.strictObject({
    id: z
      .string()
      .regex(/^[1-9]\d{0,14}$/, "an id is a number")
      .transform(Number),
  }),
  query: nothing,
  body: nothing,
  answers: { 200: InboxDetail },
  problems: ["not-found"],
  async answer(desk, { params }) {
    const [row] = await readInbox(desk.db, [params.id]);
    if (row === undefined)
      return failed({ code: "not-found", detail: `there is no webhook ${params.id} in the inbox` });
    const { body, body_base64 } = recordOf(row);
    return answered(200, {
      ...present(row),
      headers: row.headers,
      body: typeof body === "string" ? body : null,
      body_base64: body_base64 ?? null,
    });
  },
});

const exportedAtOnce = 50;

const exported = route({
  method: "GET",
  path: "/api/v1/inbox/export",
  tag: "inbox",
  summary: "Write webhooks down as `tocsin replay` reads them, oldest first",
  scope: "read",
  params: nothing,
  query: z.strictObject({
    ...spanQuery,
    after: z
      .string()
      .regex(/^\d{1,15}$/, "must be a whole number")
      .transform(Number)
      .optional()
      .meta({ type: "integer" })
      .describe("Where to go on: `next` of the answer before."),
  }),
  body: nothing,
  answers: { 200: InboxExport },
  problems: ["bad-query", "invalid"],
  async answer(desk, { query }) {
    const span = spanOf(desk, query);
    if (!span.ok) return span;
    const { ids, next } = await walkInbox(desk.db, span.value, query.after ?? 0, exportedAtOnce);
    return answered(200, { webhooks: (await readInbox(desk.db, ids)).map(recordOf), next: next ?? null });
  },
});

const again = route({
  method: "POST",
  path: "/api/v1/inbox/replay",
  tag: "inbox",
  summary: "Take webhooks in again, as if they had just come",
  scope: "respond",
  params: nothing,
  query: nothing,
  body: InboxReplay,
  answers: { 200: InboxReplayed },
  problems: ["invalid", "inbox-full"],
  async answer(desk, { body }) {
    const span = spanOf(desk, body);
    if (!span.ok) return span;
    // What is replayed must not take the room of what comes in.
    const { waiting } = await measureInbox(desk.db);
    const room = Math.min(500, Math.floor(desk.limits.waiting / 2) - waiting);
    if (room <= 0)
      return failed({ code: "inbox-full", detail: "too many webhooks wait already; go on when they are taken in" });
    const { ids, next } = await walkInbox(desk.db, span.value, body.after, room);
    const webhooks = await takeInboxAgain(desk.db, ids);
    if (webhooks > 0) desk.arrivals.ring();
    return answered(200, { webhooks, next: next ?? null });
  },
});

export const inboxRoutes: readonly Route[] = [list, exported, again, show];
