// Who asked to be told, single letters that wait, and how far each connection has come with a message to many.
import { sql, type Kysely } from "kysely";
import type { Migration } from "kysely/migration";

export const subscribers = (kind: "sqlite" | "postgres"): Migration => {
  const id = sql.raw(
    kind === "sqlite" ? "integer primary key autoincrement" : "bigint generated always as identity primary key",
  );
  const int = sql.raw(kind === "sqlite" ? "integer" : "bigint");
  const statements = [
    sql`create table subscribers (id ${id}, kind text not null, address text not null, state text not null, components text not null, least text not null, salt text not null, confirm_hash text, created_at ${int} not null, confirmed_at ${int}, asked_at ${int} not null, asked ${int} not null default 0, bounces ${int} not null default 0, reason text)`,
    sql`create unique index subscribers_address on subscribers (kind, address)`,
    sql`create unique index subscribers_salt on subscribers (salt)`,
    sql`create index subscribers_confirm on subscribers (confirm_hash) where confirm_hash is not null`,
    sql`create index subscribers_told on subscribers (kind, id) where state = 'confirmed'`,
    sql`create index subscribers_unconfirmed on subscribers (asked_at) where state = 'unconfirmed'`,
    // A row is one letter to one subscriber; it goes when the letter has gone.
    sql`create table letters (id ${id}, subscriber ${int} not null, about text not null, delivery ${int}, attempts ${int} not null default 0, created_at ${int} not null, due_at ${int} not null, claimed ${int} not null default 0, possibly_repeated ${int} not null default 0)`,
    sql`create index letters_due on letters (due_at, id)`,
    sql`create index letters_subscriber on letters (subscriber)`,
    sql`create table fan_outs (delivery ${int} not null, kind text not null, lane ${int} not null, lanes ${int} not null, cursor ${int} not null, in_flight ${int} not null default 0, done ${int} not null default 0, told ${int} not null default 0, primary key (delivery, kind, lane))`,
  ];
  return {
    up: async (db: Kysely<unknown>) => {
      for (const statement of statements) await statement.execute(db);
    },
  };
};
