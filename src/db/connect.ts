// Opens the database that the config names: a SQLite file, or PostgreSQL.
import { closeSync, mkdirSync, openSync } from "node:fs";
import { Socket } from "node:net";
import { dirname, resolve } from "node:path";
import { Kysely, PostgresDialect, sql, SqliteDialect, type Dialect } from "kysely";
import type { Pool } from "pg";
import { second } from "../lib/clock.ts";
import { reasonOf } from "../lib/result.ts";
import type { Db, Schema } from "./schema.ts";
import { openSqlite, type SqliteFile } from "./sqlite.ts";

export type Connection = {
  readonly db: Db;
  readonly kind: "sqlite" | "postgres";
  /** One more to the same database, whose statements may take as long as they take: for migrations. PostgreSQL only. */
  readonly patient?: () => Connection;
  close(): Promise<void>;
};

const applicationName = "tocsin";

type Options = {
  readonly onTrouble?: (reason: string) => void;
  readonly patient?: boolean;
};

const int8 = 20;
const numeric = 1_700;

const longestStatement = 10 * second;
/**
 * A server behind a dead network never answers, and says nothing. Only the end of the connection helps: one that is
 * given back to the pool with an answer outstanding would fail whoever gets it next. Idle ones are closed before that.
 */
export const longestSilence = 12 * second;

/** A socket that ends when nothing came for so long. */
export function impatientSocket(ms: number): Socket {
  const socket = new Socket();
  socket.setTimeout(ms, () => socket.destroy(new Error("the database does not answer")));
  return socket;
}

const patience = {
  statement_timeout: longestStatement,
  // A process that was stopped in the midst of a transaction must not keep the others from taking over.
  idle_in_transaction_session_timeout: 8 * second,
  stream: () => impatientSocket(longestSilence),
};

/** Loads pg only here: a desk on SQLite starts without it. */
async function makePool(url: string, { onTrouble, patient }: Options): Promise<Pool> {
  const { Pool, TypeOverrides } = await import("pg");
  // int8 and count(*) arrive as strings otherwise; ours fit a double (milliseconds, counters).
  const types = new TypeOverrides();
  types.setTypeParser(int8, Number);
  types.setTypeParser(numeric, Number);
  const pool = new Pool({
    connectionString: url,
    max: 8,
    types,
    application_name: applicationName,
    connectionTimeoutMillis: 10_000,
    keepAlive: true,
    idleTimeoutMillis: 10_000,
    ...(patient === true ? {} : patience),
  });
  // An idle connection that breaks is replaced at the next query; without a listener it would end the process.
  pool.on("error", (error) => onTrouble?.(reasonOf(error)));
  // The pool does not listen to one that is in use: broken between two statements of a transaction, it would end the
  // process too. The next statement tells whoever uses it.
  pool.on("connect", (client) => void client.on("error", () => {}));
  return pool;
}

/** The file of a SQLite URL; undefined for PostgreSQL. */
export function sqliteFile(url: string): string | undefined {
  if (!url.startsWith("sqlite:")) return undefined;
  const path = url.slice("sqlite:".length);
  return path === ":memory:" ? path : resolve(path);
}

/** A migration that is killed half-way must leave nothing: SQLite can roll tables back, though Kysely does not ask it to. */
function sqliteDialect(database: SqliteFile): Dialect {
  const dialect = new SqliteDialect({ database });
  return {
    createDriver: () => dialect.createDriver(),
    createQueryCompiler: () => dialect.createQueryCompiler(),
    createIntrospector: (db) => dialect.createIntrospector(db),
    createAdapter: () => Object.defineProperty(dialect.createAdapter(), "supportsTransactionalDdl", { value: true }),
  };
}

/** Drafts, webhooks and the secret of the team links lie in it: for nobody else to read. SQLite gives its -wal and -shm the same mode. */
function ownFile(file: string): void {
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
  closeSync(openSync(file, "a", 0o600));
}

/** `sqlite:./data/tocsin.db` or `postgres://…`. Connects lazily on PostgreSQL. */
export function connect(url: string, options: Options = {}): Connection {
  const file = sqliteFile(url);
  if (file !== undefined) {
    if (file !== ":memory:") ownFile(file);
    const database = openSqlite(file);
    const db = new Kysely<Schema>({ dialect: sqliteDialect(database) });
    return { db, kind: "sqlite", close: () => db.destroy() };
  }
  const db = new Kysely<Schema>({ dialect: new PostgresDialect({ pool: () => makePool(url, options) }) });
  const patient = (): Connection => connect(url, { ...options, patient: true });
  return { db, kind: "postgres", patient, close: () => db.destroy() };
}

/** How many other Tocsins are connected; on SQLite the owner's lock has told. */
export async function connectedServers({ db, kind }: Connection): Promise<number> {
  if (kind === "sqlite") return 0;
  const others = await sql<{ count: number }>`select count(*) as count from pg_stat_activity
    where application_name = ${applicationName} and datname = current_database() and pid <> pg_backend_pid()`.execute(
    db,
  );
  return others.rows[0]?.count ?? 0;
}
