// The out-queue in the database. Rows are written in the transaction that caused them.
import { sql, type Selectable } from "kysely";
import type { Db, DeliveryTable, Reader, Tx } from "../db/schema.ts";
import type { Instant } from "../lib/clock.ts";
import { stored } from "../lib/json.ts";
import { oneLine } from "../lib/text.ts";
import type { Delivery, Settlement } from "./delivery.ts";
import type { Message } from "./message.ts";

export type NewMessage = {
  readonly target: string;
  readonly subject: string;
  readonly message: Message;
  /** Said at most once, however often it is asked for: for reminders. */
  readonly once?: string;
  /** Until then it can be taken back. */
  readonly notBefore?: Instant;
};

export type StoredDelivery = Delivery & {
  readonly status: DeliveryTable["status"];
  readonly settledAt?: Instant;
  readonly reason?: string;
};

function fromRow(row: Selectable<DeliveryTable>): StoredDelivery {
  return {
    id: row.id,
    kind: row.kind,
    target: row.target,
    subject: row.subject,
    wish: row.wish,
    status: row.status,
    priority: row.priority,
    attempts: row.attempts,
    createdAt: row.created_at,
    dueAt: row.due_at,
    possiblyRepeated: row.possibly_repeated === 1,
    ...(row.message === null ? {} : { message: stored<Message>(row.message) }),
    ...(row.ref === null ? {} : { ref: row.ref }),
    ...(row.settled_at === null ? {} : { settledAt: row.settled_at }),
    ...(row.reason === null ? {} : { reason: row.reason }),
  };
}

const fresh = {
  wish: 1,
  status: "pending",
  attempts: 0,
  claimed_by: null,
  claimed_wish: null,
  possibly_repeated: 0,
  ref: null,
  settled_at: null,
  reason: null,
} as const;

export async function queueMessages(db: Reader, messages: readonly NewMessage[], now: Instant): Promise<void> {
  if (messages.length === 0) return;
  const rows = messages.map(({ target, subject, message, once, notBefore }) => ({
    ...fresh,
    kind: "channel" as const,
    target,
    subject,
    slot: once === undefined ? null : `${target}/${once}`,
    priority: message.priority,
    message: JSON.stringify(message),
    created_at: now,
    due_at: notBefore ?? now,
  }));
  await db
    .insertInto("deliveries")
    .values(rows)
    .onConflict((conflict) => conflict.column("slot").doNothing())
    .execute();
}

/** How many lines about a subject were queued for this target since. */
export async function countSince(db: Reader, target: string, subject: string, since: Instant): Promise<number> {
  const row = await db
    .selectFrom("deliveries")
    .select((is) => is.fn.countAll<number>().as("count"))
    .where("target", "=", target)
    .where("subject", "=", subject)
    .where("created_at", ">", since)
    .executeTakeFirst();
  return row?.count ?? 0;
}

/** Asks a publisher to make its subject equal to our state. A wish that still waits is simply the newer one. */
export async function wishPublication(db: Reader, target: string, subject: string, now: Instant): Promise<void> {
  await db
    .insertInto("deliveries")
    .values({
      ...fresh,
      kind: "publisher",
      target,
      subject,
      slot: `${target}/${subject}`,
      priority: "news",
      message: null,
      created_at: now,
      due_at: now,
    })
    .onConflict((conflict) =>
      conflict.column("slot").doUpdateSet((row) => ({
        wish: row("deliveries.wish", "+", 1),
        // One in flight is left alone: when it settles, it sees the newer wish and goes again.
        status: row
          .case()
          .when("deliveries.status", "=", "claimed")
          .then(row.val("claimed" as const))
          .else(row.val("pending" as const))
          .end(),
        // One that waits already keeps its time: a peer that asked for patience gets it.
        due_at: row
          .case()
          .when("deliveries.status", "=", "pending")
          .then(row.ref("deliveries.due_at"))
          .else(row.val(now))
          .end(),
        created_at: row
          .case()
          .when("deliveries.status", "in", ["pending", "claimed"])
          .then(row.ref("deliveries.created_at"))
          .else(row.val(now))
          .end(),
        settled_at: null,
      })),
    )
    .execute();
}

/**
 * Pending deliveries of these targets, oldest first. When there are more than `limit`: those of lines that may go now,
 * urgent ones first. A long line that is held back never hides what stands behind it.
 */
