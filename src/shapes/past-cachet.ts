// Cachet: what its API v1 (2.x) and v3 answer, and the tables of a dump. All become the same few records. Pure.
import { z } from "zod";
import { hour, type Instant } from "../lib/clock.ts";
import { looseTime } from "./loose-time.ts";
import { readJson } from "./loose-json.ts";
import { tamed, type Past, type PastDocument, type PastEntry, type PastPhase, type PastStatus, type PastUpdate, type Unread } from "./past.ts"; // prettier-ignore
import { rowsOfDump, type DumpedRow } from "./sql-dump.ts";

/** v3 says numbers and dates twice: `{human, value}`, `{human, string}`. */
const word = z
  .union([
    z.string(),
    z.number().transform(String),
    z.boolean().transform((yes) => (yes ? "1" : "0")),
    z.looseObject({ value: z.union([z.string(), z.number()]).nullish(), string: z.string().nullish() }).transform((both) => String(both.string ?? both.value ?? "")),
  ])
  .nullish()
  .catch(undefined); // prettier-ignore
type Item = ReadonlyMap<string, string>;
type Kind = "components" | "incidents" | "updates" | "schedules";
type Records = Readonly<Record<Kind, readonly Item[]>>;

const Resource = z.looseObject({ id: z.union([z.string(), z.number()]), type: z.string().optional(), attributes: z.record(z.string(), z.unknown()).optional() }); // prettier-ignore
const Answer = z.looseObject({ data: z.array(Resource) });

function flat(fields: Readonly<Record<string, unknown>>): Item {
  const found = Object.entries(fields).flatMap(([name, value]) => {
    const read = word.parse(value);
    return read === null || read === undefined ? [] : [[name, read] as const];
  });
  return new Map(found);
}

function kindOf(item: Item, type: string | undefined): Kind | undefined {
  const said = (type ?? "").toLowerCase();
  if (/update/u.test(said) || (item.has("incident_id") && item.has("message"))) return "updates";
  if (/schedule/u.test(said) || item.has("scheduled_at")) return "schedules";
  if (/^incidents?$/u.test(said) || (item.has("message") && item.has("name"))) return "incidents";
  return /^components?$/u.test(said) || (item.has("name") && item.has("link")) ? "components" : undefined;
}

function fromJson(documents: readonly PastDocument[]): {
  readonly records: Records;
  readonly unread: readonly Unread[];
} {
  const records: Record<Kind, Item[]> = { components: [], incidents: [], updates: [], schedules: [] };
  const unread: Unread[] = [];
  for (const { place, text } of documents) {
    const json = readJson(text);
    const answer = json.ok ? Answer.safeParse(json.value) : undefined;
    if (answer?.success !== true)
      unread.push({ place, because: json.ok ? "it is no answer of Cachet's API" : json.error });
    for (const one of answer?.data?.data ?? []) {
      const fields = flat({ ...one, ...one.attributes, id: one.id });
      const kind = kindOf(fields, one.type);
      const hit = z.array(z.looseObject({})).safeParse(one["components"]);
      const ids = hit.success ? hit.data.flatMap((each) => word.parse(each["component_id"] ?? each["id"]) ?? []) : [];
      if (kind !== undefined) records[kind].push(ids.length === 0 ? fields : new Map([...fields, ["components", ids.join(",")]])); // prettier-ignore
      const said = z.array(Resource).safeParse(one["updates"]);
      if (said.success) records.updates.push(...said.data.map((each) => flat({ incident_id: one.id, ...each, ...each.attributes, id: each.id }))); // prettier-ignore
    }
  }
  return { records, unread };
}

const tables = ["components", "incidents", "incident_updates", "updates", "schedules", "schedule_components", "incident_components"]; // prettier-ignore

function fromDump(dump: string): Records {
  const rows = rowsOfDump(dump, tables);
  const of = (table: string): readonly Item[] => (rows.get(table) ?? []).map(there);
  const joined = (table: string, on: string, items: readonly Item[]): readonly Item[] => {
    const hits = Map.groupBy(of(table), (row) => row.get(on) ?? "");
    return items.map((item) => {
      const ids = (hits.get(item.get("id") ?? "") ?? []).flatMap((row) => row.get("component_id") ?? []);
      return ids.length === 0 ? item : new Map([...item, ["components", ids.join(",")]]);
    });
  };
  // v3 has one table for updates of everything.
  const updates = of("updates").flatMap((row) => /incident$/iu.test(row.get("updateable_type") ?? "") ? [new Map([...row, ["incident_id", row.get("updateable_id") ?? ""]])] : []); // prettier-ignore
  return {
    components: of("components"),
    incidents: joined("incident_components", "incident_id", of("incidents")),
    updates: [...of("incident_updates"), ...updates],
    schedules: joined("schedule_components", "schedule_id", of("schedules")),
  };
}

const there = (row: DumpedRow): Item => new Map([...row].flatMap(([name, value]) => (value === undefined ? [] : [[name, value] as const]))); // prettier-ignore

const phases: Readonly<Record<string, PastPhase>> = { 1: "investigating", 2: "identified", 3: "monitoring", 4: "resolved" }; // prettier-ignore

