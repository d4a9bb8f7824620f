// Atlassian Statuspage's `/api/v2/summary.json` as a feed; also what others serve under that name. Pure.
import { z } from "zod";
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
  wordsOf,
  worstOf,
  type Feed,
  type FeedComponent,
  type FeedIncident,
  type FeedMaintenance,
  type FeedPhase,
  type FeedStatus,
} from "./upstream-feed.ts";

const Component = z.looseObject({ id: ident, name: text, status: text, group_id: text });
const Update = z.looseObject({
  status: text,
  body: text,
  updated_at: text,
  created_at: text,
  affected_components: z
    .array(z.looseObject({ code: text, name: text }))
    .nullish()
    .catch(undefined),
});
const Incident = z.looseObject({
  id: ident,
  name: text,
  status: text,
  impact: text,
  shortlink: text,
  started_at: text,
  created_at: text,
  updated_at: text,
  resolved_at: text,
  scheduled_for: text,
  scheduled_until: text,
  components: z.array(Component).nullish().catch(undefined),
  incident_updates: z.array(Update).nullish().catch(undefined),
});
type Incident = z.output<typeof Incident>;
const Summary = z.looseObject({
  page: z.looseObject({ name: text, url: text }),
  components: z.array(Component).min(1).max(20_000),
  incidents: z.array(Incident),
  scheduled_maintenances: z.array(Incident).nullish(),
});

/** `full_outage` is what incident.io says: https://docs.incident.io/status-pages */
const statuses: Readonly<Record<string, FeedStatus>> = {
  operational: "operational",
  degraded_performance: "degraded_performance",
  partial_outage: "partial_outage",
  major_outage: "major_outage",
  full_outage: "major_outage",
  under_maintenance: "under_maintenance",
};
const impacts: Readonly<Record<string, FeedStatus>> = {
  none: "operational",
  minor: "degraded_performance",
  major: "partial_outage",
  critical: "major_outage",
  maintenance: "under_maintenance",
};
const over = new Set(["resolved", "postmortem", "completed"]);

const statusOf = (given: string | null | undefined): FeedStatus => statuses[given?.toLowerCase() ?? ""] ?? "unknown";

export function readStatuspage(body: string, address: string): Result<Feed, string> {
  const json = readJson(body);
  if (!json.ok) return json;
  const parsed = Summary.safeParse(json.value);
  if (!parsed.success) return failed(`it is no Statuspage summary: ${sayShape(parsed.error)}`);
  const { page, components, incidents, scheduled_maintenances: planned } = parsed.data;
  const url = addressOf(page.url, address);
  return ok({
    page: present({ name: nameOf(page.name), url }),
    complete: true,
    components: components.flatMap((each) => componentOf(each, components)),
    incidents: incidents.slice(0, mostEntries).map((each) => incidentOf(each, url ?? address)),
    maintenances: (planned ?? []).slice(0, mostEntries).map((each) => maintenanceOf(each, url ?? address)),
  });
}

type Given = z.output<typeof Component>;

function componentOf({ id, name, status, group_id }: Given, all: readonly Given[]): readonly FeedComponent[] {
  const called = nameOf(name, id);
  if (called === undefined) return [];
  const group = group_id === null || group_id === undefined ? undefined : all.find((each) => each.id === group_id);
  return [present({ id: id ?? called, name: called, group: nameOf(group?.name), status: statusOf(status) })];
}

/** What incidents and maintenance have in common. What has no name and no id is trouble all the same. */
function entryOf(given: Incident, address: string) {
  const latest = given.incident_updates?.[0];
  const name = nameOf(given.name, given.id) ?? "an incident without a name";
  const affected = (given.incident_updates ?? []).flatMap(({ affected_components: hit }) => hit ?? []);
  const named = [
    ...(given.components ?? []).flatMap(({ id, name: is }) => [id, is]),
    ...affected.map((hit) => hit.name),
  ];
  const id = given.id ?? given.shortlink ?? name;
  return present({
    id,
    name,
    components: [...new Set(named.flatMap((each) => nameOf(each) ?? []))],
    updatedAt: looseTime(latest?.updated_at ?? given.updated_at),
    url: addressOf(given.shortlink) ?? addressOf(`/incidents/${encodeURIComponent(id)}`, address),
    text: wordsOf(latest?.body),
  });
}

function phaseOf(status: string | null | undefined): FeedPhase {
  if (over.has(status ?? "")) return "resolved";
  return status === "identified" || status === "monitoring" ? status : "investigating";
}

function incidentOf(given: Incident, address: string): FeedIncident {
  const hit = (given.components ?? []).map(({ status }) => statusOf(status));
  const impact = impacts[given.impact ?? ""];
  return present({
    ...entryOf(given, address),
    phase: phaseOf(given.status),
    status: worstOf([...hit, ...(impact === undefined ? [] : [impact])]),
    startedAt: looseTime(given.started_at) ?? looseTime(given.created_at),
    resolvedAt: looseTime(given.resolved_at),
  });
}

function maintenanceOf(given: Incident, address: string): FeedMaintenance {
  const runs = given.status === "in_progress" || given.status === "verifying";
  return present({
    ...entryOf(given, address),
    state: over.has(given.status ?? "")
      ? ("completed" as const)
      : runs
        ? ("in_progress" as const)
        : ("scheduled" as const),
    from: looseTime(given.scheduled_for),
    until: looseTime(given.scheduled_until),
  });
}
