// Writes a change of an incident: the row, its events, the sequence of the record and the deliveries, in one transaction.
import { Transaction } from "kysely";
import type { Tx } from "../db/schema.ts";
import { noteChange } from "../components/component-store.ts";
import { bumpSequence } from "../db/record-store.ts";
import { queueMessages, wishPublication, type NewMessage } from "../delivery/delivery-store.ts";
import { lookBack } from "../incidents/change.ts";
import { changesBetween } from "../incidents/change-store.ts";
import type { Incident, IncidentEvent } from "../incidents/incident.ts";
import { insertIncident, saveIncident } from "../incidents/incident-store.ts";
import type { Instant } from "../lib/clock.ts";
import { fault } from "../lib/fault.ts";
import { dutyHolders } from "../oncall/role.ts";
import { announce, changesPage, messageOf } from "./announce.ts";
import type { Desk } from "./desk.ts";

/** Somebody else changed the incident between our reading and our writing: read it again. */
export class Overtaken extends Error {
  override readonly name = "Overtaken";
}

const tries = 5;
/** Deadlock, serialization failure, and two that took the same number: https://www.postgresql.org/docs/current/errcodes-appendix.html */
const races = new Set(["40P01", "40001", "23505", "SQLITE_CONSTRAINT_UNIQUE"]);

function isRace(thrown: unknown): boolean {
  if (thrown instanceof Overtaken) return true;
  if (!(thrown instanceof Error)) return false;
  return ("code" in thrown && races.has(String(thrown.code))) || /unique constraint failed/iu.test(thrown.message);
}

/** One transaction; when somebody else was faster, it is done again on what they left. In the engine it is fenced. */
export async function transact<T>(desk: Desk, work: (tx: Tx) => Promise<T>): Promise<T> {
  for (let turn = 1; ; turn++) {
    // Inside a transaction that holds more than this change: that one is done again as a whole.
    if (desk.db instanceof Transaction) return work(desk.db);
    try {
      return await desk.db.transaction().execute(async (tx) => {
        await desk.fence?.(tx);
        return work(tx);
      });
    } catch (thrown) {
      if (turn >= tries || !isRace(thrown)) throw thrown;
    }
  }
}

/** Call it after `transact`: what was written makes work for a loop. */
export function committed(desk: Desk): void {
  if (desk.db.isTransaction) return;
  fault("command.committed");
  desk.bell.ring();
}

/** `subject` of everything that is said about an incident. */
export function subjectOf(number: number): string {
  return `incident:${number}`;
}

/** The page as a whole is one subject of a mirror. */
export const siteSubject = "site";

/** Throws Overtaken when the incident was changed meanwhile; the transaction must then be left. */
export async function commitChange(
  tx: Tx,
  desk: Desk,
  before: Incident | undefined,
  after: Incident,
  events: readonly IncidentEvent[],
  now: Instant,
): Promise<void> {
  if (before === undefined) await insertIncident(tx, after, events, now);
  else if (!(await saveIncident(tx, before, after, events, now)))
    throw new Overtaken(`incident ${after.number} was changed meanwhile`);
  await tell(tx, desk, before, after, events, now);
}

async function tell(
  tx: Tx,
  desk: Desk,
  before: Incident | undefined,
  after: Incident,
  events: readonly IncidentEvent[],
  now: Instant,
): Promise<void> {
  const duty = dutyHolders(desk.roles);
  const opens = events.some((event) => event.kind === "opened");
  const changes = opens ? await changesBetween(tx, now - lookBack, now) : [];
  const said = events.flatMap((event) =>
    announce(before, after, event, desk, changes).map((each) => [each, event.kind] as const),
  );
  const messages = said.flatMap(([announcement, event]): readonly NewMessage[] =>
    [...desk.channels.values()]
      .filter((channel) => channel.audience === announcement.audience)
      .map((channel) => ({
        target: channel.id,
        subject: subjectOf(after.number),
        message: messageOf(announcement, duty, now, event),
      })),
  );
  await queueMessages(tx, messages, now);
  if (!events.some((event) => changesPage(after, event))) return;
  await bumpSequence(tx, now);
  await noteChange(tx, Object.keys({ ...before?.impact, ...after.impact }), now);
  for (const target of desk.targets.values()) await wishPublication(tx, target.id, siteSubject, now);
}
