// Who runs the engine. On PostgreSQL a lease of 30 s, renewed every 10; the holder fences itself after 20 by its own monotonic clock.
import { second, type Instant } from "../lib/clock.ts";
import type { Reader } from "./schema.ts";

export const leaseTtl = 30 * second;
export const leaseRenewal = 10 * second;
/** The holder stops by itself this long after the last renewal it knows of, before anybody else may start. */
export const leaseFence = 20 * second;

/** Takes or renews the lease; false when another owner holds it. `force`: on SQLite, whose file lock made us the only owner. */
export async function takeLease(
  db: Reader,
  name: string,
  owner: string,
  now: Instant,
  force = false,
): Promise<boolean> {
  const until = now + leaseTtl;
  const inserted = await db
    .insertInto("leases")
    .values({ name, owner, until })
    .onConflict((conflict) => conflict.column("name").doNothing())
    .executeTakeFirst();
  if ((inserted.numInsertedOrUpdatedRows ?? 0n) > 0n) return true;
  const taken = await db
    .updateTable("leases")
    .set({ owner, until })
    .where("name", "=", name)
    .where((is) => (force ? is.lit(true) : is.or([is("owner", "=", owner), is("until", "<=", now)])))
    .executeTakeFirst();
  return taken.numUpdatedRows > 0n;
}

export async function dropLease(db: Reader, name: string, owner: string): Promise<void> {
  await db.deleteFrom("leases").where("name", "=", name).where("owner", "=", owner).execute();
}
