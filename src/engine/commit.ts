// Writes a change of an incident: the row, its events, the sequence of the record and the deliveries, in one transaction.
import { Transaction } from "kysely";
import { moveAlerts } from "../alerts/alert-store.ts";
import type { Reader, Tx } from "../db/schema.ts";
import { showsAny, type Shown } from "../components/shown-components.ts";
import { noteChange } from "../components/component-store.ts";
import { bumpSequence } from "../db/record-store.ts";
import { wishPublication, type NewMessage } from "../delivery/delivery-store.ts";
import { lookBack, type Change } from "../incidents/change.ts";
import { changesBetween } from "../incidents/change-store.ts";
import type { Incident, IncidentEvent } from "../incidents/incident.ts";
import { stepsOf, type ChangeStep } from "../incidents/steps.ts";
import { insertIncident, readTimeline, saveIncident } from "../incidents/incident-store.ts";
import { shownImpact } from "../incidents/impact.ts";
import type { Instant } from "../lib/clock.ts";
import { fault } from "../lib/fault.ts";
import { keysOf } from "../lib/records.ts";
import { dutyHolders } from "../oncall/role.ts";
import { announceAll, changesPage, messageOf } from "./announce.ts";
import { anyConfirmed } from "../subscribers/subscriber-store.ts";
import type { Desk, DeskChannel } from "./desk.ts";
import { topicSubject, topicTargets } from "./topics.ts";
import { besideHeld } from "./held.ts";
import { subjectOf } from "./subject.ts";
import { subscribersTarget } from "./subscribers-target.ts";

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

/** The page as a whole is one subject of a mirror. */
export const siteSubject = "site";

/** Throws Overtaken when the incident was changed meanwhile; the transaction must then be left. */
export async function commitChange(
  tx: Tx,
  desk: Desk,
  before: Incident | undefined,
  events: readonly IncidentEvent[],
  now: Instant,
): Promise<void> {
  const steps = stepsOf(before, events);
  const after = steps.at(-1)?.after;
  if (after === undefined) return;
  if (before === undefined) await insertIncident(tx, after, events, now);
  else if (!(await saveIncident(tx, before, after, events, now)))
    throw new Overtaken(`incident ${after.number} was changed meanwhile`);
  for (const event of events) if (event.kind === "absorbed") await moveAlerts(tx, event.from, after.number);
  // What began and ended as a part of another, at once, was never told of.
  if (before !== undefined || after.mergedInto === undefined) await tell(tx, desk, after, steps, now);
}

/** The channels that hear of it: users' are all told; the team's, as its routes say. */
function hears(channel: DeskChannel, audience: "team" | "users", incident: Incident): boolean {
  if (channel.audience !== audience || channel.channel.unaddressed === true) return false;
  return audience === "users" || incident.channels === undefined || incident.channels.includes(channel.id);
}

/** What is said to those who may know of these components alone: nothing of an incident that is about others. */
function toReaders(steps: readonly ChangeStep[], desk: Desk, shown: Shown): ReturnType<typeof announceAll> {
  const last = steps.at(-1)?.after;
  if (last === undefined || !showsAny(shown, keysOf(last.impact))) return [];
  const seen = (is: Incident): Incident => ({ ...is, impact: shownImpact(is.impact, shown) });
  return announceAll(
    steps.map(({ before, after, event }) => ({ before: before && seen(before), after: seen(after), event })),
    desk,
  );
}

/** Whether there is anybody who subscribed. */
export async function listens(db: Reader, desk: Desk): Promise<boolean> {
  return (desk.subscriptions?.kinds ?? []).length > 0 && anyConfirmed(db);
}

/** What these steps give to say, to each channel and to all subscribers as one. What is for users waits, so that it can be taken back. */
export function messagesOf(
  desk: Desk,
  incident: Incident,
  steps: readonly ChangeStep[],
  told: { readonly changes: readonly Change[]; readonly listening: boolean },
  now: Instant,
): readonly NewMessage[] {
  const duty = dutyHolders(desk.roles);
  const held = desk.promises.undoMs ?? 0;
  const toTeam = announceAll(steps, desk, told.changes);
  const messageFor = (target: string, said: (typeof toTeam)[number]): NewMessage => ({
    target,
    subject: subjectOf(incident.number),
    message: messageOf(said, duty, now, said.event),
    ...(said.audience === "users" && held > 0 ? { notBefore: now + held } : {}),
  });
  const toMany = told.listening ? toReaders(steps, desk, desk.pages[0].shown) : [];
  return [
    ...[...desk.channels.values()].flatMap((channel) =>
      (channel.audience === "team" ? toTeam : toReaders(steps, desk, channel.page.shown))
        .filter((said) => hears(channel, said.audience, incident))
        .map((said) => messageFor(channel.id, said)),
    ),
    ...toMany.filter(({ audience }) => audience === "users").map((said) => messageFor(subscribersTarget, said)),
  ];
}

/** What users would be told of it first, in the words of now: who was not told yet is told this. */
async function firstWord(tx: Tx, desk: Desk, incident: Incident, now: Instant): Promise<readonly NewMessage[]> {
  const event = (await readTimeline(tx, incident.number)).findLast(({ kind }) => kind === "published");
  const steps = event === undefined ? [] : [{ before: incident, after: incident, event }];
  const messages = messagesOf(desk, incident, steps, { changes: [], listening: await listens(tx, desk) }, now);
  return messages.filter(({ notBefore }) => notBefore !== undefined);
}

async function tell(tx: Tx, desk: Desk, incident: Incident, steps: readonly ChangeStep[], now: Instant): Promise<void> {
  const opens = steps.some(({ event }) => event.kind === "opened");
  const changes = opens ? await changesBetween(tx, now - lookBack, now) : [];
  const listening = await listens(tx, desk);
  const messages = messagesOf(desk, incident, steps, { changes, listening }, now);
  const renew = (): Promise<readonly NewMessage[]> => firstWord(tx, desk, incident, now);
  await besideHeld(tx, subjectOf(incident.number), messages, renew, now);
  if (!steps.some(({ after, event }) => changesPage(after, event))) return;
  for (const { id, page } of desk.incidentTargets.values())
    if (showsAny(page.shown, keysOf(incident.impact))) await wishPublication(tx, id, subjectOf(incident.number), now);
  await publicChanged(tx, desk, Object.keys({ ...steps[0]?.before?.impact, ...incident.impact }), now);
}

/** The public sees something else from now on: the record, what is said of these components, and every mirror. */
export async function publicChanged(tx: Tx, desk: Desk, components: readonly string[], now: Instant): Promise<void> {
  await bumpSequence(tx, now);
  await noteChange(tx, components, now);
  for (const target of desk.targets.values()) await wishPublication(tx, target.id, siteSubject, now);
  for (const { id } of topicTargets(desk)) await wishPublication(tx, id, topicSubject, now);
}
