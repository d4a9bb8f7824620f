// What correlation looks at and changes while it takes a batch of alerts in: read once, changed in memory, written at the end.
import { tocsin } from "../accounts/actor.ts";
import type { AlertKey } from "../alerts/alert.ts";
import { toldOf } from "../alerts/hearsay.ts";
import { firingIn, readAlerts, saveAlerts, type FiringAlert, type StoredAlert } from "../alerts/alert-store.ts";
import { appendDecisions, type Decision } from "../alerts/decision-store.ts";
import { liveSilences } from "../alerts/silence-store.ts";
import type { Silence } from "../alerts/silence.ts";
import { correlateAlone } from "../db/one-at-a-time.ts";
import type { Tx } from "../db/schema.ts";
import type { Dismissed } from "../incidents/dismissal.ts";
import { hasGrown } from "../incidents/evidence.ts";
import { apply, type Attached, type Ended, type Incident, type IncidentEvent } from "../incidents/incident.ts";
import { nextNumber, openIncidents, readIncident, recentlyDismissed } from "../incidents/incident-store.ts";
import { obey, type Command } from "../incidents/obey.ts";
import { memberOf, type Member, type Standing } from "../incidents/relation.ts";
import { day, type Instant } from "../lib/clock.ts";
import type { Maintenance } from "../maintenance/maintenance.ts";
import { runningMaintenances } from "../maintenance/maintenance-store.ts";
import { commitChange } from "./commit.ts";
import type { Desk } from "./desk.ts";

export type Kept = Omit<StoredAlert, "firstSeenAt">;

export type Scene = {
  readonly now: Instant;
  known(key: AlertKey): Kept | undefined;
  /** The last word on an alert. */
  keep(alert: Kept): void;
  log(decision: Decision): void;
  /** The incident itself, or the one that it was merged into. `key`: what the rest of its batch said may still wait. */
  incident(number: number, key?: AlertKey): Promise<Incident | undefined>;
  /** Whether an alert fires in it. To search a list of thousands for each of thousands takes long. */
  holds(incident: Incident, key: AlertKey): boolean;
  /** All that is open, and what fires in it. */
  open(): Promise<readonly Standing[]>;
  dismissed(): Promise<readonly Dismissed[]>;
  silences(): Promise<readonly Silence[]>;
  maintenances(): Promise<readonly Maintenance[]>;
  nextNumber(): Promise<number>;
  /** A new incident. */
  begin(event: IncidentEvent & { kind: "opened" }): Incident;
  /** An alert joins. Those that join one incident one after the other are one event. */
  attach(number: number, alert: Attached): void;
  /** An alert of it ends; likewise. */
  end(number: number, alert: Ended): void;
  /** Carries commands out; throws when one is not legal: whoever asks here only proposes what is. */
  change(number: number, commands: readonly Command[]): Incident;
  /** The incidents that alerts joined or that took others along, as they are now. */
  joined(): readonly Incident[];
  write(): Promise<void>;
};

type Changed = { readonly before: Incident | undefined; readonly events: IncidentEvent[] };

/** So long a dismissal is looked for whose alerts still fire. */
const dismissalsFor = 30 * day;

function once<T>(make: () => Promise<T>): () => Promise<T> {
  let made: Promise<T> | undefined;
  return () => (made ??= make());
}

