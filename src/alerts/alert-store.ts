// The last word on each alert, and which incident it belongs to.
import { sql } from "kysely";
import type { ComponentId, SourceId } from "../config/names.ts";
import type { Reader, Schema } from "../db/schema.ts";
import type { Instant } from "../lib/clock.ts";
import { brand } from "../lib/ids.ts";
import { stored } from "../lib/json.ts";
import { plainText } from "../lib/text.ts";
import type { Alert, AlertKey } from "./alert.ts";

export type StoredAlert = {
  readonly alert: Alert;
  readonly firstSeenAt: Instant;
  readonly incident?: number;
  readonly because: string;
};

function fromRow(row: Schema["alerts"]): StoredAlert {
  const incident = row.incident === null ? {} : { incident: row.incident };
  return { alert: stored<Alert>(row.body), firstSeenAt: row.first_seen_at, because: row.because, ...incident };
}

export async function readAlert(db: Reader, key: AlertKey): Promise<StoredAlert | undefined> {
  const row = await db.selectFrom("alerts").selectAll().where("key", "=", key).executeTakeFirst();
  return row === undefined ? undefined : fromRow(row);
}

export async function readAlerts(db: Reader, keys: readonly AlertKey[]): Promise<readonly StoredAlert[]> {
  if (keys.length === 0) return [];
  const rows = await db.selectFrom("alerts").selectAll().where("key", "in", keys).execute();
  return rows.map(fromRow);
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
  if (which.firing === true) query = query.where("status", "=", "firing");
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

export async function saveAlert(
  db: Reader,
  alert: Alert,
  source: SourceId,
  incident: number | undefined,
  because: string,
): Promise<void> {
  const row = {
    source,
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
  };
  await db
    .insertInto("alerts")
    .values({ key: alert.key, first_seen_at: alert.observedAt, ...row })
    .onConflict((conflict) => conflict.column("key").doUpdateSet(row))
    .execute();
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
