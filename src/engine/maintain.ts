// Maintenance windows: what people order, and what is due by the clock. Each change and what it says are one transaction.
import type { Actor } from "../accounts/actor.ts";
import type { ComponentId } from "../config/names.ts";
import type { Tx } from "../db/schema.ts";
import { queueMessages } from "../delivery/delivery-store.ts";
import type { Refusal } from "../incidents/obeyed.ts";
import { second, type Instant } from "../lib/clock.ts";
import { statuspageCode } from "../lib/codes.ts";
import { brand, uuidv7 } from "../lib/ids.ts";
import { suggest } from "../lib/nearest.ts";
import { present } from "../lib/records.ts";
import { failed, ok, reasonOf, type Result } from "../lib/result.ts";
import { announcementDue, nextAnnouncement } from "../maintenance/announcing.ts";
import {
  shownMaintenance,
  type Maintenance,
  type MaintenanceEvent,
  type MaintenanceId,
  type MaintenancePlan,
} from "../maintenance/maintenance.ts";
import {
  advance,
  happened,
  maintain,
  nextMoment,
  planMaintenance,
  verified,
  withMonitors,
  type Maintained,
  type MaintenanceOrder,
} from "../maintenance/maintenance-orders.ts";
import {
  insertMaintenance,
  nextMaintenanceNumber,
  openMaintenances,
  readMaintenance,
  saveMaintenance,
} from "../maintenance/maintenance-store.ts";
import { dutyHolders } from "../oncall/role.ts";
import { messageOf } from "./announce.ts";
import { announceMaintenance } from "./announce-maintenance.ts";
import { committed, listens, Overtaken, publicChanged, transact } from "./commit.ts";
import { subscribersTarget } from "./subscribers-target.ts";
import type { Desk } from "./desk.ts";
import { revisit } from "./revisit.ts";
import { troubleAfter, verifyMsOf } from "./verify-maintenance.ts";

/** `subject` of everything that is said about a window. */
export function maintenanceSubject(number: number): string {
  return `maintenance:${number}`;
}

/** Names are checked when they are written. */
export function checkComponents(desk: Desk, names: readonly string[]): Result<readonly ComponentId[], Refusal> {
  const ids = names.map((name) => brand<ComponentId>(name));
  const wrong = ids.find((id) => !desk.components.has(id));
  if (wrong === undefined) return ok(ids);
  const message = `there is no component "${wrong}"; ${suggest(wrong, [...desk.components.keys()])}`;
  return failed({ code: "unknown-name", message });
}

/** Everybody can read it at once; users and team are told. */
export async function addMaintenance(
  desk: Desk,
  by: Actor,
  plan: MaintenancePlan,
): Promise<Result<Maintenance, Refusal>> {
  const at = desk.clock.now();
  const id = brand<MaintenanceId>(uuidv7(at));
  return carryOut(desk, async (tx) => {
    const ids = { id, number: await nextMaintenanceNumber(tx), code: statuspageCode("maintenance", id) };
    const planned = planMaintenance(ids, plan, by, at, present({ verifyMs: verifyMsOf(desk, plan.components) }));
    if (!planned.ok) return planned;
    await insertMaintenance(tx, planned.value.maintenance, at);
    await tellOfMaintenance(tx, desk, planned.value.maintenance, planned.value.events, at);
    return planned;
  });
}

/** Carries out an order on a window, or says why not. */
export async function orderMaintenance(
  desk: Desk,
  number: number,
  by: Actor,
  order: MaintenanceOrder,
  expect?: number,
): Promise<Result<Maintenance, Refusal>> {
  return carryOut(desk, async (tx) => {
    const at = desk.clock.now();
    const before = await readMaintenance(tx, number);
    if (before === undefined) return failed({ code: "not-found", message: `there is no maintenance ${number}` });
    const components = order.do === "edit" ? (order.plan.components ?? before.components) : before.components;
    const known = withMonitors(before, verifyMsOf(desk, components));
    const done = maintain(known, { ...order, by, at, ...(expect === undefined ? {} : { expect }) });
    if (done.ok) await commit(tx, desk, before, done.value, at);
    return done;
  });
}

async function carryOut(desk: Desk, work: (tx: Tx) => Promise<Maintained>): Promise<Result<Maintenance, Refusal>> {
  const done = await transact(desk, work);
  committed(desk);
  // What it kept quiet may be told of now.
  if (done.ok) await revisit(desk);
  return done.ok ? ok(done.value.maintenance) : done;
}

