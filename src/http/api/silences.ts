// Silences: nobody is told of what they match.
import { z } from "zod";
import { countQuiet } from "../../alerts/alert-store.ts";
import { parseMatcher, type Matcher } from "../../alerts/labels.ts";
import { parseRepeat, type NewSilence, type Silence } from "../../alerts/silence.ts";
import { listSilences } from "../../alerts/silence-store.ts";
import type { Desk } from "../../engine/desk.ts";
import { addSilence, expireSilence } from "../../engine/silencing.ts";
import { parseDuration } from "../../lib/duration.ts";
import { failed, ok, type Result } from "../../lib/result.ts";
import { SilenceInput, SilenceItem } from "../contract.ts";
import { optionalWhen } from "../orders.ts";
import { presentSilence } from "../present.ts";
import { refusedBy, type Refused } from "../problem.ts";
import { answered, nothing, route, type Route } from "../route.ts";
import { flag, pageOf, pageQuery, pagingOf } from "./paging.ts";

const presented = async (desk: Desk, silence: Silence): Promise<z.input<typeof SilenceItem>> =>
  presentSilence(silence, desk.clock.now(), await countQuiet(desk.db, `silence:${silence.id}`));

const list = route({
  method: "GET",
  path: "/api/v1/silences",
  tag: "silences",
  summary: "List the silences that have not ended; the newest comes first",
  scope: "read",
  params: nothing,
  query: z.strictObject({ all: flag.optional().describe("Those that have ended too."), ...pageQuery }),
  body: nothing,
  answers: { 200: z.array(SilenceItem) },
  problems: ["bad-query", "bad-cursor"],
  async answer(desk, { query }) {
    const paging = pagingOf("silences", z.tuple([z.string()]), query);
    if (!paging.ok) return paging;
    const { limit, after } = paging.value;
    const now = desk.clock.now();
    const found = await listSilences(desk.db, limit + 1, {
      ...(after === undefined ? {} : { below: after[0] }),
      ...(query.all === true ? {} : { endingAfter: now }),
    });
    const { page, ...beside } = pageOf("silences", found, limit, ({ id }) => [id]);
    const items = [];
    for (const silence of page) items.push(await presented(desk, silence));
    return answered(200, items, beside);
  },
});

const add = route({
  method: "POST",
  path: "/api/v1/silences",
  tag: "silences",
  summary: "Tell nobody of the alerts that match, for a while",
  scope: "respond",
  params: nothing,
  query: nothing,
  body: SilenceInput,
  answers: { 201: SilenceItem },
  problems: ["invalid", "unknown-name"],
  async answer(desk, { actor, body }) {
    const asked = silenceFrom(desk, body);
    if (!asked.ok) return asked;
    const added = await addSilence(desk, actor, asked.value);
    return added.ok ? answered(201, await presented(desk, added.value)) : failed(refusedBy(added.error));
  },
});

const expire = route({
  method: "POST",
  path: "/api/v1/silences/{id}/expire",
  tag: "silences",
  summary: "End a silence now; what still fires is told of",
  scope: "respond",
  params: z.strictObject({ id: z.string().min(1).max(100).describe("Its id, or an end of it that only one has.") }),
  query: nothing,
  body: nothing,
  answers: { 200: SilenceItem },
  problems: ["not-found", "illegal"],
  async answer(desk, { params }) {
    const ended = await expireSilence(desk, params.id);
    return ended.ok ? answered(200, await presented(desk, ended.value)) : failed(refusedBy(ended.error));
  },
});

function silenceFrom(desk: Desk, body: z.output<typeof SilenceInput>): Result<NewSilence, Refused> {
  const now = desk.clock.now();
  const matchers: Matcher[] = [];
  for (const text of body.matchers) {
    const matcher = parseMatcher(text);
    if (!matcher.ok) return failed({ code: "invalid", detail: matcher.error });
    matchers.push(matcher.value);
  }
  const from = optionalWhen(body.from, now, "future");
  if (!from.ok) return from;
  const until = optionalWhen(body.until, now, "future");
  if (!until.ok) return until;
  const length = body.for === undefined ? undefined : parseDuration(body.for);
  if (body.for !== undefined && length === undefined)
    return failed({ code: "invalid", detail: `"${body.for}" is no duration; write 90s, 15m, 2h or 7d` });
  if ((length === undefined) === (until.value === undefined))
    return failed({ code: "invalid", detail: "say how long: either `for` (2h) or `until` (a time)" });
  const startsAt = from.value ?? now;
  const endsAt = until.value ?? startsAt + (length ?? 0);
  const repeats = body.hours === undefined ? ok(undefined) : parseRepeat(body.hours, desk.site.timeZone);
  if (!repeats.ok) return failed({ code: "invalid", detail: repeats.error });
  const hours = repeats.value === undefined ? {} : { repeats: repeats.value };
  return ok({ matchers, startsAt, endsAt, reason: body.reason, ...hours });
}

export const silenceRoutes: readonly Route[] = [list, add, expire];
