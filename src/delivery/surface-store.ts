// What the auditor saw of each surface, in the database: other replicas, doctor and the metrics read it.
import type { Reader } from "../db/schema.ts";
import type { Surface } from "./surface.ts";

export async function readSurfaces(db: Reader): Promise<ReadonlyMap<string, Surface>> {
  const rows = await db.selectFrom("surfaces").selectAll().orderBy("name").execute();
  const optional = <K extends string, V>(key: K, value: V | null): { readonly [P in K]?: V } => {
    const out: { [P in K]?: V } = {};
    if (value !== null) out[key] = value;
    return out;
  };
  return new Map(
    rows.map((row) => [
      row.name,
      {
        name: row.name,
        status: row.status,
        lookedAt: row.looked_at,
        ...optional("what", row.what),
        ...optional("since", row.since),
        ...optional("equalAt", row.equal_at),
        ...optional("reachedAt", row.reached_at),
        ...optional("toldAt", row.told_at),
        ...optional("restoredAt", row.restored_at),
        ...optional("restored", row.restored),
      },
    ]),
  );
}

export async function saveSurface(db: Reader, surface: Surface): Promise<void> {
  const row = {
    status: surface.status,
    what: surface.what ?? null,
    since: surface.since ?? null,
    looked_at: surface.lookedAt,
    equal_at: surface.equalAt ?? null,
    reached_at: surface.reachedAt ?? null,
    told_at: surface.toldAt ?? null,
    restored_at: surface.restoredAt ?? null,
    restored: surface.restored ?? null,
  };
  await db
    .insertInto("surfaces")
    .values({ name: surface.name, ...row })
    .onConflict((conflict) => conflict.column("name").doUpdateSet(row))
    .execute();
}

/** Those that are no longer looked at: an incident that is over, a target that left the config. */
export async function forgetSurfaces(db: Reader, names: readonly string[]): Promise<void> {
  if (names.length > 0) await db.deleteFrom("surfaces").where("name", "in", names).execute();
}
