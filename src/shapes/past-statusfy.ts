// An incident of Statusfy as its Markdown file says it: https://docs.statusfy.co/guide/incidents/. Pure.
import { hour, minute, type Instant } from "../lib/clock.ts";
import { failed, ok, type Result } from "../lib/result.ts";
import { readFrontMatter } from "./front-matter.ts";
import { looseTime } from "./loose-time.ts";
import { linksIn, phaseNamed, tamed, type Past, type PastDocument, type PastEntry, type PastStatus, type PastUpdate, type Unread } from "./past.ts"; // prettier-ignore
import { typedTime } from "./past-times.ts";

const keys = ["id", "title", "description", "date", "modified", "severity", "affectedsystems", "resolved", "scheduled", "duration"]; // prettier-ignore
const severities: Readonly<Record<string, PastStatus>> = {
  "under-maintenance": "under_maintenance",
  "degraded-performance": "degraded_performance",
  "partial-outage": "partial_outage",
  "major-outage": "major_outage",
};

/** The same incident in several languages is one; the others are named. */
export function readStatusfyPast(documents: readonly PastDocument[]): Past {
  const entries = new Map<string, PastEntry>();
  const unread: Unread[] = [];
  for (const document of documents) {
    const read = readOne(document);
    const known = read.ok ? entries.get(read.value.key) : undefined;
    if (!read.ok) unread.push(read.error);
    else if (known === undefined) entries.set(read.value.key, read.value);
    else unread.push({ place: document.place, because: `the same incident as ${known.place}, in another language` });
  }
  return { entries: [...entries.values()], unread };
}

function readOne({ place, text }: PastDocument): Result<PastEntry, Unread> {
  const head = readFrontMatter(text, keys);
  if (!head.ok) return failed({ place: `${place}:${head.error.line}`, because: head.error.because });
  const { fields, body } = head.value;
  const get = (key: string): string => fields.get(key)?.value ?? "";
  const began = typedTime(get("date"), "date");
  const planned = looseTime(get("scheduled"));
  const startedAt = planned ?? began.at;
  if (startedAt === undefined) return failed({ place, because: "nothing says when it began" });
  const status = severities[get("severity")];
  const notes = [...head.value.notes, ...began.notes];
  if (status === undefined) notes.push(`the severity "${get("severity")}" is none: taken as a partial outage`);
  const { said, updates } = spoken(body, get("description"));
  const maintenance = planned !== undefined || status === "under_maintenance";
  const list = fields.get("affectedsystems");
  const names = list === undefined ? [] : [...list.list, ...(list.value === "" ? [] : [list.value])];
  if (names.length === 0) notes.push("it names no component");
  const end = endOf({ startedAt, maintenance, resolved: /^true$/iu.test(get("resolved")), minutes: Number(get("duration")), modified: looseTime(get("modified")), updates }); // prettier-ignore
  const id = get("id") || (place.split("/").at(-1) ?? place).replace(/\.md$/u, "");
  return ok(
    tamed({
      key: id,
      kind: maintenance ? "maintenance" : "incident",
      title: get("title") || id,
      startedAt,
      ...(end.at === undefined ? {} : { endedAt: end.at }),
      ...(began.at === undefined ? {} : { publishedAt: began.at }),
      impact: names.map((name) => ({ name, status: maintenance ? "under_maintenance" : (status ?? "partial_outage") })),
      ...(said === "" ? {} : { text: said }),
      updates,
      links: linksIn(body),
      oldPaths: [`/incidents/${id}`],
      place,
      notes: [...notes, ...end.notes],
    }),
  );
}

type Known = {
  readonly startedAt: Instant;
  readonly maintenance: boolean;
  readonly resolved: boolean;
  /** Planned; NaN or 0 when it does not say. */
  readonly minutes: number;
  readonly modified: Instant | undefined;
  readonly updates: readonly PastUpdate[];
};

function endOf({ startedAt, maintenance, resolved, minutes, modified, updates }: Known): ReturnType<typeof typedTime> {
  const told = updates.findLast((update) => update.phase === "resolved")?.at;
  if (maintenance) {
    if (told !== undefined && told > startedAt) return { at: told, notes: [] };
    if (minutes > 0) return { at: startedAt + minutes * minute, notes: [] };
    return { at: startedAt + hour, notes: ["nothing says when it ended: taken as one hour"] };
  }
  if (!resolved) return { notes: [] };
  if (told !== undefined) return { at: told, notes: [] };
  const at = Math.max(startedAt, modified ?? updates.at(-1)?.at ?? startedAt);
  return { at, notes: ["nothing says when it ended: taken from its last change"] };
}

/** `::: update Resolved | 2018-10-12T12:00:00.000Z` … `:::` */
function spoken(body: string, description: string): { readonly said: string; readonly updates: readonly PastUpdate[] } {
  const updates: PastUpdate[] = [];
  const rest = body.replaceAll(/^:::\s*update\s+([^|\n]{1,60})\|\s*([^\n]{1,60})\n([\s\S]*?)\n?^:::\s*$/gmu, (whole, word: string, time: string, text: string) => {
    const at = looseTime(time);
    if (at === undefined) return whole;
    updates.push({ at, phase: phaseNamed(word) ?? "investigating", text: text.trim() });
    return "";
  }); // prettier-ignore
  const plain = rest.replaceAll(/\n{3,}/gu, "\n\n").trim();
  const said = [plain.startsWith(description) ? "" : description, plain].filter((part) => part !== "").join("\n\n");
  return { said, updates: updates.toSorted((a, b) => a.at - b.at) };
}
