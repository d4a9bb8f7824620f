// What is said of the whole and of one incident, in the same words on every surface; page and text only set it.
import { worst, type PublicStatus } from "../components/status.ts";
import type { Phase, Saying } from "../incidents/clocks.ts";
import type { NoticeLink } from "../incidents/notice.ts";
import type { Instant } from "../lib/clock.ts";
import { sayDuration } from "../lib/duration.ts";
import { oneLine } from "../lib/text.ts";
import { goesOn } from "./public-maintenance.ts";
import type { PublicComponent, PublicIncident, PublicSnapshot, PublicUpdate } from "./snapshot.ts";
import type { Sentence } from "./languages/english.ts";
import { listed, n, t, tell, type Said } from "./tongue.ts";

export type { Said } from "./tongue.ts";

export type Hit = { readonly name: string; readonly status: PublicStatus };

export type Summary = {
  /** The worst state: the one accent of the page. */
  readonly status: PublicStatus;
  readonly headline: string;
  readonly lead: Said;
  readonly hit: readonly Hit[];
};

const stateWords: Readonly<Record<PublicStatus, Sentence>> = {
  operational: "operational",
  degraded_performance: "degraded performance",
  partial_outage: "partial outage",
  major_outage: "major outage",
  under_maintenance: "under maintenance",
  unknown: "state unknown",
};

/** `major outage`, `state unknown`: after a colon. */
export function stateWord(status: PublicStatus): string {
  return t(stateWords[status]);
}

const statusNames: Readonly<Record<PublicStatus, Sentence>> = {
  operational: "Operational",
  degraded_performance: "Degraded performance",
  partial_outage: "Partial outage",
  major_outage: "Major outage",
  under_maintenance: "Under maintenance",
  unknown: "Unknown",
};

/** `Major outage`: by itself. */
export function statusName(status: PublicStatus): string {
  return t(statusNames[status]);
}

const phaseNames: Readonly<Record<Saying, Sentence>> = {
  investigating: "Investigating",
  identified: "Identified",
  monitoring: "Monitoring",
  resolved: "Resolved",
  postmortem: "Post-mortem",
};

/** `Investigating`: by itself. */
export function phaseName(phase: Saying): string {
  return t(phaseNames[phase]);
}

/** The same within a sentence. */
const phaseParts: Readonly<Record<Phase, Sentence>> = {
  investigating: "investigating",
  identified: "identified",
  monitoring: "monitoring",
  resolved: "resolved",
};

function componentName(components: readonly PublicComponent[], id: string): string {
  return oneLine(components.find((component) => component.id === id)?.name ?? id);
}

/** What an incident hits, worst first; a component that left the catalogue keeps its id. */
export function impactOf(incident: PublicIncident, components: readonly PublicComponent[]): readonly Hit[] {
  return hitsIn(incident.impact, components);
}

export function hitsIn(impact: PublicIncident["impact"], components: readonly PublicComponent[]): readonly Hit[] {
  const hits = Object.entries(impact).map(([id, status]) => ({ name: componentName(components, id), status }));
  return worstFirst(hits);
}

const order = ["major_outage", "partial_outage", "degraded_performance", "unknown", "under_maintenance", "operational"];

function worstFirst<H extends Hit>(hits: readonly H[]): readonly H[] {
  return [...hits].sort((a, b) => order.indexOf(a.status) - order.indexOf(b.status));
}

function hitsOf({ components, open }: PublicSnapshot): readonly Hit[] {
  const known = new Set<string>(components.map((component) => component.id));
  const gone = open.flatMap((incident) =>
    Object.entries(incident.impact)
      .filter(([id]) => !known.has(id))
      .map(([id, status]) => ({ name: oneLine(id), status })),
  );
  const all = [...components.map(({ name, status }) => ({ name: oneLine(name), status })), ...gone];
  return worstFirst(all.filter((one) => one.status !== "operational"));
}

