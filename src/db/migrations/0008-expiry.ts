// What senders in the manner of Alertmanager bring: alerts that expire when they are not said again, and groups of them.
import { sql, type Kysely } from "kysely";
import type { Migration } from "kysely/migration";

export const expiry = (kind: "sqlite" | "postgres"): Migration => {
  const int = sql.raw(kind === "sqlite" ? "integer" : "bigint");
  const statements = [
    sql`alter table alerts add column expires_at ${int}`,
    sql`alter table alerts add column group_key text`,
    sql`create index alerts_expiring on alerts (expires_at) where expires_at is not null`,
    sql`create index alerts_group on alerts (source, group_key) where group_key is not null`,
  ];
  return {
    up: async (db: Kysely<unknown>) => {
      for (const statement of statements) await statement.execute(db);
    },
  };
};
