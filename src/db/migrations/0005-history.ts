// What the history needs: what can be searched, what ended or changed last, and when a component last changed in public.
import { sql, type Kysely } from "kysely";
import type { Migration } from "kysely/migration";

export const history = (kind: "sqlite" | "postgres"): Migration => {
  const int = sql.raw(kind === "sqlite" ? "integer" : "bigint");
  const statements = [
    sql`create table incident_texts (number ${int} primary key, version ${int} not null, text text not null)`,
    sql`alter table components_seen add column changed_at ${int}`,
    sql`create index incidents_ended on incidents (resolved_at) where visibility in ('published', 'withdrawn')`,
    sql`create index incidents_changed on incidents (updated_at) where visibility in ('published', 'withdrawn')`,
  ];
  return {
    up: async (db: Kysely<unknown>) => {
      for (const statement of statements) await statement.execute(db);
    },
  };
};
