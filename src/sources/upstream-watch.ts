// What a feed of an upstream says of our components: which of its incidents touch them, and what has ended. Pure.
import { z } from "zod";
import type { Alert, Quote } from "../alerts/alert.ts";
import { alertKey } from "../alerts/alert.ts";
import type { PlannedWork } from "../alerts/planned-work.ts";
import { hearsayKey } from "../alerts/hearsay.ts";
import type { ComponentId, SourceId } from "../config/names.ts";
import type { Instant } from "../lib/clock.ts";
import { brand } from "../lib/ids.ts";
import { suggest } from "../lib/nearest.ts";
import { present } from "../lib/records.ts";
import { list, oneLine } from "../lib/text.ts";
import type { Feed, FeedComponent, FeedIncident, FeedMaintenance, FeedStatus } from "../shapes/upstream-feed.ts";

/** A component of ours, and what stands for it upstream. */
export type Watch = {
  readonly component: ComponentId;
  /** Names or ids of the upstream's components, or words of its titles; empty: all that the page says. */
  readonly match: readonly string[];
  /** Whose page it is; what the page calls itself when not given. */
  readonly upstream?: string;
};

/** What is firing by the upstream's word, by fingerprint: so that its end can be told when it is no longer on the page. */
const Firing = z.object({
  component: z.string(),
  title: z.string(),
  by: z.string(),
  startsAt: z.number(),
  url: z.string().optional(),
  /** It is a status without an incident: only a status that is known ends it. */
  status: z.boolean(),
  kind: z.enum(["down", "other", "blind"]),
  severity: z.enum(["critical", "warning", "info"]),
  /** All that was told of it: the same again is no news. */
  said: z.string(),
});
type Firing = z.output<typeof Firing>;
export const State = z.object({
  firing: z.record(z.string(), Firing),
  /** All that is planned there, as it was told. */
  planned: z.string().optional(),
});
export type State = z.output<typeof State>;

export type Place = { readonly id: SourceId; readonly address: string; readonly now: Instant };

const lower = (text: string): string => text.trim().toLowerCase();

/** `copr` is a word of "Copr frontend restart", and none of "Coprolith". */
function isWordOf(word: string, text: string): boolean {
  const escaped = lower(word).replace(/[.*+?^${}()|[\]\\]/gu, String.raw`\$&`);
  return new RegExp(String.raw`(?<![\p{L}\p{N}])${escaped}(?![\p{L}\p{N}])`, "u").test(lower(text));
}

/** "Group - Child" is how Statuspage calls a component of a group. */
function namesOf({ id, name, group }: FeedComponent): readonly string[] {
  return [id, name, ...(group === undefined ? [] : [`${group} - ${name}`])].map(lower);
}

/** What everybody stands on hits everybody: https://www.fedorastatus.org says so in titles. */
const everything = /\ball (?:\w+ )?(?:services|systems|infrastructure)\b/iu;

function mine({ match }: Watch, feed: Feed): readonly FeedComponent[] {
  if (match.length === 0) return feed.components;
  return feed.components.filter((each) => match.some((name) => namesOf(each).includes(lower(name))));
}

/** Whether an incident or a maintenance is about it: by the components that it names, else by its title. */
function touches(watch: Watch, entry: FeedIncident | FeedMaintenance, feed: Feed): boolean {
  if (watch.match.length === 0) return true;
  if (entry.components.length > 0) {
    const names = new Set([...watch.match.map(lower), ...mine(watch, feed).flatMap(namesOf)]);
    return entry.components.some((name) => names.has(lower(name)));
  }
  return everything.test(entry.name) || watch.match.some((word) => isWordOf(word, entry.name));
}

/** The names of a watch that a page does not know: written wrong, or renamed there since. */
export function strangersOf({ match }: Watch, feed: Feed): readonly string[] {
  if (!feed.complete) return [];
  return match.filter((name) => !feed.components.some((each) => namesOf(each).includes(lower(name))));
}

/** `the page has no component "Testing Frm"; did you mean "Testing Farm"?` */
export function sayStrangers(names: readonly string[], feed: Feed): string {
  const known = feed.components.map(({ name }) => name);
  return names.map((name) => `the page has no component "${name}"; ${suggest(name, known)}`).join("; ");
}

/** How bad that is for us. What they do not say is neither small nor large. */
function severityOf(status: FeedStatus | undefined): Pick<Firing, "kind" | "severity"> {
  if (status === "major_outage") return { kind: "down", severity: "critical" };
  return { kind: "other", severity: status === "operational" ? "info" : "warning" };
}

