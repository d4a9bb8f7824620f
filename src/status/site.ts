// The files that a snapshot alone makes. The live server answers with these, the mirrors write them: there is no second rendering.
import { isoSeconds, type Instant } from "../lib/clock.ts";
import { originName } from "./copy-state.ts";
import { cstateIndex } from "./cstate-json.ts";
import type { Sequence } from "../lib/sequence.ts";
import { renderHome } from "./page/home.ts";
import type { PublicIncident, PublicMaintenance, PublicSnapshot } from "./snapshot.ts";
import {
  statuspageComponents,
  statuspageIncidents,
  statuspageMaintenances,
  statuspageStatus,
  statuspageSummary,
} from "./statuspage-json.ts";
import { renderText } from "./status-text.ts";

const contentTypes: Readonly<Record<string, string>> = {
  html: "text/html; charset=utf-8",
  txt: "text/plain; charset=utf-8",
  json: "application/json; charset=utf-8",
  atom: "application/atom+xml; charset=utf-8",
  rss: "application/rss+xml; charset=utf-8",
  ics: "text/calendar; charset=utf-8",
  svg: "image/svg+xml; charset=utf-8",
};

/** https://www.jsonfeed.org/version/1.1/#suggestions-for-publishers-a-name-suggestions-for-publishers-a */
const jsonFeed = /^(feed|components\/[^/]+)\.json$/u;

export function contentTypeOf(path: string): string {
  if (jsonFeed.test(path)) return "application/feed+json; charset=utf-8";
  return contentTypes[path.split(".").at(-1) ?? ""] ?? "application/octet-stream";
}

const json = (value: unknown): string => `${JSON.stringify(value)}\n`;

/**
 * What a reader of a copy needs: how old it is, whose it is, and what is true now, its times in milliseconds. The past
 * lies in its own files. A writer with an older (epoch, seq) never overwrites.
 */
function stateJson(snapshot: PublicSnapshot): string {
  const {
    sequence,
    generatedAt,
    validUntil,
    past: _past,
    days: _days,
    charts: _charts,
    standIn,
    site,
    ...present
  } = snapshot;
  const { look: _look, ...named } = site;
  return json({
    epoch: sequence.epoch,
    seq: sequence.seq,
    writer: standIn?.writer ?? originName,
    ...(standIn === undefined ? {} : { lease_until: isoSeconds(standIn.leaseUntil), watched: standIn.watched }),
    generated_at: isoSeconds(generatedAt),
    valid_until: isoSeconds(validUntil),
    site: named,
    ...present,
  });
}

/** What only some files need: the past, and whether a server answers or these are copies. */
export type Besides = {
  readonly newest: readonly PublicIncident[];
  readonly windows: readonly PublicMaintenance[];
  readonly live: Sequence | undefined;
  /** When it is read, as far as that is known: of a copy, when it was made. */
  readonly now: Instant;
};

const fixed: Readonly<Record<string, (snapshot: PublicSnapshot, besides: Besides) => string>> = {
  "index.html": (snapshot, { live }) => renderHome(snapshot, live),
  "status.txt": (snapshot, { now }) => renderText(snapshot, now),
  "api/v2/summary.json": (snapshot) => json(statuspageSummary(snapshot)),
  "api/v2/status.json": (snapshot) => json(statuspageStatus(snapshot)),
  "api/v2/components.json": (snapshot) => json(statuspageComponents(snapshot)),
  "api/v2/incidents.json": (snapshot, { newest }) => json(statuspageIncidents(snapshot, newest)),
  "api/v2/incidents/unresolved.json": (snapshot) => json(statuspageIncidents(snapshot, snapshot.open)),
  "api/v2/scheduled-maintenances.json": (snapshot, { windows }) =>
    json(statuspageMaintenances(snapshot, windows, "all")),
  "api/v2/scheduled-maintenances/upcoming.json": (snapshot) =>
    json(statuspageMaintenances(snapshot, snapshot.maintenance, "upcoming")),
  "api/v2/scheduled-maintenances/active.json": (snapshot) =>
    json(statuspageMaintenances(snapshot, snapshot.maintenance, "active")),
  "index.json": (snapshot) => json(cstateIndex(snapshot)),
  "state.json": stateJson,
};

export function renderFixed(snapshot: PublicSnapshot, file: string, besides: Besides): string | undefined {
  return Object.hasOwn(fixed, file) ? fixed[file]?.(snapshot, besides) : undefined;
}
