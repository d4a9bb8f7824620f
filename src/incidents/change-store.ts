// Recorded changes in the database.
import type { Selectable } from "kysely";
import type { Actor } from "../accounts/actor.ts";
import type { ComponentId } from "../config/names.ts";
import type { Reader, Schema } from "../db/schema.ts";
import { brand } from "../lib/ids.ts";
import type { Instant } from "../lib/clock.ts";
import { stored } from "../lib/json.ts";
import type { Change, NewChange } from "./change.ts";

function fromRow(row: Selectable<Schema["changes"]>): Change {
  return {
    number: row.id,
    at: row.at,
    text: row.said,
    ...(row.component === null ? {} : { component: brand<ComponentId>(row.component) }),
    ...(row.link === null ? {} : { link: row.link }),
    by: stored<Actor>(row.actor),
  };
}

export async function insertChange(db: Reader, change: NewChange, now: Instant): Promise<Change> {
  const row = await db
    .insertInto("changes")
    .values({
      at: change.at,
      said: change.text,
      component: change.component ?? null,
      link: change.link ?? null,
      actor: JSON.stringify(change.by),
      created_at: now,
    })
    .returningAll()
    .executeTakeFirstOrThrow();
  return fromRow(row);
}

/** Made from `from` to `to`, both included; of very many the newest. */
export async function changesBetween(db: Reader, from: Instant, to: Instant): Promise<readonly Change[]> {
  const rows = await db
    .selectFrom("changes")
    .selectAll()
    .where("at", ">=", from)
    .where("at", "<=", to)
    .orderBy("at", "desc")
    .orderBy("id", "desc")
    .limit(100)
    .execute();
  return rows.map(fromRow);
}

/** Newest first; `below` is the last one of the page before. */
export async function listChanges(
  db: Reader,
  which: {
    readonly limit: number;
    readonly component?: ComponentId;
    readonly below?: { readonly at: Instant; readonly number: number };
  },
): Promise<readonly Change[]> {
  const { below, component } = which;
  let query = db.selectFrom("changes").selectAll().orderBy("at", "desc").orderBy("id", "desc").limit(which.limit);
  if (component !== undefined) query = query.where("component", "=", component);
  if (below !== undefined)
    query = query.where((is) =>
      is.or([is("at", "<", below.at), is.and([is("at", "=", below.at), is("id", "<", below.number)])]),
    );
  return (await query.execute()).map(fromRow);
}
