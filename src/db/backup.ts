// Whole copies of a SQLite database, while others write to it; and the swap of one for another that kill -9 cannot tear.
import { chmodSync, chownSync, closeSync, copyFileSync, existsSync, fsyncSync, linkSync, openSync, renameSync, rmSync, statSync } from "node:fs"; // prettier-ignore
import { dirname } from "node:path";
import { backup, DatabaseSync } from "node:sqlite";
import { fault } from "../lib/fault.ts";
import { reasonOf } from "../lib/result.ts";

/** All pages in one step: a copy in several begins anew whenever somebody writes in between. */
const allAtOnce = 2 ** 31 - 1;

export class NotADatabase extends Error {
  override readonly name = "NotADatabase";
}

function syncPath(path: string): void {
  const opened = openSync(path, "r");
  fsyncSync(opened);
  closeSync(opened);
}

/** Copies a database, as it is at one moment, to a draft that is one sound file of mode 0600. Throws NotADatabase. */
export async function copyDatabase(from: string, draft: string): Promise<void> {
  // What a killed one left.
  removeDatabase(draft);
  closeSync(openSync(draft, "wx", 0o600));
  try {
    using source = open(from, true);
    await backup(source, draft, { rate: allAtOnce });
    using copy = open(draft, false);
    // One file alone must be enough: no -wal beside it.
    copy.exec("pragma journal_mode = delete");
    const sound = copy.prepare("pragma integrity_check").get()?.["integrity_check"];
    if (sound !== "ok") throw new NotADatabase(`${from} is damaged: ${String(sound)}`);
  } catch (thrown) {
    removeDatabase(draft);
    throw isForeign(thrown) ? new NotADatabase(`${from} is no SQLite database`) : thrown;
  }
  syncPath(draft);
}

export function removeDatabase(file: string): void {
  for (const part of ["", "-wal", "-shm", "-journal"]) rmSync(`${file}${part}`, { force: true });
}

/** Makes the draft the file of that name, in one step. */
export function putInPlace(draft: string, file: string): void {
  renameSync(draft, file);
  syncPath(dirname(file));
}

function open(file: string, readOnly: boolean): DatabaseSync {
  return new DatabaseSync(file, { readOnly, timeout: 10_000 });
}

/** https://www.sqlite.org/rescode.html#notadb */
function isForeign(thrown: unknown): boolean {
  return thrown instanceof Error && "errcode" in thrown && thrown.errcode === 26;
}

/**
 * Puts the draft in the place of the database, which stays beside it under another name. Whoever is killed on the way
 * leaves the old one or the new one. The caller holds the owner's lock. Returns why the old one is kept with its -wal.
 */
export function replaceDatabase(draft: string, file: string, kept: string): string | undefined {
  let unsound: string | undefined;
  if (existsSync(file)) {
    unsound = settleLog(file);
    // A log that could not be folded in belongs to the old file, and would be read into the new one.
    if (existsSync(`${file}-wal`)) renameSync(`${file}-wal`, `${kept}-wal`);
    rmSync(`${file}-shm`, { force: true });
    keepBeside(file, kept);
    chmodSync(kept, 0o600);
    sameOwner(draft, file);
  } else sameOwner(draft, dirname(file));
  fault("restore.kept");
  putInPlace(draft, file);
  fault("restore.swapped");
  return unsound;
}

/** Folds the write-ahead log into the file. */
function settleLog(file: string): string | undefined {
  try {
    using old = open(file, false);
    old.exec("pragma wal_checkpoint(truncate); pragma journal_mode = delete");
    return undefined;
  } catch (thrown) {
    return reasonOf(thrown);
  }
}

/** A second name for the same file: at no moment is there none. Not every file system has such. */
function keepBeside(file: string, kept: string): void {
  try {
    linkSync(file, kept);
  } catch {
    copyFileSync(file, kept);
    syncPath(kept);
  }
}

/** Root restores what another user serves. */
function sameOwner(draft: string, as: string): void {
  if (process.getuid?.() !== 0) return;
  const { uid, gid } = statSync(as);
  chownSync(draft, uid, gid);
}
