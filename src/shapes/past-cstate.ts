// One issue of cState as it lies in `content/issues`: https://github.com/cstate/cstate/wiki/Usage. Pure.
import { day, hour, isoSeconds, type Instant } from "../lib/clock.ts";
import { failed, ok, type Result } from "../lib/result.ts";
import { readFrontMatter, type Field, type FrontMatter } from "./front-matter.ts";
import {
  linksIn,
  phaseNamed,
  tamed,
  type Past,
  type PastDocument,
  type PastEntry,
  type PastStatus,
  type PastUpdate,
  type Unread,
} from "./past.ts";
import { mendedEnd, typedTime } from "./past-times.ts";
import { looseTime } from "./loose-time.ts";

const keys = [
  "title", "date", "resolved", "resolvedwhen", "severity", "affected", "section", "informational", "pin", "draft", "automated", "id", "slug", "url", "aliases",
  "lastmod", "description", "tags", "categories", "weight", "type", "layout",
]; // prettier-ignore

/** cState's "disrupted" spans two of Statuspage's words; the page shows it like a partial outage. */
const severities: Readonly<Record<string, PastStatus>> = {
  notice: "under_maintenance",
  disrupted: "partial_outage",
  down: "major_outage",
};

/** Every issue is an entry, or is named with the reason. */
export function readCstateIssues(documents: readonly PastDocument[], now: Instant): Past {
  const entries: PastEntry[] = [];
  const unread: Unread[] = [];
  for (const document of documents) {
    const entry = readIssue(document, now);
    if (entry.ok) entries.push(entry.value);
    else unread.push(entry.error);
  }
  return { entries, unread };
}

function readIssue({ place, text }: PastDocument, now: Instant): Result<PastEntry, Unread> {
  const read = readFrontMatter(text, keys);
  if (!read.ok) return failed({ place: `${place}:${read.error.line}`, because: read.error.because });
  const head = read.value;
  const get = (key: string): Field => head.fields.get(key) ?? { value: "", list: [], line: 1 };
  if (isTrue(get("draft").value))
    return failed({ place: `${place}:${get("draft").line}`, because: "it is a draft, which cState never published" });
  const slug = slugOf(place);
  const notes = [...head.notes];
  const started = startOf(get("date"), slug);
  notes.push(...started.notes);
  if (started.at === undefined)
    return failed({ place: `${place}:${get("date").line}`, because: "nothing says when it began" });
  const { kind, status, notes: about } = kindOf(head);
  notes.push(...about);
  const said = spoken(head.body, started.at);
  notes.push(...said.notes);
  const end = endOf(head, { start: started.at, kind, updates: said.updates, now });
  notes.push(...end.notes);
  const named = affectedOf(get("affected"));
  return ok(
    tamed({
      key: slug,
      kind,
      title: get("title").value || slug.replaceAll("-", " "),
      startedAt: started.at,
      ...(end.at === undefined ? {} : { endedAt: end.at }),
      impact: named.names.map((name) => ({ name, status })),
      ...(said.text === "" ? {} : { text: said.text }),
      updates: said.updates,
      links: linksIn(head.body),
      oldPaths: pathsOf(head, slug),
      place,
      notes: [...notes, ...named.notes, ...(get("title").value === "" ? ["it has no title: its file name"] : [])],
    }),
  );
}

const isTrue = (word: string): boolean => /^(true|yes|y|on|1)$/iu.test(word);

/** `content/issues/2024-01-09-github-outage.md`, or `…/2024-01-09-github-outage/index.md`. */
function slugOf(place: string): string {
  const parts = place.replace(/\.(md|markdown)$/iu, "").split("/");
  const last = parts.at(-1) ?? place;
  return last === "index" ? (parts.at(-2) ?? last) : last;
}

/** Under which Hugo publishes it: small letters, `slug` and `url` obeyed. */
function pathsOf({ fields }: FrontMatter, slug: string): readonly string[] {
  const url = fields.get("url")?.value ?? "";
  const aliases = fields.get("aliases");
  const named = fields.get("slug")?.value ?? "";
  const own = url === "" ? `/issues/${(named === "" ? slug : named).toLowerCase()}/` : url;
  return [own, ...(aliases?.list ?? []), ...(aliases?.value ? [aliases.value] : [])];
}

function startOf(date: Field, slug: string): { readonly at?: Instant; readonly notes: readonly string[] } {
  const typed = typedTime(date.value, "date");
  const named = looseTime(/^\d{4}-\d{1,2}-\d{1,2}/u.exec(slug)?.[0]);
  if (typed.at !== undefined || named === undefined) return typed;
  return { at: named, notes: [...typed.notes, "the date is taken from the name of the file"] };
}

function affectedOf(field: Field): { readonly names: readonly string[]; readonly notes: readonly string[] } {
  const one = field.value === "" || field.value === "[]" ? [] : field.value.split(",").map((name) => name.trim());
  const names = [...new Set([...field.list, ...one].filter((name) => name !== ""))];
  if (names.length === 0) return { names, notes: ["it names no component"] };
  return { names, notes: one.length === 0 ? [] : ["`affected` is no list; it was taken apart at the commas"] };
}

type Kind = { readonly kind: PastEntry["kind"]; readonly status: PastStatus; readonly notes: readonly string[] };

