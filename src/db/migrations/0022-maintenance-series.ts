// Maintenance that repeats, and the planned work of upstreams that waits for the team.
import { sql, type Kysely } from "kysely";
import type { Migration } from "kysely/migration";

export const maintenanceSeries = (kind: "sqlite" | "postgres"): Migration => {
  const int = sql.raw(kind === "sqlite" ? "integer" : "bigint");
  const statements = [
    sql`create table maintenance_series (id text primary key, number ${int} not null unique, version ${int} not null, open ${int} not null,
        made_until ${int} not null, updated_at ${int} not null, body text not null)`,
    sql`alter table maintenances add column series ${int}`,
    sql`alter table maintenances add column occurrence ${int}`,
    // One window for each time that a rule has made, however many replicas make them.
    sql`create unique index maintenances_occurrence on maintenances (series, occurrence) where series is not null`,
    sql`create table maintenance_drafts (number ${int} primary key, source text not null, entry text not null, version ${int} not null,
        open ${int} not null, updated_at ${int} not null, body text not null, unique (source, entry))`,
  ];
  return {
    up: async (db: Kysely<unknown>) => {
      for (const statement of statements) await statement.execute(db);
    },
  };
};
