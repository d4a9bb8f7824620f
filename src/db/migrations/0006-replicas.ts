// Who runs beside whom; and, on PostgreSQL, a bell that rings in all replicas when a transaction commits.
import { sql, type Kysely } from "kysely";
import type { Migration } from "kysely/migration";

export const replicas = (kind: "sqlite" | "postgres"): Migration => {
  const int = sql.raw(kind === "sqlite" ? "integer" : "bigint");
  const statements = [
    sql`create table replicas (owner text primary key, started_at ${int} not null, seen_at ${int} not null, version text not null, config text not null)`,
  ];
  // Triggers, so that whoever writes rings: the version before this one, and the command line, too. Not the inbox: it is
  // written thousands of times a second, and commits that notify wait for one another (ADR 0018).
  const bells = [
    sql`create function tocsin_ring() returns trigger language plpgsql as 'begin perform pg_notify(''tocsin'', tg_table_name); return null; end'`,
    sql`create trigger tocsin_ring after update on record for each statement execute function tocsin_ring()`,
    sql`create trigger tocsin_ring after insert on deliveries for each statement execute function tocsin_ring()`,
    sql`create trigger tocsin_ring after delete on leases for each statement execute function tocsin_ring()`,
  ];
  return {
    up: async (db: Kysely<unknown>) => {
      for (const statement of statements) await statement.execute(db);
      if (kind === "postgres") for (const bell of bells) await bell.execute(db);
    },
  };
};
