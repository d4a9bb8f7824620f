// Maintenance windows: list, show, plan, and every order on one.
import { z } from "zod";
import type { Desk } from "../../engine/desk.ts";
import { maintenanceLink } from "../../engine/links.ts";
import { addMaintenance, checkComponents, orderMaintenance } from "../../engine/maintain.ts";
import type { Instant } from "../../lib/clock.ts";
import { parseDuration } from "../../lib/duration.ts";
import { failed, ok, type Result } from "../../lib/result.ts";
import type { Maintenance, MaintenancePlan } from "../../maintenance/maintenance.ts";
import type { MaintenanceOrder } from "../../maintenance/maintenance-orders.ts";
import { listMaintenances, readMaintenance } from "../../maintenance/maintenance-store.ts";
import { optionalWhen } from "../orders.ts";
import { presentMaintenance } from "../present-upkeep.ts";
import { refusedBy, type Refused } from "../problem.ts";
import { answered, nothing, route, type Route } from "../route.ts";
import { refusedFor, versionSeen, type Ordering } from "../version.ts";
import { MaintenanceInput, MaintenanceItem, maintenanceOrders } from "../upkeep-contract.ts";
import { flag, pageOf, pageQuery, pagingOf } from "./paging.ts";

const place = z.tuple([z.int(), z.int()]);

const Numbered = z.strictObject({
  number: z
    .string()
    .regex(/^[1-9]\d{0,8}$/, "must be the number of a maintenance window")
    .transform(Number)
    .meta({ type: "integer", minimum: 1 })
    .describe("The number of the maintenance window."),
});

function present(desk: Desk, window: Maintenance): MaintenanceItem {
  return presentMaintenance(window, maintenanceLink(desk.site.url, window.number), desk.clock.now());
}

const shown = <S extends number>(status: S, desk: Desk, window: Maintenance) =>
  answered(status, present(desk, window), { version: window.version });

const list = route({
  method: "GET",
  path: "/api/v1/maintenance",
  tag: "maintenance",
  summary: "List maintenance windows, the last to begin first",
  scope: "read",
  params: nothing,
  query: z.strictObject({ open: flag.optional().describe("Only what is planned or goes on."), ...pageQuery }),
  body: nothing,
  answers: { 200: z.array(MaintenanceItem) },
  problems: ["bad-query", "bad-cursor"],
  async answer(desk, { query }) {
    const paging = pagingOf("maintenance", place, query);
    if (!paging.ok) return paging;
    const { limit, after } = paging.value;
    const found = await listMaintenances(desk.db, {
      open: query.open === true,
      limit: limit + 1,
      ...(after === undefined ? {} : { below: { scheduledStart: after[0], number: after[1] } }),
    });
    const { page, ...beside } = pageOf("maintenance", found, limit, (last) => [last.scheduledStart, last.number]);
    return answered(
      200,
      page.map((window) => present(desk, window)),
      beside,
    );
  },
});

const show = route({
  method: "GET",
  path: "/api/v1/maintenance/{number}",
  tag: "maintenance",
  summary: "Show a maintenance window, with its timeline",
  scope: "read",
  params: Numbered,
  query: nothing,
  body: nothing,
  answers: { 200: MaintenanceItem },
  problems: ["not-found"],
  async answer(desk, { params }) {
    const window = await readMaintenance(desk.db, params.number);
    if (window === undefined) return failed({ code: "not-found", detail: `there is no maintenance ${params.number}` });
    return shown(200, desk, window);
  },
});

const invalid = (detail: string): Result<never, Refused> => failed({ code: "invalid", detail });

function lengthOf(given: string): Result<number, Refused> {
  const length = parseDuration(given);
  return length === undefined || length === 0 ? invalid(`"${given}" is no duration; write 30m, 2h or 1d`) : ok(length);
}

/** `to` is read from the start on: `12:00` is the next noon after it, and `2h` is how long it takes. */
function planFrom(
  desk: Desk,
  input: z.output<typeof MaintenanceInput>,
  now: Instant,
): Result<MaintenancePlan, Refused> {
  const components = checkComponents(desk, input.components);
  if (!components.ok) return failed(refusedBy(components.error));
  const from = optionalWhen(input.from, now, "future");
  if (!from.ok) return from;
  const scheduledStart = from.value ?? now;
  if ((input.to === undefined) === (input.for === undefined))
    return invalid(input.to === undefined ? "say when it ends: `to` or `for`" : "say when it ends once: `to` or `for`");
  const length = input.for === undefined ? undefined : lengthOf(input.for);
  if (length !== undefined && !length.ok) return length;
  // What began in the past begins now, and then takes its full length.
  const begins = Math.max(now, scheduledStart);
  const to = length === undefined ? optionalWhen(input.to, scheduledStart, "future") : ok(begins + length.value);
  if (!to.ok) return to;
  return ok({
    title: input.title,
    ...(input.text === undefined ? {} : { text: input.text }),
    components: components.value,
    scheduledStart,
    scheduledEnd: to.value ?? begins,
  });
}

