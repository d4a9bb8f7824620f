// A fresh migrated database for each test, on both kinds: what holds on one must hold on the other.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe } from "vitest";
import { connect, type Connection } from "../../src/db/connect.ts";
import { migrate } from "../../src/db/migrate.ts";
import type { Db } from "../../src/db/schema.ts";
import { freshDatabase, postgresMissing } from "../peers/postgres.ts";

/** A database without any table. */
export type EmptyDatabase = AsyncDisposable & {
  readonly url: string;
  /** One more connection, as another process has it; closed with the database. */
  connect(): Connection;
};

export type OpenDatabase = EmptyDatabase & { readonly db: Db; readonly connection: Connection };

export type DatabaseKind = {
  readonly name: "SQLite" | "PostgreSQL";
  /** Why it cannot be had here. */
  readonly missing?: string;
  /** Fresh and migrated. */
  open(): Promise<OpenDatabase>;
  /** Fresh and empty. */
  empty(): Promise<EmptyDatabase>;
};

function withConnections(url: string, remove: () => void | Promise<void>): EmptyDatabase {
  const connections: Connection[] = [];
  return {
    url,
    connect() {
      const connection = connect(url);
      connections.push(connection);
      return connection;
    },
    async [Symbol.asyncDispose]() {
      await Promise.all(connections.map((connection) => connection.close()));
      await remove();
    },
  };
}

async function sqlite(): Promise<EmptyDatabase> {
  const folder = mkdtempSync(join(tmpdir(), "tocsin-db-"));
  return withConnections(`sqlite:${join(folder, "tocsin.db")}`, () => rmSync(folder, { recursive: true, force: true }));
}

async function postgres(): Promise<EmptyDatabase> {
  const database = await freshDatabase();
  return withConnections(database.url, () => database[Symbol.asyncDispose]());
}

async function migrated(empty: EmptyDatabase): Promise<OpenDatabase> {
  const connection = empty.connect();
  try {
    await migrate(connection);
  } catch (thrown) {
    await empty[Symbol.asyncDispose]();
    throw thrown;
  }
  return { ...empty, connection, db: connection.db };
}

export const databases: readonly DatabaseKind[] = [
  { name: "SQLite", empty: sqlite, open: async () => migrated(await sqlite()) },
  {
    name: "PostgreSQL",
    empty: postgres,
    open: async () => migrated(await postgres()),
    ...(postgresMissing === undefined ? {} : { missing: postgresMissing }),
  },
];

/** The same tests on both; global-setup.ts has printed why, where one is skipped. */
export function onEachDatabase(promise: string, tests: (database: DatabaseKind) => void): void {
  for (const database of databases)
    describe.skipIf(database.missing !== undefined)(`${promise}, on ${database.name}`, () => {
      tests(database);
    });
}