export async function waitingDeliveries(
  db: Reader,
  targets: readonly string[],
  now: Instant,
  limit = 500,
): Promise<readonly Delivery[]> {
  const line = sql`partition by target, subject`;
  const rows = await db
    .selectFrom(
      db
        .selectFrom("deliveries")
        .selectAll()
        .select([
          sql<number>`first_value(due_at) over (${line} order by id)`.as("head_due"),
          sql<number>`min(case when priority = 'page' then 0 else 1 end) over (${line})`.as("urgency"),
        ])
        .where("target", "in", targets)
        .where("status", "in", [sql.lit("pending" as const), sql.lit("claimed" as const)])
        .where("status", "=", sql.lit("pending" as const))
        .as("waiting"),
    )
    .selectAll()
    .orderBy((is) => is.case().when("head_due", "<=", now).then(is.lit(0)).else(is.ref("head_due")).end())
    .orderBy("urgency")
    .orderBy("id")
    .limit(limit)
    .execute();
  return rows.toSorted((a, b) => a.id - b.id).map(fromRow);
}

/**
 * False when it is no longer there to be claimed. Older rows that it speaks for are dropped in the same breath.
 * `fence` throws, in the transaction, when `owner` may no longer claim.
 */
export async function claimDelivery(
  db: Db,
  delivery: Delivery,
  collapsed: readonly Delivery[],
  owner: string,
  now: Instant,
  fence?: (tx: Tx) => Promise<void>,
): Promise<boolean> {
  return db.transaction().execute(async (tx) => {
    await fence?.(tx);
    const claimed = await tx
      .updateTable("deliveries")
      .set((row) => ({
        status: "claimed" as const,
        claimed_by: owner,
        claimed_wish: row.ref("wish"),
        attempts: row("attempts", "+", 1),
        possibly_repeated: delivery.possiblyRepeated ? (1 as const) : (0 as const),
        ...(collapsed.length === 0 ? {} : { message: JSON.stringify(delivery.message), priority: delivery.priority }),
      }))
      .where("id", "=", delivery.id)
      .where("status", "=", "pending")
      .executeTakeFirst();
    if (claimed.numUpdatedRows === 0n) return false;
    const ids = collapsed.map((row) => row.id);
    if (ids.length > 0) {
      const reason = `told in one line with delivery ${delivery.id}`;
      await tx
        .updateTable("deliveries")
        .set({ status: "dropped", reason, settled_at: now })
        .where("id", "in", ids)
        .where("status", "=", "pending")
        .execute();
    }
    return true;
  });
}

/** Writes what became of a claimed delivery. A publication that was wished anew meanwhile goes again at once. */
export async function settleDelivery(
  db: Reader,
  delivery: Delivery,
  settlement: Settlement,
  owner: string,
  now: Instant,
): Promise<void> {
  const again = settlement.status === "pending";
  await db
    .updateTable("deliveries")
    .set((row) => ({
      status: row
        .case()
        .when("wish", ">", row.ref("claimed_wish"))
        .then(row.val("pending" as const))
        .else(row.val(settlement.status))
        .end(),
      claimed_by: null,
      due_at: settlement.dueAt,
      possibly_repeated: settlement.possiblyRepeated ? (1 as const) : (0 as const),
      settled_at: again
        ? null
        : // PostgreSQL takes a parameter beside a NULL for text.
          row
            .case()
            .when("wish", ">", row.ref("claimed_wish"))
            .then(row.lit(null))
            .else(row.cast<number>(row.val(now), "bigint"))
            .end(),
      reason: settlement.reason === undefined ? null : oneLine(settlement.reason, 2_000),
      ...(settlement.status === "sent" && delivery.kind === "publisher" ? { attempts: 0 } : {}),
      ...(settlement.ref === undefined ? {} : { ref: settlement.ref }),
    }))
    .where("id", "=", delivery.id)
    .where("status", "=", "claimed")
    .where("claimed_by", "=", owner)
    .execute();
}

/**
 * Whoever takes the engine over, while no loop runs, voids the claims of whoever had it: what was in flight is unknown
 * and goes again, marked. Publications need no mark: they are made equal, not said. `only`: what one owner claimed of
 * these targets, for a claim of which it does not know whether it was written.
 */
