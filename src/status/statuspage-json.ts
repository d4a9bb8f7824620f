// The snapshot in Statuspage's public v2 shapes: the eight files under `/api/v2`.
import { severityOf, worst, type ComponentStatus, type PublicStatus, type Severity } from "../components/status.ts";
import type { Instant } from "../lib/clock.ts";
import { statuspageCode } from "../lib/codes.ts";
import { plainMarkdown } from "../lib/markdown.ts";
import { oneLine } from "../lib/text.ts";
import type {
  StatuspageComponentJson,
  StatuspageComponentsJson,
  StatuspageIncidentsJson,
  StatuspageIncidentJson,
  StatuspageMaintenanceJson,
  StatuspageMaintenancesJson,
  StatuspageStatusJson,
  StatuspageSummaryJson,
} from "../shapes/statuspage.ts";
import { goesOn, isCurrent } from "./public-maintenance.ts";
import { incidentUrl, maintenanceUrl } from "./site-paths.ts";
import type {
  PublicComponent,
  PublicIncident,
  PublicMaintenance,
  PublicSite,
  PublicSnapshot,
  PublicUpdate,
} from "./snapshot.ts";
import { updateWord } from "./words.ts";

/** Statuspage writes milliseconds. */
const iso = (at: Instant): string => new Date(at).toISOString();

/** Statuspage has no word for unknown; the description says it. */
const written = (status: PublicStatus): ComponentStatus => (status === "unknown" ? "degraded_performance" : status);

const unknownSaid = "State unknown: its monitors cannot look.";

function describe({ status, description }: PublicComponent): string | null {
  const about = oneLine(description ?? "");
  const said = [...(status === "unknown" ? [unknownSaid] : []), ...(about === "" ? [] : [about])];
  return said.length === 0 ? null : said.join(" ");
}

const groupCode = (name: string): string => statuspageCode("group", name);

function component(one: PublicComponent, position: number, site: PublicSite): StatuspageComponentJson {
  return {
    id: one.code,
    name: oneLine(one.name),
    status: written(one.status),
    created_at: iso(one.createdAt),
    updated_at: iso(one.updatedAt),
    position,
    description: describe(one),
    showcase: false,
    start_date: null,
    group_id: one.group === undefined ? null : groupCode(one.group),
    page_id: site.code,
    group: false,
    only_show_if_degraded: false,
  };
}

function group(
  name: string,
  members: readonly PublicComponent[],
  position: number,
  site: PublicSite,
): StatuspageComponentJson {
  const status = worst(
    members.map((member) => member.status),
    "operational",
  );
  return {
    id: groupCode(name),
    name: oneLine(name),
    status: written(status),
    created_at: iso(Math.min(...members.map((member) => member.createdAt))),
    updated_at: iso(Math.max(...members.map((member) => member.updatedAt))),
    position,
    description: status === "unknown" ? unknownSaid : null,
    showcase: false,
    start_date: null,
    group_id: null,
    page_id: site.code,
    group: true,
    only_show_if_degraded: false,
    components: members.map((member) => member.code),
  };
}

/** Groups and components in the order of the catalogue; positions count from 1 within their group. */
function components({ components: all, site }: PublicSnapshot): readonly StatuspageComponentJson[] {
  const byGroup = Map.groupBy(all, (one) => one.group);
  const listed: StatuspageComponentJson[] = [];
  let position = 0;
  for (const one of all) {
    const members = byGroup.get(one.group) ?? [];
    if (one.group === undefined) listed.push(component(one, ++position, site));
    else {
      if (members[0] === one) listed.push(group(one.group, members, ++position, site));
      listed.push(component(one, members.indexOf(one) + 1, site));
    }
  }
  return listed;
}

type Spoken = Pick<PublicUpdate, "code" | "at" | "text" | "before">;

function update<S extends string>(
  one: Spoken,
  status: S,
  of: string,
  body = plainMarkdown(one.text),
): UpdateJson & { status: S } {
  return {
    id: one.code,
    status,
    body,
    incident_id: of,
    created_at: iso(one.at),
    updated_at: iso(one.before?.at(-1)?.until ?? one.at),
    display_at: iso(one.at),
    affected_components: null,
    deliver_notifications: true,
    custom_tweet: null,
    tweet_id: null,
  };
}

