// What correlation remembers of an alert beside its last word, why each was decided as it was, and silences.
import { sql, type Kysely } from "kysely";
import type { Migration } from "kysely/migration";

export const correlation = (kind: "sqlite" | "postgres"): Migration => {
  const id = sql.raw(
    kind === "sqlite" ? "integer primary key autoincrement" : "bigint generated always as identity primary key",
  );
  const int = sql.raw(kind === "sqlite" ? "integer" : "bigint");
  const statements = [
    sql`alter table alerts add column quiet_by text`,
    sql`alter table alerts add column held_until ${int}`,
    sql`alter table alerts add column fired text`,
    sql`create index alerts_quiet on alerts (key) where quiet_by is not null`,
    sql`create index alerts_held on alerts (held_until) where held_until is not null`,
    sql`create index alerts_of on alerts (incident) where incident is not null`,
    sql`create index incidents_dismissed on incidents (updated_at) where visibility in ('dismissed', 'withdrawn')`,
    sql`create table alert_decisions (id ${id}, key text not null, at ${int} not null, did text not null, because text not null, incident ${int})`,
    sql`create index alert_decisions_of on alert_decisions (key, id)`,
    sql`create index alert_decisions_at on alert_decisions (at)`,
    sql`create table silences (id text primary key, matchers text not null, starts_at ${int} not null, ends_at ${int} not null, repeats text,
        reason text not null, created_by text not null, created_at ${int} not null, updated_at ${int} not null)`,
    sql`create index silences_until on silences (ends_at)`,
  ];
  return {
    up: async (db: Kysely<unknown>) => {
      for (const statement of statements) await statement.execute(db);
    },
  };
};
