// A message to many: one row of the queue, over several connections at once, each with its own place in the list (ADR 0035).
import type { Posted } from "../delivery/letter.ts";
import { backoff, nextAlone, nextDue, settle, type Delivery, type Settlement } from "../delivery/delivery.ts";
import { claimDelivery, settleDelivery, voidClaims, waitingDeliveries } from "../delivery/delivery-store.ts";
import { minute, second } from "../lib/clock.ts";
import { fault } from "../lib/fault.ts";
import { reasonOf } from "../lib/result.ts";
import {
  beginWith,
  kindsOf,
  openLanes,
  restLane,
  rewindLane,
  toldBy,
  type Lane,
} from "../subscribers/fan-out-store.ts";
import { queueLetter, readersWaiting } from "../subscribers/letter-store.ts";
import { hears, type Subscriber } from "../subscribers/subscriber.ts";
import { confirmedBehind, findSubscriber, forgetBounces, noteBounce } from "../subscribers/subscriber-store.ts";
import { transact } from "./commit.ts";
import type { Desk } from "./desk.ts";
import { hookOf } from "./hook-body.ts";
import { openLine, roadsOf, type Put, type RoadLine } from "./post-to.ts";
import { subscribersTarget } from "./subscribers-target.ts";
import { prepareTelling, type Telling } from "./message-to-many.ts";
import type { Turn } from "./turns.ts";

const idle = 2 * second;
/** A turn ends after this long: the next goes on where it stood. */
const longestTurn = minute;
const batch = 100;
/** How soon a reader whose server said "later" is tried again. */
const soonest = minute;

/** `why`: the mail server takes nothing now. */
type Course = { readonly kind: "done" | "paused" | "overtaken" } | { readonly kind: "halted"; readonly why: string };

export function makeTeller(desk: Desk): Turn {
  let unsettled: { readonly delivery: Delivery; readonly settlement: Settlement } | undefined;
  let claimInDoubt = false;

  async function mend(): Promise<void> {
    if (unsettled !== undefined) {
      await settleDelivery(desk.db, unsettled.delivery, unsettled.settlement, desk.owner, desk.clock.now());
      unsettled = undefined;
    }
    if (claimInDoubt) await voidClaims(desk.db, { owner: desk.owner, targets: [subscribersTarget] });
    claimInDoubt = false;
  }

  return async (signal) => {
    await mend();
    const now = desk.clock.now();
    const waiting = await waitingDeliveries(desk.db, [subscribersTarget], now);
    const delivery = nextAlone(waiting, now);
    if (delivery === undefined) return Math.min(idle, Math.max(1, (nextDue(waiting) ?? Infinity) - now));
    claimInDoubt = true;
    const mine = await claimDelivery(desk.db, delivery, [], desk.owner, now, desk.fence);
    claimInDoubt = false;
    if (!mine) return 0;
    const claimed = { ...delivery, attempts: delivery.attempts + 1 };
    const started = performance.now();
    const settlement = await tellAll(desk, claimed, signal);
    const outcome = settlement.status === "pending" ? "retry" : settlement.status === "dead" ? "reject" : "sent";
    desk.meter.attempted(subscribersTarget, outcome, performance.now() - started);
    unsettled = { delivery: claimed, settlement };
    await mend();
    return 0;
  };
}

async function tellAll(desk: Desk, delivery: Delivery, signal: AbortSignal): Promise<Settlement> {
  const now = (): number => desk.clock.now();
  // Whose turn it was is known lane by lane; the message as a whole is never "possibly repeated".
  const whole = { ...delivery, possiblyRepeated: false };
  let telling: Telling | undefined;
  try {
    telling = await prepareTelling(desk, delivery);
  } catch (thrown) {
    return settle(whole, { kind: "retry", because: reasonOf(thrown) }, now());
  }
  if (telling === undefined) return settle(whole, { kind: "reject", because: "it is no longer public" }, now());
  const courses = await takeRoads(desk, delivery, telling, signal);
  const halted = courses.find((course) => course.kind === "halted");
  if (halted !== undefined) {
    desk.log.warn({ delivery: delivery.id, reason: halted.why }, "subscribers wait: their mail cannot be sent now");
    return settle(whole, { kind: "retry", because: halted.why }, now());
  }
  if (courses.some(({ kind }) => kind !== "done"))
    return { status: "pending", dueAt: now(), possiblyRepeated: false, reason: "some are still to be told" };
  const told = await toldBy(desk.db, delivery.id);
  desk.log.info({ delivery: delivery.id, told }, "subscribers were told");
  return settle(whole, { kind: "sent", ref: `${told} told` }, now());
}

async function takeRoads(
  desk: Desk,
  delivery: Delivery,
  telling: Telling,
  signal: AbortSignal,
): Promise<readonly Course[]> {
  const until = performance.now() + longestTurn;
  const halting = new AbortController();
  const stop = (): boolean => signal.aborted || halting.signal.aborted || performance.now() > until || desk.held?.() === false; // prettier-ignore
  const all = await Promise.all(
    roadsOf(desk).map(async ({ road, lines }) => {
      const lanes = await openLanes(desk.db, delivery.id, road, lines);
      return Promise.all(
        lanes
          .filter(({ done }) => !done)
          .map(async (lane) => {
            const line = openLine(desk, road);
            try {
              const course = await takeLane({ desk, delivery, telling, lane, line, stop, signal });
              // What one connection hears of the server, all do.
              if (course.kind === "halted") halting.abort();
              return course;
            } finally {
              line.close();
            }
          }),
      );
    }),
  );
  return all.flat();
}

