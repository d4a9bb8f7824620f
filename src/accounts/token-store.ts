// Tokens in the database: of the secret only its hash.
import type { Selectable } from "kysely";
import type { PersonId } from "../config/names.ts";
import type { Reader, TokenTable } from "../db/schema.ts";
import { minute, type Instant } from "../lib/clock.ts";
import { brand } from "../lib/ids.ts";
import { stored } from "../lib/json.ts";
import type { Actor } from "./actor.ts";
import type { Scope, Token } from "./token.ts";

export type HashedToken = { readonly token: Token; readonly hash: string };

function fromRow(row: Selectable<TokenTable>): HashedToken {
  const token: Token = {
    name: row.name,
    scopes: stored<readonly Scope[]>(row.scopes),
    createdBy: stored<Actor>(row.created_by),
    createdAt: row.created_at,
    ...(row.person === null ? {} : { person: brand<PersonId>(row.person) }),
    ...(row.expires_at === null ? {} : { expiresAt: row.expires_at }),
    ...(row.last_used_at === null ? {} : { lastUsedAt: row.last_used_at }),
    ...(row.revoked_at === null ? {} : { revokedAt: row.revoked_at }),
  };
  return { token, hash: row.hash };
}

/** False when the name is taken, by a revoked one too: nothing was written. */
export async function insertToken(db: Reader, token: Token, hash: string): Promise<boolean> {
  const done = await db
    .insertInto("tokens")
    .values({
      name: token.name,
      hash,
      scopes: JSON.stringify(token.scopes),
      person: token.person ?? null,
      created_by: JSON.stringify(token.createdBy),
      created_at: token.createdAt,
      expires_at: token.expiresAt ?? null,
      last_used_at: null,
      revoked_at: null,
    })
    .onConflict((conflict) => conflict.column("name").doNothing())
    .executeTakeFirst();
  return done.numInsertedOrUpdatedRows === 1n;
}

export async function readToken(db: Reader, name: string): Promise<HashedToken | undefined> {
  const row = await db.selectFrom("tokens").selectAll().where("name", "=", name).executeTakeFirst();
  return row === undefined ? undefined : fromRow(row);
}

/** By name. */
export async function listTokens(
  db: Reader,
  which: { readonly above?: string; readonly limit: number },
): Promise<readonly Token[]> {
  let query = db.selectFrom("tokens").selectAll().orderBy("name").limit(which.limit);
  if (which.above !== undefined) query = query.where("name", ">", which.above);
  return (await query.execute()).map((row) => fromRow(row).token);
}

/** Once revoked stays revoked, at its first time. */
export async function revokeToken(db: Reader, name: string, now: Instant): Promise<void> {
  await db
    .updateTable("tokens")
    .set({ revoked_at: now })
    .where("name", "=", name)
    .where("revoked_at", "is", null)
    .execute();
}

/** At most one write a minute, however often it is used. */
export async function noteUse(db: Reader, { name, lastUsedAt }: Token, now: Instant): Promise<void> {
  if (lastUsedAt !== undefined && now - lastUsedAt < minute) return;
  await db
    .updateTable("tokens")
    .set({ last_used_at: now })
    .where("name", "=", name)
    .where((is) => is.or([is("last_used_at", "is", null), is("last_used_at", "<=", now - minute)]))
    .execute();
}