/** The incidents of the batch: read when asked for, changed in memory. */
function ledger(tx: Tx, now: Instant) {
  const held = new Map<number, Incident>();
  const changed = new Map<number, Changed>();
  const joining = new Map<number, Map<AlertKey, Attached>>();
  const leaving = new Map<number, Map<AlertKey, Ended>>();
  const grew = new Set<number>();

  const record = (number: number, before: Incident | undefined, events: readonly IncidentEvent[]): Incident => {
    let after = before;
    for (const event of events) after = apply(after, event);
    if (after === undefined) throw new Error(`incident ${number} is not there`);
    held.set(number, after);
    const earlier = changed.get(number);
    if (earlier !== undefined) earlier.events.push(...events);
    else if (events.length > 0) changed.set(number, { before, events: [...events] });
    return after;
  };
  const carryOut = (number: number, commands: readonly Command[]): Incident => {
    const incident = held.get(number);
    if (incident === undefined) throw new Error(`incident ${number} was not read`);
    let after = incident;
    const events: IncidentEvent[] = [];
    for (const command of commands) {
      const obeyed = obey(after, command);
      if (!obeyed.ok) throw new Error(`correlation proposed what is not allowed: ${obeyed.refusal.message}`);
      after = obeyed.incident;
      events.push(...obeyed.events);
    }
    return record(number, incident, events);
  };
  const settle = (number: number): void => {
    const alerts = [...(joining.get(number)?.values() ?? [])];
    const ended = [...(leaving.get(number)?.values() ?? [])];
    joining.delete(number);
    leaving.delete(number);
    if (alerts.length > 0) {
      grew.add(number);
      carryOut(number, [{ do: "attach-all", by: tocsin, at: now, alerts }]);
    }
    if (ended.length > 0) carryOut(number, [{ do: "end-all", by: tocsin, at: now, alerts: ended }]);
  };
  /** Whether what waits may end it. Until then it can wait: to copy a large incident for each of its alerts takes minutes. */
  const mayBeOver = (number: number): boolean =>
    (leaving.get(number)?.size ?? 0) >= Math.max(1, held.get(number)?.alerts.length ?? 0);
  const waits = (number: number, key: AlertKey | undefined): boolean =>
    key !== undefined && (joining.get(number)?.has(key) === true || leaving.get(number)?.has(key) === true);
  return {
    held,
    changed,
    grew,
    record,
    /** As it is now; as far as one alert of it asks, when that is given. */
    async read(number: number, key?: AlertKey): Promise<Incident | undefined> {
      if (key === undefined || waits(number, key) || mayBeOver(number)) settle(number);
      const known = held.get(number) ?? (await readIncident(tx, number));
      if (known !== undefined) held.set(number, known);
      return known;
    },
    end(number: number, alert: Ended): void {
      const waiting = leaving.get(number) ?? new Map<AlertKey, Ended>();
      leaving.set(number, waiting.set(alert.key, alert));
    },
    attach(number: number, alert: Attached): void {
      // What ended before it came ends before it.
      if (waits(number, alert.key) || mayBeOver(number)) settle(number);
      const waiting = joining.get(number) ?? new Map<AlertKey, Attached>();
      joining.set(number, waiting.set(alert.key, alert));
    },
    /** What is over must not be joined. */
    settleOver(): void {
      for (const number of leaving.keys()) if (mayBeOver(number)) settle(number);
    },
    change(number: number, commands: readonly Command[]): Incident {
      settle(number);
      if (commands.some((command) => command.do === "absorb")) grew.add(number);
      return carryOut(number, commands);
    },
    settleAll(): void {
      for (const number of joining.keys()) settle(number);
      for (const number of leaving.keys()) settle(number);
    },
  };
}

/** What fires in each open incident: read once, kept up as alerts come and go. */
type Members = Map<number, Map<AlertKey, Member>>;

async function readMembers(tx: Tx, numbers: readonly number[]): Promise<Members> {
  const members: Members = new Map(numbers.map((number) => [number, new Map()]));
  for (const alert of await firingIn(tx, numbers)) members.get(alert.incident)?.set(alert.key, memberIn(alert));
  return members;
}

function memberIn(alert: FiringAlert): Member {
  const told = toldOf(alert.key);
  return told === undefined ? alert : { ...alert, told };
}

function placeIn(members: Members, { alert, incident, quietBy }: Kept): void {
  if (incident === undefined) return;
  const here = members.get(incident) ?? new Map<AlertKey, Member>();
  if (alert.status === "firing" && quietBy === undefined) here.set(alert.key, memberOf(alert));
  else here.delete(alert.key);
  members.set(incident, here);
}

