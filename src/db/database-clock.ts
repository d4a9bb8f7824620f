// What time it is on the database's machine. The one statement that asks: leases hold only between clocks that agree.
import { sql } from "kysely";
import type { Instant } from "../lib/clock.ts";
import type { Reader } from "./schema.ts";

/** PostgreSQL only. */
export async function databaseTime(db: Reader): Promise<Instant> {
  const answer = await sql<{ ms: number }>`select extract(epoch from clock_timestamp()) * 1000 as ms`.execute(db);
  const ms = answer.rows[0]?.ms;
  if (typeof ms !== "number") throw new Error("the database does not say what time it is");
  return ms;
}