function kindOf({ fields }: FrontMatter): Kind {
  const word = (fields.get("severity")?.value ?? "").toLowerCase();
  const maintenance = { kind: "maintenance" as const, status: "under_maintenance" as const };
  if (isTrue(fields.get("informational")?.value ?? "")) return { ...maintenance, notes: ["informational: a notice"] };
  const status = severities[word];
  if (status === "under_maintenance") return { ...maintenance, notes: [] };
  if (status !== undefined) return { kind: "incident", status, notes: [] };
  const notes = [word === "" ? "it has no severity: taken as disrupted" : `the severity "${word}" is none: taken as disrupted`]; // prettier-ignore
  return { kind: "incident", status: "partial_outage", notes };
}

type Known = {
  readonly start: Instant;
  readonly kind: PastEntry["kind"];
  readonly updates: readonly PastUpdate[];
  readonly now: Instant;
};

/** A window without an end lasted so long. */
const usualWindow = hour;

function endOf({ fields }: FrontMatter, { start, kind, updates, now }: Known): ReturnType<typeof typedTime> {
  const typed = typedTime(fields.get("resolvedwhen")?.value ?? "", "resolvedWhen");
  const word = (fields.get("resolved")?.value ?? "").toLowerCase();
  const open = word === "false" || word === "no";
  if (typed.at !== undefined) {
    const mended = mendedEnd(start, typed.at);
    const notes = [...typed.notes, ...mended.notes];
    if (open && kind === "incident" && mended.end <= now)
      return { notes: [...notes, `it ended at ${isoSeconds(mended.end)}, but says resolved: false: it stays open`] };
    // An end that is to come is no end of an outage, but that of a window.
    if (kind === "incident" && mended.end > now) return { notes: [...notes, "its end is to come: it stays open"] };
    return { at: mended.end, notes };
  }
  const last = updates.findLast((update) => update.phase === "resolved")?.at ?? updates.at(-1)?.at;
  if (kind === "maintenance") {
    const at = last === undefined || last <= start ? start + usualWindow : last;
    return { at, notes: [...typed.notes, `nothing says when it ended: taken as ${isoSeconds(at)}`] };
  }
  if (open) return typed;
  const at = last === undefined || last < start ? start : last;
  const why = word === "" ? "it does not say `resolved`, so cState never showed it as open" : "nothing says when it ended"; // prettier-ignore
  return { at, notes: [...typed.notes, `${why}: taken as over at ${isoSeconds(at)}`] };
}

type Spoken = { readonly text: string; readonly updates: readonly PastUpdate[]; readonly notes: readonly string[] };

const track = /\{\{[<%]\s*track\s+(?:"([^"]*)"|'([^']*)'|`([^`]*)`|([^>%]*?))\s*[>%]\}\}/u;
const lead =
  /^\s*(?:[*_]{1,3})(investigating|identified|watching|monitoring|resolved|fixed|postmortem|update|in progress|completed)(?:[*_]{1,3})\s*[:–—-]*\s*/iu;
/** `- Tue Oct 11 12:24:02 UTC: …`: the year is the one in which it began. */
const dated = /^[-*]\s+(?:[a-z]{3},?\s+)?([a-z]{3}\s+\d{1,2})\s+(\d{1,2}:\d{2}(?::\d{2})?)\s*(utc|gmt|ces?t)?\s*:\s+/iu;

/** Paragraphs with a time are updates, newest first as a rule; what stands before them is about the whole. */
function spoken(body: string, start: Instant): Spoken {
  const notes = new Set<string>();
  const texts: string[] = [];
  const updates: PastUpdate[] = [];
  for (const block of blocksOf(body)) {
    const shown = track.exec(block);
    const told = dated.exec(block);
    const [, tracked = shown?.[2] ?? shown?.[3] ?? shown?.[4] ?? ""] = shown ?? [];
    const at = shown === null ? told && thatYear(told, start) : looseTime(tracked);
    if (shown !== null && at === undefined)
      notes.add(`the time "${tracked.slice(0, 60)}" of an update is none; its words are kept in the text`);
    const plain = block.replace(track, "").trim();
    if (at === undefined || at === null) texts.push(plain);
    else {
      const word = lead.exec(plain)?.[1] ?? "";
      const phase = phaseNamed(word) ?? "investigating";
      updates.push({ at, phase, text: plain.replace(told === null ? lead : dated, "").trim() });
    }
  }
  const text = texts.join("\n\n").trim();
  if (lead.test(text) || /^\s*[*_#]*\s*updates?\b/imu.test(text)) notes.add("updates without a time stay in the text");
  if (/\{\{[<%]/u.test(text)) notes.add("a shortcode of Hugo's is left in the text");
  return { text, updates: updates.toSorted((a, b) => a.at - b.at), notes: [...notes] };
}

/** Of a time without a year: the first one after it began. */
function thatYear([, date = "", clock = "", zone = ""]: RegExpExecArray, start: Instant): Instant | undefined {
  const year = new Date(start).getUTCFullYear();
  const [same, next] = [year, year + 1].map((each) => looseTime(`${date} ${each} ${clock} ${zone}`));
  return same !== undefined && same < start - 7 * day ? next : same;
}

/** Paragraphs; of a list, each item that begins with a time is one. */
function blocksOf(body: string): readonly string[] {
  return body.split(/\n[ \t]*\n/u).flatMap((paragraph) => {
    if (!dated.test(paragraph.trimStart())) return [paragraph];
    return paragraph.trim().split(/\n(?=[-*]\s)/u);
  });
}
