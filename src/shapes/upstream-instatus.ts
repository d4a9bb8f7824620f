// Instatus's `/summary.json` and `/v2/components.json` as a feed: https://instatus.com/help/api/public-data. Pure.
import { z } from "zod";
import { minute, type Instant } from "../lib/clock.ts";
import { present } from "../lib/records.ts";
import { failed, ok, type Result } from "../lib/result.ts";
import { readJson } from "./loose-json.ts";
import { looseTime } from "./loose-time.ts";
import {
  addressOf,
  ident,
  mostEntries,
  nameOf,
  sayShape,
  text,
  type Feed,
  type FeedComponent,
  type FeedIncident,
  type FeedMaintenance,
  type FeedStatus,
} from "./upstream-feed.ts";

const Incident = z.looseObject({ id: ident, name: text, started: text, status: text, impact: text, url: text });
const Maintenance = z.looseObject({ id: ident, name: text, start: text, status: text, duration: ident, url: text });
const Summary = z.looseObject({
  page: z.looseObject({ name: text, url: text, status: z.enum(["UP", "HASISSUES", "UNDERMAINTENANCE"]) }),
  // Absent where there are none.
  activeIncidents: z.array(Incident).nullish(),
  activeMaintenances: z.array(Maintenance).nullish(),
});
const Component = z.looseObject({
  id: ident,
  name: text,
  status: text,
  group: z.looseObject({ name: text }).nullish().catch(undefined),
});
const Components = z.looseObject({ components: z.array(Component) });

const statuses: Readonly<Record<string, FeedStatus>> = {
  OPERATIONAL: "operational",
  UNDERMAINTENANCE: "under_maintenance",
  DEGRADEDPERFORMANCE: "degraded_performance",
  MINOROUTAGE: "partial_outage",
  PARTIALOUTAGE: "partial_outage",
  MAJOROUTAGE: "major_outage",
};
const phases: Readonly<Record<string, FeedIncident["phase"]>> = {
  INVESTIGATING: "investigating",
  IDENTIFIED: "identified",
  MONITORING: "monitoring",
  RESOLVED: "resolved",
};

/** `components` is what the second address answered, where it has one. */
export function readInstatus(summary: string, components: string | undefined, address: string): Result<Feed, string> {
  const json = readJson(summary);
  if (!json.ok) return json;
  const parsed = Summary.safeParse(json.value);
  if (!parsed.success) return failed(`it is no Instatus summary: ${sayShape(parsed.error)}`);
  const { page, activeIncidents, activeMaintenances } = parsed.data;
  const listed = components === undefined ? undefined : componentsOf(components);
  const url = addressOf(page.url, address);
  return ok({
    page: present({ name: nameOf(page.name), url }),
    complete: listed !== undefined,
    components: listed ?? [wholePage(page.status, nameOf(page.name))],
    incidents: (activeIncidents ?? []).slice(0, mostEntries).map((each) => incidentOf(each, url ?? address)),
    maintenances: (activeMaintenances ?? []).slice(0, mostEntries).map((each) => maintenanceOf(each, url ?? address)),
  });
}

/** Where no components are listed, the page is one. */
function wholePage(status: "UP" | "HASISSUES" | "UNDERMAINTENANCE", name = "the page"): FeedComponent {
  const words = {
    UP: "operational",
    HASISSUES: "degraded_performance",
    UNDERMAINTENANCE: "under_maintenance",
  } as const;
  return { id: "page", name, status: words[status] };
}

function componentsOf(body: string): readonly FeedComponent[] | undefined {
  const json = readJson(body);
  const parsed = json.ok ? Components.safeParse(json.value) : undefined;
  if (parsed?.success !== true || parsed.data.components.length === 0) return undefined;
  return parsed.data.components.flatMap(({ id, name, status, group }) => {
    const called = nameOf(name, id);
    if (called === undefined) return [];
    const is = statuses[status ?? ""] ?? "unknown";
    return [present({ id: id ?? called, name: called, group: nameOf(group?.name), status: is })];
  });
}

function incidentOf(given: z.output<typeof Incident>, address: string): FeedIncident {
  const name = nameOf(given.name, given.id) ?? "an incident without a name";
  return present({
    id: given.id ?? given.url ?? name,
    name,
    components: [],
    phase: phases[given.status ?? ""] ?? "investigating",
    status: statuses[given.impact ?? ""],
    startedAt: looseTime(given.started),
    url: addressOf(given.url, address),
  });
}

function maintenanceOf(given: z.output<typeof Maintenance>, address: string): FeedMaintenance {
  const name = nameOf(given.name, given.id) ?? "maintenance";
  const from = looseTime(given.start);
  const minutes = Number(given.duration ?? Number.NaN);
  const until: Instant | undefined = from !== undefined && minutes > 0 ? from + minutes * minute : undefined;
  const states: Readonly<Record<string, FeedMaintenance["state"]>> = {
    INPROGRESS: "in_progress",
    COMPLETED: "completed",
  };
  const url = addressOf(given.url, address);
  return present({
    id: given.id ?? given.url ?? name,
    name,
    components: [],
    state: states[given.status ?? ""] ?? "scheduled",
    from,
    until,
    url,
  });
}
