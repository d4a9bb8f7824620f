// What Uptime Kuma keeps of incidents and maintenances: notes on its pages, without an end and without a component. Pure.
import { hour } from "../lib/clock.ts";
import { looseTime } from "./loose-time.ts";
import { tamed, type Past, type PastEntry, type Unread } from "./past.ts";

export type KumaRow = Readonly<Record<string, string | undefined>>;
export type KumaTables = {
  readonly incidents: readonly KumaRow[];
  readonly maintenances: readonly KumaRow[];
  /** Of a maintenance, with the name of the monitor. */
  readonly hit: readonly KumaRow[];
  readonly monitors: readonly KumaRow[];
};

export function readKumaPast({ incidents, maintenances, hit, monitors }: KumaTables): Past {
  const unread: Unread[] = monitors.map((one) => ({
    place: `monitor "${one["name"] ?? ""}"`,
    because: `a ${one["type"] ?? "monitor"}: its measurements stay behind; write it as a source in tocsin.yaml`,
  }));
  const entries: PastEntry[] = [];
  const keep = (made: PastEntry | Unread): void =>
    void ("because" in made ? unread.push(made) : entries.push(tamed(made)));
  for (const one of incidents) keep(incidentOf(one));
  const names = Map.groupBy(hit, (row) => row["maintenance_id"] ?? "");
  for (const one of maintenances) keep(maintenanceOf(one, (names.get(one["id"] ?? "") ?? []).map((row) => row["name"] ?? ""))); // prettier-ignore
  return { entries, unread };
}

/** Red is an outage, yellow a part of one; the other colours are news. */
const outage = /^(danger|warning)$/u;

function incidentOf(one: KumaRow): PastEntry | Unread {
  const { id = "", title = "", content = "", style = "" } = one;
  const place = `incident ${id}`;
  const startedAt = looseTime(one["created_date"]);
  if (startedAt === undefined) return { place: `${place} "${title}"`, because: "nothing says when it began" };
  const changed = looseTime(one["last_updated_date"]) ?? startedAt;
  const over = one["active"] === "0" || one["pin"] === "0";
  const news = !outage.test(style);
  const notes = ["it names no component; Uptime Kuma does not keep which"];
  if (over || news) notes.push("nothing says when it ended: taken from its last change");
  return {
    key: `incident/${id}`,
    kind: news ? "maintenance" : "incident",
    title,
    startedAt,
    publishedAt: startedAt,
    ...(over || news ? { endedAt: news ? Math.max(changed, startedAt + hour) : changed } : {}),
    impact: [],
    ...(content === "" ? {} : { text: content }),
    updates: [],
    links: [],
    oldPaths: [],
    place,
    notes: news ? [...notes, `its style is "${style}": a notice`] : notes,
  };
}

function maintenanceOf(one: KumaRow, names: readonly string[]): PastEntry | Unread {
  const { id = "", title = "", description = "", strategy = "single" } = one;
  const place = `maintenance ${id}`;
  const [startedAt, endedAt] = [looseTime(one["start_date"]), looseTime(one["end_date"])];
  if (strategy !== "single") return { place: `${place} "${title}"`, because: `it repeats (${strategy}); plan it anew` };
  if (startedAt === undefined || endedAt === undefined) return { place: `${place} "${title}"`, because: "it has no start and end" }; // prettier-ignore
  const zone = one["timezone"] ?? "UTC";
  return {
    key: `maintenance/${id}`,
    kind: "maintenance",
    title,
    startedAt,
    endedAt,
    impact: names.map((name) => ({ name, status: "under_maintenance" })),
    ...(description === "" ? {} : { text: description }),
    updates: [],
    links: [],
    oldPaths: [],
    place,
    notes: /^(utc|)$/iu.test(zone) ? [] : [`its times are of ${zone}, and taken as UTC`],
  };
}
