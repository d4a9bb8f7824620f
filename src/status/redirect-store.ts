// Where the pages of a past that was brought in could be read before.
import type { Reader } from "../db/schema.ts";

export type Redirect = {
  readonly path: string;
  readonly kind: "incident" | "maintenance";
  readonly number: number;
};

export async function redirectFrom(db: Reader, path: string): Promise<Redirect | undefined> {
  return db.selectFrom("redirects").selectAll().where("path", "=", path).executeTakeFirst();
}

export async function listRedirects(db: Reader): Promise<readonly Redirect[]> {
  return db.selectFrom("redirects").selectAll().orderBy("path").execute();
}

/** True when it is new; a path that leads somewhere already stays as it is. */
export async function addRedirect(db: Reader, redirect: Redirect): Promise<boolean> {
  const added = await db
    .insertInto("redirects")
    .values(redirect)
    .onConflict((conflict) => conflict.column("path").doNothing())
    .executeTakeFirst();
  return (added.numInsertedOrUpdatedRows ?? 0n) > 0n;
}