export async function voidClaims(
  db: Reader,
  only?: { readonly owner: string; readonly targets: readonly string[] },
): Promise<number> {
  let query = db
    .updateTable("deliveries")
    .set((row) => ({
      status: "pending" as const,
      claimed_by: null,
      possibly_repeated: row.case().when("kind", "=", "channel").then(row.lit(1)).else(row.lit(0)).end(),
      reason: "in flight when Tocsin stopped",
    }))
    .where("status", "=", "claimed");
  if (only !== undefined) query = query.where("claimed_by", "=", only.owner).where("target", "in", only.targets);
  return Number((await query.executeTakeFirst()).numUpdatedRows);
}

/**
 * After a restore: what waited then was said since, or is news no more. Publications wait on, unclaimed: they are made
 * equal. Returns how many messages died.
 */
export async function giveUpMessages(db: Reader, reason: string, now: Instant): Promise<number> {
  const open = ["pending", "claimed"] as const;
  const dead = await db
    .updateTable("deliveries")
    .set({ status: "dead", reason, settled_at: now, claimed_by: null })
    .where("kind", "=", "channel")
    .where("status", "in", open)
    .executeTakeFirst();
  await voidClaims(db);
  return Number(dead.numUpdatedRows);
}

/** Takes one back that still waits. False when it does not: it is in flight, or settled. */
export async function giveUpOn(db: Reader, id: number, reason: string, now: Instant): Promise<boolean> {
  const given = await db
    .updateTable("deliveries")
    .set({ status: "dead", reason, settled_at: now })
    .where("id", "=", id)
    .where("status", "=", "pending")
    .executeTakeFirst();
  return given.numUpdatedRows > 0n;
}

export async function readDelivery(db: Reader, id: number): Promise<StoredDelivery | undefined> {
  const row = await db.selectFrom("deliveries").selectAll().where("id", "=", id).executeTakeFirst();
  return row === undefined ? undefined : fromRow(row);
}

/** Newest first. */
export async function listDeliveries(
  db: Reader,
  which: {
    readonly subject?: string;
    readonly target?: string;
    readonly status?: readonly DeliveryTable["status"][];
    /** Only older ones than this. */
    readonly below?: number;
    readonly limit: number;
  },
): Promise<readonly StoredDelivery[]> {
  let query = db.selectFrom("deliveries").selectAll().orderBy("id", "desc").limit(which.limit);
  if (which.subject !== undefined) query = query.where("subject", "=", which.subject);
  if (which.target !== undefined) query = query.where("target", "=", which.target);
  if (which.below !== undefined) query = query.where("id", "<", which.below);
  if (which.status !== undefined) {
    if (which.status.length === 0) return [];
    query = query.where("status", "in", which.status);
  }
  return (await query.execute()).map(fromRow);
}

const pruneStep = 500;

/**
 * Deletes messages that were settled before `before`, a few rows at a time from the oldest on; `next` is where to go on.
 * Kept: what is not settled, all about `subjects`, and the first line that each target was told of a subject: it proves
 * that they were. A publication's one row is what the target holds, and stays.
 */
export async function pruneDeliveries(
  db: Reader,
  before: Instant,
  after: number,
  subjects: readonly string[],
): Promise<{ readonly deleted: number; readonly next?: number }> {
  const rows = await db
    .selectFrom("deliveries")
    .select(["id", "created_at"])
    .where("id", ">", after)
    .orderBy("id")
    .limit(pruneStep)
    .execute();
  const last = rows.at(-1);
  if (last === undefined || rows.every((row) => row.created_at >= before)) return { deleted: 0 };
  let query = db
    .deleteFrom("deliveries")
    .where("id", ">", after)
    .where("id", "<=", last.id)
    .where("kind", "=", "channel")
    .where("status", "in", ["sent", "dropped", "dead"])
    .where("settled_at", "<", before)
    .where((is) =>
      is.or([
        is("status", "!=", "sent"),
        is.exists(
          is
            .selectFrom("deliveries as earlier")
            .select("earlier.id")
            .whereRef("earlier.subject", "=", "deliveries.subject")
            .whereRef("earlier.target", "=", "deliveries.target")
            .where("earlier.status", "=", "sent")
            .whereRef("earlier.id", "<", "deliveries.id"),
        ),
      ]),
    );
  if (subjects.length > 0) query = query.where("subject", "not in", subjects);
  const { numDeletedRows } = await query.executeTakeFirst();
  return { deleted: Number(numDeletedRows), ...(rows.length < pruneStep ? {} : { next: last.id }) };
}