const add = route({
  method: "POST",
  path: "/api/v1/maintenance",
  tag: "maintenance",
  summary: "Plan a maintenance window; users can read it at once, and it quiets alerts of its components while it runs",
  scope: "respond",
  params: nothing,
  query: nothing,
  body: MaintenanceInput,
  answers: { 201: MaintenanceItem },
  problems: ["unknown-name"],
  async answer(desk, { actor, body }) {
    const plan = planFrom(desk, body, desk.clock.now());
    if (!plan.ok) return plan;
    const added = await addMaintenance(desk, actor, plan.value);
    return added.ok ? shown(201, desk, added.value) : failed(refusedBy(added.error));
  },
});

/** `POST /api/v1/maintenance/{number}/NAME`. */
function order<B extends Ordering>(
  name: string,
  summary: string,
  body: B,
  make: (input: z.output<B>, now: Instant, desk: Desk) => Result<MaintenanceOrder, Refused>,
): Route {
  return route({
    method: "POST",
    path: `/api/v1/maintenance/{number}/${name}`,
    tag: "maintenance",
    summary,
    scope: "respond",
    params: Numbered,
    query: nothing,
    body,
    versioned: true,
    answers: { 200: MaintenanceItem },
    problems: ["not-found", "illegal", "conflict", "version-mismatch", "unknown-name"],
    async answer(desk, asked) {
      const made = make(asked.body, desk.clock.now(), desk);
      if (!made.ok) return made;
      const seen = versionSeen(asked);
      if (!seen.ok) return seen;
      const done = await orderMaintenance(desk, asked.params.number, asked.actor, made.value, seen.value);
      return done.ok ? shown(200, desk, done.value) : failed(refusedFor(done.error, asked));
    },
  });
}

function extend(input: z.output<typeof maintenanceOrders.extend>, now: Instant): Result<MaintenanceOrder, Refused> {
  if ((input.to === undefined) === (input.for === undefined))
    return invalid("say how much longer: `to` or `for`, one of them");
  if (input.for !== undefined) {
    const length = lengthOf(input.for);
    return length.ok ? ok({ do: "extend", byMs: length.value }) : length;
  }
  const to = optionalWhen(input.to, now, "future");
  return to.ok ? ok({ do: "extend", to: to.value ?? now }) : to;
}

function edit(
  input: z.output<typeof maintenanceOrders.edit>,
  now: Instant,
  desk: Desk,
): Result<MaintenanceOrder, Refused> {
  const components = input.components === undefined ? undefined : checkComponents(desk, input.components);
  if (components !== undefined && !components.ok) return failed(refusedBy(components.error));
  const from = optionalWhen(input.from, now, "future");
  if (!from.ok) return from;
  const to = optionalWhen(input.to, from.value ?? now, "future");
  if (!to.ok) return to;
  return ok({
    do: "edit",
    plan: {
      ...(input.title === undefined ? {} : { title: input.title }),
      ...(input.text === undefined ? {} : { text: input.text }),
      ...(components === undefined ? {} : { components: components.value }),
      ...(from.value === undefined ? {} : { scheduledStart: from.value }),
      ...(to.value === undefined ? {} : { scheduledEnd: to.value }),
    },
  });
}

const saying = ({ text }: { readonly text?: string | undefined }): { readonly text?: string } =>
  text === undefined ? {} : { text };

export const maintenanceRoutes: readonly Route[] = [
  list,
  show,
  add,
  order("extend", "Let it take longer", maintenanceOrders.extend, extend),
  order("update", "Tell the users more", maintenanceOrders.update, ({ text }) => ok({ do: "update", text })),
  order("complete", "Say that it is done, before its time", maintenanceOrders.complete, (input) =>
    ok({ do: "complete", ...saying(input) }),
  ),
  order("cancel", "Take it back, or stop it", maintenanceOrders.cancel, (input) =>
    ok({ do: "cancel", ...saying(input) }),
  ),
  order("edit", "Change its title, text, components or times", maintenanceOrders.edit, edit),
];