function statusIn(status: FeedStatus | undefined): Quote["status"] {
  return status === "unknown" || status === "operational" || status === "under_maintenance" ? undefined : status;
}

type Seen = { readonly alert: Alert; readonly known: Omit<Firing, "said"> };

const saidOf = ({ summary, quote, severity }: Alert): string => JSON.stringify([severity, summary, quote]);

function seen(
  watch: Watch,
  entry: Pick<FeedIncident, "id" | "name" | "url" | "text" | "startedAt" | "updatedAt">,
  more: { readonly status?: FeedStatus | undefined; readonly word: string; readonly byStatus: boolean },
  { feed, before, place, planned }: Looking & { readonly planned: string | undefined },
): readonly [string, Seen] {
  const { id, address, now } = place;
  const by = byOf(watch, feed, address);
  const key = hearsayKey(id, watch.component, oneLine(entry.id, 120));
  const fingerprint = key.slice(key.indexOf("/") + 1);
  const startsAt = Math.min(entry.startedAt ?? before.firing[fingerprint]?.startsAt ?? now, now);
  const { kind, severity } = severityOf(more.status);
  const url = entry.url ?? address;
  const quote: Quote = present({
    by,
    title: entry.name,
    text: entry.text,
    url,
    saidAt: entry.updatedAt,
    status: statusIn(more.status),
    planned,
  });
  const where = entry.url === undefined ? more.word : `${more.word}, ${entry.url}`;
  const words = entry.text === undefined ? "" : `: ${entry.text}`;
  const alert: Alert = {
    key,
    kind,
    status: "firing",
    severity,
    component: watch.component,
    summary: oneLine(`${by} says: "${entry.name}" (${where})${words}`, 400),
    quote,
    labels: { upstream: by, upstream_incident: oneLine(entry.id, 120) },
    startsAt,
    observedAt: now,
    link: url,
  };
  const known = {
    component: watch.component,
    title: entry.name,
    by,
    startsAt,
    url,
    status: more.byStatus,
    kind,
    severity,
  };
  return [fingerprint, { alert, known }];
}

function byOf(watch: Watch, feed: Feed, address: string): string {
  return oneLine(watch.upstream ?? feed.page?.name ?? new URL(address).host, 100);
}

type Looking = { readonly feed: Feed; readonly before: State; readonly place: Place };

function isOn(maintenance: FeedMaintenance, now: Instant): boolean {
  if (maintenance.state === "completed") return false;
  if (maintenance.state === "in_progress") return true;
  return (maintenance.from ?? Infinity) <= now && (maintenance.until ?? -Infinity) > now;
}

/** The work that is planned there and touches a component of ours, as far as they say when. */
export function plannedOf(feed: Feed, watches: readonly Watch[], { address, now }: Place): readonly PlannedWork[] {
  return feed.maintenances.flatMap((each) => {
    const { from, until } = each;
    const hit = watches.filter((watch) => touches(watch, each, feed));
    const [first] = hit;
    if (first === undefined || from === undefined || each.state === "completed" || (until ?? from) <= now) return [];
    const work = {
      entry: oneLine(each.id, 200),
      by: byOf(first, feed, address),
      title: oneLine(each.name, 200),
      text: each.text,
      url: each.url ?? address,
      components: [...new Set(hit.map(({ component }) => component))],
      from,
      until,
    };
    return [present(work)];
  });
}

const statusWords: Readonly<Record<string, string>> = {
  degraded_performance: "degraded performance",
  partial_outage: "partial outage",
  major_outage: "major outage",
};

