// Recorded webhooks through a desk whose clock we move: what would have happened. Nothing is sent: no line of the out-queue runs.
import { appendToInbox, measureInbox, readInbox, walkInbox, type Walked } from "../alerts/inbox-store.ts";
import { inOrder, type Recorded } from "../alerts/recording.ts";
import type { SourceId } from "../config/names.ts";
import { openIncidents } from "../incidents/incident-store.ts";
import { minute, type Instant } from "../lib/clock.ts";
import type { HeldClock } from "../lib/held-clock.ts";
import { brand } from "../lib/ids.ts";
import type { Desk } from "./desk.ts";
import { makeExpirer } from "./expire.ts";
import { makeIntake } from "./intake.ts";
import { remind } from "./remind.ts";
import { revisit } from "./revisit.ts";

export type NotTaken = { readonly place: string; readonly source: string; readonly reason: string };

const mostAtOnce = 500;

/** What is due by the clock is looked for this often, and seldom in a long silence. */
function stepIn(passed: number): number {
  return Math.max(minute, passed / 50);
}

/** Moves the clock, and does what is due meanwhile. Nobody outside is asked anything. */
function makeAdvance(desk: Desk, clock: HeldClock): (until: Instant) => Promise<void> {
  const expire = makeExpirer(desk);
  const never = new AbortController().signal;
  const listens = [...desk.sources.values()].some(({ source }) => source.kind === "webhook" && source.signOfLife);
  return async (until) => {
    const from = clock.now();
    while (clock.now() < until) {
      await clock.advance(Math.min(stepIn(clock.now() - from), until - clock.now()));
      await expire(never);
      await revisit(desk);
      await remind(desk);
      // Then nothing is due, unless somebody's silence is.
      if (!listens && (await openIncidents(desk.db)).length === 0) await clock.advance(until - clock.now());
    }
  };
}

/** `thenMs`: how long the clock goes on after the last one. Returns those that were not taken, and why. */
export async function replay(
  desk: Desk,
  clock: HeldClock,
  recorded: readonly Recorded[],
  thenMs: number,
): Promise<readonly NotTaken[]> {
  const intake = makeIntake(desk);
  const advanceTo = makeAdvance(desk, clock);
  const places = new Map<number, Recorded>();
  let id = 0;
  for (const one of inOrder(recorded)) {
    await advanceTo(one.receivedAt);
    await appendToInbox(desk.db, [
      { source: brand<SourceId>(one.source), receivedAt: one.receivedAt, headers: JSON.stringify(one.headers), body: one.body }, // prettier-ignore
    ]);
    places.set((id += 1), one);
    while ((await measureInbox(desk.db)).waiting > 0) await intake();
  }
  await advanceTo(clock.now() + thenMs);
  const notTaken: NotTaken[] = [];
  for (let from: number | undefined = 0; from !== undefined;) {
    const page: Walked = await walkInbox(desk.db, { status: "rejected" }, from, mostAtOnce);
    for (const row of await readInbox(desk.db, page.ids))
      notTaken.push({ place: places.get(row.id)?.place ?? "", source: row.source, reason: row.reason ?? "" });
    from = page.next;
  }
  return notTaken;
}
