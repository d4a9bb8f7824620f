// Incidents and their timelines in the database. The row and its events are written in one transaction.
import { concernShown, saveConcerns } from "../components/concern-store.ts";
import { everything, type Shown } from "../components/shown-components.ts";
import { statusIn } from "./impact.ts";
import type { Reader, Schema, Tx } from "../db/schema.ts";
import { sql, type Selectable } from "kysely";
import type { ComponentId } from "../config/names.ts";
import type { Instant } from "../lib/clock.ts";
import { statuspageCode } from "../lib/codes.ts";
import { stored } from "../lib/json.ts";
import { keysOf } from "../lib/records.ts";
import type { PublicIndexEntry } from "./clocks.ts";
import type { Incident, IncidentEvent } from "./incident.ts";

// The words are written out, not bound: SQLite takes a partial index only for a list that it can read when it plans.
const publicWords = [sql.lit("published"), sql.lit("withdrawn")];
const takenBackWords = [sql.lit("dismissed"), sql.lit("withdrawn")];

/** Visibility is part of every query of the public: drafts, and what is only about hidden components, are not even read. */
const publicOnes = (db: Reader, shown: Shown) =>
  db.selectFrom("incidents").where("visibility", "in", publicWords).where(concernShown("incident", shown));
const takenBack = (db: Reader) => db.selectFrom("incidents").where("visibility", "in", takenBackWords);

function toRow(incident: Incident, at: Instant): Omit<Schema["incidents"], "code"> {
  return {
    id: incident.id,
    number: incident.number,
    version: incident.version,
    state: incident.state,
    visibility: incident.visibility,
    open: incident.state === "resolved" ? 0 : 1,
    started_at: incident.clocks.started,
    detected_at: incident.clocks.detected,
    resolved_at: incident.clocks.resolved ?? null,
    updated_at: at,
    body: JSON.stringify(incident),
  };
}

function fromRow(row: Pick<Selectable<Schema["incidents"]>, "body">): Incident {
  return stored<Incident>(row.body);
}

/** The next running number. In the transaction that opens the incident; a concurrent one fails on the unique number and is tried again. */
export async function nextNumber(tx: Tx): Promise<number> {
  const row = await tx
    .selectFrom("incidents")
    .select((is) => is.fn.max("number").as("highest"))
    .executeTakeFirst();
  return (row?.highest ?? 0) + 1;
}

export async function insertIncident(
  tx: Tx,
  incident: Incident,
  events: readonly IncidentEvent[],
  at: Instant,
  code = statuspageCode("incident", incident.id),
): Promise<void> {
  await tx
    .insertInto("incidents")
    .values({ ...toRow(incident, at), code })
    .execute();
  await saveConcerns(tx, "incident", incident.number, keysOf(incident.impact));
  await appendEvents(tx, incident.number, 0, events);
}

/** Whether Statuspage's clients know another one by it. */
export async function codeTaken(tx: Tx, code: string): Promise<boolean> {
  return (await tx.selectFrom("incidents").select("number").where("code", "=", code).executeTakeFirst()) !== undefined;
}

/** False when somebody else changed the incident first: nothing was written. */
export async function saveIncident(
  tx: Tx,
  before: Incident,
  after: Incident,
  events: readonly IncidentEvent[],
  at: Instant,
): Promise<boolean> {
  const { id: _id, number: _number, ...row } = toRow(after, at);
  const saved = await tx
    .updateTable("incidents")
    .set(row)
    .where("number", "=", before.number)
    .where("version", "=", before.version)
    .executeTakeFirst();
  if (saved.numUpdatedRows === 0n) return false;
  if (keysOf(before.impact).join() !== keysOf(after.impact).join())
    await saveConcerns(tx, "incident", after.number, keysOf(after.impact));
  await appendEvents(tx, after.number, before.version, events);
  return true;
}

/** An event's number is the version it made: gaps and doubles are impossible. */
async function appendEvents(
  tx: Tx,
  incident: number,
  version: number,
  events: readonly IncidentEvent[],
): Promise<void> {
  const rows = events.map((event, i) => ({
    incident,
    n: version + i + 1,
    at: event.at,
    actor: JSON.stringify(event.by),
    kind: event.kind,
    body: JSON.stringify(event),
  }));
  if (rows.length > 0) await tx.insertInto("incident_events").values(rows).execute();
}

export async function readIncident(db: Reader, number: number): Promise<Incident | undefined> {
  const row = await db.selectFrom("incidents").select("body").where("number", "=", number).executeTakeFirst();
  return row === undefined ? undefined : fromRow(row);
}

/** Literals, not parameters: SQLite looks into a partial index only when it sees that it may. */
export async function openIncidents(db: Reader): Promise<readonly Incident[]> {
  const rows = await db
    .selectFrom("incidents")
    .select("body")
    .where("open", "=", sql.lit(1))
    .orderBy("number", "desc")
    .execute();
  return rows.map(fromRow);
}

/** Dismissed or withdrawn, and changed since: whose hold may still count. */
export async function recentlyDismissed(db: Reader, since: Instant): Promise<readonly Incident[]> {
  const rows = await takenBack(db)
    .select("body")
    .where("updated_at", ">=", since)
    .orderBy("number", "desc")
    .limit(50)
    .execute();
  return rows.map(fromRow);
}
export type IncidentQuery = {
  readonly open?: boolean;
  /** Not over by then. */
  readonly since?: Instant;
  readonly component?: ComponentId;
  /** Only smaller numbers than this. */
  readonly below?: number;
  readonly limit: number;
};

/** What a component looks for is inside the body: read in pieces until enough is found. */
const piece = 200;

