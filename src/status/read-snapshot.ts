// Reads the record and makes the one object that the public may know. Drafts are not even read.
import { readSourceStates } from "../alerts/source-state-store.ts";
import { lookingPart, type Source } from "../alerts/source.ts";
import type { Component } from "../components/component.ts";
import type { ComponentId, SourceId, TargetId } from "../config/names.ts";
import { shows } from "../components/shown-components.ts";
import { readComponentsSeen } from "../components/component-store.ts";
import { readRecord } from "../db/record-store.ts";
import type { Reader } from "../db/schema.ts";
import type { Surface } from "../delivery/surface.ts";
import { readSurfaces } from "../delivery/surface-store.ts";
import { firstPublicStart, readTimelines, recentPublicIncidents } from "../incidents/incident-store.ts";
import { day, minute, type Instant } from "../lib/clock.ts";
import { statuspageCode } from "../lib/codes.ts";
import { recentMaintenances } from "../maintenance/maintenance-store.ts";
import { makeSnapshot } from "./make-snapshot.ts";
import { publicIncident } from "./public-incident.ts";
import { readCharts } from "./read-charts.ts";
import { readDays } from "./read-days.ts";
import { publicMaintenance } from "./public-maintenance.ts";
import type { PublicPage } from "./public-page.ts";
import type { PublicSnapshot } from "./snapshot.ts";

/** The part of the desk that the snapshot is made of. */
export type Catalogue = {
  readonly db: Reader;
  readonly components: ReadonlyMap<ComponentId, Component>;
  readonly sources: ReadonlyMap<SourceId, { readonly source: Source }>;
  readonly targets: ReadonlyMap<TargetId, { readonly publicUrl?: string; readonly page: PublicPage }>;
};

/** A little more than the fourteen days that the front page shows. */
const recent = 15 * day;

/** `everyMs`: how often the copy is made anew; it is valid for three times that. What the page does not show is not read. */
export async function readSnapshot(
  catalogue: Catalogue,
  { site, shown }: Pick<PublicPage, "site" | "shown">,
  now: Instant,
  everyMs: number,
): Promise<PublicSnapshot> {
  const { db } = catalogue;
  const components = [...catalogue.components.values()].filter(({ id }) => shows(shown, id));
  const record = await readRecord(db);
  const stored = await recentPublicIncidents(db, shown, now - recent);
  const windows = await recentMaintenances(db, shown, now - recent);
  const firstStart = await firstPublicStart(db, shown);
  const timelines = await readTimelines(
    db,
    stored.map(({ incident }) => incident.number),
  );
  const seen = await readComponentsSeen(db);
  const made = makeSnapshot({
    site,
    record,
    now,
    everyMs,
    addresses: [
      site.url,
      ...[...catalogue.targets.values()].flatMap((target) =>
        target.publicUrl === undefined || target.page.site.url !== site.url ? [] : [target.publicUrl],
      ),
    ],
    components: components.map((component) => ({
      component,
      code: statuspageCode("component", component.id),
      firstSeenAt: record.createdAt,
      ...seen.get(component.id),
    })),
    blind: await blindComponents(catalogue),
    incidents: stored.map(({ incident, code }) =>
      publicIncident(incident, code, timelines.get(incident.number) ?? [], shown),
    ),
    maintenance: windows.map((window) => publicMaintenance(window, site.timeZone, now, shown)),
    ...(firstStart === undefined ? {} : { firstStart }),
  });
  const behind = behindOf(catalogue, await readSurfaces(db), now);
  const charts = await readCharts(db, components, now);
  return {
    ...made,
    ...(behind && { behind }),
    ...(charts && { charts }),
    days: await readDays({ ...catalogue, site }, made.components, now),
  };
}

/** Less is not worth a word. */
const leastLag = minute;

/** What the auditor saw of each mirror: each is a surface by the id of its target. */
function behindOf(
  { targets }: Catalogue,
  surfaces: ReadonlyMap<string, Surface>,
  now: Instant,
): PublicSnapshot["behind"] {
  const late = [...targets].flatMap(([id, { publicUrl }]) => {
    const { status, since = now } = surfaces.get(id) ?? {};
    return publicUrl === undefined || status !== "differs" || now - since < leastLag
      ? []
      : [[publicUrl, now - since] as const];
  });
  return late.length === 0 ? undefined : Object.fromEntries(late);
}

/** Components that are watched, but by blind monitors only. */
async function blindComponents(catalogue: Catalogue): Promise<ReadonlyMap<ComponentId, Instant>> {
  const states = await readSourceStates(catalogue.db);
  const monitors = new Map<ComponentId, { blind: boolean; since: Instant; hearsay: boolean }[]>();
  for (const [id, { source }] of catalogue.sources) {
    const looking = lookingPart(source);
    if (looking === undefined) continue;
    const state = states.get(id);
    for (const component of looking.components) {
      const list = monitors.get(component) ?? [];
      const hearsay = looking.hearsay === true;
      list.push({ blind: state?.blind === true, since: state?.failingSince ?? 0, hearsay });
      monitors.set(component, list);
    }
  }
  const blind = new Map<ComponentId, Instant>();
  for (const [component, all] of monitors) {
    // Where a monitor of our own watches, what others say vouches for nothing.
    const own = all.filter(({ hearsay }) => !hearsay);
    const list = own.length === 0 ? all : own;
    if (list.every((monitor) => monitor.blind)) blind.set(component, Math.max(...list.map((monitor) => monitor.since)));
  }
  return blind;
}
