// The undo window: what was said to users and waits can be taken back, and is said in the words of an edit that comes in time.
import type { Reader, Tx } from "../db/schema.ts";
import { queueMessages, type NewMessage } from "../delivery/delivery-store.ts";
import { heldMessages, takeBack, type HeldMessage } from "../delivery/held-store.ts";
import { keysOf } from "../lib/records.ts";
import type { Incident, IncidentEvent, Undone } from "../incidents/incident.ts";
import { laterClocks, stepsOf, undoable, undoneIn } from "../incidents/steps.ts";
import { readTimeline } from "../incidents/incident-store.ts";
import type { Order } from "../incidents/obey.ts";
import type { Refusal } from "../incidents/obeyed.ts";
import type { Instant } from "../lib/clock.ts";
import { failed, ok, type Result } from "../lib/result.ts";
import { subjectOf } from "./subject.ts";

/** What waits of it. `until`: when the first of it goes out. */
export type Held = { readonly until: Instant; readonly targets: readonly string[] };

export async function heldOf(db: Reader, incident: number, now: Instant): Promise<Held | undefined> {
  const held = lastSaid(await heldMessages(db, subjectOf(incident), now));
  const until = Math.min(...held.map(({ dueAt }) => dueAt));
  return held.length === 0 ? undefined : { until, targets: held.map(({ target }) => target) };
}

/** Of all that waits, what was said last: one undo takes back one word. */
function lastSaid(held: readonly HeldMessage[]): readonly HeldMessage[] {
  const last = Math.max(...held.map(({ message }) => message.saidAt));
  return held.filter(({ message }) => message.saidAt === last);
}

const undoableKinds: ReadonlySet<IncidentEvent["kind"]> = new Set(["published", "updated", "resolved", "edited"]);

/** The events that were said last and wait, and what the public saw before them. */
export async function undoing(tx: Tx, incident: Incident, now: Instant): Promise<Result<Order, Refusal>> {
  const held = lastSaid(await heldMessages(tx, subjectOf(incident.number), now));
  const saidAt = held[0]?.message.saidAt;
  if (saidAt === undefined) return ok({ do: "undo" });
  const timeline = await readTimeline(tx, incident.number);
  const gone = undoneIn(timeline);
  const steps = stepsOf(undefined, timeline);
  const said = steps.flatMap((step, i) => (step.event.at === saidAt && step.event.by.kind !== "system" && !gone.has(i + 1) ? [{ ...step, n: i + 1 }] : [])).filter(({ event }) => event.kind !== "opened"); // prettier-ignore
  const stuck = said.find(({ event }) => !undoableKinds.has(event.kind));
  if (stuck !== undefined)
    return failed({ code: "illegal", message: `that incident ${incident.number} was ${stuck.event.kind} cannot be taken back; its messages go out` }); // prettier-ignore
  const first = said[0];
  const last = said.at(-1);
  if (first?.before === undefined || last === undefined) return ok({ do: "undo" });
  return ok({ do: "undo", of: said.map(({ n }) => n), was: difference(first.before, last.after) });
}

/** Of what the public sees, what was other before: what happened since beside it stays. */
function difference(before: Incident, after: Incident): Undone {
  const other = <T>(a: T, b: T): boolean => JSON.stringify(a) !== JSON.stringify(b);
  const fields = undoable.filter((key) => other(before[key], after[key]));
  const clocks = keysOf({ ...before.clocks, ...after.clocks }).filter((key) => other(before.clocks[key], after.clocks[key])); // prettier-ignore
  const ran = clocks.filter((key) => before.clocks[key] !== undefined);
  return {
    ...Object.fromEntries(fields.map((key) => [key, before[key]])),
    clocks: Object.fromEntries(ran.map((key) => [key, before.clocks[key]])),
    unset: laterClocks.filter((key) => before.clocks[key] === undefined && after.clocks[key] !== undefined),
  };
}

/** With the undo itself, in its transaction. */
export async function dropHeld(tx: Tx, { number }: Incident, now: Instant): Promise<void> {
  const held = lastSaid(await heldMessages(tx, subjectOf(number), now));
  await takeBack(tx, held.map(({ id }) => id), "taken back in time", now); // prettier-ignore
}

/**
 * What is new beside what waits. Who was not told of an incident yet hears nothing of its withdrawal; and a correction that
 * comes in time goes into the first word, of which `renew` makes the new text, and which waits anew.
 */
export async function besideHeld(
  tx: Tx,
  subject: string,
  messages: readonly NewMessage[],
  renew: () => Promise<readonly NewMessage[]>,
  now: Instant,
): Promise<void> {
  const turns = messages.some(({ message }) => message.event === "withdrawn" || message.event === "edited");
  const held = turns ? await heldMessages(tx, subject, now) : [];
  const untold = new Set(held.filter(({ message }) => message.event === "published").map(({ target }) => target));
  const about = messages.filter(({ target, message }) => untold.has(target) && (message.event === "withdrawn" || message.event === "edited")); // prettier-ignore
  const targets = new Set(about.map(({ target }) => target));
  const old = held.filter(({ target, message }) => targets.has(target) && (about.some((one) => one.message.event === "withdrawn") || message.event === "published")); // prettier-ignore
  await takeBack(tx, old.map(({ id }) => id), "said in other words in time", now); // prettier-ignore
  const edited = new Set(about.filter(({ message }) => message.event === "edited").map(({ target }) => target));
  const again = edited.size === 0 ? [] : (await renew()).filter(({ target }) => edited.has(target));
  await queueMessages(tx, [...messages.filter((one) => !about.includes(one)), ...again], now);
}
