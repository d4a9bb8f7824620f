// The rows of the record as an archive holds them: read a piece at a time, and written back where they are missing.
import type { Selectable } from "kysely";
import type { Reader, Schema, Tx } from "./schema.ts";

export type StoredTimeline = {
  readonly number: number;
  readonly code: string;
  readonly visibility: string;
  readonly updatedAt: number;
  /** The bodies of its events, oldest first. */
  readonly events: readonly string[];
};

export async function timelinesAfter(db: Reader, after: number, limit: number): Promise<readonly StoredTimeline[]> {
  const rows = await db
    .selectFrom("incidents")
    .select(["number", "code", "visibility", "updated_at"])
    .where("number", ">", after)
    .orderBy("number")
    .limit(limit)
    .execute();
  if (rows.length === 0) return [];
  const numbers = rows.map((row) => row.number);
  const events = await db
    .selectFrom("incident_events")
    .select(["incident", "body"])
    .where("incident", "in", numbers)
    .orderBy("incident")
    .orderBy("n")
    .execute();
  const byNumber = Map.groupBy(events, (event) => event.incident);
  return rows.map(({ number, code, visibility, updated_at: updatedAt }) => {
    const bodies = (byNumber.get(number) ?? []).map((event) => event.body);
    return { number, code, visibility, updatedAt, events: bodies };
  });
}

type StoredWindow = Pick<Selectable<Schema["maintenances"]>, "number" | "body" | "updated_at">;

export async function windowsAfter(db: Reader, after: number, limit: number): Promise<readonly StoredWindow[]> {
  return db
    .selectFrom("maintenances")
    .select(["number", "body", "updated_at"])
    .where("number", ">", after)
    .orderBy("number")
    .limit(limit)
    .execute();
}

export async function changesAfter(
  db: Reader,
  after: number,
  limit: number,
): Promise<readonly Selectable<Schema["changes"]>[]> {
  return db.selectFrom("changes").selectAll().where("id", ">", after).orderBy("id").limit(limit).execute();
}

export async function componentsSeen(db: Reader, offset: number, limit: number) {
  return db.selectFrom("components_seen").selectAll().orderBy("id").limit(limit).offset(offset).execute();
}

export async function importedRows(db: Reader, offset: number, limit: number) {
  return db.selectFrom("imported").selectAll().orderBy("key").limit(limit).offset(offset).execute();
}

export async function redirectRows(db: Reader, offset: number, limit: number) {
  return db.selectFrom("redirects").selectAll().orderBy("path").limit(limit).offset(offset).execute();
}

export async function adoptionRows(db: Reader, offset: number, limit: number) {
  return db.selectFrom("adoptions").selectAll().orderBy("id").limit(limit).offset(offset).execute();
}

/** The id of whatever has that number already. */
export async function idOfNumber(
  tx: Tx,
  table: "incidents" | "maintenances",
  number: number,
): Promise<string | undefined> {
  return (await tx.selectFrom(table).select("id").where("number", "=", number).executeTakeFirst())?.id;
}

/** True when it is new. An archive knows better than a start that only saw the config. */
export async function keepComponentSeen(tx: Tx, row: Selectable<Schema["components_seen"]>): Promise<boolean> {
  const done = await tx
    .insertInto("components_seen")
    .values(row)
    .onConflict((conflict) =>
      conflict
        .column("id")
        .doUpdateSet({ code: row.code, first_seen_at: row.first_seen_at, changed_at: row.changed_at }),
    )
    .executeTakeFirst();
  return (done.numInsertedOrUpdatedRows ?? 0n) > 0n;
}

export async function keepImported(tx: Tx, row: Schema["imported"]): Promise<boolean> {
  const skip = tx.insertInto("imported").values(row).onConflict((conflict) => conflict.column("key").doNothing()); // prettier-ignore
  return ((await skip.executeTakeFirst()).numInsertedOrUpdatedRows ?? 0n) > 0n;
}

export async function keepAdoption(tx: Tx, row: Schema["adoptions"]): Promise<boolean> {
  const skip = tx.insertInto("adoptions").values(row).onConflict((conflict) => conflict.column("id").doNothing()); // prettier-ignore
  return ((await skip.executeTakeFirst()).numInsertedOrUpdatedRows ?? 0n) > 0n;
}

/** Its number is a new one; the same words of the same moment are the same change. */
export async function keepChange(tx: Tx, row: Omit<Selectable<Schema["changes"]>, "id">): Promise<boolean> {
  const known = await tx
    .selectFrom("changes")
    .select("id")
    .where("at", "=", row.at)
    .where("created_at", "=", row.created_at)
    .where("said", "=", row.said)
    .executeTakeFirst();
  if (known !== undefined) return false;
  await tx.insertInto("changes").values(row).execute();
  return true;
}

/** The record is as old as the oldest that it holds. */
export async function ageRecord(tx: Tx, createdAt: number): Promise<boolean> {
  const done = await tx
    .updateTable("record")
    .set({ created_at: createdAt })
    .where("created_at", ">", createdAt)
    .executeTakeFirst();
  return done.numUpdatedRows > 0n;
}
