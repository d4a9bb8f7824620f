// A status page of Uptime Kuma: `/api/status-page/SLUG` says what there is, `/api/status-page/heartbeat/SLUG` how it is. Pure.
import { z } from "zod";
import { present } from "../lib/records.ts";
import { failed, ok, type Result } from "../lib/result.ts";
import { readJson } from "./loose-json.ts";
import { looseTime } from "./loose-time.ts";
import {
  ident,
  mostEntries,
  nameOf,
  sayShape,
  text,
  wordsOf,
  type Feed,
  type FeedIncident,
  type FeedMaintenance,
  type FeedStatus,
} from "./upstream-feed.ts";

const Monitor = z.looseObject({ id: z.union([z.string(), z.number()]).transform(String), name: text });
const Incident = z.looseObject({
  id: ident,
  style: text,
  title: text,
  content: text,
  active: z.unknown().optional(),
  createdDate: text,
  lastUpdatedDate: text,
});
const Slot = z.looseObject({ startDate: text, endDate: text });
const Maintenance = z.looseObject({
  id: ident,
  title: text,
  description: text,
  status: text,
  timeslotList: z.array(Slot).nullish().catch(undefined),
});
const Page = z.looseObject({
  config: z.looseObject({ title: text }),
  incident: Incident.nullish().catch(undefined),
  incidents: z.array(Incident).nullish(),
  publicGroupList: z.array(z.looseObject({ name: text, monitorList: z.array(Monitor) })).min(1),
  maintenanceList: z.array(Maintenance).nullish().catch(undefined),
});
const Beat = z.looseObject({ status: z.number().nullish().catch(undefined), time: text });
const Heartbeats = z.looseObject({ heartbeatList: z.record(z.string(), z.array(Beat)) });

/** 0 down, 1 up, 2 pending, 3 maintenance. */
const statuses: readonly FeedStatus[] = ["major_outage", "operational", "unknown", "under_maintenance"];
/** Of the six colours a notice may have, those that say trouble; the others greet and inform. */
const troubled: Readonly<Record<string, FeedStatus>> = { danger: "partial_outage", warning: "degraded_performance" };

export function readKuma(page: string, heartbeats: string): Result<Feed, string> {
  const [said, beat] = [readJson(page), readJson(heartbeats)];
  if (!said.ok) return said;
  if (!beat.ok) return failed(`its heartbeats: ${beat.error}`);
  const parsed = Page.safeParse(said.value);
  const beats = Heartbeats.safeParse(beat.value);
  if (!parsed.success) return failed(`it is no status page of Uptime Kuma: ${sayShape(parsed.error)}`);
  if (!beats.success) return failed(`these are no heartbeats of Uptime Kuma: ${sayShape(beats.error)}`);
  const { config, incident, incidents, publicGroupList, maintenanceList } = parsed.data;
  const list = beats.data.heartbeatList;
  const last = (id: string): z.output<typeof Beat> | undefined =>
    Object.hasOwn(list, id) ? list[id]?.at(-1) : undefined;
  const components = publicGroupList.flatMap(({ name: group, monitorList }) =>
    monitorList.map(({ id, name }) =>
      present({
        id,
        name: nameOf(name) ?? id,
        group: nameOf(group),
        status: statuses[last(id)?.status ?? -1] ?? "unknown",
      }),
    ),
  );
  const times = components.flatMap(({ id }) => looseTime(last(id)?.time) ?? []);
  const notices = [...(incidents ?? []), ...(incident === null || incident === undefined ? [] : [incident])];
  return ok({
    page: present({ name: nameOf(config.title) }),
    ...(times.length === 0 ? {} : { builtAt: times.reduce((a, b) => Math.max(a, b)) }),
    complete: true,
    components,
    incidents: notices.slice(0, mostEntries).flatMap(incidentOf),
    maintenances: (maintenanceList ?? []).slice(0, mostEntries).map(maintenanceOf),
  });
}

function incidentOf(given: z.output<typeof Incident>): readonly FeedIncident[] {
  const status = troubled[given.style ?? "warning"];
  if (status === undefined || given.active === false || given.active === 0) return [];
  const name = nameOf(given.title, given.id) ?? "a notice without a title";
  return [
    present({
      id: given.id ?? name,
      name,
      components: [],
      phase: "investigating" as const,
      status,
      startedAt: looseTime(given.createdDate),
      updatedAt: looseTime(given.lastUpdatedDate),
      text: wordsOf(given.content),
    }),
  ];
}

function maintenanceOf(given: z.output<typeof Maintenance>): FeedMaintenance {
  const name = nameOf(given.title, given.id) ?? "maintenance";
  const slot = given.timeslotList?.[0];
  const state: FeedMaintenance["state"] =
    given.status === "under-maintenance" ? "in_progress" : given.status === "scheduled" ? "scheduled" : "completed";
  return present({
    id: given.id ?? name,
    name,
    components: [],
    state,
    from: looseTime(slot?.startDate),
    until: looseTime(slot?.endDate),
    text: wordsOf(given.description),
  });
}
