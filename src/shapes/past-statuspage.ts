// Incidents and maintenances of Statuspage: the lists of its public API v2, and the page of one incident as JSON. Pure.
import { z } from "zod";
import { hour, type Instant } from "../lib/clock.ts";
import { looseTime } from "./loose-time.ts";
import { tamed, type Past, type PastDocument, type PastEntry, type PastPhase, type PastStatus, type PastUpdate, type Unread } from "./past.ts"; // prettier-ignore
import { markdownOfHtml } from "./plain-html.ts";
import { readJson } from "./loose-json.ts";

const text = z.string().nullish().catch(undefined);
const Component = z.looseObject({ name: text, code: text });
const Affected = z.looseObject({ name: text, new_status: text });
const Update = z.looseObject({
  status: text,
  body: text,
  created_at: text,
  display_at: text,
  affected_components: z.array(Affected).nullish().catch(undefined),
});
const Incident = z.looseObject({
  id: text,
  code: text,
  name: z.string(),
  status: text,
  impact: text,
  created_at: text,
  started_at: text,
  resolved_at: text,
  scheduled_for: text,
  scheduled_until: text,
  postmortem_body: text,
  postmortem_published_at: text,
  components: z.array(Component).nullish().catch(undefined),
  incident_updates: z.array(Update),
});
type Incident = z.output<typeof Incident>;
const Lists = z.looseObject({
  incidents: z.array(z.unknown()).optional(),
  scheduled_maintenances: z.array(z.unknown()).optional(),
  incident: z.unknown().optional(),
  components: z.unknown().optional(),
  status: z.unknown().optional(),
});

const statuses: readonly PastStatus[] = ["under_maintenance", "degraded_performance", "partial_outage", "major_outage"];
const byImpact: Readonly<Record<string, PastStatus>> = {
  minor: "degraded_performance",
  major: "partial_outage",
  critical: "major_outage",
  maintenance: "under_maintenance",
};
const phases: Readonly<Record<string, PastPhase>> = {
  investigating: "investigating",
  identified: "identified",
  monitoring: "monitoring",
  resolved: "resolved",
  postmortem: "resolved",
  completed: "resolved",
};

/** Each id once, however many documents hold it. */
export function readStatuspagePast(documents: readonly PastDocument[], now: Instant): Past {
  const entries = new Map<string, PastEntry>();
  const unread: Unread[] = [];
  for (const { place, text: body } of documents) {
    const json = readJson(body);
    const lists = json.ok ? Lists.safeParse(json.value) : undefined;
    const found = !json.ok ? [] : lists?.success === true ? itemsOf(lists.data, json.value) : undefined;
    if (!json.ok) unread.push({ place, because: json.error });
    else if (found === undefined) unread.push({ place, because: "it holds no incidents of Statuspage" });
    for (const [i, item] of (found ?? []).entries()) {
      const at = (found ?? []).length === 1 ? place : `${place}#${i + 1}`;
      const read = Incident.safeParse(item);
      const entry = read.success ? entryOf(read.data, at, now) : undefined;
      if (entry === undefined)
        unread.push({ place: at, because: "it is no incident: its name, its id or its times are missing" }); // prettier-ignore
      else if (!entries.has(entry.key)) entries.set(entry.key, entry);
    }
  }
  return { entries: [...entries.values()], unread };
}

function itemsOf(lists: z.output<typeof Lists>, whole: unknown): readonly unknown[] | undefined {
  const { incidents, scheduled_maintenances: planned, incident, components, status } = lists;
  if (incident !== undefined) return [incident];
  if (incidents !== undefined || planned !== undefined) return [...(incidents ?? []), ...(planned ?? [])];
  if (Incident.safeParse(whole).success) return [whole];
  // `components.json` and `status.json` of the same API tell of the present.
  return lists["page"] !== undefined && (components !== undefined || status !== undefined) ? [] : undefined;
}

