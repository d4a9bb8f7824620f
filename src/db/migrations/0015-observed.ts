// When jobs were seen to start and to end, where their table has no time for it.
import { sql, type Kysely } from "kysely";
import type { Migration } from "kysely/migration";

export const observed = (kind: "sqlite" | "postgres"): Migration => {
  const [int, bytes] =
    kind === "sqlite" ? [sql.raw("integer"), sql.raw("blob")] : [sql.raw("bigint"), sql.raw("bytea")];
  return {
    up: async (db: Kysely<unknown>) => {
      await sql`create table observed_times (source text not null, at ${int} not null, data ${bytes} not null, primary key (source, at))`.execute(db); // prettier-ignore
    },
  };
};
