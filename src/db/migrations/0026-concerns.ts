// Which components an incident or a window is about: what a page hides is left out by the query. And the words to search
// are made anew, with codes in place of ids.
import { sql, type Kysely } from "kysely";
import type { Migration } from "kysely/migration";

const piece = 500;

type Row = { readonly number: number; readonly body: string };

/** An incident has an impact, a window a list. */
function namesIn(body: unknown): readonly string[] {
  if (typeof body !== "object" || body === null) return [];
  if ("components" in body && Array.isArray(body.components)) return body.components.map(String);
  return "impact" in body && typeof body.impact === "object" && body.impact !== null ? Object.keys(body.impact) : [];
}

async function fill(db: Kysely<unknown>, kind: "incident" | "maintenance"): Promise<void> {
  const table = sql.table(`${kind}s`);
  for (let after = 0; ;) {
    const { rows } = await sql<Row>`select number, body from ${table} where number > ${after}
      order by number limit ${sql.lit(piece)}`.execute(db);
    for (const { number, body } of rows) {
      const names = namesIn(JSON.parse(body));
      for (const component of names.length === 0 ? [""] : new Set(names))
        await sql`insert into concerns (kind, number, component) values (${kind}, ${number}, ${component})`.execute(db);
    }
    const last = rows.at(-1);
    if (last === undefined || rows.length < piece) return;
    after = last.number;
  }
}

export const concerns = (kind: "sqlite" | "postgres"): Migration => {
  const int = sql.raw(kind === "sqlite" ? "integer" : "bigint");
  return {
    up: async (db: Kysely<unknown>) => {
      await sql`create table concerns (kind text not null, number ${int} not null, component text not null,
        primary key (kind, number, component))`.execute(db);
      await fill(db, "incident");
      await fill(db, "maintenance");
      await sql`delete from incident_texts`.execute(db);
    },
  };
};