/** `Copr builds: major outage`; a component is named when it is the only one in that state. */
function headlineOf(hit: readonly Hit[], status: PublicStatus, { components, open }: PublicSnapshot): string {
  if (hit.length === 0) {
    if (open.length === 0) return t("All systems operational");
    if (open.some((incident) => incident.phase !== "monitoring")) return t("We are looking into a problem");
    return open.some((incident) => incident.backlog)
      ? t("Fixed, working off the backlog")
      : t("Operational again, being watched");
  }
  const worstOnes = hit.filter((one) => one.status === status);
  const all = worstOnes.length === components.length ? t("All components") : n("{n} components", worstOnes.length);
  const who = worstOnes.length === 1 ? (worstOnes[0]?.name ?? "") : all;
  const more = hit.length - worstOnes.length;
  return more === 0
    ? t("{0}: {1}", who, stateWord(status))
    : n("{0}: {1}, {n} more affected", more, who, stateWord(status));
}

const namesAtMost = 4;

/** The names while there are few; the list below has them all. */
function nameSome(names: readonly string[]): string {
  return names.length <= namesAtMost ? listed(names) : n("{n} components", names.length);
}

/** Who is hit how, once there are several: `Copr builds and Tests: major outage. Koji: degraded performance.` */
function whoIsHit(hit: readonly Hit[]): string {
  if (hit.length < 2) return "";
  const states = [...new Set(hit.map((one) => one.status))];
  const said = states.map((state) => {
    const names = hit.filter((one) => one.status === state).map((one) => one.name);
    return `${t("{0}: {1}.", nameSome(names), stateWord(state))} `;
  });
  return said.join("");
}

/** Since when: what the incidents say; where there is none (blind, maintenance), the last change of a component. */
function sinceOf({ components, open }: PublicSnapshot): Instant | undefined {
  const begun = open.map((incident) => incident.clocks.started);
  const changed = components.filter((one) => one.status !== "operational").map((one) => one.updatedAt);
  const moments = begun.length > 0 ? begun : changed;
  return moments.length === 0 ? undefined : Math.min(...moments);
}

function elsewhere(hit: readonly Hit[], components: readonly PublicComponent[]): string {
  return hit.length > 0 && components.some((one) => one.status === "operational")
    ? ` ${t("Everything else is operational.")}`
    : "";
}

/** The impact stands until a person lowers it, so the sentence says that it is getting better. */
export function recovering(open: readonly PublicIncident[]): string {
  if (open.length === 0 || open.some((incident) => incident.phase !== "monitoring")) return "";
  return open.some((incident) => incident.backlog)
    ? ` ${t("It is fixed; the backlog is being worked off.")}`
    : ` ${t("It looks fixed; we keep watching.")}`;
}

/** ` Next update by …`, or that the promise was broken. */
export function promiseSaid(at: Instant | undefined, now: Instant): Said {
  if (at === undefined) return [];
  return [" ", ...(at >= now ? tell("Next update by {0}.", at) : tell("Next update overdue since {0}.", at))];
}

/** When all that is hit is hit by plan. */
function plannedLead(hit: readonly Hit[], { components, open, maintenance }: PublicSnapshot): Said | undefined {
  const windows = maintenance.filter((one) => goesOn(one) && one.components.length > 0);
  if (open.length > 0 || windows.length === 0 || hit.some((one) => one.status !== "under_maintenance"))
    return undefined;
  const since = Math.min(...windows.map((one) => one.scheduledStart));
  const until = Math.max(...windows.map((one) => one.scheduledEnd));
  return [
    whoIsHit(hit),
    ...(windows.length === 1
      ? tell("{0}: since {1}, planned until {2}.", oneLine(windows[0]?.title ?? "", 200), since, until)
      : tell("Planned work since {0}, planned until {1}.", since, until)),
    elsewhere(hit, components),
  ];
}

function leadOf(hit: readonly Hit[], snapshot: PublicSnapshot): Said {
  const { components, open, generatedAt } = snapshot;
  const planned = plannedLead(hit, snapshot);
  if (planned !== undefined) return planned;
  const since = sinceOf(snapshot);
  if (since === undefined) return [t("No outage is open.")];
  const promises = open.flatMap(({ notice }) => (notice.nextUpdateAt === undefined ? [] : [notice.nextUpdateAt]));
  const promise = promises.length === 0 ? undefined : Math.min(...promises);
  const lasting = sayDuration(Math.max(0, generatedAt - since));
  const blind = open.length === 0 && hit.every((one) => one.status === "unknown");
  return [
    whoIsHit(hit),
    ...(blind
      ? hit.length === 1
        ? tell("Its monitors have been blind since {0}, for {1}.", since, lasting)
        : tell("Their monitors have been blind since {0}, for {1}.", since, lasting)
      : tell("Since {0}, for {1}.", since, lasting)),
    recovering(open),
    elsewhere(hit, components),
    ...promiseSaid(promise, generatedAt),
  ];
}

