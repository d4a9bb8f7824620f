// Subscribers in the database. Addresses are personal: nothing here writes one into a log.
import type { Selectable } from "kysely";
import type { Reader } from "../db/schema.ts";
import type { SubscriberTable } from "../db/subscriber-tables.ts";
import type { Instant } from "../lib/clock.ts";
import { stored } from "../lib/json.ts";
import {
  leasts,
  mostBounces,
  subscriberKinds,
  type Subscriber,
  type SubscriberKind,
  type Wants,
} from "./subscriber.ts";

function fromRow(row: Selectable<SubscriberTable>): Subscriber {
  return {
    id: row.id,
    kind: subscriberKinds.find((kind) => kind === row.kind) ?? "email",
    address: row.address,
    state: row.state,
    components: stored<Wants["components"]>(row.components),
    least: leasts.find((least) => least === row.least) ?? "maintenance",
    salt: row.salt,
    createdAt: row.created_at,
    askedAt: row.asked_at,
    asked: row.asked,
    bounces: row.bounces,
    ...(row.confirmed_at === null ? {} : { confirmedAt: row.confirmed_at }),
    ...(row.reason === null ? {} : { reason: row.reason }),
  };
}

export type NewSubscriber = Wants & {
  readonly kind: SubscriberKind;
  readonly address: string;
  readonly salt: string;
};

/** False when somebody has that address already. */
export async function insertSubscriber(
  db: Reader,
  { kind, address, salt, components, least }: NewSubscriber,
  now: Instant,
): Promise<boolean> {
  const row = {
    kind,
    address,
    salt,
    state: "unconfirmed" as const,
    components: JSON.stringify(components),
    least,
    confirm_hash: null,
    created_at: now,
    confirmed_at: null,
    asked_at: now,
    asked: 1,
    bounces: 0,
    reason: null,
  };
  const done = await db
    .insertInto("subscribers")
    .values(row)
    .onConflict((conflict) => conflict.columns(["kind", "address"]).doNothing())
    .executeTakeFirst();
  return (done.numInsertedOrUpdatedRows ?? 0n) > 0n;
}

export async function findSubscriber(
  db: Reader,
  which:
    | { readonly id: number }
    | { readonly kind: SubscriberKind; readonly address: string }
    | { readonly salt: string }
    | { readonly confirmHash: string },
): Promise<Subscriber | undefined> {
  const all = db.selectFrom("subscribers").selectAll();
  const query =
    "id" in which
      ? all.where("id", "=", which.id)
      : "kind" in which
        ? all.where("kind", "=", which.kind).where("address", "=", which.address)
        : "salt" in which
          ? all.where("salt", "=", which.salt)
          : all.where("confirm_hash", "=", which.confirmHash);
  const row = await query.executeTakeFirst();
  return row === undefined ? undefined : fromRow(row);
}

/** A form asked for a letter. What they want is taken over only while nobody has confirmed. */
export async function noteAsked(
  db: Reader,
  id: number,
  asked: number,
  wants: Wants | undefined,
  now: Instant,
): Promise<void> {
  await db
    .updateTable("subscribers")
    .set({
      asked_at: now,
      asked,
      ...(wants === undefined ? {} : { components: JSON.stringify(wants.components), least: wants.least }),
    })
    .where("id", "=", id)
    .execute();
}

export async function setConfirmHash(db: Reader, id: number, hash: string): Promise<void> {
  await db.updateTable("subscribers").set({ confirm_hash: hash }).where("id", "=", id).execute();
}

/** Once: the link that confirmed is used up. */
export async function confirmSubscriber(db: Reader, id: number, now: Instant): Promise<void> {
  await db
    .updateTable("subscribers")
    .set({ state: "confirmed", confirmed_at: now, confirm_hash: null, asked: 0, bounces: 0, reason: null })
    .where("id", "=", id)
    .execute();
}

export async function setWants(db: Reader, id: number, { components, least }: Wants): Promise<void> {
  await db
    .updateTable("subscribers")
    .set({ components: JSON.stringify(components), least })
    .where("id", "=", id)
    .execute();
}

/** Nothing of them is kept. */
export async function eraseSubscriber(db: Reader, id: number): Promise<void> {
  await db.deleteFrom("letters").where("subscriber", "=", id).execute();
  await db.deleteFrom("subscribers").where("id", "=", id).execute();
}

