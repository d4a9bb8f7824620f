// What monitors saw, packed: see monitors/packed.ts.
import { sql, type Kysely } from "kysely";
import type { Migration } from "kysely/migration";

export const samples = (kind: "sqlite" | "postgres"): Migration => {
  const int = sql.raw(kind === "sqlite" ? "integer" : "bigint");
  const bytes = sql.raw(kind === "sqlite" ? "blob" : "bytea");
  const statements = [
    // Level 0 has stretches, an hour a row; 1 to 3 have buckets of a minute, an hour and a day.
    sql`create table samples (source text not null, component text not null, level ${int} not null, at ${int} not null, data ${bytes} not null,
        rolled ${int} not null, primary key (source, component, level, at))`,
    sql`create index samples_to_roll on samples (at) where rolled = 0`,
    sql`create index samples_age on samples (level, at)`,
  ];
  return {
    up: async (db: Kysely<unknown>) => {
      for (const statement of statements) await statement.execute(db);
    },
  };
};
