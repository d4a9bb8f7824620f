// From the words of the door to an order of the engine: one entry for each command.
import type { z } from "zod";
import type { Desk } from "../engine/desk.ts";
import { checkImpact, type Opening } from "../engine/respond.ts";
import type { Impact, NoticeEdit } from "../incidents/incident.ts";
import type { Order } from "../incidents/obey.ts";
import type { Instant } from "../lib/clock.ts";
import { suggest } from "../lib/nearest.ts";
import { failed, ok, type Result } from "../lib/result.ts";
import { parseWhen } from "../lib/when.ts";
import { commands, type NoticeInput, type OpenInput } from "./contract.ts";
import { sayIssues } from "./problem.ts";

export type Refused = {
  readonly status: number;
  readonly code: string;
  readonly detail: string;
  readonly errors?: readonly string[];
};
export type Asked = { readonly order: Order; readonly expect?: number };

type MakeOrder = (body: unknown, desk: Desk, now: Instant) => Result<Asked, Refused>;

/** A time that may be left out; read by the server's clock. */
export function optionalWhen(
  text: string | undefined,
  now: Instant,
  toward: "past" | "future",
): Result<Instant | undefined, Refused> {
  if (text === undefined) return ok(undefined);
  const when = parseWhen(text, now, toward);
  return when.ok ? when : failed({ status: 422, code: "invalid", detail: when.error });
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

/** Checks the body against its schema, then makes the order. */
function takes<S extends z.ZodType<{ readonly expect?: number | undefined }>>(
  schema: S,
  make: (input: z.output<S>, now: Instant, desk: Desk) => Result<Order, Refused>,
): MakeOrder {
  return (body, desk, now) => {
    const input = schema.safeParse(body);
    if (!input.success)
      return failed({
        status: 422,
        code: "invalid",
        detail: "this command does not take that",
        errors: sayIssues(input.error),
      });
    const order = make(input.data, now, desk);
    return order.ok ? ok({ order: order.value, ...given({ expect: input.data.expect }) }) : order;
  };
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
    if (!checked.ok) return failed({ status: 422, code: checked.error.code, detail: checked.error.message });
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
    return failed({ status: 422, code: "unknown-name", detail });
  }
  const impact = checkImpact(desk, input.impact);
  if (!impact.ok) return failed({ status: 422, code: impact.error.code, detail: impact.error.message });
  const notice = noticeOf(input, now);
  if (!notice.ok) return notice;
  const started = optionalWhen(input.started, now, "past");
  if (!started.ok) return started;
  const ended = optionalWhen(input.ended, now, "past");
  if (!ended.ok) return ended;
  const times = given({ startedAt: started.value, endedAt: ended.value });
  return ok({ notice: notice.value, impact: impact.value, publish: input.publish, ...given({ template }), ...times });
}

/** By the last part of the path. */
export const orders: ReadonlyMap<string, MakeOrder> = new Map<string, MakeOrder>([
  [
    "ack",
    takes(commands.ack, (input, now) =>
      timed(input.for, now, "future", (until) => ({ do: "acknowledge", ...given({ until }) })),
    ),
  ],
  ["take", takes(commands.take, () => ok({ do: "take" }))],
  ["publish", takes(commands.publish, (input) => ok({ do: "publish", ...given({ text: input.text }) }))],
  [
    "update",
    takes(commands.update, (input, now) =>
      timed(input.next_update, now, "future", (nextUpdateAt) => ({
        do: "update",
        text: input.text,
        ...given({ phase: input.phase, backlog: input.backlog, nextUpdateAt }),
      })),
    ),
  ],
  [
    "resolve",
    takes(commands.resolve, (input, now) =>
      timed(input.ended, now, "past", (endedAt) => ({ do: "resolve", ...given({ text: input.text, endedAt }) })),
    ),
  ],
  [
    "dismiss",
    takes(commands.dismiss, (input, now) =>
      timed(input.hold, now, "future", (heldUntil) => ({
        do: "dismiss",
        reason: input.reason,
        ...given({ heldUntil }),
      })),
    ),
  ],
  ["reopen", takes(commands.reopen, () => ok({ do: "reopen" }))],
  ["merge", takes(commands.merge, (input) => ok({ do: "merge", into: input.into }))],
  ["revise", takes(commands.revise, (input) => ok({ do: "revise", update: input.update, text: input.text }))],
  ["note", takes(commands.note, (input) => ok({ do: "note", text: input.text }))],
  ["ask", takes(commands.ask, (input) => ok({ do: "ask", text: input.text }))],
  ["edit", takes(commands.edit, edit)],
]);
