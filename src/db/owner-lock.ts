// On SQLite one process owns the file. The kernel drops a file lock with its process, so a kill -9 leaves none behind.
import { mkdirSync } from "node:fs";
import { dirname } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { sqliteFile } from "./connect.ts";

export class DatabaseOwned extends Error {
  override readonly name = "DatabaseOwned";
}

/** https://www.sqlite.org/rescode.html#busy; anything else is a broken disk or a wrong file, and must be called that. */
const sqliteBusy = 5;

function isBusy(thrown: unknown): boolean {
  return thrown instanceof Error && "errcode" in thrown && thrown.errcode === sqliteBusy;
}

/** Takes the lock beside the database file, or throws DatabaseOwned at once. Nothing to lock on PostgreSQL. Dispose to give it back. */
export function lockOwner(url: string): Disposable {
  const file = sqliteFile(url);
  if (file === undefined || file === ":memory:") return { [Symbol.dispose]: () => {} };
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
  // SQLite's own exclusive lock is the portable way to a file lock in Node.
  const lock = new DatabaseSync(`${file}.lock`, { timeout: 0 });
  try {
    lock.exec("pragma locking_mode = exclusive; begin exclusive;");
  } catch (thrown) {
    lock.close();
    if (!isBusy(thrown)) throw thrown;
    throw new DatabaseOwned(`another tocsin owns ${file}`);
  }
  return { [Symbol.dispose]: () => lock.close() };
}
