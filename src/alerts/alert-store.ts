// The last word on each alert, and which incident it belongs to.
import { sql } from "kysely";
import type { ComponentId, SourceId } from "../config/names.ts";
import type { Reader, Schema } from "../db/schema.ts";
import type { Instant } from "../lib/clock.ts";
import { brand } from "../lib/ids.ts";
import { stored } from "../lib/json.ts";
import { plainText } from "../lib/text.ts";
import { alertKinds, sourceOf, type Alert, type AlertKey, type AlertKind } from "./alert.ts";

export type StoredAlert = {
  readonly alert: Alert;
  readonly firstSeenAt: Instant;
  readonly incident?: number;
  readonly because: string;
  /** When it was heard to fire anew, in the last hour. */
  readonly fired: readonly Instant[];
  /** Firing, and nobody is told for now: `silence:ID`, `maintenance:N`, `route`. */
  readonly quietBy?: string;
  /** It flaps: though resolved, it counts as firing until then. */
  readonly heldUntil?: Instant;
};

function fromRow(row: Schema["alerts"]): StoredAlert {
  return {
    alert: stored<Alert>(row.body),
    firstSeenAt: row.first_seen_at,
    because: row.because,
    fired: row.fired === null ? [] : stored<readonly Instant[]>(row.fired),
    ...(row.incident === null ? {} : { incident: row.incident }),
    ...(row.quiet_by === null ? {} : { quietBy: row.quiet_by }),
    ...(row.held_until === null ? {} : { heldUntil: row.held_until }),
  };
}

export async function readAlert(db: Reader, key: AlertKey): Promise<StoredAlert | undefined> {
  const row = await db.selectFrom("alerts").selectAll().where("key", "=", key).executeTakeFirst();
  return row === undefined ? undefined : fromRow(row);
}

/** PostgreSQL takes 65,535 parameters in a statement, SQLite 32,766. */
const keysAtOnce = 5_000;
const rowsAtOnce = 1_000;

export async function readAlerts(db: Reader, keys: readonly AlertKey[]): Promise<readonly StoredAlert[]> {
  const found: StoredAlert[] = [];
  for (let i = 0; i < keys.length; i += keysAtOnce) {
    const some = keys.slice(i, i + keysAtOnce);
    const rows = await db.selectFrom("alerts").selectAll().where("key", "in", some).execute();
    found.push(...rows.map(fromRow));
  }
  return found;
}

/** The one that spoke last comes first. */
export async function listAlerts(
  db: Reader,
  which: {
    readonly firing?: boolean;
    readonly component?: ComponentId;
    readonly source?: SourceId;
    readonly incident?: number;
    /** Only those that come after this one in the list. */
    readonly below?: { readonly observedAt: Instant; readonly key: string };
    readonly limit: number;
  },
): Promise<readonly StoredAlert[]> {
  const { component, source, incident, below } = which;
  let query = db.selectFrom("alerts").selectAll();
  query = query.orderBy("observed_at", "desc").orderBy("key", "desc").limit(which.limit);
  if (which.firing === true) query = query.where("status", "=", sql.lit("firing"));
  if (component !== undefined) query = query.where("component", "=", component);
  if (source !== undefined) query = query.where("source", "=", source);
  if (incident !== undefined) query = query.where("incident", "=", incident);
  if (below !== undefined)
    query = query.where((is) =>
      is.or([
        is("observed_at", "<", below.observedAt),
        is.and([is("observed_at", "=", below.observedAt), is("key", "<", below.key)]),
      ]),
    );
  return (await query.execute()).map(fromRow);
}

function toRow({
  alert,
  incident,
  because,
  fired,
  quietBy,
  heldUntil,
}: Omit<StoredAlert, "firstSeenAt">): Omit<Schema["alerts"], "first_seen_at"> {
  return {
    key: alert.key,
    source: sourceOf(alert.key),
    status: alert.status,
    kind: alert.kind,
    severity: alert.severity,
    component: alert.component ?? null,
    // A NUL, which a body may well quote, is not text to PostgreSQL.
    summary: plainText(alert.summary),
    body: JSON.stringify(alert),
    starts_at: alert.startsAt,
    ends_at: alert.endsAt ?? null,
    observed_at: alert.observedAt,
    incident: incident ?? null,
    because,
    fired: fired.length === 0 ? null : JSON.stringify(fired),
    quiet_by: quietBy ?? null,
    held_until: heldUntil ?? null,
    expires_at: alert.status === "firing" ? (alert.expiresAt ?? null) : null,
    group_key: alert.status === "firing" ? (alert.group ?? null) : null,
  };
}

