// Of replicas with different configs, which one is newer.
import { sql, type Kysely } from "kysely";
import type { Migration } from "kysely/migration";

export const revisions = (kind: "sqlite" | "postgres"): Migration => {
  const int = sql.raw(kind === "sqlite" ? "integer" : "bigint");
  return {
    up: async (db: Kysely<unknown>) => {
      await sql`alter table replicas add column revision ${int}`.execute(db);
    },
  };
};
