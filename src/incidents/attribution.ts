// Whose fault it may be, for the team: each upstream, and ourselves, by what points there, all terms shown. Pure.
// It proposes. Nothing of it reaches users unless a human writes it down as the cause.
import type { Alert } from "../alerts/alert.ts";
import { isHearsay } from "../alerts/hearsay.ts";
import type { Component } from "../components/component.ts";
import type { Dependencies } from "../components/depends.ts";
import type { ComponentId } from "../config/names.ts";
import { minute, type Instant } from "../lib/clock.ts";
import { entriesOf } from "../lib/records.ts";
import { list, oneLine } from "../lib/text.ts";
import type { Change } from "./change.ts";
import type { Incident } from "./incident.ts";

/** Failure messages that are the same but for figures, paths and projects. */
export type MessageCluster = {
  /** The message without what differs; hosts stay in it. */
  readonly fingerprint: string;
  readonly projects: number;
  /** How many times its usual share of all failures it has now. */
  readonly lift: number;
};

/** One reason, in words, and what it counts. */
export type Term = { readonly points: number; readonly what: string };

export type Suspect = {
  readonly name: string;
  /** The share of what is hit that would break with it, from 0 to 1. */
  readonly prior: number;
  readonly terms: readonly Term[];
  readonly score: number;
};

export type Attribution = {
  /** `Probably Copr`, `Unknown: probably Copr or ourselves`. */
  readonly words: string;
  /** The one that leads by enough. */
  readonly suspect?: string;
  /** Those that anything points at, the likeliest first. */
  readonly suspects: readonly Suspect[];
};

export type Scene = {
  readonly incident: Pick<Incident, "impact" | "clocks">;
  readonly components: ReadonlyMap<ComponentId, Component>;
  readonly depends: Dependencies;
  /** What fires, and what fired since a while before it began. */
  readonly alerts: readonly Alert[];
  readonly clusters: readonly MessageCluster[];
  readonly changes: readonly Change[];
};

export const ourselves = "ourselves";
/** What an upstream said, and what we changed, so long before it began may be its cause. */
export const suspectFor = 30 * minute;
const feedPoints = 3;
const points = 2;
/** By so much the first must lead. */
const lead = 2;
const leastProjects = 3;
const leastLift = 20;

type Upstream = { readonly name: string; readonly owns: readonly ComponentId[]; readonly host: string | undefined };

function upstreamsOf(components: Scene["components"]): readonly Upstream[] {
  const all = [...components.values()].flatMap(({ id, upstream }) =>
    upstream === undefined ? [] : [{ id, ...upstream }],
  );
  return [...Map.groupBy(all, ({ name }) => name)].map(([name, same]) => {
    const url = same.map((each) => each.url).find((each) => each !== undefined);
    return { name, owns: same.map(({ id }) => id), host: url === undefined ? undefined : URL.parse(url)?.hostname };
  });
}

const hitBy = ({ incident }: Scene): readonly ComponentId[] =>
  entriesOf(incident.impact).flatMap(([id, status]) => (status === "operational" ? [] : [id]));

function priorOf({ owns }: Upstream, scene: Scene): number {
  const hit = hitBy(scene);
  const explained = hit.filter((id) => owns.some((own) => own === id || scene.depends.standsOn(id, own)));
  return hit.length === 0 ? 0 : explained.length / hit.length;
}

/** Whether a text speaks of it: by its name as a word, or by a host of its own. */
function speaksOf({ name, host }: Upstream, text: string): boolean {
  const said = text.toLowerCase();
  if (host !== undefined && said.includes(host.toLowerCase())) return true;
  // "Testing Farm" is testing-farm in a host, testing_farm in a label.
  const plain = (given: string): string =>
    ` ${given
      .toLowerCase()
      .replace(/[^\p{L}\p{N}]+/gu, " ")
      .trim()} `;
  return plain(said).includes(plain(name));
}

const overlaps = (alert: Alert, start: Instant): boolean => (alert.endsAt ?? Infinity) >= start - suspectFor;

