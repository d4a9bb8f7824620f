// node:sqlite in the shape that Kysely's own SqliteDialect expects.
import { DatabaseSync, type StatementSync } from "node:sqlite";

type Parameters = readonly unknown[];
type Bound = null | number | bigint | string | Uint8Array;

/** SQLite knows no booleans, and no undefined. */
function bind(value: unknown): Bound {
  if (value === undefined || value === null) return null;
  if (typeof value === "boolean") return value ? 1 : 0;
  if (
    typeof value === "number" ||
    typeof value === "bigint" ||
    typeof value === "string" ||
    value instanceof Uint8Array
  )
    return value;
  throw new TypeError(`a ${typeof value} cannot be stored`);
}

export type SqliteFile = {
  close(): void;
  prepare(sql: string): {
    readonly reader: boolean;
    all(parameters: Parameters): unknown[];
    run(parameters: Parameters): { changes: number | bigint; lastInsertRowid: number | bigint };
    iterate(parameters: Parameters): IterableIterator<unknown>;
  };
  readonly raw: DatabaseSync;
};

const cacheLimit = 500;

/** Opens (and creates) a database file. WAL with synchronous FULL: what is committed survives a power cut. */
export function openSqlite(file: string): SqliteFile {
  const raw = new DatabaseSync(file, { timeout: 5_000 });
  raw.exec("pragma journal_mode = wal; pragma synchronous = full; pragma foreign_keys = on;");
  const cache = new Map<string, StatementSync>();
  const statement = (sql: string): StatementSync => {
    const known = cache.get(sql);
    if (known !== undefined) return known;
    if (cache.size >= cacheLimit) cache.clear();
    const made = raw.prepare(sql);
    cache.set(sql, made);
    return made;
  };
  return {
    raw,
    close: () => raw.close(),
    prepare: (given) => {
      // A deferred transaction fails at once with "locked" when another process writes; an immediate one waits its turn.
      const sql = given === "begin" ? "begin immediate" : given;
      const prepared = statement(sql);
      return {
        reader: prepared.columns().length > 0,
        all: (parameters) => prepared.all(...parameters.map(bind)),
        run: (parameters) => prepared.run(...parameters.map(bind)),
        // An iterator holds its statement open, so it gets one of its own.
        iterate: (parameters) => raw.prepare(sql).iterate(...parameters.map(bind)),
      };
    },
  };
}
