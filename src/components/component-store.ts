// When each component was first in the config, and the code that Statuspage's clients know it by.
import type { ComponentId } from "../config/names.ts";
import type { Reader } from "../db/schema.ts";
import { statuspageCode } from "../lib/codes.ts";
import { brand } from "../lib/ids.ts";
import type { Instant } from "../lib/clock.ts";

export type ComponentSeen = { readonly code: string; readonly firstSeenAt: Instant };

export async function readComponentsSeen(db: Reader): Promise<ReadonlyMap<ComponentId, ComponentSeen>> {
  const rows = await db.selectFrom("components_seen").selectAll().execute();
  return new Map(rows.map((row) => [brand<ComponentId>(row.id), { code: row.code, firstSeenAt: row.first_seen_at }]));
}

export async function noteComponents(db: Reader, ids: readonly ComponentId[], now: Instant): Promise<void> {
  if (ids.length === 0) return;
  await db
    .insertInto("components_seen")
    .values(ids.map((id) => ({ id, code: statuspageCode("component", id), first_seen_at: now })))
    .onConflict((conflict) => conflict.column("id").doNothing())
    .execute();
}
