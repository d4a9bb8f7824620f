// What waits or is dead in the out-queue, counted.
import { sql } from "kysely";
import type { Reader } from "../db/schema.ts";
import type { Instant } from "../lib/clock.ts";

export type QueueFigures = readonly {
  readonly target: string;
  readonly status: string;
  readonly count: number;
  readonly oldest: Instant;
}[];

/**
 * What waits or is dead, per target, for `/metrics` and `/readyz`. Literals, not parameters: SQLite looks into a partial
 * index only when it sees that it may.
 */
export async function queueFigures(db: Reader): Promise<QueueFigures> {
  const figures = db
    .selectFrom("deliveries")
    .select([
      "target",
      "status",
      (is) => is.fn.countAll<number>().as("count"),
      (is) => is.fn.min("created_at").as("oldest"),
    ])
    .groupBy(["target", "status"]);
  const open = await figures
    .where("status", "in", [sql.lit("pending" as const), sql.lit("claimed" as const)])
    .execute();
  const dead = await figures.where("status", "=", sql.lit("dead")).execute();
  return [...open, ...dead];
}