export async function openScene(tx: Tx, desk: Desk, keys: readonly AlertKey[], now: Instant): Promise<Scene> {
  await correlateAlone(tx);
  const alerts = new Map<AlertKey, Kept>();
  for (const stored of await readAlerts(tx, [...new Set(keys)])) alerts.set(stored.alert.key, stored);
  const kept = new Map<AlertKey, Kept>();
  const decisions: Decision[] = [];
  const incidents = ledger(tx, now);
  const sets = new WeakMap<Incident["alerts"], ReadonlySet<AlertKey>>();
  let members: Members | undefined;
  let heldBack: Members | undefined;
  let highest: number | undefined;

  const loadOpen = async (): Promise<Members> => {
    if (members !== undefined) return members;
    const open = await openIncidents(tx);
    for (const incident of open)
      if (!incidents.held.has(incident.number)) incidents.held.set(incident.number, incident);
    members = await readMembers(
      tx,
      open.map(({ number }) => number),
    );
    for (const each of kept.values()) place(each);
    return members;
  };
  const place = (each: Kept): void => {
    if (members !== undefined) placeIn(members, each);
    if (each.incident !== undefined && heldBack?.has(each.incident) === true) placeIn(heldBack, each);
  };
  const recent = once(async () => {
    const found = await recentlyDismissed(tx, now - dismissalsFor);
    heldBack = await readMembers(
      tx,
      found.map(({ number }) => number),
    );
    for (const each of kept.values()) place(each);
    return found;
  });

  return {
    now,
    known: (key) => kept.get(key) ?? alerts.get(key),
    keep(alert) {
      kept.set(alert.alert.key, alert);
      place(alert);
    },
    log: (decision) => void decisions.push(decision),
    async incident(number, key) {
      let incident = await incidents.read(number, key);
      while (incident?.mergedInto !== undefined) incident = await incidents.read(incident.mergedInto, key);
      return incident;
    },
    holds({ alerts: keys }, key) {
      let set = sets.get(keys);
      if (set === undefined) sets.set(keys, (set = new Set(keys)));
      return set.has(key);
    },
    async open() {
      const firing = await loadOpen();
      incidents.settleOver();
      return [...incidents.held.values()]
        .filter(({ state }) => state !== "resolved")
        .map((incident) => ({ incident, members: firing.get(incident.number) ?? new Map<AlertKey, Member>() }));
    },
    async dismissed() {
      const found = await recent();
      return found.map((incident) => ({ incident, members: [...(heldBack?.get(incident.number)?.values() ?? [])] }));
    },
    silences: once(() => liveSilences(tx, now)),
    maintenances: once(() => runningMaintenances(tx, now)),
    async nextNumber() {
      highest = highest === undefined ? await nextNumber(tx) : highest + 1;
      return highest;
    },
    begin: (event) => incidents.record(event.number, undefined, [event]),
    attach: (number, alert) => incidents.attach(number, alert),
    end: (number, alert) => incidents.end(number, alert),
    change(number, commands) {
      const after = incidents.change(number, commands);
      for (const command of commands) if (command.do === "merge") moveMembers(members, number, command.into);
      return after;
    },
    joined() {
      incidents.settleAll();
      return [...incidents.grew].flatMap((number) => incidents.held.get(number) ?? []);
    },
    async write() {
      incidents.settleAll();
      await saveAlerts(tx, [...kept.values()]);
      for (const [number, { before, events }] of incidents.changed) {
        const after = incidents.held.get(number);
        // Who opens it tells of all that came with it: that is known then.
        const told = before === undefined && after !== undefined && hasGrown(after);
        const all = told ? [...events, { kind: "grown", at: now, by: tocsin } as const] : events;
        await commitChange(tx, desk, before, all, now);
      }
      await appendDecisions(tx, decisions);
    },
  };
}

function moveMembers(members: Members | undefined, from: number, into: number): void {
  const [leaving, staying] = [members?.get(from), members?.get(into)];
  for (const [key, member] of leaving ?? []) staying?.set(key, member);
  members?.delete(from);
}