/** The last word on each; each key once. */
export async function saveAlerts(db: Reader, alerts: readonly Omit<StoredAlert, "firstSeenAt">[]): Promise<void> {
  for (let i = 0; i < alerts.length; i += rowsAtOnce) {
    const rows = alerts
      .slice(i, i + rowsAtOnce)
      .map((each) => ({ ...toRow(each), first_seen_at: each.alert.observedAt }));
    await db
      .insertInto("alerts")
      .values(rows)
      .onConflict((conflict) =>
        conflict.column("key").doUpdateSet((is) => ({
          status: is.ref("excluded.status"),
          kind: is.ref("excluded.kind"),
          severity: is.ref("excluded.severity"),
          component: is.ref("excluded.component"),
          summary: is.ref("excluded.summary"),
          body: is.ref("excluded.body"),
          starts_at: is.ref("excluded.starts_at"),
          ends_at: is.ref("excluded.ends_at"),
          observed_at: is.ref("excluded.observed_at"),
          incident: is.ref("excluded.incident"),
          because: is.ref("excluded.because"),
          fired: is.ref("excluded.fired"),
          quiet_by: is.ref("excluded.quiet_by"),
          held_until: is.ref("excluded.held_until"),
          expires_at: is.ref("excluded.expires_at"),
          group_key: is.ref("excluded.group_key"),
        })),
      )
      .execute();
  }
}

/** An alert that fires, as far as correlation asks. */
export type FiringAlert = {
  readonly key: AlertKey;
  readonly component?: ComponentId;
  readonly kind: AlertKind;
  readonly source: string;
  readonly startsAt: Instant;
  readonly incident: number;
};

/** What fires in these incidents. */
export async function firingIn(db: Reader, incidents: readonly number[]): Promise<readonly FiringAlert[]> {
  if (incidents.length === 0) return [];
  const rows = await db
    .selectFrom("alerts")
    .select(["key", "component", "kind", "source", "starts_at", "incident"])
    .where("status", "=", sql.lit("firing"))
    .where("quiet_by", "is", null)
    .where("incident", "in", incidents)
    .execute();
  return rows.flatMap(({ key, component, kind, source, starts_at: startsAt, incident }) => {
    const known = alertKinds.find((each) => each === kind);
    if (incident === null || known === undefined) return [];
    const hit = component === null ? {} : { component: brand<ComponentId>(component) };
    return [{ key: brand<AlertKey>(key), ...hit, kind: known, source, startsAt, incident }];
  });
}

/** All that fire by the word of one source, by key. */
export async function firingOf(db: Reader, source: SourceId): Promise<readonly Alert[]> {
  const rows = await db
    .selectFrom("alerts")
    .select("body")
    .where("source", "=", source)
    .where("status", "=", sql.lit("firing"))
    .orderBy("key")
    .execute();
  return rows.map(({ body }) => stored<Alert>(body));
}

export type FiringWord = Pick<StoredAlert, "alert" | "incident" | "quietBy">;

/** Those that fire by the word of one source, by key; `after` pages on. */
export async function firingPage(
  db: Reader,
  source: SourceId,
  after: string,
  limit: number,
): Promise<readonly FiringWord[]> {
  const rows = await db
    .selectFrom("alerts")
    .select(["body", "incident", "quiet_by"])
    .where("source", "=", source)
    .where("status", "=", sql.lit("firing"))
    .where("key", ">", after)
    .orderBy("key")
    .limit(limit)
    .execute();
  return rows.map(({ body, incident, quiet_by: quietBy }) => ({
    alert: stored<Alert>(body),
    ...(incident === null ? {} : { incident }),
    ...(quietBy === null ? {} : { quietBy }),
  }));
}

/** Those that fire in these groups of one source. */
export async function firingInGroups(
  db: Reader,
  source: SourceId,
  groups: readonly string[],
): Promise<readonly Alert[]> {
  const rows = await db
    .selectFrom("alerts")
    .select("body")
    .where("source", "=", source)
    .where("group_key", "is not", null)
    .where("group_key", "in", groups)
    .orderBy("key")
    .execute();
  return rows.map(({ body }) => stored<Alert>(body));
}

