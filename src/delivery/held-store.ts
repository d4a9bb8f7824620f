// Messages that wait in the undo window: they can still be taken back, or said in other words.
import type { Reader } from "../db/schema.ts";
import type { Instant } from "../lib/clock.ts";
import { stored } from "../lib/json.ts";
import type { Message } from "./message.ts";

export type HeldMessage = {
  readonly id: number;
  readonly target: string;
  readonly message: Message;
  /** Until then. */
  readonly dueAt: Instant;
};

/** Of this subject, what nobody has begun to send, the oldest first. Only what was queued for later waits without a try. */
export async function heldMessages(db: Reader, subject: string, now: Instant): Promise<readonly HeldMessage[]> {
  const rows = await db
    .selectFrom("deliveries")
    .select(["id", "target", "message", "due_at"])
    .where("subject", "=", subject)
    .where("kind", "=", "channel")
    .where("status", "=", "pending")
    .where("attempts", "=", 0)
    .where("due_at", ">", now)
    .orderBy("id")
    .execute();
  return rows.flatMap(({ id, target, message, due_at: dueAt }) =>
    message === null ? [] : [{ id, target, message: stored<Message>(message), dueAt }],
  );
}

/** Takes them back. Fewer than were asked for: some have begun to go meanwhile. */
export async function takeBack(db: Reader, ids: readonly number[], because: string, now: Instant): Promise<number> {
  if (ids.length === 0) return 0;
  const done = await db
    .updateTable("deliveries")
    .set({ status: "dropped", reason: because, settled_at: now })
    .where("id", "in", ids)
    .where("status", "=", "pending")
    .where("attempts", "=", 0)
    .executeTakeFirst();
  return Number(done.numUpdatedRows);
}
