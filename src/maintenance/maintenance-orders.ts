// What people may do to a window, and what the clock does. Pure: returns the events, or says why not.
import { tocsin, type Actor } from "../accounts/actor.ts";
import type { Refusal } from "../incidents/obeyed.ts";
import { day, isoSeconds, type Instant } from "../lib/clock.ts";
import { sayDuration } from "../lib/duration.ts";
import { failed, ok, type Result } from "../lib/result.ts";
import {
  isNotice,
  lastMoment,
  stateAt,
  type Maintenance,
  type MaintenanceEvent,
  type MaintenanceHappening,
  type MaintenanceId,
  type MaintenancePlan,
  type MaintenanceState,
} from "./maintenance.ts";

export type MaintenanceOrder =
  /** To a moment, or by so many milliseconds. */
  | { readonly do: "extend"; readonly to: Instant }
  | { readonly do: "extend"; readonly byMs: number }
  | { readonly do: "edit"; readonly plan: Partial<MaintenancePlan> }
  | { readonly do: "update"; readonly text: string }
  | { readonly do: "complete"; readonly text?: string }
  | { readonly do: "cancel"; readonly text?: string };

/** `expect`: the version the sender saw. */
export type MaintenanceCommand = {
  readonly by: Actor;
  readonly at: Instant;
  readonly expect?: number;
} & MaintenanceOrder;

export type Maintained = Result<
  { readonly maintenance: Maintenance; readonly events: readonly MaintenanceEvent[] },
  Refusal
>;

/** A longer one is a slip, or no window. */
const longest = 30 * day;
const longestNotice = 366 * day;
/** A window that far away has the wrong year. */
const farthest = 400 * day;

function refuse(code: Refusal["code"], message: string): { readonly ok: false; readonly error: Refusal } {
  return failed({ code, message });
}

/** What is wrong with the times of a plan, if anything. */
function badTimes(plan: MaintenancePlan, now: Instant): string | undefined {
  const { scheduledStart, scheduledEnd } = plan;
  if (scheduledEnd <= scheduledStart)
    return `it would end (${isoSeconds(scheduledEnd)}) before it starts (${isoSeconds(scheduledStart)})`;
  if (scheduledEnd <= now) return `it would be over already: it ends at ${isoSeconds(scheduledEnd)}`;
  const lasts = scheduledEnd - scheduledStart;
  const most = isNotice(plan) ? longestNotice : longest;
  if (lasts > most)
    return `it would last ${sayDuration(lasts)}, and ${sayDuration(most)} is the longest; add one after the other`;
  if (scheduledStart - now > farthest) return `it starts in ${sayDuration(scheduledStart - now)}; is the year right?`;
  return undefined;
}

/** A new window. A start that has passed means now: what happened before it was not planned. */
export function planMaintenance(
  ids: { readonly id: MaintenanceId; readonly number: number; readonly code: string },
  plan: MaintenancePlan,
  by: Actor,
  at: Instant,
  more: Pick<Maintenance, "verifyMs" | "series"> = {},
): Maintained {
  const asked = {
    ...plan,
    components: [...new Set(plan.components)],
    scheduledStart: Math.max(plan.scheduledStart, at),
  };
  const bad = badTimes(plan, at);
  if (bad !== undefined) return refuse("invalid", bad);
  const event: MaintenanceEvent = {
    kind: "planned",
    at,
    by,
    ...(plan.text === undefined ? {} : { text: plan.text }),
  };
  const maintenance: Maintenance = {
    ...ids,
    ...asked,
    version: 1,
    state: "scheduled",
    by,
    plannedAt: at,
    startSetAt: at,
    ...more,
    events: [event],
  };
  const begun = advance(maintenance, at);
  return ok({ maintenance: begun.maintenance, events: [event, ...begun.events] });
}

const stateAfter: Readonly<Partial<Record<MaintenanceHappening["kind"], MaintenanceState>>> = {
  began: "in_progress",
  verifying: "verifying",
  completed: "completed",
  canceled: "canceled",
};

