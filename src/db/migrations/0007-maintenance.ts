// Maintenance windows, and changes that somebody recorded.
import { sql, type Kysely } from "kysely";
import type { Migration } from "kysely/migration";

export const maintenance = (kind: "sqlite" | "postgres"): Migration => {
  const id = sql.raw(
    kind === "sqlite" ? "integer primary key autoincrement" : "bigint generated always as identity primary key",
  );
  const int = sql.raw(kind === "sqlite" ? "integer" : "bigint");
  const statements = [
    sql`create table maintenances (id text primary key, number ${int} not null unique, code text not null unique, version ${int} not null, state text not null,
        open ${int} not null, starts_at ${int} not null, ends_at ${int} not null, updated_at ${int} not null, body text not null)`,
    sql`create index maintenances_open on maintenances (starts_at) where open = 1`,
    sql`create table changes (id ${id}, at ${int} not null, said text not null, component text, link text, actor text not null, created_at ${int} not null)`,
    sql`create index changes_at on changes (at)`,
  ];
  return {
    up: async (db: Kysely<unknown>) => {
      for (const statement of statements) await statement.execute(db);
    },
  };
};