type UpdateJson = Omit<StatuspageIncidentJson["incident_updates"][number], "status">;

type Listed = PublicMaintenance & { readonly state: StatuspageMaintenanceJson["status"] };

/** Statuspage has no word for a canceled window; those are not listed. */
function listable(windows: readonly PublicMaintenance[]): readonly Listed[] {
  return windows.flatMap((one) => (one.state === "canceled" ? [] : [{ ...one, state: one.state }]));
}

function maintenanceJson(
  one: Listed,
  { site, components: all }: PublicSnapshot,
  listed: readonly StatuspageComponentJson[],
): StatuspageMaintenanceJson {
  const hit = new Set(all.filter(({ id }) => one.components.includes(id)).map(({ code }) => code));
  return {
    id: one.code,
    name: oneLine(one.title),
    status: one.state,
    created_at: iso(one.plannedAt),
    updated_at: iso(one.updatedAt),
    monitoring_at: null,
    resolved_at: one.endedAt === undefined ? null : iso(one.endedAt),
    impact: "maintenance",
    shortlink: maintenanceUrl(site, one.number),
    started_at: iso(one.scheduledStart),
    page_id: site.code,
    incident_updates: one.updates.map((said) =>
      update(said, said.state === "canceled" ? "completed" : said.state, one.code),
    ),
    components: listed.filter(({ id }) => hit.has(id)),
    scheduled_for: iso(one.scheduledStart),
    scheduled_until: iso(one.scheduledEnd),
  };
}

function incidentJson(
  incident: PublicIncident,
  site: PublicSite,
  all: readonly PublicComponent[],
  listed: readonly StatuspageComponentJson[],
): StatuspageIncidentJson {
  const { clocks } = incident;
  const hit = new Set(all.filter((one) => Object.hasOwn(incident.impact, one.id)).map((one) => one.code));
  return {
    id: incident.code,
    name: oneLine(incident.notice.title),
    status: incident.updates[0]?.phase === "postmortem" ? "postmortem" : incident.phase,
    created_at: iso(clocks.published ?? clocks.detected),
    updated_at: iso(incident.updatedAt),
    monitoring_at: clocks.mitigated === undefined ? null : iso(clocks.mitigated),
    resolved_at: clocks.resolved === undefined ? null : iso(clocks.resolved),
    // What was withdrawn was no outage.
    impact: incident.withdrawn === undefined ? incident.severity : "none",
    shortlink: incidentUrl(site, incident.number),
    started_at: iso(clocks.started),
    page_id: site.code,
    incident_updates: incident.updates.map((one) => {
      const withdrawn = updateWord(one, incident) === "Withdrawn" ? "Withdrawn: " : "";
      return update(one, one.phase, incident.code, `${withdrawn}${plainMarkdown(one.text)}`);
    }),
    components: listed.filter((one) => hit.has(one.id)),
  };
}

/** When the page last said something else; a heartbeat alone does not change it. */
function page({
  site,
  components: all,
  open,
  past,
  maintenance,
  generatedAt,
}: PublicSnapshot): StatuspageSummaryJson["page"] {
  const changes = [...all, ...open, ...past, ...maintenance].map((one) => one.updatedAt);
  return {
    id: site.code,
    name: oneLine(site.name),
    url: site.url,
    time_zone: site.timeZone,
    updated_at: iso(changes.length === 0 ? generatedAt : Math.max(...changes)),
  };
}

/**
 * Statuspage's own list of sentences. Where it averages over components, the worst wins here: a page must not look
 * better through its machine door than through its front door.
 * https://support.atlassian.com/statuspage/docs/top-level-status-and-incident-impact-calculations/
 */
const descriptions: Readonly<Record<Exclude<Severity, "minor">, string>> = {
  none: "All Systems Operational",
  maintenance: "Service Under Maintenance",
  critical: "Major System Outage",
  major: "Partial System Outage",
};

