// Pings of heartbeats.
import { sql, type Kysely } from "kysely";
import type { Migration } from "kysely/migration";

export const pings = (kind: "sqlite" | "postgres"): Migration => {
  const id = sql.raw(
    kind === "sqlite" ? "integer primary key autoincrement" : "bigint generated always as identity primary key",
  );
  const int = sql.raw(kind === "sqlite" ? "integer" : "bigint");
  const statements = [
    sql`create table pings (id ${id}, source text not null, at ${int} not null, said text not null, exit_code ${int}, log text not null, taken ${int} not null)`,
    sql`create index pings_waiting on pings (source, id) where taken = 0`,
    sql`create index pings_source on pings (source, id)`,
    sql`create index pings_at on pings (at)`,
  ];
  return {
    up: async (db: Kysely<unknown>) => {
      for (const statement of statements) await statement.execute(db);
    },
  };
};
