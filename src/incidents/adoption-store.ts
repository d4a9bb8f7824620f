// Incidents that a watcher opened while the origin was silent, and the numbers that they have now.
import type { Reader, Tx } from "../db/schema.ts";
import type { Instant } from "../lib/clock.ts";

export type Adoption = {
  /** `w-1763805600`, as the mirrors had it. */
  readonly id: string;
  readonly incident: number;
};

/** There are few: one for each time that the origin was gone. */
export async function readAdoptions(db: Reader): Promise<readonly Adoption[]> {
  return db.selectFrom("adoptions").select(["id", "incident"]).orderBy("at").execute();
}

export async function readAdoption(db: Reader, id: string): Promise<Adoption | undefined> {
  return db.selectFrom("adoptions").select(["id", "incident"]).where("id", "=", id).executeTakeFirst();
}

/** In the transaction that opens the incident; a second one with the same id fails. */
export async function insertAdoption(tx: Tx, { id, incident }: Adoption, now: Instant): Promise<void> {
  await tx.insertInto("adoptions").values({ id, incident, at: now }).execute();
}
