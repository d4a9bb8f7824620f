// Letters to one subscriber each: what a form asked for, and what could not be sent in its turn of a message to many.
import type { Selectable } from "kysely";
import type { Reader } from "../db/schema.ts";
import type { LetterTable } from "../db/subscriber-tables.ts";
import type { Instant } from "../lib/clock.ts";

export type QueuedLetter = {
  readonly id: number;
  readonly subscriber: number;
  readonly about: LetterTable["about"];
  readonly delivery?: number;
  readonly attempts: number;
  readonly createdAt: Instant;
  readonly dueAt: Instant;
  readonly possiblyRepeated: boolean;
};

function fromRow(row: Selectable<LetterTable>): QueuedLetter {
  return {
    id: row.id,
    subscriber: row.subscriber,
    about: row.about,
    attempts: row.attempts,
    createdAt: row.created_at,
    dueAt: row.due_at,
    possiblyRepeated: row.possibly_repeated === 1,
    ...(row.delivery === null ? {} : { delivery: row.delivery }),
  };
}

export type NewLetter = {
  readonly subscriber: number;
  readonly about: LetterTable["about"];
  readonly delivery?: number;
  readonly dueAt: Instant;
  readonly possiblyRepeated?: boolean;
};

export async function queueLetter(db: Reader, letter: NewLetter, now: Instant): Promise<void> {
  await db
    .insertInto("letters")
    .values({
      subscriber: letter.subscriber,
      about: letter.about,
      delivery: letter.delivery ?? null,
      attempts: 0,
      created_at: now,
      due_at: letter.dueAt,
      claimed: 0,
      possibly_repeated: letter.possiblyRepeated === true ? 1 : 0,
    })
    .execute();
}

/** What may go now, the first of each reader alone: order is kept. And when the next one may, where none does. */
export async function dueLetters(
  db: Reader,
  now: Instant,
  limit: number,
): Promise<{ readonly due: readonly QueuedLetter[]; readonly next?: Instant }> {
  const rows = await db
    .selectFrom("letters")
    .selectAll()
    .where("claimed", "=", 0)
    .where((is) =>
      is.not(
        is.exists(
          is
            .selectFrom("letters as older")
            .select("older.id")
            .whereRef("older.subscriber", "=", "letters.subscriber")
            .whereRef("older.id", "<", "letters.id"),
        ),
      ),
    )
    .orderBy("due_at")
    .orderBy("id")
    .limit(limit)
    .execute();
  const due = rows.filter((row) => row.due_at <= now).map(fromRow);
  const next = rows.find((row) => row.due_at > now)?.due_at;
  return { due, ...(next === undefined ? {} : { next }) };
}

/** Written before anything is sent: after a crash, nobody knows. */
export async function claimLetter(db: Reader, id: number): Promise<boolean> {
  const claimed = await db
    .updateTable("letters")
    .set((row) => ({ claimed: 1 as const, attempts: row("attempts", "+", 1) }))
    .where("id", "=", id)
    .where("claimed", "=", 0)
    .executeTakeFirst();
  return claimed.numUpdatedRows > 0n;
}

export async function dropLetter(db: Reader, id: number): Promise<void> {
  await db.deleteFrom("letters").where("id", "=", id).execute();
}

export async function delayLetter(db: Reader, id: number, dueAt: Instant, possiblyRepeated: boolean): Promise<void> {
  await db
    .updateTable("letters")
    .set({ claimed: 0, due_at: dueAt, possibly_repeated: possiblyRepeated ? 1 : 0 })
    .where("id", "=", id)
    .execute();
}

/** Whoever takes the engine over: what was in flight may have arrived. */
export async function voidLetterClaims(db: Reader): Promise<void> {
  await db.updateTable("letters").set({ claimed: 0, possibly_repeated: 1 }).where("claimed", "=", 1).execute();
}

/** After a restore: what waited then was said since. */
export async function dropLetters(db: Reader): Promise<void> {
  await db.deleteFrom("letters").execute();
}

/** Which of these have a letter that waits: what comes next to them must wait behind it. */
export async function readersWaiting(db: Reader, subscribers: readonly number[]): Promise<ReadonlySet<number>> {
  if (subscribers.length === 0) return new Set();
  const rows = await db.selectFrom("letters").select("subscriber").where("subscriber", "in", subscribers).execute();
  return new Set(rows.map((row) => row.subscriber));
}
