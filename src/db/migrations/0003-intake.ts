// What the intake and retention ask all the time, without reading whole tables.
import { sql, type Kysely } from "kysely";
import type { Migration } from "kysely/migration";

export const intake = (kind: "sqlite" | "postgres"): Migration => {
  const int = sql.raw(kind === "sqlite" ? "integer" : "bigint");
  const statements = [
    // Rows of a version that does not know it yet count as empty.
    sql`alter table inbox add column size ${int} not null default 0`,
    sql`create index inbox_waiting on inbox (id, size) where status = 'new'`,
    sql`drop index inbox_new`,
    sql`create index inbox_rejected on inbox (id) where status = 'rejected'`,
    sql`create index deliveries_dead on deliveries (target, created_at) where status = 'dead'`,
    sql`create index alerts_over on alerts (observed_at) where status = 'resolved'`,
  ];
  return {
    up: async (db: Kysely<unknown>) => {
      for (const statement of statements) await statement.execute(db);
    },
  };
};
