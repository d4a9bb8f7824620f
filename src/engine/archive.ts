// The whole record as an archive: read a piece at a time, and read back into an empty one. What is there already stays.
import { adoptionRows, ageRecord, changesAfter, componentsSeen, idOfNumber, importedRows, keepAdoption, keepChange, keepComponentSeen, keepImported, redirectRows, timelinesAfter, windowsAfter } from "../db/archive-store.ts"; // prettier-ignore
import { readRecord } from "../db/record-store.ts";
import type { Tx } from "../db/schema.ts";
import type { IncidentEvent } from "../incidents/incident.ts";
import { fold } from "../incidents/steps.ts";
import { insertIncident } from "../incidents/incident-store.ts";
import type { Refusal } from "../incidents/obeyed.ts";
import { stored } from "../lib/json.ts";
import { failed, ok, type Result } from "../lib/result.ts";
import type { Maintenance } from "../maintenance/maintenance.ts";
import { insertMaintenance } from "../maintenance/maintenance-store.ts";
import { archiveParts, type ArchiveItem, type ArchivePart } from "../shapes/archive.ts";
import { addRedirect } from "../status/redirect-store.ts";
import { committed, publicChanged, transact } from "./commit.ts";
import type { Desk } from "./desk.ts";

export type ArchivePiece = { readonly items: readonly object[]; readonly next?: number };

/** `after`: what the piece before gave as its next; 0 at first. */
export async function readArchive(desk: Desk, part: ArchivePart, after: number, limit: number): Promise<ArchivePiece> {
  const { db } = desk;
  const counted = (items: readonly object[]): ArchivePiece => items.length < limit ? { items } : { items, next: after + items.length }; // prettier-ignore
  const numbered = (items: readonly object[], last: number | undefined): ArchivePiece =>
    items.length < limit || last === undefined ? { items } : { items, next: last };
  switch (part) {
    case "record":
      return { items: [{ created_at: (await readRecord(db)).createdAt }] };
    case "components":
      return counted(await componentsSeen(db, after, limit));
    case "imported":
      return counted(await importedRows(db, after, limit));
    case "redirects":
      return counted(await redirectRows(db, after, limit));
    case "adoptions":
      return counted(await adoptionRows(db, after, limit));
    case "incidents": {
      const found = await timelinesAfter(db, after, limit);
      return numbered(found.map(({ code, visibility, updatedAt, events }) => ({
        private: visibility === "draft" || visibility === "dismissed",
        code,
        changed_at: updatedAt,
        timeline: events.map((body) => stored<object>(body)),
      })), found.at(-1)?.number); // prettier-ignore
    }
    case "maintenances": {
      const found = await windowsAfter(db, after, limit);
      const items = found.map(({ body, updated_at: at }) => ({ private: false, changed_at: at, window: stored<object>(body) })); // prettier-ignore
      return numbered(items, found.at(-1)?.number);
    }
    case "changes": {
      const found = await changesAfter(db, after, limit);
      return numbered(found.map((row) => ({ ...row, private: true, actor: stored<object>(row.actor) })), found.at(-1)?.id); // prettier-ignore
    }
  }
}

export type ArchiveRead = { readonly added: number; readonly there: number };

/** One transaction: all of the piece, or nothing of it. */
export async function writeArchive(
  desk: Desk,
  part: ArchivePart,
  items: readonly unknown[],
): Promise<Result<ArchiveRead, Refusal>> {
  const checked = items.map((item) => archiveParts[part].safeParse(item));
  const wrong = checked.findIndex((one) => !one.success);
  if (wrong !== -1) return refused("invalid", `item ${wrong + 1} of ${part} is not what an archive holds: ${checked[wrong]?.error?.issues[0]?.path.join(".") ?? ""}`); // prettier-ignore
  try {
    const done = await transact(desk, async (tx) => {
      let added = 0;
      // As it was written: a schema would put what it knows first.
      for (const item of stored<readonly AnyItem[]>(JSON.stringify(items)))
        if (await writeItem(tx, part, item)) added += 1;
      if (added > 0) await publicChanged(tx, desk, [], desk.clock.now());
      return { added, there: items.length - added };
    });
    committed(desk);
    return ok(done);
  } catch (thrown) {
    if (thrown instanceof Taken) return refused("conflict", thrown.message);
    throw thrown;
  }
}

function refused(code: Refusal["code"], message: string): { readonly ok: false; readonly error: Refusal } {
  return failed({ code, message });
}

/** The number belongs to another one here. */
class Taken extends Error {}

type AnyItem = { [P in ArchivePart]: ArchiveItem<P> }[ArchivePart];

async function writeItem(tx: Tx, part: ArchivePart, item: AnyItem): Promise<boolean> {
  if ("timeline" in item) return writeIncident(tx, item);
  if ("window" in item) return writeWindow(tx, item);
  if ("actor" in item) {
    const { private: _private, id: _id, actor, ...row } = item;
    return keepChange(tx, { ...row, actor: JSON.stringify(actor) });
  }
  if ("stamp" in item) return keepImported(tx, item);
  if ("path" in item) return addRedirect(tx, item);
  if ("incident" in item) return keepAdoption(tx, item);
  if ("first_seen_at" in item) return keepComponentSeen(tx, item);
  if (part === "record") return ageRecord(tx, item.created_at);
  throw new Error(`nothing is known of ${part}`);
}

async function free(tx: Tx, table: "incidents" | "maintenances", number: number, id: string): Promise<boolean> {
  const there = await idOfNumber(tx, table, number);
  if (there === undefined) return true;
  if (there === id) return false;
  const what = table === "incidents" ? "outage" : "maintenance";
  throw new Taken(`number ${number} is another ${what} here: an archive goes into a record without outages of its own`);
}

async function writeIncident(tx: Tx, item: ArchiveItem<"incidents">): Promise<boolean> {
  const [first] = item.timeline;
  if (!(await free(tx, "incidents", first.number, first.id))) return false;
  // Checked just now, and ours: the row is its timeline.
  const events = stored<readonly IncidentEvent[]>(JSON.stringify(item.timeline));
  const incident = fold(events);
  if (incident === undefined) throw new Error("a timeline has a beginning");
  await insertIncident(tx, incident, events, item.changed_at, item.code);
  return true;
}

async function writeWindow(tx: Tx, item: ArchiveItem<"maintenances">): Promise<boolean> {
  const { number, id } = item.window;
  if (!(await free(tx, "maintenances", number, id))) return false;
  await insertMaintenance(tx, stored<Maintenance>(JSON.stringify(item.window)), item.changed_at);
  return true;
}
