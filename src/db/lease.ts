// Who runs the engine. On PostgreSQL a lease of 30 s, renewed every 10; the holder fences itself after 20 by its own monotonic clock.
import { second, type Instant } from "../lib/clock.ts";
import type { Reader, Tx } from "./schema.ts";

export type LeaseTimes = {
  /** From one renewal on, nobody else may begin for so long. */
  readonly ttl: number;
  readonly renewal: number;
  /** The holder stops by itself this long after the last renewal it knows of, before anybody else may start. */
  readonly fence: number;
};

export function leaseTimes(ttl: number): LeaseTimes {
  return { ttl, renewal: ttl / 3, fence: (ttl * 2) / 3 };
}

export const usualLease = leaseTimes(30 * second);

/**
 * Takes the lease; false when another owner holds it. An owner is one term of one process, never used again, so that
 * it fences what an earlier term left behind. `force`: on SQLite, whose file lock made us the only one.
 */
export async function takeLease(
  db: Reader,
  name: string,
  owner: string,
  now: Instant,
  { ttl, force = false }: { readonly ttl: number; readonly force?: boolean },
): Promise<boolean> {
  const until = now + ttl;
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
    .where((is) =>
      force
        ? is.lit(true)
        : // One that ends so late was written by a clock that was wrong; it would keep everybody out for that long.
          is.or([is("owner", "=", owner), is("until", "<=", now), is("until", ">", now + 3 * ttl)]),
    )
    .executeTakeFirst();
  return taken.numUpdatedRows > 0n;
}

/** False when it is no longer ours, even where nobody holds it now: somebody had it in between. */
export async function renewLease(db: Reader, name: string, owner: string, until: Instant): Promise<boolean> {
  const renewed = await db
    .updateTable("leases")
    .set({ until })
    .where("name", "=", name)
    .where("owner", "=", owner)
    .executeTakeFirst();
  return renewed.numUpdatedRows > 0n;
}

/**
 * Whether the lease is still this owner's, in the transaction that depends on it. `lock`: nobody takes it over before
 * the transaction ends; SQLite has one writer anyway.
 */
export async function holdsLease(tx: Tx, name: string, owner: string, lock: boolean): Promise<boolean> {
  const mine = tx.selectFrom("leases").select("owner").where("name", "=", name).where("owner", "=", owner);
  return (await (lock ? mine.forShare() : mine).executeTakeFirst()) !== undefined;
}

export async function dropLease(db: Reader, name: string, owner: string): Promise<void> {
  await db.deleteFrom("leases").where("name", "=", name).where("owner", "=", owner).execute();
}

/** After a restore: nobody holds what was held when the copy was made. */
export async function voidLeases(db: Reader): Promise<void> {
  await db.deleteFrom("leases").execute();
}
