// How far a message to many has come: one row for each connection that it goes over, none for each recipient (ADR 0035).
import type { Reader } from "../db/schema.ts";
import type { SubscriberKind } from "./subscriber.ts";

/** Addresses of mail go over connections to one server, each on its own; webhooks each to their own host. */
export type Road = "mail" | "hooks";

export const kindsOf: Readonly<Record<Road, readonly SubscriberKind[]>> = {
  mail: ["email"],
  hooks: ["webhook", "slack", "discord"],
};

export type Lane = {
  readonly delivery: number;
  readonly road: Road;
  readonly lane: number;
  readonly lanes: number;
  readonly cursor: number;
  readonly inFlight: boolean;
  readonly done: boolean;
};

/** The lanes of a message, made at its first try; a later one goes on with those, whatever the config says by then. */
export async function openLanes(db: Reader, delivery: number, road: Road, lanes: number): Promise<readonly Lane[]> {
  const known = await lanesOf(db, delivery, road);
  if (known.length > 0) return known;
  const rows = Array.from({ length: lanes }, (_, lane) => ({ delivery, kind: road, lane, lanes, cursor: 0, told: 0 }));
  await db
    .insertInto("fan_outs")
    .values(rows.map((row) => ({ ...row, in_flight: 0 as const, done: 0 as const })))
    .onConflict((conflict) => conflict.columns(["delivery", "kind", "lane"]).doNothing())
    .execute();
  return lanesOf(db, delivery, road);
}

async function lanesOf(db: Reader, delivery: number, road: Road): Promise<readonly Lane[]> {
  const rows = await db
    .selectFrom("fan_outs")
    .selectAll()
    .where("delivery", "=", delivery)
    .where("kind", "=", road)
    .orderBy("lane")
    .execute();
  return rows.map((row) => ({
    delivery,
    road,
    lane: row.lane,
    lanes: row.lanes,
    cursor: row.cursor,
    inFlight: row.in_flight === 1,
    done: row.done === 1,
  }));
}

type Place = Pick<Lane, "delivery" | "road" | "lane">;

const at = (db: Reader, { delivery, road, lane }: Place) =>
  db.updateTable("fan_outs").where("delivery", "=", delivery).where("kind", "=", road).where("lane", "=", lane);

/**
 * Before this one is sent: from here on, a crash leaves open whether they were told. The one before was. False when
 * another process has gone further: a lane only ever goes on.
 */
export async function beginWith(db: Reader, place: Place, subscriber: number, before: number): Promise<boolean> {
  const done = await at(db, place)
    .set((row) => ({ cursor: subscriber, in_flight: 1 as const, told: row("told", "+", before) }))
    .where("cursor", "<=", subscriber)
    .where("done", "=", 0)
    .executeTakeFirst();
  return done.numUpdatedRows > 0n;
}

/** What became of the last one is known, and is written elsewhere where it must be. */
export async function restLane(db: Reader, place: Place, before: number, done = false): Promise<void> {
  await at(db, place)
    .set((row) => ({ in_flight: 0 as const, done: done ? (1 as const) : (0 as const), told: row("told", "+", before) }))
    .execute();
}

/** The one at `from` certainly got nothing: the lane goes on with it. */
export async function rewindLane(db: Reader, place: Place, from: number, to: number): Promise<void> {
  await at(db, place).set({ in_flight: 0, cursor: to }).where("cursor", "=", from).execute();
}

/** How many it has reached. */
export async function toldBy(db: Reader, delivery: number): Promise<number> {
  const row = await db
    .selectFrom("fan_outs")
    .select((is) => is.fn.sum<number | string | null>("told").as("told"))
    .where("delivery", "=", delivery)
    .executeTakeFirst();
  return Number(row?.told ?? 0);
}

/** Goes with the row of the queue. */
export async function pruneFanOuts(db: Reader): Promise<number> {
  const { numDeletedRows } = await db
    .deleteFrom("fan_outs")
    .where((is) => is.not(is.exists(is.selectFrom("deliveries").select("id").whereRef("id", "=", "fan_outs.delivery"))))
    .executeTakeFirst();
  return Number(numDeletedRows);
}