/** The window after one more event. */
export function happened(maintenance: Maintenance, event: MaintenanceEvent): Maintenance {
  const ends = event.kind === "completed" || event.kind === "canceled";
  // Work that takes longer after all goes on.
  const goesOn = event.kind === "extended" && maintenance.state === "verifying" ? "in_progress" : maintenance.state;
  return {
    ...maintenance,
    version: maintenance.version + 1,
    state: stateAfter[event.kind] ?? goesOn,
    ...(event.kind === "extended" ? { scheduledEnd: event.to } : {}),
    ...(ends ? { endedAt: event.at } : {}),
    events: [...maintenance.events, event],
  };
}

/** What is due by the clock: it begins and ends at its planned times, however late somebody looks. */
export function advance(
  maintenance: Maintenance,
  now: Instant,
): { readonly maintenance: Maintenance; readonly events: readonly MaintenanceEvent[] } {
  const state = stateAt(maintenance, now);
  const { state: was, scheduledStart, scheduledEnd, verifyMs } = maintenance;
  const begins = was === "scheduled" && state !== "scheduled" && state !== "canceled";
  const ends = state === "completed" && was !== "completed";
  const verifies = (state === "verifying" || (ends && verifyMs !== undefined)) && was !== "verifying";
  const events: readonly MaintenanceEvent[] = [
    ...(begins ? [{ kind: "began", at: scheduledStart, by: tocsin } as const] : []),
    ...(verifies ? [{ kind: "verifying", at: scheduledEnd, by: tocsin } as const] : []),
    ...(ends ? [{ kind: "completed", at: lastMoment(maintenance), by: tocsin } as const] : []),
  ];
  return { maintenance: events.reduce(happened, maintenance), events };
}

/** With what is known now of its monitors. What was told already stays true: one that is verified ends by its monitors. */
export function withMonitors(maintenance: Maintenance, verifyMs: number | undefined): Maintenance {
  if (verifyMs === maintenance.verifyMs || maintenance.state === "verifying") return maintenance;
  const { verifyMs: _was, ...others } = maintenance;
  return verifyMs === undefined ? others : { ...others, verifyMs };
}

/** What becomes of one that is verified: over, or the team is asked, once for each planned end. */
export function verified(
  maintenance: Maintenance,
  trouble: readonly string[],
  now: Instant,
): MaintenanceEvent | undefined {
  const { scheduledEnd, verifyMs = 0, events } = maintenance;
  if (trouble.length === 0) return { kind: "completed", at: now, by: tocsin, text: "All is well again." };
  const asked = events.some(({ kind, at }) => kind === "asked" && at >= scheduledEnd);
  if (asked || now < scheduledEnd + verifyMs) return undefined;
  return { kind: "asked", at: now, by: tocsin, because: trouble.join("; ") };
}

/** The next moment at which the clock alone changes something; undefined when it is over. */
export function nextMoment(maintenance: Maintenance): Instant | undefined {
  switch (maintenance.state) {
    case "scheduled":
      return maintenance.scheduledStart;
    case "in_progress":
      return maintenance.scheduledEnd;
    case "verifying":
      return lastMoment(maintenance);
    case "completed":
    case "canceled":
      return undefined;
  }
}

type Do = MaintenanceOrder["do"];

/** The whole table: what may be done to a window, by where it stands. */
export const maintenanceMoves: Readonly<Record<MaintenanceState, readonly Do[]>> = {
  scheduled: ["extend", "edit", "update", "cancel"],
  in_progress: ["extend", "edit", "update", "complete", "cancel"],
  verifying: ["extend", "edit", "update", "complete", "cancel"],
  completed: ["update"],
  canceled: [],
};

const whereItStands: Readonly<Record<MaintenanceState, string>> = {
  scheduled: "has not begun",
  in_progress: "is in progress",
  verifying: "is being verified",
  completed: "is over",
  canceled: "was canceled",
};

function advice(state: MaintenanceState, what: Do, n: number): string {
  if (state === "scheduled") return `\`tocsin maintenance cancel ${n}\` takes it back`;
  return what === "complete" || what === "cancel" ? "nothing is left to do" : "add another one";
}

