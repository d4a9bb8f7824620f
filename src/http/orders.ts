// From the words of the API to an order of the engine: one route for each command on an incident.
import type { Impact } from "../incidents/impact.ts";
import type { z } from "zod";
import type { AlertKey } from "../alerts/alert.ts";
import { brand } from "../lib/ids.ts";
import type { Desk } from "../engine/desk.ts";
import { checkImpact, command, type Opening } from "../engine/respond.ts";
import type { NoticeEdit } from "../incidents/incident.ts";
import type { Order } from "../incidents/obey.ts";
import type { Instant } from "../lib/clock.ts";
import { suggest } from "../lib/nearest.ts";
import { failed, ok, type Result } from "../lib/result.ts";
import { parseWhen } from "../lib/when.ts";
import { detailed, Numbered } from "./api/incident-detail.ts";
import { commands, IncidentDetail, type NoticeInput, type OpenInput } from "./contract.ts";
import { refusedBy, type Refused } from "./problem.ts";
import { nothing, route, type Route } from "./route.ts";
import { refusedFor, versionSeen, type Ordering } from "./version.ts";

/** A time that may be left out; read by the server's clock. */
export function optionalWhen(
  text: string | undefined,
  now: Instant,
  toward: "past" | "future",
): Result<Instant | undefined, Refused> {
  if (text === undefined) return ok(undefined);
  const when = parseWhen(text, now, toward);
  return when.ok ? when : failed({ code: "invalid", detail: when.error });
}

/** The fields of a notice that were given. */
export function noticeOf(input: z.output<typeof NoticeInput>, now: Instant): Result<NoticeEdit, Refused> {
  const eta = input.eta === "unknown" ? ok("unknown" as const) : optionalWhen(input.eta, now, "future");
  if (!eta.ok) return eta;
  const next = optionalWhen(input.next_update, now, "future");
  if (!next.ok) return next;
  const fields = {
    title: input.title,
    scope: input.scope,
    affected: input.affected,
    notAffected: input.not_affected,
    alternatives: input.alternatives,
    eta: eta.value,
    nextUpdateAt: next.value,
    retrigger: input.retrigger,
    links: input.links?.map((url) => ({ url })),
    cause: input.cause,
  };
  return ok(given(fields));
}

type Given<T> = { [K in keyof T]?: Exclude<T[K], undefined> };

/** Without the fields that are undefined. */
function given<T extends object>(fields: T): Given<T> {
  const kept: Given<T> = {};
  for (const key in fields) {
    const value = fields[key];
    if (value !== undefined) Reflect.set(kept, key, value);
  }
  return kept;
}

/** `POST /api/v1/incidents/{number}/NAME`. */
function order<B extends Ordering>(
  name: string,
  summary: string,
  body: B,
  make: (input: z.output<B>, now: Instant, desk: Desk) => Result<Order, Refused>,
): Route {
  return route({
    method: "POST",
    path: `/api/v1/incidents/{number}/${name}`,
    tag: "incidents",
    summary,
    scope: "respond",
    params: Numbered,
    query: nothing,
    body,
    versioned: true,
    answers: { 200: IncidentDetail },
    problems: ["not-found", "illegal", "conflict", "version-mismatch", "incomplete", "unknown-name"],
    async answer(desk, asked) {
      const made = make(asked.body, desk.clock.now(), desk);
      if (!made.ok) return made;
      const seen = versionSeen(asked);
      if (!seen.ok) return seen;
      const result = await command(desk, asked.params.number, asked.actor, made.value, seen.value);
      return result.ok ? detailed(200, desk, result.incident) : failed(refusedFor(result.refusal, asked));
    },
  });
}

/** For the commands with one optional time. */
function timed(
  text: string | undefined,
  now: Instant,
  toward: "past" | "future",
  make: (at: Instant | undefined) => Order,
): Result<Order, Refused> {
  const when = optionalWhen(text, now, toward);
  return when.ok ? ok(make(when.value)) : when;
}

