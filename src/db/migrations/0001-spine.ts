// The first tables. Expand/contract from here on: a version keeps running beside its predecessor.
import { sql, type Kysely } from "kysely";
import type { Migration } from "kysely/migration";

type Kind = "sqlite" | "postgres";

export const spine = (kind: Kind): Migration => {
  const id = sql.raw(
    kind === "sqlite" ? "integer primary key autoincrement" : "bigint generated always as identity primary key",
  );
  const int = sql.raw(kind === "sqlite" ? "integer" : "bigint");
  const bytes = sql.raw(kind === "sqlite" ? "blob" : "bytea");
  const statements = [
    sql`create table record (id ${int} primary key, epoch ${int} not null, seq ${int} not null, changed_at ${int} not null, secret text not null, created_at ${int} not null)`,
    sql`create table inbox (id ${id}, source text not null, received_at ${int} not null, headers text not null, body ${bytes} not null,
        status text not null, reason text, done_at ${int})`,
    sql`create index inbox_new on inbox (id) where status = 'new'`,
    sql`create table alerts (key text primary key, source text not null, status text not null, kind text not null, severity text not null, component text,
        summary text not null, body text not null, starts_at ${int} not null, ends_at ${int}, first_seen_at ${int} not null, observed_at ${int} not null,
        incident ${int}, because text not null)`,
    sql`create index alerts_firing on alerts (source) where status = 'firing'`,
    sql`create table source_states (source text primary key, state ${bytes}, looked_at ${int}, ok_at ${int}, failing_since ${int}, reason text, blind ${int} not null)`,
    sql`create table incidents (id text primary key, number ${int} not null unique, code text not null unique, version ${int} not null, state text not null,
        visibility text not null, open ${int} not null, started_at ${int} not null, detected_at ${int} not null, resolved_at ${int}, updated_at ${int} not null, body text not null)`,
    sql`create index incidents_open on incidents (number) where open = 1`,
    sql`create index incidents_public on incidents (started_at) where visibility in ('published', 'withdrawn')`,
    sql`create table incident_events (incident ${int} not null, n ${int} not null, at ${int} not null, actor text not null, kind text not null, body text not null,
        primary key (incident, n))`,
    sql`create table deliveries (id ${id}, kind text not null, target text not null, subject text not null, slot text unique, wish ${int} not null, status text not null,
        priority text not null, message text, attempts ${int} not null, created_at ${int} not null, due_at ${int} not null, claimed_by text, claimed_wish ${int},
        possibly_repeated ${int} not null, ref text, settled_at ${int}, reason text)`,
    sql`create index deliveries_open on deliveries (target, id) where status in ('pending', 'claimed')`,
    sql`create index deliveries_of on deliveries (subject, id)`,
    sql`create table leases (name text primary key, owner text not null, until ${int} not null)`,
    sql`create table components_seen (id text primary key, code text not null, first_seen_at ${int} not null)`,
  ];
  return {
    up: async (db: Kysely<unknown>) => {
      for (const statement of statements) await statement.execute(db);
    },
  };
};
