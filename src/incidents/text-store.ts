// The words of public incidents, to be searched. A copy: whose incident has changed since is made anew before a search.
import { sql } from "kysely";
import { concernShown } from "../components/concern-store.ts";
import type { Shown } from "../components/shown-components.ts";
import type { Reader } from "../db/schema.ts";

/** Public incidents whose words are missing or of another version; the oldest first. */
export async function staleTexts(db: Reader, limit: number): Promise<readonly number[]> {
  const rows = await db
    .selectFrom("incidents")
    .leftJoin("incident_texts", "incident_texts.number", "incidents.number")
    .select("incidents.number")
    .where(sql<boolean>`incidents.visibility in ('published', 'withdrawn')`)
    .where((is) =>
      is.or([
        is("incident_texts.version", "is", null),
        is("incident_texts.version", "<>", is.ref("incidents.version")),
      ]),
    )
    .orderBy("incidents.number")
    .limit(limit)
    .execute();
  return rows.map((row) => row.number);
}

export type IncidentText = { readonly number: number; readonly version: number; readonly text: string };

export async function saveTexts(db: Reader, texts: readonly IncidentText[]): Promise<void> {
  if (texts.length === 0) return;
  await db
    .insertInto("incident_texts")
    .values([...texts])
    .onConflict((conflict) =>
      conflict.column("number").doUpdateSet((is) => ({
        version: is.ref("excluded.version"),
        text: is.ref("excluded.text"),
      })),
    )
    .execute();
}

/** `%` and `_` are what the reader typed, not wildcards. */
function standsThere(piece: string) {
  const pattern = `%${piece.replace(/[!%_]/gu, "!$&")}%`;
  return sql<boolean>`incident_texts.text like ${pattern} escape '!'`;
}

/** Public incidents in whose words, for each list, one of its pieces stands; newest first. */
export async function findTexts(
  db: Reader,
  shown: Shown,
  sought: readonly (readonly string[])[],
  page: { readonly limit: number; readonly offset: number },
): Promise<readonly number[]> {
  let query = db
    .selectFrom("incident_texts")
    .innerJoin("incidents", "incidents.number", "incident_texts.number")
    .select("incidents.number")
    .where(sql<boolean>`incidents.visibility in ('published', 'withdrawn')`)
    .where(concernShown("incident", shown));
  for (const pieces of sought) query = query.where((is) => is.or(pieces.map(standsThere)));
  const rows = await query
    .orderBy("incidents.started_at", "desc")
    .orderBy("incidents.number", "desc")
    .limit(page.limit)
    .offset(page.offset)
    .execute();
  return rows.map((row) => row.number);
}