function descriptionOf(indicator: Severity, statuses: readonly PublicStatus[]): string {
  if (indicator !== "minor") return descriptions[indicator];
  if (statuses.length === 0) return "Minor Service Outage";
  const all = statuses.length > 1 && statuses.every((one) => written(one) === "degraded_performance");
  return all ? "Degraded System Service" : "Partially Degraded Service";
}

const severities: readonly Severity[] = ["none", "maintenance", "minor", "major", "critical"];

function status({ components: all, open }: PublicSnapshot): StatuspageSummaryJson["status"] {
  const statuses = all.map((one) => one.status);
  const known = new Set<string>(all.map((one) => one.id));
  // An incident of components that are not listed (any more) still counts.
  const unlisted = open.filter((one) => Object.keys(one.impact).every((id) => !known.has(id)));
  const ranked = [severityOf(statuses), ...unlisted.map((one) => one.severity)];
  const indicator = ranked.reduce((a, b) => (severities.indexOf(b) > severities.indexOf(a) ? b : a), "none");
  return { indicator, description: descriptionOf(indicator, statuses) };
}

/** `/api/v2/status.json` */
export function statuspageStatus(snapshot: PublicSnapshot): StatuspageStatusJson {
  return { page: page(snapshot), status: status(snapshot) };
}

/** `/api/v2/summary.json`: everything is listed, of incidents the open ones, of maintenance what goes on or is planned. */
export function statuspageSummary(snapshot: PublicSnapshot): StatuspageSummaryJson {
  const listed = components(snapshot);
  return {
    page: page(snapshot),
    components: [...listed],
    incidents: snapshot.open.map((one) => incidentJson(one, snapshot.site, snapshot.components, listed)),
    scheduled_maintenances: listable(snapshot.maintenance)
      .filter(isCurrent)
      .map((one) => maintenanceJson(one, snapshot, listed)),
    status: status(snapshot),
  };
}

/** One window; of a canceled one, Statuspage has no word but that it is over. */
export function statuspageMaintenance(one: PublicMaintenance, snapshot: PublicSnapshot): StatuspageMaintenanceJson {
  const state = one.state === "canceled" ? "completed" : one.state;
  return maintenanceJson({ ...one, state }, snapshot, components(snapshot));
}

/** `/api/v2/components.json` */
export function statuspageComponents(snapshot: PublicSnapshot): StatuspageComponentsJson {
  return { page: page(snapshot), components: [...components(snapshot)] };
}

/** Statuspage's own limit. */
export const mostIncidents = 50;

/** `/api/v2/incidents.json` of the newest, `/api/v2/incidents/unresolved.json` of the open ones. */
export function statuspageIncidents(
  snapshot: PublicSnapshot,
  incidents: readonly PublicIncident[],
): StatuspageIncidentsJson {
  const listed = components(snapshot);
  const shown = incidents.slice(0, mostIncidents);
  return {
    page: page(snapshot),
    incidents: shown.map((one) => incidentJson(one, snapshot.site, snapshot.components, listed)),
  };
}

/** Which of the windows each of Statuspage's three lists has: `scheduled-maintenances`, `…/upcoming`, `…/active`. */
const listed: Readonly<Record<"all" | "upcoming" | "active", (window: PublicMaintenance) => boolean>> = {
  all: () => true,
  upcoming: ({ state }) => state === "scheduled",
  active: goesOn,
};

/** `/api/v2/scheduled-maintenances.json` of every window that there was, newest first; the others of what is to come and goes on. */
export function statuspageMaintenances(
  snapshot: PublicSnapshot,
  windows: readonly PublicMaintenance[],
  which: keyof typeof listed,
): StatuspageMaintenancesJson {
  const all = components(snapshot);
  const shown = listable(windows)
    .filter(listed[which])
    .toSorted((a, b) => b.scheduledStart - a.scheduledStart || b.number - a.number);
  return {
    page: page(snapshot),
    scheduled_maintenances: shown.slice(0, mostIncidents).map((one) => maintenanceJson(one, snapshot, all)),
  };
}
