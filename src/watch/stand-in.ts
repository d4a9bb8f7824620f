// What a watcher says in the place of a silent origin: the incident, and the page with it. Pure.
import { severityOf, worst } from "../components/status.ts";
import type { ComponentId } from "../config/names.ts";
import type { ComponentStatus } from "../components/status.ts";
import type { Instant } from "../lib/clock.ts";
import { statuspageCode } from "../lib/codes.ts";
import { brand } from "../lib/ids.ts";
import type { Sequence } from "../lib/sequence.ts";
import { list } from "../lib/text.ts";
import { sayTime } from "../lib/zones.ts";
import { signatureOf, type WatchedIncident } from "../status/copy-state.ts";
import type { PublicComponent, PublicIncident, PublicSnapshot } from "../status/snapshot.ts";

/** What was seen of a component from here. */
export type Looked = ReadonlyMap<ComponentId, boolean>;

export type Silence = {
  /** The last sign of life. */
  readonly since: Instant;
  readonly now: Instant;
  readonly snapshot: PublicSnapshot;
  readonly looked: Looked;
  readonly nextUpdateAt: Instant;
};

function impactOf(looked: Looked): Record<ComponentId, ComponentStatus> {
  const impact: Record<ComponentId, ComponentStatus> = {};
  for (const [id, well] of looked) if (!well) impact[id] = "major_outage";
  return impact;
}

/** `Asked from here, Packit API answers; Copr builds does not.` */
function sayLooked({ looked, snapshot }: Silence): string {
  const named = (well: boolean): readonly string[] =>
    snapshot.components.filter(({ id }) => looked.get(id) === well).map(({ name }) => name);
  const [up, down] = [named(true), named(false)];
  const said = [
    ...(up.length === 0 ? [] : [`${list(up)} ${up.length === 1 ? "answers" : "answer"}`]),
    ...(down.length === 0 ? [] : [`${list(down)} ${down.length === 1 ? "does" : "do"} not answer`]),
  ];
  return said.length === 0 ? "" : ` Asked from another host, ${said.join("; ")}.`;
}

export function openWatched(id: string, writer: string, epoch: number, silence: Silence): WatchedIncident {
  const { since, now, snapshot, looked, nextUpdateAt } = silence;
  const at = (moment: Instant): string => sayTime(moment, { zone: snapshot.site.timeZone, now });
  const { name } = snapshot.site;
  const scope = `Tocsin's own host, which watches ${name} and writes this page, cannot be reached since ${at(since)}. What we know of the components is as of ${at(snapshot.generatedAt)}; how they are now is not known.${sayLooked(silence)}`;
  return {
    id,
    writer,
    epoch,
    told: false,
    startedAt: since,
    openedAt: now,
    impact: impactOf(looked),
    notice: {
      title: "The host of this status page cannot be reached",
      scope,
      affected: `Readers of this page: it does not show what happened since. Whether users of ${name} notice anything else is not known.`,
      alternatives: ["none known"],
      retrigger: "no",
      nextUpdateAt,
    },
    updates: [
      {
        at: now,
        phase: "investigating",
        text: "Another host speaks in its place until it answers again. The people who look after it are being called.",
      },
    ],
  };
}

/** The promised update: it is still so, and what was looked at looks like this now. */
export function stillSilent(watched: WatchedIncident, silence: Silence): WatchedIncident {
  const { now, looked, nextUpdateAt, since, snapshot } = silence;
  const at = sayTime(since, { zone: snapshot.site.timeZone, now });
  return {
    ...watched,
    impact: impactOf(looked),
    notice: { ...watched.notice, nextUpdateAt },
    updates: [
      ...watched.updates,
      { at: now, phase: "investigating", text: `Still no answer, since ${at}.${sayLooked(silence)}` },
    ],
  };
}

function publicOf(watched: WatchedIncident): PublicIncident {
  const { id, startedAt, openedAt, notice, updates } = watched;
  const impact: Record<ComponentId, ComponentStatus> = {};
  for (const [component, status] of Object.entries(watched.impact)) impact[brand<ComponentId>(component)] = status;
  const { nextUpdateAt, ...said } = notice;
  return {
    number: -Number(id.slice(2)),
    code: statuspageCode("incident", id),
    impact,
    severity: severityOf(Object.values(impact)),
    phase: updates.at(-1)?.phase ?? "investigating",
    backlog: false,
    notice: { ...said, eta: "unknown", links: [], ...(nextUpdateAt === undefined ? {} : { nextUpdateAt }) },
    clocks: { started: startedAt, detected: openedAt, published: openedAt },
    automatic: true,
    updates: updates
      .map(({ at, phase, text }, i) => ({
        number: i + 1,
        code: statuspageCode("update", `${id}/${i + 1}`),
        at,
        phase,
        text,
        automatic: true,
      }))
      .toReversed(),
    edits: [],
    updatedAt: updates.at(-1)?.at ?? openedAt,
  };
}

/** Nobody watches it now: what was well is unknown, but for what was looked at from here. What was broken stays so. */
function now(component: PublicComponent, { looked, openedAt }: { looked: Looked; openedAt: Instant }): PublicComponent {
  const well = looked.get(component.id);
  const { status } = component;
  const calm = status === "operational" || status === "unknown";
  if (well === false)
    return { ...component, status: worst([status, "major_outage"], "major_outage"), updatedAt: openedAt };
  if (!calm) return component;
  const is = well === true ? "operational" : "unknown";
  return is === status ? component : { ...component, status: is, updatedAt: openedAt };
}

export type Copy = {
  readonly watched: WatchedIncident;
  readonly snapshot: PublicSnapshot;
  readonly looked: Looked;
  readonly sequence: Sequence;
  readonly now: Instant;
  readonly everyMs: number;
  readonly publicUrl?: string | undefined;
  readonly key: string;
};

/** A copy that is not renewed for this many intervals has lost its writer, and another watcher may take it. */
const validIntervals = 3;

export function standInSnapshot({
  watched,
  snapshot,
  looked,
  sequence,
  now: at,
  everyMs,
  publicUrl,
  key,
}: Copy): PublicSnapshot {
  const validUntil = at + validIntervals * everyMs;
  const text = JSON.stringify({ ...watched, epoch: sequence.epoch });
  return {
    ...snapshot,
    site: { ...snapshot.site, url: publicUrl ?? snapshot.site.url },
    sequence,
    generatedAt: at,
    validUntil,
    components: snapshot.components.map((component) => now(component, { looked, openedAt: watched.openedAt })),
    open: [publicOf(watched), ...snapshot.open],
    standIn: { writer: watched.writer, leaseUntil: validUntil, watched: { text, signature: signatureOf(text, key) } },
  };
}
