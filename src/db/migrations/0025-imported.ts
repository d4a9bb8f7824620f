// What was brought in from another status page, so that it comes once; and where it could be read there.
import { sql, type Kysely } from "kysely";
import type { Migration } from "kysely/migration";

export const imported = (kind: "sqlite" | "postgres"): Migration => {
  const int = sql.raw(kind === "sqlite" ? "integer" : "bigint");
  const statements = [
    sql`create table imported (key text primary key, kind text not null, number ${int} not null, stamp text not null, at ${int} not null)`,
    sql`create table redirects (path text primary key, kind text not null, number ${int} not null)`,
  ];
  return {
    up: async (db: Kysely<unknown>) => {
      for (const statement of statements) await statement.execute(db);
    },
  };
};