/** Newest first. */
export async function listIncidents(db: Reader, which: IncidentQuery): Promise<readonly Incident[]> {
  const { component, limit } = which;
  if (component === undefined) return listPiece(db, which);
  const found: Incident[] = [];
  for (let below = which.below; ;) {
    const next = await listPiece(db, { ...which, limit: piece, ...(below === undefined ? {} : { below }) });
    found.push(...next.filter((incident) => statusIn(incident.impact, component) !== undefined));
    below = next.at(-1)?.number;
    if (found.length >= limit || next.length < piece || below === undefined) return found.slice(0, limit);
  }
}

async function listPiece(db: Reader, which: IncidentQuery): Promise<readonly Incident[]> {
  const { since, below } = which;
  let query = db.selectFrom("incidents").select("body").orderBy("number", "desc").limit(which.limit);
  if (which.open === true) query = query.where("open", "=", sql.lit(1));
  if (below !== undefined) query = query.where("number", "<", below);
  if (since !== undefined)
    query = query.where((is) => is.or([is("resolved_at", "is", null), is("resolved_at", ">=", since)]));
  return (await query.execute()).map(fromRow);
}

export type StoredPublicIncident = { readonly incident: Incident; readonly code: string };

const mostRecent = 500;

/** What is open, what ended since then, and what was withdrawn since then. Newest first. */
export async function recentPublicIncidents(
  db: Reader,
  shown: Shown,
  since: Instant,
): Promise<readonly StoredPublicIncident[]> {
  // Each of the three has an index; one condition that joins them with "or" would read the whole past.
  const open = db.selectFrom("incidents").select("number").where("open", "=", sql.lit(1));
  const ended = publicOnes(db, shown).select("number").where("resolved_at", ">=", since);
  const withdrawn = takenBack(db)
    .select("number")
    .where("updated_at", ">=", since)
    .where("visibility", "=", "withdrawn");
  const rows = await publicOnes(db, shown)
    .select(["body", "code"])
    .where("number", "in", open.unionAll(ended).unionAll(withdrawn))
    .orderBy("started_at", "desc")
    .orderBy("number", "desc")
    .limit(mostRecent)
    .execute();
  return rows.map((row) => ({ incident: fromRow(row), code: row.code }));
}

/** These of them that the public may know of, newest first. */
export async function publicIncidentsOf(
  db: Reader,
  shown: Shown,
  numbers: readonly number[],
): Promise<readonly StoredPublicIncident[]> {
  if (numbers.length === 0) return [];
  const rows = await publicOnes(db, shown)
    .select(["body", "code"])
    .where("number", "in", numbers)
    .orderBy("started_at", "desc")
    .orderBy("number", "desc")
    .execute();
  return rows.map((row) => ({ incident: fromRow(row), code: row.code }));
}

/** Those that were going on since then, about whatever, with the version of each; not what was withdrawn. */
export async function publishedSince(
  db: Reader,
  since: Instant,
): Promise<readonly { readonly number: number; readonly version: number }[]> {
  const open = db.selectFrom("incidents").select("number").where("open", "=", sql.lit(1));
  const ended = publicOnes(db, everything).select("number").where("resolved_at", ">=", since);
  return publicOnes(db, everything)
    .select(["number", "version"])
    .where("visibility", "=", sql.lit("published"))
    .where("number", "in", open.unionAll(ended))
    .execute();
}

/** The first of all that were published, by their start. */
export async function earliestPublished(db: Reader, most: number): Promise<readonly Incident[]> {
  const rows = await publicOnes(db, everything).select("body").orderBy("started_at").limit(most).execute();
  return rows.map(fromRow);
}

/** Those to which something happened last. */
export async function lastPublicChanges(db: Reader, shown: Shown, limit: number): Promise<readonly number[]> {
  const rows = await publicOnes(db, shown).select("number").orderBy("updated_at", "desc").limit(limit).execute();
  return rows.map((row) => row.number);
}

/** The whole past, newest first. */
export async function publicIndex(db: Reader, shown: Shown): Promise<readonly PublicIndexEntry[]> {
  const rows = await publicOnes(db, shown)
    .select(["number", "version", "started_at", "resolved_at", "open"])
    .orderBy("started_at", "desc")
    .orderBy("number", "desc")
    .execute();
  return rows.map(({ number, version, started_at: startedAt, resolved_at: endedAt, open }) =>
    open === 1 || endedAt === null ? { number, version, startedAt } : { number, version, startedAt, endedAt },
  );
}

/** When the first of them began. */
export async function firstPublicStart(db: Reader, shown: Shown): Promise<Instant | undefined> {
  const row = await publicOnes(db, shown).select("started_at").orderBy("started_at").limit(1).executeTakeFirst();
  return row?.started_at;
}

/** The whole timelines of these incidents, oldest event first. */
export async function readTimelines(
  db: Reader,
  numbers: readonly number[],
): Promise<ReadonlyMap<number, readonly IncidentEvent[]>> {
  const timelines = new Map<number, IncidentEvent[]>(numbers.map((number) => [number, []]));
  if (numbers.length === 0) return timelines;
  const rows = await db
    .selectFrom("incident_events")
    .selectAll()
    .where("incident", "in", numbers)
    .orderBy("incident")
    .orderBy("n")
    .execute();
  for (const row of rows) {
    timelines.get(row.incident)?.push(stored<IncidentEvent>(row.body));
  }
  return timelines;
}

export async function readTimeline(db: Reader, number: number): Promise<readonly IncidentEvent[]> {
  return (await readTimelines(db, [number])).get(number) ?? [];
}
