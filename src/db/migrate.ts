// Brings the tables up to this version, under a lock, at start. A newer database than the program knows is refused.
import { sql } from "kysely";
import { Migrator, type Migration } from "kysely/migration";
import type { Connection } from "./connect.ts";
import { reasonOf } from "../lib/result.ts";
import type { Db } from "./schema.ts";
import { spine } from "./migrations/0001-spine.ts";
import { tokens } from "./migrations/0002-tokens.ts";
import { intake } from "./migrations/0003-intake.ts";
import { correlation } from "./migrations/0004-correlation.ts";
import { history } from "./migrations/0005-history.ts";
import { replicas } from "./migrations/0006-replicas.ts";
import { maintenance } from "./migrations/0007-maintenance.ts";
import { expiry } from "./migrations/0008-expiry.ts";
import { pings } from "./migrations/0012-pings.ts";
import { samples } from "./migrations/0013-samples.ts";
import { observed } from "./migrations/0015-observed.ts";
import { revisions } from "./migrations/0016-revisions.ts";
import { subscribers } from "./migrations/0023-subscribers.ts";
import { firingByKey } from "./migrations/0017-firing-by-key.ts";
import { adoptions } from "./migrations/0019-adoptions.ts";
import { maintenanceSeries } from "./migrations/0022-maintenance-series.ts";
import { surfaces } from "./migrations/0024-surfaces.ts";
import { imported } from "./migrations/0025-imported.ts";
import { concerns } from "./migrations/0026-concerns.ts";

/** In order; the name is what the database remembers. Never reordered, never edited once released. */
function migrations(kind: Connection["kind"]): Readonly<Record<string, Migration>> {
  return {
    "0001-spine": spine(kind),
    "0002-tokens": tokens(kind),
    "0003-intake": intake(kind),
    "0004-correlation": correlation(kind),
    "0005-history": history(kind),
    "0006-replicas": replicas(kind),
    "0007-maintenance": maintenance(kind),
    "0008-expiry": expiry(kind),
    "0012-pings": pings(kind),
    "0013-samples": samples(kind),
    "0015-observed": observed(kind),
    "0016-revisions": revisions(kind),
    "0017-firing-by-key": firingByKey,
    "0019-adoptions": adoptions(kind),
    "0022-maintenance-series": maintenanceSeries(kind),
    "0024-surfaces": surfaces(kind),
    "0025-imported": imported(kind),
    "0026-concerns": concerns(kind),
    "0023-subscribers": subscribers(kind),
  };
}

export class NewerDatabase extends Error {
  override readonly name = "NewerDatabase";
}

async function refuseNewer(connection: Connection, known: readonly string[]): Promise<void> {
  const tables = await connection.db.introspection.getTables({ withInternalKyselyTables: true });
  if (!tables.some((table) => table.name === "kysely_migration")) return;
  const done = await sql<{ name: string }>`select name from kysely_migration`.execute(connection.db);
  const unknown = done.rows.map((row) => row.name).filter((name) => !known.includes(name));
  if (unknown.length === 0) return;
  throw new NewerDatabase(
    `the database was written by a newer Tocsin (it has ${unknown.join(", ")}); start that version, or restore a backup of this one`,
  );
}

/** Which migrations are still to come. Changes nothing; throws NewerDatabase. */
export async function pendingMigrations(connection: Connection): Promise<readonly string[]> {
  const known = Object.keys(migrations(connection.kind));
  await refuseNewer(connection, known);
  const tables = await connection.db.introspection.getTables({ withInternalKyselyTables: true });
  if (!tables.some((table) => table.name === "kysely_migration")) return known;
  const done = await sql<{ name: string }>`select name from kysely_migration`.execute(connection.db);
  return known.filter((name) => !done.rows.some((row) => row.name === name));
}

/** Throws with the reason; the database is then as it was. Of several processes one migrates; the others wait for it. */
export async function migrate(connection: Connection): Promise<void> {
  const all = migrations(connection.kind);
  await refuseNewer(connection, Object.keys(all));
  const patient = connection.patient?.();
  try {
    const { db } = patient ?? connection;
    const migrator = new Migrator({ db, provider: { getMigrations: async () => ({ ...all }) } });
    const { error } = await migrator.migrateToLatest();
    if (error !== undefined) throw error instanceof Error ? error : new Error(reasonOf(error));
  } finally {
    await patient?.close();
  }
}

/** Whether all tables of this version are there still; a newer version may have added to them. */
export async function isMigrated(db: Db): Promise<boolean> {
  const done = await sql<{ name: string }>`select name from kysely_migration`.execute(db);
  const names = new Set(done.rows.map((row) => row.name));
  // Both kinds have the same list.
  return Object.keys(migrations("sqlite")).every((name) => names.has(name));
}