/** All that the page says of one component of ours. */
function hearOf(watch: Watch, looking: Looking): readonly (readonly [string, Seen])[] {
  const { feed, place } = looking;
  const works = feed.maintenances.filter((each) => isOn(each, place.now) && touches(watch, each, feed));
  // Work that they planned explains what began with it, and nothing that was there before.
  const explained = (startedAt: Instant | undefined): string | undefined =>
    works.find(({ from }) => startedAt === undefined || from === undefined || startedAt >= from)?.name;
  const incidents = feed.incidents
    .filter(({ phase }) => phase !== "resolved")
    .filter((each) => touches(watch, each, feed));
  const told = incidents.map((each) => {
    const more = { status: each.status, word: each.phase, byStatus: false };
    return seen(watch, each, more, { ...looking, planned: explained(each.startedAt) });
  });
  const planned = works.map((each) => {
    const more = { status: "operational" as const, word: "planned work", byStatus: false };
    const entry = present({ ...each, id: `maintenance/${each.id}`, startedAt: each.from });
    return seen(watch, entry, more, { ...looking, planned: each.name });
  });
  const named = new Set(incidents.flatMap(({ components }) => components.map(lower)));
  const bare = mine(watch, feed).filter((each) => !namesOf(each).some((name) => named.has(name)));
  const states = incidents.some(({ components }) => components.length === 0) ? [] : bare;
  const since = ({ id }: FeedComponent): Instant | undefined =>
    looking.before.firing[`upstream:${watch.component}:status/${oneLine(id, 113)}`]?.startsAt;
  const hit = states.flatMap((each) => {
    const words = statusWords[each.status];
    if (words === undefined) return [];
    const entry = { id: `status/${oneLine(each.id, 113)}`, name: each.name };
    const more = { status: each.status, word: words, byStatus: true };
    return [seen(watch, entry, more, { ...looking, planned: explained(since(each)) })];
  });
  return [...told, ...planned, ...hit];
}

/** That a name is gone upstream is a kind of blindness: nothing would ever be heard of that component again. */
function renamed(watch: Watch, { feed, before, place }: Looking): readonly (readonly [string, Seen])[] {
  const names = strangersOf(watch, feed);
  if (names.length === 0) return [];
  const fingerprint = `${watch.component}/blind`;
  const startsAt = before.firing[fingerprint]?.startsAt ?? place.now;
  const by = byOf(watch, feed, place.address);
  const alert: Alert = {
    key: alertKey(place.id, fingerprint),
    kind: "blind",
    status: "firing",
    severity: "warning",
    component: watch.component,
    summary: oneLine(`Nothing is heard of ${watch.component} from ${by}: ${sayStrangers(names, feed)}`, 400),
    labels: { upstream: by },
    startsAt,
    observedAt: place.now,
  };
  const known = { component: watch.component, title: list(names), by, startsAt, status: false, kind: "blind", severity: "warning" } as const; // prettier-ignore
  return [[fingerprint, { alert, known }]];
}

/** Its page says so no longer. A status that nobody knows is no end of a bad one. */
function ended(fingerprint: string, was: Firing, { feed, place }: Looking): Alert | undefined {
  const status = feed.components.find(({ id }) => fingerprint.endsWith(`:status/${oneLine(id, 113)}`))?.status;
  if (was.status && (status === undefined || status === "unknown") && feed.complete) return undefined;
  const { id, now } = place;
  const over = feed.incidents.find((each) => fingerprint.endsWith(`:${oneLine(each.id, 120)}`))?.resolvedAt;
  const summary =
    was.kind === "blind" ? `${was.by}'s page knows ${was.title} again` : `${was.by} no longer says: "${was.title}"`;
  return present({
    key: alertKey(id, fingerprint),
    kind: was.kind,
    status: "resolved" as const,
    severity: was.severity,
    component: brand<ComponentId>(was.component),
    summary: oneLine(summary, 400),
    labels: { upstream: was.by },
    startsAt: was.startsAt,
    endsAt: Math.min(now, Math.max(was.startsAt, over ?? now)),
    observedAt: now,
    link: was.url,
  });
}

/** What one reading of the feed tells, and what to remember of it. */
export function hear(
  feed: Feed,
  watches: readonly Watch[],
  before: State,
  place: Place,
): { readonly alerts: readonly Alert[]; readonly state: State } {
  const looking = { feed, before, place };
  const now = new Map(watches.flatMap((watch) => [...hearOf(watch, looking), ...renamed(watch, looking)]));
  const gone = Object.entries(before.firing).filter(([fingerprint]) => !now.has(fingerprint));
  const over = gone.map(([fingerprint, was]) => ({ fingerprint, was, alert: ended(fingerprint, was, looking) }));
  const kept = over.flatMap(({ fingerprint, was, alert }) =>
    alert === undefined ? [[fingerprint, was] as const] : [],
  );
  const news = [...now].filter(([fingerprint, { alert }]) => before.firing[fingerprint]?.said !== saidOf(alert));
  const firing = [...now].map(
    ([fingerprint, { alert, known }]) => [fingerprint, { ...known, said: saidOf(alert) }] as const,
  );
  return {
    alerts: [...news.map(([, { alert }]) => alert), ...over.flatMap(({ alert }) => alert ?? [])],
    state: { firing: Object.fromEntries([...kept, ...firing]) },
  };
}
