// What the auditor saw of each public surface.
import { sql, type Kysely } from "kysely";
import type { Migration } from "kysely/migration";

export const surfaces = (kind: "sqlite" | "postgres"): Migration => {
  const int = sql.raw(kind === "sqlite" ? "integer" : "bigint");
  return {
    up: async (db: Kysely<unknown>) => {
      await sql`create table surfaces (
        name text not null primary key,
        status text not null,
        what text,
        since ${int},
        looked_at ${int} not null,
        equal_at ${int},
        reached_at ${int},
        told_at ${int},
        restored_at ${int},
        restored text
      )`.execute(db);
    },
  };
};