/** Their server refused a message for good, or took one. Too many in a row: nothing more is sent there. */
export async function noteBounce(db: Reader, id: number, reason: string): Promise<void> {
  await db
    .updateTable("subscribers")
    .set((row) => ({
      bounces: row("bounces", "+", 1),
      reason,
      state: row
        .case()
        .when("bounces", ">=", mostBounces - 1)
        .then(row.val("suspended" as const))
        .else(row.ref("state"))
        .end(),
    }))
    .where("id", "=", id)
    .execute();
}

export async function forgetBounces(db: Reader, id: number): Promise<void> {
  await db
    .updateTable("subscribers")
    .set({ bounces: 0, reason: null })
    .where("id", "=", id)
    .where("state", "=", "confirmed")
    .execute();
}

/** Those of one connection, behind `cursor`: each `lanes`th. Only who had confirmed when it was said. */
export async function confirmedBehind(
  db: Reader,
  which: { readonly kinds: readonly SubscriberKind[]; readonly lane: number; readonly lanes: number },
  cursor: number,
  saidAt: Instant,
  limit: number,
): Promise<readonly Subscriber[]> {
  const rows = await db
    .selectFrom("subscribers")
    .selectAll()
    .where("kind", "in", which.kinds)
    .where("state", "=", "confirmed")
    .where("confirmed_at", "<=", saidAt)
    .where("id", ">", cursor)
    .where((is) => is(is("id", "%", which.lanes), "=", which.lane))
    .orderBy("id")
    .limit(limit)
    .execute();
  return rows.map(fromRow);
}

/** Newest first. */
export async function listSubscribers(
  db: Reader,
  which: {
    readonly address?: string;
    readonly state?: Subscriber["state"];
    readonly below?: number;
    readonly limit: number;
  },
): Promise<readonly Subscriber[]> {
  let query = db.selectFrom("subscribers").selectAll().orderBy("id", "desc").limit(which.limit);
  if (which.address !== undefined) query = query.where("address", "=", which.address);
  if (which.state !== undefined) query = query.where("state", "=", which.state);
  if (which.below !== undefined) query = query.where("id", "<", which.below);
  return (await query.execute()).map(fromRow);
}

export type SubscriberCounts = Readonly<Record<Subscriber["state"], number>>;

export async function countSubscribers(db: Reader): Promise<SubscriberCounts> {
  const rows = await db
    .selectFrom("subscribers")
    .select(["state", (is) => is.fn.countAll<number>().as("count")])
    .groupBy("state")
    .execute();
  const of = (state: Subscriber["state"]): number => rows.find((row) => row.state === state)?.count ?? 0;
  return { unconfirmed: of("unconfirmed"), confirmed: of("confirmed"), suspended: of("suspended") };
}

/** What they want, by kind, without addresses: for a count of who would be told. */
export async function wantsOfAll(
  db: Reader,
): Promise<readonly (Wants & { readonly kind: SubscriberKind; readonly count: number })[]> {
  const rows = await db
    .selectFrom("subscribers")
    .select(["kind", "components", "least", (is) => is.fn.countAll<number>().as("count")])
    .where("state", "=", "confirmed")
    .groupBy(["kind", "components", "least"])
    .execute();
  return rows.map((row) => ({
    kind: subscriberKinds.find((kind) => kind === row.kind) ?? "email",
    components: stored<Wants["components"]>(row.components),
    least: leasts.find((least) => least === row.least) ?? "maintenance",
    count: row.count,
  }));
}

export async function anyConfirmed(db: Reader): Promise<boolean> {
  const row = await db
    .selectFrom("subscribers")
    .select("id")
    .where("state", "=", "confirmed")
    .limit(1)
    .executeTakeFirst();
  return row !== undefined;
}

/** Whoever never confirmed is forgotten. */
export async function pruneUnconfirmed(db: Reader, before: Instant): Promise<number> {
  const old = db
    .selectFrom("subscribers")
    .select("id")
    .where("state", "=", "unconfirmed")
    .where("asked_at", "<", before);
  await db.deleteFrom("letters").where("subscriber", "in", old).execute();
  const { numDeletedRows } = await db
    .deleteFrom("subscribers")
    .where("state", "=", "unconfirmed")
    .where("asked_at", "<", before)
    .executeTakeFirst();
  return Number(numDeletedRows);
}