type Step = { readonly maintenance: Maintenance; readonly events: readonly MaintenanceEvent[] };

/** What changes the state of its components. */
const turning: ReadonlySet<MaintenanceEvent["kind"]> = new Set([
  "began",
  "extended",
  "edited",
  "completed",
  "canceled",
]);

/** True when something happened. */
async function commit(tx: Tx, desk: Desk, before: Maintenance, step: Step, now: Instant): Promise<boolean> {
  if (step.events.length === 0) return false;
  if (!(await saveMaintenance(tx, before, step.maintenance, now)))
    throw new Overtaken(`maintenance ${before.number} was changed meanwhile`);
  await tellOfMaintenance(tx, desk, step.maintenance, step.events, now);
  return true;
}

/** A window is public from the start: each change of it is a change of the record. */
export async function tellOfMaintenance(
  tx: Tx,
  desk: Desk,
  maintenance: Maintenance,
  events: readonly MaintenanceEvent[],
  now: Instant,
): Promise<void> {
  const subject = maintenanceSubject(maintenance.number);
  const duty = dutyHolders(desk.roles);
  const saysStart = desk.promises.maintenance.announce.includes(0);
  const channels = [...desk.channels.values()].filter(({ channel }) => channel.unaddressed !== true);
  const many = { id: subscribersTarget, audience: "users" as const, page: desk.pages[0] };
  const all = (await listens(tx, desk)) ? [...channels, many] : channels;
  const messages = all.flatMap(({ id, audience, page }) => {
    const seen = audience === "team" ? maintenance : shownMaintenance(maintenance, page.shown);
    if (seen === undefined) return [];
    return announceMaintenance(seen, events, { ...desk, saysStart }, now)
      .filter(([said]) => said.audience === audience)
      .map(([said, event]) => ({ target: id, subject, message: messageOf(said, duty, now, event) }));
  });
  await queueMessages(tx, messages, now);
  if (events.every(({ kind }) => kind === "asked")) return;
  const hit = events.some(({ kind }) => turning.has(kind));
  await publicChanged(tx, desk, hit ? maintenance.components : [], now);
}

/** A window that is added or moved by another replica is seen this late at most; monitors are asked as often. */
const atLeastEvery = 15 * second;

/** Announces, begins, verifies and ends what is due by the clock; returns how long until the next look. */
export async function keepMaintenance(desk: Desk): Promise<number> {
  const { announce } = desk.promises.maintenance;
  const now = desk.clock.now();
  const next = (each: Maintenance): readonly Instant[] =>
    [nextMoment(each), nextAnnouncement(each, announce)].filter((at) => at !== undefined);
  let rang = false;
  for (const each of await openMaintenances(desk.db)) {
    if (each.state !== "verifying" && Math.min(...next(each)) > now) continue;
    try {
      const went = await transact(desk, async (tx) => {
        const before = await readMaintenance(tx, each.number);
        return before !== undefined && commit(tx, desk, before, await dueStep(tx, desk, before, now), now);
      });
      rang ||= went;
    } catch (thrown) {
      // One that cannot be carried out must not keep the others waiting; it is tried again with the next look.
      desk.log.error({ maintenance: each.number, reason: reasonOf(thrown) }, "a maintenance window could not go on");
    }
  }
  if (rang) {
    desk.bell.ring();
    await revisit(desk);
  }
  const moments = (await openMaintenances(desk.db)).flatMap(next);
  return Math.min(atLeastEvery, ...moments.map((at) => Math.max(second, at - now)));
}

/** All that is due of one window by the clock and by its monitors. */
async function dueStep(tx: Tx, desk: Desk, before: Maintenance, now: Instant): Promise<Step> {
  const known = withMonitors(before, verifyMsOf(desk, before.components));
  const announced = announcementDue(known, desk.promises.maintenance.announce, now);
  if (announced !== undefined) return { maintenance: happened(known, announced), events: [announced] };
  const step = advance(known, now);
  if (step.maintenance.state !== "verifying") return step;
  const event = verified(step.maintenance, await troubleAfter(tx, desk, step.maintenance), now);
  if (event === undefined) return step;
  return { maintenance: happened(step.maintenance, event), events: [...step.events, event] };
}
