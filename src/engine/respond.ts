// What people do: open an incident, and every command on one.
import type { Impact } from "../incidents/impact.ts";
import { tocsin, type Actor } from "../accounts/actor.ts";
import { listAlerts } from "../alerts/alert-store.ts";
import { componentStatuses } from "../components/status.ts";
import type { ComponentId } from "../config/names.ts";
import { apply, type Incident, type IncidentEvent, type IncidentId, type NoticeEdit } from "../incidents/incident.ts";
import { nextNumber, readIncident, readTimeline } from "../incidents/incident-store.ts";
import { defaultsFor } from "../incidents/draft.ts";
import { obey, type Command, type Order } from "../incidents/obey.ts";
import type { Obeyed, Refusal } from "../incidents/obeyed.ts";
import type { Notice } from "../incidents/notice.ts";
import { attachedBy, routeOf } from "../incidents/route.ts";
import { noticeOf, type Template } from "../incidents/template.ts";
import { brand, uuidv7 } from "../lib/ids.ts";
import { suggest } from "../lib/nearest.ts";
import { failed, ok, type Result } from "../lib/result.ts";
import type { Instant } from "../lib/clock.ts";
import { toldIn } from "../status/public-incident.ts";
import { correlateAlone } from "../db/one-at-a-time.ts";
import type { Tx } from "../db/schema.ts";
import { commitChange, committed, transact } from "./commit.ts";
import type { Desk } from "./desk.ts";
import { dropHeld, undoing } from "./held.ts";
import { promisedUpdate } from "./promise.ts";
import { dismissing, renaming, splitOff, splitting } from "./regroup.ts";

function refusal(code: Refusal["code"], message: string): { readonly ok: false; readonly refusal: Refusal } {
  return { ok: false, refusal: { code, message } };
}

/** Names are checked when they are written. */
export function checkImpact(desk: Desk, raw: Readonly<Record<string, string>>): Result<Impact, Refusal> {
  const impact: Record<ComponentId, (typeof componentStatuses)[number]> = {};
  for (const [name, status] of Object.entries(raw)) {
    const id = brand<ComponentId>(name);
    if (!desk.components.has(id))
      return failed({
        code: "unknown-name",
        message: `there is no component "${name}"; ${suggest(name, [...desk.components.keys()])}`,
      });
    const known = componentStatuses.find((word) => word === status);
    if (known === undefined)
      return failed({
        code: "unknown-name",
        message: `there is no status "${status}"; ${suggest(status, componentStatuses)}`,
      });
    impact[id] = known;
  }
  return ok(impact);
}

/** A notice that goes out promises the next update, unless it knows the end or somebody has promised already. */
function withPromise(desk: Desk, incident: Incident, command: Command): readonly Command[] {
  const promised = incident.notice.nextUpdateAt;
  const due = promised === undefined || promised <= command.at;
  const open = command.do === "publish" && incident.state !== "resolved";
  const speaks = open || (command.do === "reopen" && incident.visibility === "published");
  if (speaks && due) {
    return [
      {
        do: "edit",
        by: command.by,
        at: command.at,
        notice: { nextUpdateAt: promisedUpdate(desk, incident.impact, command.at) },
      },
      command,
    ];
  }
  if (command.do === "update" && command.nextUpdateAt === undefined && due && command.phase !== "resolved") {
    return [{ ...command, nextUpdateAt: promisedUpdate(desk, incident.impact, command.at) }];
  }
  return [command];
}

/** One command after the other on the same incident; the first refusal refuses all. */
function obeyAll(incident: Incident, commands: readonly Command[]): Obeyed {
  let now = incident;
  const events: IncidentEvent[] = [];
  for (const command of commands) {
    const obeyed = obey(now, command);
    if (!obeyed.ok) return obeyed;
    now = obeyed.incident;
    events.push(...obeyed.events);
  }
  return { ok: true, incident: now, events };
}

/** What publishing it now would make happen. */
export function rehearsePublish(desk: Desk, incident: Incident, by: Actor, text: string | undefined): Obeyed {
  const at = desk.clock.now();
  return obeyAll(
    incident,
    withPromise(desk, incident, { do: "publish", by, at, ...(text === undefined ? {} : { text }) }),
  );
}

/** Carries out a command on an incident, or says why not. Two at once lose nothing: the second is decided on what the first left. */
export async function command(desk: Desk, number: number, by: Actor, order: Order, expect?: number): Promise<Obeyed> {
  const obeyed = await transact(desk, (tx) => tryCommand(tx, desk, number, by, order, expect));
  committed(desk);
  return obeyed;
}

