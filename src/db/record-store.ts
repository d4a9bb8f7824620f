// The sequence of the public record: one counter that every surface is compared with.
import { randomBytes } from "node:crypto";
import { second, type Instant } from "../lib/clock.ts";
import type { Sequence } from "../lib/sequence.ts";
import type { Reader } from "./schema.ts";

export type PublicRecord = Sequence & {
  readonly changedAt: Instant;
  readonly secret: string;
  readonly createdAt: Instant;
};

/**
 * Made once, at the first start. The epoch is its moment, in seconds: a fresh database beside an old mirror is newer than
 * whatever the mirror holds.
 */
export async function ensureRecord(db: Reader, now: Instant): Promise<void> {
  const epoch = Math.floor(now / second);
  await db
    .insertInto("record")
    .values({ id: 1, epoch, seq: 1, changed_at: now, secret: randomBytes(32).toString("hex"), created_at: now })
    .onConflict((conflict) => conflict.column("id").doNothing())
    .execute();
}

export async function readRecord(db: Reader): Promise<PublicRecord> {
  const row = await db.selectFrom("record").selectAll().where("id", "=", 1).executeTakeFirstOrThrow();
  return { epoch: row.epoch, seq: row.seq, changedAt: row.changed_at, secret: row.secret, createdAt: row.created_at };
}

/** In the transaction that changes what the public may know. */
export async function bumpSequence(db: Reader, now: Instant): Promise<void> {
  await db
    .updateTable("record")
    .set((row) => ({ seq: row("seq", "+", 1), changed_at: now }))
    .where("id", "=", 1)
    .execute();
}

/** After a restore: newer than whatever a mirror may hold of the record that is gone. `least`: newer than this too. */
export async function beginEpoch(db: Reader, now: Instant, least = 0): Promise<number> {
  const { epoch } = await readRecord(db);
  const next = Math.max(epoch + 1, least + 1, Math.floor(now / second));
  await db.updateTable("record").set({ epoch: next, changed_at: now }).where("id", "=", 1).execute();
  return next;
}
