// What fires by the word of one source is read in the order of its keys, a page at a time: sorted by the index, not anew for each page.
import { sql, type Kysely } from "kysely";
import type { Migration } from "kysely/migration";

export const firingByKey: Migration = {
  up: async (db: Kysely<unknown>) => {
    await sql`create index alerts_firing_by_key on alerts (source, key) where status = 'firing'`.execute(db);
    await sql`drop index alerts_firing`.execute(db);
  },
};
