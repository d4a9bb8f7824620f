// Brings the tables up to this version, under a lock, at start. A newer database than the program knows is refused.
import { sql } from "kysely";
import { Migrator, type Migration } from "kysely/migration";
import type { Connection } from "./connect.ts";
import { reasonOf } from "../lib/result.ts";
import { spine } from "./migrations/0001-spine.ts";
import { tokens } from "./migrations/0002-tokens.ts";
import { intake } from "./migrations/0003-intake.ts";
import { history } from "./migrations/0005-history.ts";
import { maintenance } from "./migrations/0007-maintenance.ts";

/** In order; the name is what the database remembers. Never reordered, never edited once released. */
function migrations(kind: Connection["kind"]): Readonly<Record<string, Migration>> {
  return {
    "0001-spine": spine(kind),
    "0002-tokens": tokens(kind),
    "0003-intake": intake(kind),
    "0005-history": history(kind),
    "0007-maintenance": maintenance(kind),
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

/** Throws with the reason; the database is then as it was. */
export async function migrate(connection: Connection): Promise<void> {
  const all = migrations(connection.kind);
  await refuseNewer(connection, Object.keys(all));
  const migrator = new Migrator({ db: connection.db, provider: { getMigrations: async () => ({ ...all }) } });
  const { error } = await migrator.migrateToLatest();
  if (error !== undefined) throw error instanceof Error ? error : new Error(reasonOf(error));
}
