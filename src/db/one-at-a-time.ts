// Transactions that decide on what they read, and read much: on PostgreSQL two of them could overlook each other.
import { PostgresAdapter, sql } from "kysely";
import type { Tx } from "./schema.ts";

/** The key of our advisory lock; any number, as long as nobody else takes it in this database. */
const correlating = 1_869_836_019;

/** Waits until every other transaction that called this has ended. SQLite has one writer anyway. */
export async function correlateAlone(tx: Tx): Promise<void> {
  if (tx.getExecutor().adapter instanceof PostgresAdapter)
    await sql`select pg_advisory_xact_lock(${sql.lit(correlating)})`.execute(tx);
}