/** `dump`: one text that is a dump of the database. */
export function readCachetPast(documents: readonly PastDocument[]): Past {
  const dumps = documents.filter(({ place }) => /\.(sql|dump)$/iu.test(place));
  const read = fromJson(documents.filter((one) => !dumps.includes(one)));
  const all = [read.records, ...dumps.map(({ text }) => fromDump(text))];
  const of = (kind: Kind): readonly Item[] => all.flatMap((each) => each[kind]);
  const names = new Map(of("components").map((one) => [one.get("id") ?? "", one.get("name") ?? ""]));
  const updates = Map.groupBy(of("updates"), (one) => one.get("incident_id") ?? "");
  const entries = new Map<string, PastEntry>();
  const unread: Unread[] = [...read.unread];
  const place = documents.length === 1 ? (documents[0]?.place ?? "") : "cachet";
  for (const kind of ["incidents", "schedules"] as const) {
    for (const one of of(kind)) {
      const id = one.get("id") ?? "";
      const at = `${place}: ${kind === "incidents" ? "incident" : "schedule"} ${id}`;
      const made =
        kind === "incidents" ? incidentOf(one, updates.get(id) ?? [], names, at) : scheduleOf(one, names, at);
      if (typeof made === "string") unread.push({ place: `${at} "${one.get("name") ?? ""}"`, because: made });
      else if (!entries.has(made.key)) entries.set(made.key, tamed(made));
    }
  }
  return { entries: [...entries.values()], unread };
}

function componentsOf(one: Item, names: ReadonlyMap<string, string>): readonly string[] {
  const ids = [one.get("component_id") ?? "0", ...(one.get("components") ?? "").split(",")];
  const called = ids.filter((id) => id !== "" && id !== "0").map((id) => names.get(id) ?? `component ${id}`); // prettier-ignore
  return [...new Set(called)];
}

const time = (one: Item, ...fields: readonly string[]): Instant | undefined =>
  fields.map((field) => looseTime(one.get(field))).find((at) => at !== undefined);

function incidentOf(
  one: Item,
  said: readonly Item[],
  names: ReadonlyMap<string, string>,
  place: string,
): PastEntry | string {
  if (one.has("deleted_at")) return "it was deleted";
  if (one.get("visible") === "0" || one.get("published") === "0") return "it was hidden from the public";
  const scheduled = time(one, "scheduled_at");
  if (scheduled !== undefined && one.get("status") === "0") return scheduleOf(new Map([...one, ["id", `incident-${one.get("id") ?? ""}`]]), names, place); // prettier-ignore
  const startedAt = time(one, "occurred_at", "created_at");
  if (startedAt === undefined) return "nothing says when it began";
  const updates = said.flatMap((each): readonly PastUpdate[] => {
    const at = time(each, "created_at");
    return at === undefined ? [] : [{ at, phase: phases[each.get("status") ?? ""] ?? "investigating", text: each.get("message") ?? "" }]; // prettier-ignore
  }).toSorted((a, b) => a.at - b.at); // prettier-ignore
  const latest = one.get("latest_status") ?? said.at(-1)?.get("status") ?? one.get("status");
  const over = updates.at(-1)?.phase === "resolved" || (updates.length === 0 && (one.get("is_resolved") === "1" || latest === "4")); // prettier-ignore
  const resolved = updates.findLast((each) => each.phase === "resolved")?.at;
  const endedAt = resolved ?? time(one, "updated_at") ?? startedAt;
  const hit = componentsOf(one, names);
  const status = worstOf(one.get("component_status"));
  const text = one.get("message") ?? "";
  return {
    key: `incident/${one.get("id") ?? ""}`,
    kind: "incident",
    title: one.get("name") ?? "",
    startedAt,
    ...(over ? { endedAt } : {}),
    ...present(time(one, "created_at")),
    impact: hit.map((name) => ({ name, status: status ?? "partial_outage" })),
    ...(text === "" ? {} : { text }),
    updates,
    links: [],
    oldPaths: [
      `/incidents/${one.get("id") ?? ""}`,
      ...(one.has("guid") ? [`/incidents/${one.get("guid") ?? ""}`] : []),
    ],
    place,
    notes: [
      ...(hit.length === 0 ? ["it names no component"] : status === undefined ? ["Cachet does not keep how bad it was: taken as a partial outage"] : []), // prettier-ignore
      ...(over && resolved === undefined ? ["nothing says when it ended: taken from its last change"] : []),
    ],
  };
}

const present = (publishedAt: Instant | undefined) => (publishedAt === undefined ? {} : { publishedAt });

const levels: Readonly<Record<string, PastStatus>> = { 2: "degraded_performance", 3: "partial_outage", 4: "major_outage", 6: "under_maintenance" }; // prettier-ignore
const worstOf = (value: string | undefined): PastStatus | undefined => levels[value ?? ""];

function scheduleOf(one: Item, names: ReadonlyMap<string, string>, place: string): PastEntry | string {
  if (one.has("deleted_at")) return "it was deleted";
  const startedAt = time(one, "scheduled_at");
  if (startedAt === undefined) return "nothing says when it was planned";
  const ended = time(one, "completed_at");
  const text = one.get("message") ?? "";
  return {
    key: `schedule/${one.get("id") ?? ""}`,
    kind: "maintenance",
    title: one.get("name") ?? "",
    startedAt,
    endedAt: ended ?? startedAt + hour,
    ...present(time(one, "created_at")),
    impact: componentsOf(one, names).map((name) => ({ name, status: "under_maintenance" })),
    ...(text === "" ? {} : { text }),
    updates: [],
    links: [],
    oldPaths: [`/schedules/${one.get("id") ?? ""}`],
    place,
    notes: ended === undefined ? ["nothing says when it ended: taken as one hour"] : [],
  };
}
