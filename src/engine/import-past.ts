// Brings entries of another status page into the record: each once, in bounded transactions, and nobody is told of the past.
import type { Actor } from "../accounts/actor.ts";
import type { ComponentId } from "../config/names.ts";
import type { Tx } from "../db/schema.ts";
import { importedAs, rememberImported, type ImportedRow } from "../incidents/imported-store.ts";
import type { IncidentId } from "../incidents/incident.ts";
import { fold } from "../incidents/steps.ts";
import { codeTaken, insertIncident, nextNumber } from "../incidents/incident-store.ts";
import { pastTimeline, type PastIncident } from "../incidents/past-incident.ts";
import { statuspageCode, stampOf } from "../lib/codes.ts";
import { fault } from "../lib/fault.ts";
import { brand, uuidv7 } from "../lib/ids.ts";
import { insertMaintenance, nextMaintenanceNumber } from "../maintenance/maintenance-store.ts";
import type { MaintenanceId } from "../maintenance/maintenance.ts";
import { pastWindow } from "../maintenance/past-window.ts";
import { entriesOf, without } from "../lib/records.ts";
import type { Instant } from "../lib/clock.ts";
import { isOurs, oldPath } from "../status/old-paths.ts";
import { addRedirect } from "../status/redirect-store.ts";
import { committed, publicChanged, transact } from "./commit.ts";
import type { Desk } from "./desk.ts";

export type PastToImport = PastIncident & {
  readonly key: string;
  readonly kind: "incident" | "maintenance";
  readonly oldPaths: readonly string[];
  readonly code?: string;
};

/** `there`: it came before. `changed`: so it did, and says something else there now; ours stays as it is. */
export type ImportedEntry = {
  readonly key: string;
  readonly kind: "incident" | "maintenance";
  /** Absent in a dry run: it would be new. */
  readonly number?: number;
  readonly was: "added" | "there" | "changed";
  /** Old addresses that cannot lead here: a page of ours stands there, or another entry came first. */
  readonly taken: readonly string[];
};

type Ordered = { readonly entries: readonly PastToImport[]; readonly by: Actor; readonly dryRun: boolean };

/** One transaction. Numbers are given in the order of the entries. */
export async function importPast(desk: Desk, { entries, by, dryRun }: Ordered): Promise<readonly ImportedEntry[]> {
  const done = await transact(desk, async (tx) => {
    const now = desk.clock.now();
    const known = await importedAs(tx, entries.map(keyOf)); // prettier-ignore
    const fresh = entries.filter((entry) => !known.has(keyOf(entry)));
    const results = new Map<string, ImportedEntry>();
    for (const entry of dryRun ? [] : fresh) {
      const key = keyOf(entry);
      // The same key twice in one go is one entry.
      if (!results.has(key)) results.set(key, await bringIn(tx, entry, by, now));
    }
    const open = fresh.filter((entry) => entry.endedAt === undefined).flatMap((entry) => entriesOf(entry.impact));
    if (results.size > 0) await publicChanged(tx, desk, [...new Set(open.map(([id]) => id))], now);
    return entries.map((entry) => results.get(keyOf(entry)) ?? outcome(entry, known.get(keyOf(entry))));
  });
  fault("imported.committed");
  if (!dryRun) committed(desk);
  return done;
}

const keyOf = ({ from, key }: PastToImport): string => `${from}/${key}`;

/** Of what it says itself: which component our config calls it by is no change of theirs. */
function stampFor(entry: PastToImport): string {
  return stampOf(JSON.stringify(without(entry, "impact")));
}

function outcome(entry: PastToImport, row: ImportedRow | undefined): ImportedEntry {
  const { key, kind } = entry;
  const taken = pathsOf(entry).filter(isOurs);
  if (row === undefined) return { key, kind, was: "added", taken };
  const was = row.stamp === stampFor(entry) ? "there" : "changed";
  return { key, kind: row.kind, number: row.number, was, taken };
}

function pathsOf({ oldPaths }: PastToImport): readonly string[] {
  return [...new Set(oldPaths.flatMap((path) => oldPath(path) ?? []))];
}

async function bringIn(tx: Tx, entry: PastToImport, by: Actor, now: Instant): Promise<ImportedEntry> {
  const { key, kind } = entry;
  const number = await (kind === "incident" ? addIncident(tx, entry, by) : addWindow(tx, entry, by, now));
  await rememberImported(tx, { key: keyOf(entry), kind, number, stamp: stampFor(entry), at: now });
  const taken: string[] = [];
  for (const path of pathsOf(entry))
    if (isOurs(path) || !(await addRedirect(tx, { path, kind, number }))) taken.push(path);
  return { key, kind, number, was: "added", taken };
}

async function addIncident(tx: Tx, entry: PastToImport, by: Actor): Promise<number> {
  const number = await nextNumber(tx);
  const id = brand<IncidentId>(uuidv7(entry.startedAt));
  const events = pastTimeline(entry, { id, number, by });
  const incident = fold(events);
  if (incident === undefined) throw new Error("a timeline has a beginning");
  const own = entry.code !== undefined && !(await codeTaken(tx, entry.code)) ? entry.code : undefined;
  // Changed when it was said: to readers of feeds, nothing happened today.
  await insertIncident(tx, incident, events, Math.max(...events.map((event) => event.at)), own);
  return number;
}

async function addWindow(tx: Tx, entry: PastToImport, by: Actor, now: Instant): Promise<number> {
  const number = await nextMaintenanceNumber(tx);
  const id = brand<MaintenanceId>(uuidv7(entry.startedAt));
  const components: readonly ComponentId[] = entriesOf(entry.impact).map(([component]) => component);
  const window = pastWindow(
    { ...entry, components, endedAt: entry.endedAt ?? entry.startedAt },
    { id, number, code: statuspageCode("maintenance", id), by },
    now,
  );
  await insertMaintenance(tx, window, Math.max(...window.events.map((event) => event.at)));
  return number;
}
