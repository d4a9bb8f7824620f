// Bearer tokens, and the answers that were given under an Idempotency-Key.
import { sql, type Kysely } from "kysely";
import type { Migration } from "kysely/migration";

export const tokens = (kind: "sqlite" | "postgres"): Migration => {
  const int = sql.raw(kind === "sqlite" ? "integer" : "bigint");
  const statements = [
    sql`create table tokens (name text primary key, hash text not null, scopes text not null, person text, created_by text not null, created_at ${int} not null,
        expires_at ${int}, last_used_at ${int}, revoked_at ${int})`,
    sql`create table answers (caller text not null, key text not null, request text not null, answer text, at ${int} not null, primary key (caller, key))`,
    sql`create index answers_at on answers (at)`,
  ];
  return {
    up: async (db: Kysely<unknown>) => {
      for (const statement of statements) await statement.execute(db);
    },
  };
};
