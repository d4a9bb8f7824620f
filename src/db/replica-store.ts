// The processes that share this database: each says every few seconds that it is there, and what it runs.
import type { Instant } from "../lib/clock.ts";
import type { Reader } from "./schema.ts";

export type Replica = {
  readonly owner: string;
  readonly startedAt: Instant;
  readonly seenAt: Instant;
  readonly version: string;
  /** A digest: equal configs are equal here. */
  readonly config: string;
  /** Of its config; absent when that has none, or while it leaves the engine to others. */
  readonly revision?: number;
};

export async function noteReplica(db: Reader, replica: Replica): Promise<void> {
  const { seenAt: seen_at, version, config, revision = null } = replica;
  const news = { seen_at, version, config, revision };
  await db
    .insertInto("replicas")
    .values({ owner: replica.owner, started_at: replica.startedAt, ...news })
    .onConflict((conflict) => conflict.column("owner").doUpdateSet(news))
    .execute();
}

/** Those seen since then, the oldest first. */
export async function readReplicas(db: Reader, since: Instant): Promise<readonly Replica[]> {
  const rows = await db
    .selectFrom("replicas")
    .selectAll()
    .where("seen_at", ">=", since)
    .orderBy("started_at")
    .orderBy("owner")
    .execute();
  return rows.map((row) => ({
    owner: row.owner,
    startedAt: row.started_at,
    seenAt: row.seen_at,
    version: row.version,
    config: row.config,
    ...(row.revision === null ? {} : { revision: row.revision }),
  }));
}

export async function forgetReplica(db: Reader, owner: string): Promise<void> {
  await db.deleteFrom("replicas").where("owner", "=", owner).execute();
}

/** Those that have not been seen since then were killed. */
export async function pruneReplicas(db: Reader, before: Instant): Promise<void> {
  await db.deleteFrom("replicas").where("seen_at", "<", before).execute();
}