/** Carries out an order on what the clock has made of the window by then. */
export function maintain(maintenance: Maintenance, command: MaintenanceCommand): Maintained {
  const n = maintenance.number;
  if (command.expect !== undefined && command.expect !== maintenance.version)
    return refuse("conflict", `maintenance ${n} has changed since you looked (version ${maintenance.version})`);
  const due = advance(maintenance, command.at);
  const { state } = due.maintenance;
  if (!maintenanceMoves[state].includes(command.do))
    return refuse("illegal", `maintenance ${n} ${whereItStands[state]}; ${advice(state, command.do, n)}`);
  const done = carryOut(due.maintenance, command);
  if (!done.ok) return done;
  return ok({ maintenance: done.value.maintenance, events: [...due.events, ...done.value.events] });
}

function carryOut(maintenance: Maintenance, command: MaintenanceCommand): Maintained {
  const { by, at } = command;
  const one = (happening: MaintenanceHappening): Maintained => {
    const event = { at, by, ...happening };
    return ok({ maintenance: happened(maintenance, event), events: [event] });
  };
  switch (command.do) {
    case "extend":
      return extend(
        maintenance,
        "to" in command ? command.to : Math.max(maintenance.scheduledEnd, at) + command.byMs,
        at,
        one,
      );
    case "edit":
      return edit(maintenance, command.plan, by, at);
    case "update":
      return one({ kind: "updated", text: command.text });
    case "complete":
      return one({ kind: "completed", ...(command.text === undefined ? {} : { text: command.text }) });
    case "cancel":
      return one({ kind: "canceled", ...(command.text === undefined ? {} : { text: command.text }) });
  }
}

function extend(
  maintenance: Maintenance,
  to: Instant,
  now: Instant,
  one: (happening: MaintenanceHappening) => Maintained,
): Maintained {
  const from = maintenance.scheduledEnd;
  if (to <= from)
    return refuse(
      "invalid",
      `that is not later than its end (${isoSeconds(from)}); \`tocsin maintenance complete ${maintenance.number}\` ends it now`,
    );
  const bad = badTimes({ ...maintenance, scheduledEnd: to }, now);
  return bad === undefined ? one({ kind: "extended", from, to }) : refuse("invalid", bad);
}

/** Keeps of the plan what is said anew, and what it was before. */
function edit(maintenance: Maintenance, given: Partial<MaintenancePlan>, by: Actor, at: Instant): Maintained {
  const { title, text, components, scheduledStart, scheduledEnd } = { ...maintenance, ...given };
  const running = maintenance.state !== "scheduled";
  if (running && scheduledStart !== maintenance.scheduledStart)
    return refuse("illegal", `maintenance ${maintenance.number} has begun; its start stays`);
  const plan: MaintenancePlan = {
    title,
    ...(text === undefined ? {} : { text }),
    components: [...new Set(components)],
    scheduledStart: running ? scheduledStart : Math.max(scheduledStart, at),
    scheduledEnd,
  };
  const before = differences(maintenance, plan);
  if (Object.keys(before).length === 0) return ok({ maintenance, events: [] });
  const moved = before.scheduledStart !== undefined;
  const bad = moved ? badTimes(plan, at) : undefined;
  if (bad !== undefined) return refuse("invalid", bad);
  const event: MaintenanceEvent = { kind: "edited", before, at, by };
  const again = moved && maintenance.state === "verifying" ? ({ state: "in_progress" } as const) : {};
  const startSetAt = plan.scheduledStart === maintenance.scheduledStart ? maintenance.startSetAt : at;
  const edited = happened(
    { ...maintenance, ...plan, ...again, ...(startSetAt === undefined ? {} : { startSetAt }) },
    event,
  );
  const begun = advance(edited, at);
  return ok({ maintenance: begun.maintenance, events: [event, ...begun.events] });
}

/** The fields that change, as they were; of the times both, for one without the other says nothing. */
function differences(was: MaintenancePlan, is: MaintenancePlan): Partial<MaintenancePlan> {
  const { scheduledStart, scheduledEnd } = was;
  const moved = scheduledStart !== is.scheduledStart || scheduledEnd !== is.scheduledEnd;
  return {
    ...(was.title === is.title ? {} : { title: was.title }),
    ...(was.text === is.text ? {} : { text: was.text ?? "" }),
    ...(was.components.join() === is.components.join() ? {} : { components: was.components }),
    ...(moved ? { scheduledStart, scheduledEnd } : {}),
  };
}
