// What was answered under an Idempotency-Key, for as long as the same request may come again.
import type { Instant } from "../lib/clock.ts";
import type { Reader, Tx } from "./schema.ts";

export type Slot = { readonly caller: string; readonly key: string };

export type KeptAnswer = { readonly request: string; readonly answer: string };

/** Answers older than `before` are forgotten. */
export async function forgetAnswers(tx: Tx, before: Instant): Promise<void> {
  await tx.deleteFrom("answers").where("at", "<", before).execute();
}

export async function readAnswer(db: Reader, { caller, key }: Slot): Promise<KeptAnswer | undefined> {
  const row = await db
    .selectFrom("answers")
    .select(["request", "answer"])
    .where("caller", "=", caller)
    .where("key", "=", key)
    .executeTakeFirst();
  return row === undefined || row.answer === null ? undefined : { request: row.request, answer: row.answer };
}

/** Takes the slot for this transaction. On PostgreSQL a second taker waits here, and fails on the unique key when we are done. */
export async function takeSlot(tx: Tx, slot: Slot, request: string, now: Instant): Promise<void> {
  await tx
    .insertInto("answers")
    .values({ ...slot, request, answer: null, at: now })
    .execute();
}

export async function keepAnswer(tx: Tx, { caller, key }: Slot, answer: string): Promise<void> {
  await tx.updateTable("answers").set({ answer }).where("caller", "=", caller).where("key", "=", key).execute();
}