function edit(input: z.output<typeof commands.edit>, now: Instant, desk: Desk): Result<Order, Refused> {
  const notice = noticeOf(input, now);
  if (!notice.ok) return notice;
  const started = optionalWhen(input.started, now, "past");
  if (!started.ok) return started;
  const ended = optionalWhen(input.ended, now, "past");
  if (!ended.ok) return ended;
  let impact: Impact | undefined;
  if (input.impact !== undefined) {
    const checked = checkImpact(desk, input.impact);
    if (!checked.ok) return failed(refusedBy(checked.error));
    impact = checked.value;
  }
  return ok({ do: "edit", notice: notice.value, ...given({ impact, startedAt: started.value, endedAt: ended.value }) });
}

/** What is opened by hand: the words of the body, beside those of the template that it names. */
export function openingFrom(desk: Desk, input: z.output<typeof OpenInput>, now: Instant): Result<Opening, Refused> {
  const template = desk.templates.find(({ id }) => id === input.template);
  if (input.template !== undefined && template === undefined) {
    const known = desk.templates.map(({ id }) => id);
    const detail = `there is no template "${input.template}"; ${suggest(input.template, known)}`;
    return failed({ code: "unknown-name", detail });
  }
  const impact = checkImpact(desk, input.impact);
  if (!impact.ok) return failed(refusedBy(impact.error));
  const notice = noticeOf(input, now);
  if (!notice.ok) return notice;
  const started = optionalWhen(input.started, now, "past");
  if (!started.ok) return started;
  const ended = optionalWhen(input.ended, now, "past");
  if (!ended.ok) return ended;
  const times = given({ startedAt: started.value, endedAt: ended.value });
  return ok({ notice: notice.value, impact: impact.value, publish: input.publish, ...given({ template }), ...times });
}

const onIt = "Acknowledge it: you are on it, for a while or until it is over";

export const orders: readonly Route[] = [
  order("ack", onIt, commands.ack, (input, now) =>
    timed(input.for, now, "future", (until) => ({ do: "acknowledge", ...given({ until }) })),
  ),
  order("take", "Take it over", commands.take, () => ok({ do: "take" })),
  order("publish", "Tell the users; the text is the first update", commands.publish, (input) =>
    ok({ do: "publish", ...given({ text: input.text }) }),
  ),
  order("update", "Tell the users more", commands.update, (input, now) =>
    timed(input.next_update, now, "future", (nextUpdateAt) => ({
      do: "update",
      text: input.text,
      ...given({ phase: input.phase, backlog: input.backlog, nextUpdateAt }),
    })),
  ),
  order("resolve", "Say that it is over", commands.resolve, (input, now) =>
    timed(input.ended, now, "past", (endedAt) => ({ do: "resolve", ...given({ text: input.text, endedAt }) })),
  ),
  order("dismiss", "Call it a false alarm; of a published one, with a correction", commands.dismiss, (input, now) =>
    timed(input.hold, now, "future", (heldUntil) => ({ do: "dismiss", reason: input.reason, ...given({ heldUntil }) })),
  ),
  order("undo", "Take back what was said last, while its messages wait", commands.undo, () => ok({ do: "undo" })),
  order("reopen", "Say that it is not over after all", commands.reopen, () => ok({ do: "reopen" })),
  // Which alerts are meant, and the number of the new incident, are the engine's to fill in.
  order("split", "Say that some of its alerts are a trouble of their own", commands.split, (input) =>
    ok({ do: "split", alerts: input.alerts.map((name) => brand<AlertKey>(name)), into: 0 }),
  ),
  order("merge", "Say that it is the same as another", commands.merge, (input) =>
    ok({ do: "merge", into: input.into }),
  ),
  order("revise", "Change the text of a public update; the old one can still be read", commands.revise, (input) =>
    ok({ do: "revise", update: input.update, text: input.text }),
  ),
  order("postmortem", "Tell the users what happened, when it is over", commands.postmortem, (input) =>
    ok({ do: "postmortem", text: input.text }),
  ),
  order("note", "Write a note for the team alone", commands.note, (input) => ok({ do: "note", text: input.text })),
  order("ask", "Ask the team", commands.ask, (input) => ok({ do: "ask", text: input.text })),
  order("edit", "Change fields of the notice, what is hit, or its times", commands.edit, edit),
];
