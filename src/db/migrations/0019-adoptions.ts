// Which incident each of those became that a watcher opened while the origin was silent.
import { sql, type Kysely } from "kysely";
import type { Migration } from "kysely/migration";

export const adoptions = (kind: "sqlite" | "postgres"): Migration => {
  const int = sql.raw(kind === "sqlite" ? "integer" : "bigint");
  return {
    up: async (db: Kysely<unknown>) => {
      await sql`create table adoptions (id text primary key, incident ${int} not null, at ${int} not null)`.execute(db);
    },
  };
};