/** The banner: the sentence first, then since when, what is well, and when we speak again. */
export function summarize(snapshot: PublicSnapshot): Summary {
  const hit = hitsOf(snapshot);
  const status = worst(
    hit.map((one) => one.status),
    "operational",
  );
  return { status, headline: headlineOf(hit, status, snapshot), lead: leadOf(hit, snapshot), hit };
}

/** The phase as a sentence part; a backlog is said in words. */
export function phaseSaid(incident: PublicIncident): string {
  if (incident.withdrawn !== undefined) return t("withdrawn");
  if (incident.phase === "monitoring" && incident.backlog) return t("fixed, the backlog is being worked off");
  return t(phaseParts[incident.phase]);
}

/** What an update did: its phase, or that it took the notice back. */
export function updateWord(update: PublicUpdate, { withdrawn, updates }: PublicIncident): string {
  // After it was taken back nothing more is said.
  const last = withdrawn !== undefined && updates[0]?.code === update.code;
  return last ? t("Withdrawn") : phaseName(update.phase);
}

/** That nobody but Tocsin has spoken. `now` is absent once it is over. */
export function automaticSaid(now: Instant | undefined): string {
  return now === undefined
    ? t("Automatic notice: written by Tocsin from what it measured; no person confirmed it.")
    : t("Automatic notice: written by Tocsin from what it measures; no person has confirmed it yet.");
}

/** One line of the impact card. `texts` are untrusted Markdown; several make a list. */
export type Row = {
  readonly label: string;
  readonly texts: readonly string[];
  readonly said?: Said;
  readonly links?: readonly NoticeLink[];
};

function expected({ notice }: PublicIncident, now: Instant): Said {
  const promise = promiseSaid(notice.nextUpdateAt, now);
  if (notice.eta === undefined) return promise;
  if (notice.eta === "unknown") return [t("Unknown."), ...promise];
  const hope: Said =
    notice.eta >= now
      ? tell("Over by {0}.", notice.eta)
      : tell("It should have been over by {0} and takes longer.", notice.eta);
  return [...hope, ...promise];
}

/** The impact card: what users ask, in their words; in the past tense once it is over. `now` is absent then. */
export function cardRows(incident: PublicIncident, now: Instant | undefined): readonly Row[] {
  const { notice, withdrawn } = incident;
  if (withdrawn !== undefined) return [{ label: t("What we said"), texts: [notice.scope ?? notice.title] }];
  const tense = (open: Sentence, ended: Sentence): string => t(now === undefined ? ended : open);
  const rows: readonly Row[] = [
    { label: tense("What is broken", "What was broken"), texts: [notice.scope ?? ""] },
    { label: tense("Who is affected", "Who was affected"), texts: [notice.affected ?? ""] },
    { label: t("Not affected"), texts: [notice.notAffected ?? ""] },
    { label: tense("What you can do", "What you could do"), texts: notice.alternatives },
    { label: t("Expected"), texts: [], said: now === undefined ? [] : expected(incident, now) },
    { label: t("Must I retrigger?"), texts: [notice.retrigger ?? ""] },
    {
      label: (notice.cause ?? "").trim() === "" ? t("See also") : t("Cause"),
      texts: [notice.cause ?? ""],
      links: notice.links,
    },
  ];
  return rows
    .map((row) => ({ ...row, texts: row.texts.filter((text) => text.trim() !== "") }))
    .filter((row) => row.texts.length > 0 || (row.said ?? []).length > 0 || (row.links ?? []).length > 0);
}

/** `after 12 min`, `at once`: what lies between two clocks; undefined where one never ran. */
export function between(from: Instant, to: Instant | undefined): string | undefined {
  if (to === undefined) return undefined;
  return to - from < 1_000 ? t("at once") : t("after {0}", sayDuration(to - from));
}