/** Those that were to be said again before `now`, and were not; the one that waits longest comes first. */
export async function expiredAlerts(db: Reader, now: Instant, limit: number): Promise<readonly Alert[]> {
  const rows = await db
    .selectFrom("alerts")
    .select("body")
    .where("expires_at", "is not", null)
    .where("expires_at", "<=", now)
    .orderBy("expires_at")
    .limit(limit)
    .execute();
  return rows.map(({ body }) => stored<Alert>(body));
}

/** How many nobody is told of, because of this. */
export async function countQuiet(db: Reader, by: string): Promise<number> {
  const row = await db
    .selectFrom("alerts")
    .select((is) => is.fn.countAll<number>().as("count"))
    .where("quiet_by", "=", by)
    .executeTakeFirst();
  return row?.count ?? 0;
}

/** By its key, or by a fingerprint that only one has. */
export async function findAlert(db: Reader, name: string): Promise<StoredAlert | undefined> {
  const exact = await readAlert(db, brand<AlertKey>(name));
  if (exact !== undefined) return exact;
  const sources = await db.selectFrom("alerts").select("source").distinct().execute();
  const meant = await readAlerts(
    db,
    sources.map(({ source }) => brand<AlertKey>(`${source}/${name}`)),
  );
  return meant.length === 1 ? meant[0] : undefined;
}

/** Those of which nobody was told, by key; `after` pages on. */
export async function quietAlerts(db: Reader, after: string, limit: number): Promise<readonly StoredAlert[]> {
  const rows = await db
    .selectFrom("alerts")
    .selectAll()
    .where("quiet_by", "is not", null)
    .where("status", "=", sql.lit("firing"))
    .where("key", ">", after)
    .orderBy("key")
    .limit(limit)
    .execute();
  return rows.map(fromRow);
}

/** Those that flapped and have been calm for long enough. */
export async function calmAlerts(db: Reader, now: Instant, limit: number): Promise<readonly StoredAlert[]> {
  const rows = await db
    .selectFrom("alerts")
    .selectAll()
    .where("held_until", "is not", null)
    .where("held_until", "<=", now)
    .limit(limit)
    .execute();
  return rows.map(fromRow);
}

/** All alerts of one incident, or only these, belong to another now. */
export async function moveAlerts(db: Reader, from: number, into: number, only?: readonly AlertKey[]): Promise<void> {
  let query = db.updateTable("alerts").set({ incident: into }).where("incident", "=", from);
  if (only !== undefined) query = query.where("key", "in", only);
  await query.execute();
}

/** A source that hears of thousands an hour looks back on no more than these. */
const mostOver = 200;

/** All of one source that fire, and the last of those that were over at `since` or later. */
export async function alertsOfSource(db: Reader, source: SourceId, since: Instant): Promise<readonly StoredAlert[]> {
  const own = db.selectFrom("alerts").selectAll().where("source", "=", source);
  const firing = await own.where("status", "=", sql.lit("firing")).orderBy("key").execute();
  const over = await own
    .where("status", "=", sql.lit("resolved"))
    .where("observed_at", ">=", since)
    .orderBy("observed_at", "desc")
    .limit(mostOver)
    .execute();
  return [...firing, ...over].map(fromRow);
}

/** The alerts of one source that belonged to these incidents. */
export async function alertsOfIncidents(
  db: Reader,
  source: SourceId,
  incidents: readonly number[],
): Promise<readonly { readonly key: AlertKey; readonly incident: number }[]> {
  if (incidents.length === 0) return [];
  const rows = await db
    .selectFrom("alerts")
    .select(["key", "incident"])
    .where("source", "=", source)
    .where("incident", "in", incidents)
    .execute();
  return rows.flatMap((row) =>
    row.incident === null ? [] : [{ key: brand<AlertKey>(row.key), incident: row.incident }],
  );
}

/** Deletes up to `limit` alerts that were over before `before`; those of `incidents` stay. How many it were. */
export async function pruneAlerts(
  db: Reader,
  before: Instant,
  incidents: readonly number[],
  limit = 500,
): Promise<number> {
  let over = db
    .selectFrom("alerts")
    .select("key")
    .where("status", "=", sql.lit("resolved"))
    .where("observed_at", "<", before)
    .orderBy("observed_at")
    .limit(limit);
  if (incidents.length > 0)
    over = over.where((is) => is.or([is("incident", "is", null), is("incident", "not in", incidents)]));
  const { numDeletedRows } = await db.deleteFrom("alerts").where("key", "in", over).executeTakeFirst();
  return Number(numDeletedRows);
}