const quoted = (text: string): string => `"${oneLine(text, 120)}"`;

function feedTerm(upstream: Upstream, { alerts, incident }: Scene): readonly Term[] {
  const told = alerts.find(
    ({ key, component, quote, ...alert }) =>
      isHearsay(key) &&
      quote?.planned === undefined &&
      component !== undefined &&
      upstream.owns.includes(component) &&
      overlaps({ key, ...alert }, incident.clocks.started),
  );
  return told === undefined
    ? []
    : [{ points: feedPoints, what: `its status page says ${quoted(told.quote?.title ?? told.summary)}` }];
}

function messageTerm(upstream: Upstream, { clusters }: Scene): readonly Term[] {
  const found = clusters.find(
    ({ projects, lift, fingerprint }) =>
      projects >= leastProjects && lift >= leastLift && speaksOf(upstream, fingerprint),
  );
  if (found === undefined) return [];
  const often = `${Math.round(found.lift)} times as often as usual`;
  return [{ points, what: `jobs of ${found.projects} projects fail with ${quoted(found.fingerprint)}, ${often}` }];
}

/** Our own calls of it, as probes, metrics and error reports see them; a stream of jobs fails for many reasons. */
function callTerm(upstream: Upstream, { alerts, incident }: Scene): readonly Term[] {
  const calls = alerts.find(
    (alert) =>
      !isHearsay(alert.key) &&
      alert.evidence === undefined &&
      alert.coverage === undefined &&
      !["blind", "expiring"].includes(alert.kind) &&
      overlaps(alert, incident.clocks.started) &&
      ((alert.component !== undefined && upstream.owns.includes(alert.component)) ||
        Object.values(alert.labels).some((value) => speaksOf(upstream, value))),
  );
  return calls === undefined ? [] : [{ points, what: `our own calls of it fail: ${quoted(calls.summary)}` }];
}

function changeTerm(scene: Scene): readonly Term[] {
  const { started } = scene.incident.clocks;
  const hit = hitBy(scene);
  const near = (component: ComponentId | undefined): boolean =>
    component === undefined || hit.some((id) => id === component || scene.depends.standsOn(id, component));
  const change = scene.changes.find(
    ({ at, component }) => at >= started - suspectFor && at <= started && near(component),
  );
  return change === undefined
    ? []
    : [{ points, what: `a change of ours within 30 min before: ${quoted(change.text)}` }];
}

function weighed(name: string, prior: number, terms: readonly Term[]): Suspect {
  const sum = terms.reduce((all, term) => all + term.points, 0);
  return { name, prior, terms, score: Math.round(prior * sum * 10) / 10 };
}

export function attribute(scene: Scene): Attribution {
  const upstreams = upstreamsOf(scene.components).map((upstream) =>
    weighed(upstream.name, priorOf(upstream, scene), [
      ...feedTerm(upstream, scene),
      ...messageTerm(upstream, scene),
      ...callTerm(upstream, scene),
    ]),
  );
  const all = [...upstreams, weighed(ourselves, 1, changeTerm(scene))];
  const suspects = all.filter(({ score }) => score > 0).toSorted((a, b) => b.score - a.score);
  const [first, second] = suspects;
  if (first === undefined)
    return { words: "Unknown: nothing points at an upstream, nor at a change of ours", suspects };
  if (first.score - (second?.score ?? 0) >= lead)
    return { words: `Probably ${first.name}`, suspect: first.name, suspects };
  const names = [first, second].flatMap((each) => each?.name ?? []);
  return { words: `Unknown: probably ${list(names).replace(" and ", " or ")}`, suspects };
}

/** `Copr: 3 = 1 × (3: its status page says "…")`: one suspect with all its terms. */
export function saySuspicion({ name, score, prior, terms }: Suspect): string {
  const said = terms.map((term) => `${term.points}: ${term.what}`).join("; ");
  return `${name}: ${score} = ${Math.round(prior * 100) / 100} × (${said})`;
}