function entryOf(one: Incident, place: string, now: Instant): PastEntry | undefined {
  const id = one.id ?? one.code;
  const updates = updatesOf(one);
  const publishedAt = looseTime(one.created_at);
  const from = looseTime(one.scheduled_for);
  const startedAt = from ?? looseTime(one.started_at) ?? publishedAt ?? updates[0]?.at;
  if (id === null || id === undefined || startedAt === undefined) return undefined;
  const planned = from !== undefined || one.impact === "maintenance";
  const ended = looseTime(one.resolved_at) ?? updates.find((update) => update.phase === "resolved")?.at;
  const over = one.status === "resolved" || one.status === "postmortem" || one.status === "completed";
  const notes: string[] = [];
  const until = looseTime(one.scheduled_until) ?? ended ?? startedAt + hour;
  const endedAt = planned ? (over && ended !== undefined && ended > startedAt ? Math.min(ended, now) : until) : over ? (ended ?? updates.at(-1)?.at ?? startedAt) : undefined; // prettier-ignore
  if (!planned && over && ended === undefined) notes.push("nothing says when it ended: taken from its last update");
  return tamed({
    key: id,
    kind: planned ? "maintenance" : "incident",
    title: one.name,
    startedAt,
    ...(endedAt === undefined ? {} : { endedAt }),
    ...(publishedAt === undefined ? {} : { publishedAt }),
    impact: impactOf(one, planned),
    updates,
    links: [],
    oldPaths: [`/incidents/${id}`],
    ...(/^[0-9a-z]{12}$/u.test(id) ? { code: id } : {}),
    place,
    notes,
  });
}

function updatesOf(one: Incident): readonly PastUpdate[] {
  const said = one.incident_updates.flatMap((update): readonly PastUpdate[] => {
    const at = looseTime(update.display_at ?? update.created_at);
    if (at === undefined) return [];
    return [{ at, phase: phases[update.status ?? ""] ?? "investigating", text: markdownOfHtml(update.body ?? "") }];
  });
  const told = looseTime(one.postmortem_published_at);
  const after = one.postmortem_body ?? "";
  const known = one.incident_updates.some((update) => update.status === "postmortem");
  const postmortem: readonly PastUpdate[] =
    after === "" || told === undefined || known ? [] : [{ at: told, phase: "resolved", text: markdownOfHtml(after) }];
  return [...said, ...postmortem].toSorted((a, b) => a.at - b.at);
}

/** The worst that was said of each component; where updates do not say, what the incident as a whole says. */
function impactOf(one: Incident, planned: boolean): PastEntry["impact"] {
  const worst = new Map<string, PastStatus>();
  for (const update of one.incident_updates) {
    for (const { name, new_status: status } of update.affected_components ?? []) {
      const found = statuses.find((each) => each === status);
      const before = worst.get(name ?? "");
      if (name && found && (before === undefined || statuses.indexOf(found) > statuses.indexOf(before))) worst.set(name, found); // prettier-ignore
    }
  }
  const usual = planned ? "under_maintenance" : byImpact[one.impact ?? ""];
  const named = [...worst.keys()].map((name) => name.split(" - ").at(-1) ?? name);
  for (const { name } of one.components ?? [])
    if (name && usual !== undefined && !worst.has(name) && !named.includes(name)) worst.set(name, usual);
  return [...worst].map(([name, status]) => ({ name, status: planned ? "under_maintenance" : status }));
}

const HistoryPage = z.looseObject({
  months: z.array(z.looseObject({ incidents: z.array(z.looseObject({ code: text })).catch([]) })).catch([]),
});

/** The ids that a page of `history.json` lists. */
export function statuspageCodes(body: string): readonly string[] {
  const json = readJson(body);
  const page = json.ok ? HistoryPage.safeParse(json.value) : undefined;
  const months = page?.success === true ? page.data.months : [];
  return months.flatMap(({ incidents }) => incidents.flatMap(({ code }) => (code && /^\w{1,40}$/u.test(code) ? [code] : []))); // prettier-ignore
}