async function tryCommand(
  tx: Tx,
  desk: Desk,
  number: number,
  by: Actor,
  order: Order,
  expect?: number,
): Promise<Obeyed> {
  await correlateAlone(tx);
  const at = desk.clock.now();
  const incident = await readIncident(tx, number);
  if (incident === undefined) return refusal("not-found", `there is no incident ${number}`);
  const filled = await fillIn(tx, incident, order, at);
  if (!filled.ok) return { ok: false, refusal: filled.error };
  const asked: Command = { ...filled.value, by, at, ...(expect === undefined ? {} : { expect }) };
  const renamed = filled.value.do === "split" ? await renaming(tx, desk, incident, filled.value, at) : [];
  const rejoining = await stillFiring(tx, desk, incident, order, at);
  const commands = [...withPromise(desk, incident, asked), ...renamed, ...rejoining];
  const obeyed = obeyAll(incident, expect === undefined ? commands : expecting(commands, expect));
  if (!obeyed.ok) return obeyed;
  if (order.do === "merge") {
    const into = await readIncident(tx, order.into);
    if (into === undefined) return refusal("not-found", `there is no incident ${order.into}`);
    const absorbed = obey(into, { do: "absorb", from: incident, by, at });
    if (!absorbed.ok) return absorbed;
    await commitChange(tx, desk, into, absorbed.events, at);
  }
  await commitChange(tx, desk, incident, obeyed.events, at);
  if (order.do === "undo") await dropHeld(tx, incident, at);
  if (filled.value.do === "split") await splitOff(tx, desk, incident, filled.value, by, at);
  return obeyed;
}

const mostRejoining = 1_000;

/** A dismissed incident has let go of its alerts; those that fire are its own again when it is reopened. */
async function stillFiring(
  tx: Tx,
  desk: Desk,
  incident: Incident,
  order: Order,
  at: Instant,
): Promise<readonly Command[]> {
  if (order.do !== "reopen" || incident.visibility !== "dismissed") return [];
  const firing = await listAlerts(tx, { incident: incident.number, firing: true, limit: mostRejoining });
  const told = firing.filter(({ quietBy }) => quietBy === undefined);
  const alerts = told.map(({ alert }) => attachedBy(alert, routeOf(desk.routes, alert)));
  return alerts.length === 0 ? [] : [{ do: "attach-all", by: tocsin, at, alerts }];
}

/** What people need not say: which alerts a name means, and how much evidence they dismiss. */
async function fillIn(tx: Tx, incident: Incident, order: Order, at: Instant): Promise<Result<Order, Refusal>> {
  if (order.do === "dismiss") return ok(await dismissing(tx, incident, order));
  if (order.do === "split") return splitting(tx, incident, order);
  if (order.do === "revise") return ok(await located(tx, incident.number, order));
  if (order.do === "undo") return undoing(tx, incident, at);
  return ok(order);
}

/** Which event the update is that a revision means, and what users read there now. */
async function located(tx: Tx, number: number, order: Order & { do: "revise" }): Promise<Order> {
  const told = toldIn(await readTimeline(tx, number))[order.update - 1];
  return told === undefined ? order : { ...order, of: { n: told.n, before: told.text } };
}

/** Only the first of several commands is held against the version that the sender saw. */
function expecting(commands: readonly Command[], expect: number): readonly Command[] {
  return commands.map((each, i) => {
    const { expect: _seen, ...rest } = each;
    return i === 0 ? { ...rest, expect } : rest;
  });
}

export type Opening = {
  readonly notice: NoticeEdit;
  readonly impact: Impact;
  readonly template?: Template;
  readonly startedAt?: Instant;
  /** It is over already, and is told late. */
  readonly endedAt?: Instant;
  readonly publish: boolean;
};

/** A human opens an incident; what they leave out comes from the template, then from the components' defaults. */
export async function openIncident(desk: Desk, by: Actor, opening: Opening): Promise<Obeyed> {
  const at = desk.clock.now();
  const startedAt = opening.startedAt ?? at;
  if (startedAt > at) return refusal("invalid", "it cannot have started in the future");
  const impact = Object.keys(opening.impact).length === 0 ? (opening.template?.impact ?? {}) : opening.impact;
  const hit = Object.keys(impact).flatMap((id) => desk.components.get(brand<ComponentId>(id)) ?? []);
  const about = opening.template?.component;
  const first = about === undefined ? hit[0] : desk.components.get(about);
  const said = { ...(opening.template && noticeOf(opening.template, first)), ...opening.notice };
  const { title } = said;
  if (title === undefined) return refusal("incomplete", "an incident needs a title: what is wrong, in a few words");
  const notice: Notice = { ...defaultsFor(hit), ...said, title };
  const opened = await transact(desk, async (tx): Promise<Obeyed> => {
    const event: IncidentEvent = {
      kind: "opened",
      at,
      by,
      id: brand<IncidentId>(uuidv7(at)),
      number: await nextNumber(tx),
      impact,
      notice,
      startedAt,
      summary: "",
      alerts: [],
      coverage: [],
    };
    const draft = apply(undefined, event);
    const ended: readonly Command[] =
      opening.endedAt === undefined ? [] : [{ do: "resolve", by, at, endedAt: opening.endedAt }];
    const over = obeyAll(draft, ended);
    if (!over.ok) return over;
    const told = opening.publish ? obeyAll(over.incident, withPromise(desk, over.incident, { do: "publish", by, at })) : over; // prettier-ignore
    // What cannot be public yet stays a draft that can be filled in, and the refusal says so.
    const done = told.ok ? told : over;
    const events = [event, ...over.events, ...(told.ok && told !== over ? told.events : [])];
    await commitChange(tx, desk, undefined, events, at);
    if (told.ok) return { ok: true, incident: done.incident, events };
    const message = `it was opened as draft ${draft.number}, but: ${told.refusal.message}`;
    return { ok: false, refusal: { ...told.refusal, message } };
  });
  committed(desk);
  return opened;
}
