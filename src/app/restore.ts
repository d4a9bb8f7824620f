// Copies of the record, and taking one into use: a restored record must not say again what was said since.
import { existsSync } from "node:fs";
import type { Config } from "../config/load.ts";
import { copyDatabase, NotADatabase, putInPlace, removeDatabase, replaceDatabase } from "../db/backup.ts";
import { connect, connectedServers, sqliteFile, type Connection } from "../db/connect.ts";
import { voidLeases } from "../db/lease.ts";
import { migrate } from "../db/migrate.ts";
import { lockOwner } from "../db/owner-lock.ts";
import { beginEpoch, readRecord } from "../db/record-store.ts";
import { giveUpMessages } from "../delivery/delivery-store.ts";
import { dropLetters } from "../subscribers/letter-store.ts";
import { openIncidents } from "../incidents/incident-store.ts";
import type { Clock, Instant } from "../lib/clock.ts";
import { fault } from "../lib/fault.ts";
import { databaseUrl } from "./make-desk.ts";

/** It would be wrong to go on; the message says what to do. */
export class Refused extends Error {
  override readonly name = "Refused";
}

const draftOf = (file: string): string => `${file}.tocsin-tmp`;

/** Copies the database while a server writes to it. On PostgreSQL that is pg_dump's work. */
export async function backUp(config: Config, dataDir: string, to: string, force: boolean): Promise<void> {
  const url = databaseUrl(config, dataDir);
  const file = sqliteFile(url);
  if (file === undefined)
    throw new Refused(`the record is in PostgreSQL, which has its own tool:\n\n  ${dumpCommand(url, to)}\n`);
  if (!existsSync(file)) throw new Refused(`there is no database at ${file} yet; is --data the same as the server's?`);
  const taken = (): void => {
    if (!force && existsSync(to)) throw new Refused(`${to} is there already; name another file, or say --force`);
  };
  taken();
  await copyDatabase(file, draftOf(to));
  fault("backup.copied");
  taken();
  putInPlace(draftOf(to), to);
}

/** The password is for ~/.pgpass or PGPASSWORD, never for a command line that everybody can list. */
function dumpCommand(url: string, to: string): string {
  const shown = new URL(url);
  shown.password = "";
  return `pg_dump --format=custom --no-owner --no-acl --file=${quoted(to)} ${quoted(shown.href)}`;
}

function quoted(text: string): string {
  return /^[\w./:@-]+$/.test(text) ? text : `'${text.replaceAll("'", String.raw`'\''`)}'`;
}

export type Restored = {
  readonly epoch: number;
  /** Messages that were on their way when the copy was made. */
  readonly dead: number;
  readonly open: readonly { readonly number: number; readonly title: string; readonly visibility: string }[];
  /** Where the replaced database is. */
  readonly kept?: string;
  /** Why it is kept with a log beside it. */
  readonly unsound?: string;
};

/** Takes a copy into use in place of the SQLite database, which is kept. Throws Refused, DatabaseOwned, NewerDatabase, NotADatabase. */
export async function restoreFile(config: Config, dataDir: string, from: string, clock: Clock): Promise<Restored> {
  const url = databaseUrl(config, dataDir);
  const file = sqliteFile(url);
  if (file === undefined)
    throw new Refused("the record is in PostgreSQL: restore it with pg_restore, then say `tocsin restore --database`");
  if (!existsSync(from)) throw new NotADatabase(`there is no file ${from}`);
  using _lock = lockOwner(url);
  const draft = draftOf(file);
  const restored = await makeReady(from, draft, clock.now(), await epochOf(url, file)).catch((thrown: unknown) => {
    removeDatabase(draft);
    throw thrown;
  });
  if (!existsSync(file)) {
    replaceDatabase(draft, file, file);
    return restored;
  }
  const kept = `${file}.replaced-${new Date(clock.now()).toISOString().slice(0, 19).replaceAll(/[-:]/g, "")}Z`;
  const unsound = replaceDatabase(draft, file, kept);
  return { ...restored, kept, ...(unsound === undefined ? {} : { unsound }) };
}

/** A copy in which the restore has been done already: it takes the place of the database as it is. */
async function makeReady(from: string, draft: string, now: Instant, replaced: number): Promise<Restored> {
  await copyDatabase(from, draft);
  const restored = await withDatabase(`sqlite:${draft}`, (copy) => takeIntoUse(copy, now, replaced));
  // It was opened with a log; now it is one file again.
  await copyDatabase(draft, `${draft}-2`);
  putInPlace(`${draft}-2`, draft);
  fault("restore.copied");
  return restored;
}

/** The configured database was put there by other means: pg_restore, a snapshot of the disk. */
export async function adoptDatabase(config: Config, dataDir: string, clock: Clock): Promise<Restored> {
  const url = databaseUrl(config, dataDir);
  using _lock = lockOwner(url);
  return await withDatabase(url, async (connection) => {
    if ((await connectedServers(connection)) > 0)
      throw new Refused("a Tocsin is connected to this database; stop every replica first");
    return takeIntoUse(connection, clock.now(), 0);
  });
}

async function withDatabase<T>(url: string, work: (connection: Connection) => Promise<T>): Promise<T> {
  const connection = connect(url);
  try {
    return await work(connection);
  } finally {
    await connection.close();
  }
}

/** Of the database that is replaced; 0 where it cannot tell any more. */
async function epochOf(url: string, file: string): Promise<number> {
  if (!existsSync(file)) return 0;
  try {
    return await withDatabase(url, async ({ db }) => (await readRecord(db)).epoch);
  } catch {
    return 0;
  }
}

async function takeIntoUse(connection: Connection, now: Instant, replaced: number): Promise<Restored> {
  await readRecord(connection.db).catch(() => {
    throw new NotADatabase("that is no database of Tocsin's: it has no record");
  });
  await migrate(connection);
  const done = await connection.db.transaction().execute(async (tx) => {
    await voidLeases(tx);
    await dropLetters(tx);
    return { dead: await giveUpMessages(tx, "restored", now), epoch: await beginEpoch(tx, now, replaced) };
  });
  const open = await openIncidents(connection.db);
  return { ...done, open: open.map(({ number, notice, visibility }) => ({ number, title: notice.title, visibility })) };
}
