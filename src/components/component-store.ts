// When each component was first in the config, and the code that Statuspage's clients know it by.
import type { ComponentId } from "../config/names.ts";
import type { Reader } from "../db/schema.ts";
import { statuspageCode } from "../lib/codes.ts";
import { brand } from "../lib/ids.ts";
import type { Instant } from "../lib/clock.ts";

export type ComponentSeen = {
  readonly code: string;
  readonly firstSeenAt: Instant;
  /** When an incident last changed something about it in public. */
  readonly changedAt?: Instant;
};

export async function readComponentsSeen(db: Reader): Promise<ReadonlyMap<ComponentId, ComponentSeen>> {
  const rows = await db.selectFrom("components_seen").selectAll().execute();
  return new Map(
    rows.map((row) => {
      const changed = row.changed_at === null ? {} : { changedAt: row.changed_at };
      return [brand<ComponentId>(row.id), { code: row.code, firstSeenAt: row.first_seen_at, ...changed }];
    }),
  );
}

export async function noteComponents(db: Reader, ids: readonly ComponentId[], now: Instant): Promise<void> {
  if (ids.length === 0) return;
  await db
    .insertInto("components_seen")
    .values(ids.map((id) => ({ id, code: statuspageCode("component", id), first_seen_at: now })))
    .onConflict((conflict) => conflict.column("id").doNothing())
    .execute();
}

/** In the transaction that changes what the public reads of them. */
export async function noteChange(db: Reader, ids: readonly string[], now: Instant): Promise<void> {
  if (ids.length === 0) return;
  await db.updateTable("components_seen").set({ changed_at: now }).where("id", "in", ids).execute();
}