type OnLane = {
  readonly desk: Desk;
  readonly delivery: Delivery;
  readonly telling: Telling;
  readonly lane: Lane;
  readonly line: RoadLine;
  readonly stop: () => boolean;
  readonly signal: AbortSignal;
};

/** Goes on where this lane stood: first with the one of whom a crash left open whether they were told. */
async function takeLane(on: OnLane): Promise<Course> {
  const { desk, delivery, telling, lane, stop } = on;
  const { db } = desk;
  const [{ shown }] = desk.pages;
  const walk: Walk = { cursor: lane.cursor, told: 0 };
  if (lane.inFlight) {
    const doubtful = await findSubscriber(db, { id: lane.cursor });
    const course = doubtful?.state === "confirmed" ? await tellOne(on, walk, doubtful, true) : undefined;
    if (course !== undefined) return course;
  }
  for (;;) {
    if (stop()) return rest(on, walk, { kind: "paused" });
    const readers = await confirmedBehind(db, { kinds: kindsOf[lane.road], lane: lane.lane, lanes: lane.lanes }, walk.cursor, delivery.createdAt, batch); // prettier-ignore
    if (readers.length === 0) return rest(on, walk, { kind: "done" });
    const meant = readers.filter((reader) => hears(reader, telling.about, shown));
    const behind = await readersWaiting(db, meant.map(({ id }) => id)); // prettier-ignore
    for (const reader of meant) {
      if (stop()) return rest(on, walk, { kind: "paused" });
      const course = behind.has(reader.id) ? await letWait(on, walk, reader) : await tellOne(on, walk, reader, false);
      if (course !== undefined) return course;
    }
    walk.cursor = Math.max(walk.cursor, readers.at(-1)?.id ?? 0);
  }
}

/** Where a lane is. `told`: how many since it was last written down. */
type Walk = { cursor: number; told: number };

async function rest({ desk, lane }: OnLane, walk: Walk, course: Course): Promise<Course> {
  await restLane(desk.db, lane, walk.told, course.kind === "done");
  walk.told = 0;
  return course;
}

/** Somebody to whom an earlier letter still waits: this one waits behind it. */
async function letWait({ desk, delivery, lane }: OnLane, walk: Walk, reader: Subscriber): Promise<undefined> {
  const now = desk.clock.now();
  await transact(desk, async (tx) => {
    await queueLetter(tx, { subscriber: reader.id, about: "told", delivery: delivery.id, dueAt: now }, now);
    await beginWith(tx, lane, reader.id, walk.told);
    await restLane(tx, lane, 0);
  });
  Object.assign(walk, { cursor: reader.id, told: 0 });
}

/** Written before it is sent. What comes back, if anything, ends the turn of this lane. */
async function tellOne(on: OnLane, walk: Walk, reader: Subscriber, repeated: boolean): Promise<Course | undefined> {
  const { desk, telling, lane, line, signal } = on;
  const before = walk.cursor;
  if (!(await beginWith(desk.db, lane, reader.id, walk.told))) return { kind: "overtaken" };
  Object.assign(walk, { cursor: reader.id, told: 0 });
  fault("fan-out.begun");
  // A process that was stopped meanwhile may have a successor, who tells them too.
  if (desk.held?.() === false) return { kind: "overtaken" };
  const posted = await line.put(reader, putting(telling, reader, repeated), signal);
  fault("fan-out.sent");
  if (posted.kind === "sent") {
    walk.told += 1;
    if (reader.bounces > 0) await forgetBounces(desk.db, reader.id);
    return undefined;
  }
  if (posted.kind === "retry") {
    // It certainly did not arrive; of a repeat, the one before may have.
    if (!repeated) await rewindLane(desk.db, lane, reader.id, before);
    return signal.aborted ? { kind: "paused" } : { kind: "halted", why: posted.because };
  }
  await settleReader(on, reader, posted, repeated);
  return undefined;
}

export function putting(telling: Telling, reader: Subscriber, repeated: boolean): Put {
  return {
    letter: () => telling.letter(reader, repeated),
    hook: () => hookOf(telling, reader, repeated),
  };
}

/** What is one reader's own trouble holds up nobody else. */
async function settleReader(
  { desk, delivery, lane }: OnLane,
  reader: Subscriber,
  posted: Exclude<Posted, { readonly kind: "sent" | "retry" }>,
  repeated: boolean,
): Promise<void> {
  const now = desk.clock.now();
  await transact(desk, async (tx) => {
    if (posted.kind === "later" || posted.kind === "unknown") {
      const possiblyRepeated = repeated || posted.kind === "unknown";
      const wait = posted.kind === "later" ? soonest : backoff(1);
      await queueLetter(tx, { subscriber: reader.id, about: "told", delivery: delivery.id, dueAt: now + wait, possiblyRepeated }, now); // prettier-ignore
    }
    if (posted.kind === "refused") await noteBounce(tx, reader.id, posted.because);
    await restLane(tx, lane, 0);
  });
  if (posted.kind === "reject")
    desk.log.warn(
      { delivery: delivery.id, subscriber: reader.id, reason: posted.because },
      "a subscriber was not told",
    );
}
