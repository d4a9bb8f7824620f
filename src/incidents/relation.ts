// Which open incidents an alert has to do with: the same component, what it stands on, the same cause, or a storm. Pure.
// Only the times of the data count, never the order of arrival: the same alerts make the same incidents in any order.
import { entriesOf } from "../lib/records.ts";
import { sourceOf, type Alert, type AlertKey, type AlertKind } from "../alerts/alert.ts";
import { toldOf } from "../alerts/hearsay.ts";
import type { Dependencies } from "../components/depends.ts";
import type { ComponentId } from "../config/names.ts";
import { minute, type Instant } from "../lib/clock.ts";
import { isWide } from "./evidence.ts";
import type { Incident } from "./incident.ts";

/** What correlation knows of an alert that fires, or of a component that an incident names without one. */
export type Member = {
  readonly component?: ComponentId;
  readonly kind: AlertKind;
  readonly source: string;
  readonly startsAt: Instant;
  /** By the word of an upstream alone, and of which of its incidents. */
  readonly told?: string;
};

/** An open incident and what fires in it. */
export type Standing = { readonly incident: Incident; readonly members: ReadonlyMap<AlertKey, Member> };

export type Related = { readonly incident: Incident; readonly because: string };

/** Alerts that begin within this time of each other and share a dependency have one cause. */
const sharedCause = 5 * minute;
/** So late after it began may an upstream say that its trouble began. */
const writtenLate = 60 * minute;
/** Trouble in so many components that begins within so short a time has one cause, whatever the config says of them. */
const stormWindow = minute;
const stormSize = 5;

export function memberOf(alert: Alert): Member {
  const component = alert.component === undefined ? {} : { component: alert.component };
  const told = toldOf(alert.key);
  const word = told === undefined ? {} : { told };
  return { ...component, kind: alert.kind, source: sourceOf(alert.key), startsAt: alert.startsAt, ...word };
}

/** Nobody has touched it: what Tocsin put together, Tocsin may put together otherwise. */
export function untouched(incident: Incident): boolean {
  return incident.visibility === "draft" && incident.state === "triggered" && incident.touched !== true;
}

/** A component that people named, or whose alerts have ended while the incident goes on, counts from the start of the incident. */
function* allMembers({ incident, members }: Standing): Iterable<Member> {
  const fired = new Set<ComponentId>();
  for (const member of members.values()) {
    yield member;
    if (member.component !== undefined) fired.add(member.component);
  }
  for (const [component, status] of entriesOf(incident.impact))
    if (status !== "operational" && !fired.has(component))
      yield { component, kind: "other", source: "", startsAt: incident.clocks.started };
}

const near = (a: Member, b: Member, ms: number): boolean => Math.abs(a.startsAt - b.startsAt) <= ms;

/** An effect does not begin long before its cause; but an upstream writes its own down when it gets to it. */
const follows = (effect: Member, cause: Member): boolean =>
  effect.startsAt >= cause.startsAt - (cause.told === undefined ? sharedCause : writtenLate);

/** Why two of them are one trouble; undefined when nothing says so. */
function relation(a: Member, b: Member, depends: Dependencies): string | undefined {
  // A blind monitor says nothing about what it watched, and a certificate that will expire has not.
  if (a.kind === "blind" || b.kind === "blind") return undefined;
  if ((a.kind === "expiring") !== (b.kind === "expiring")) return undefined;
  if (a.told !== undefined && a.told === b.told) return "the upstream speaks of one incident";
  if (a.component === undefined || b.component === undefined) {
    const same = a.component === b.component && a.source === b.source && near(a, b, sharedCause);
    return same ? `${a.source} said so within 5 min, of no component either` : undefined;
  }
  if (a.component === b.component) return "the same component is hit";
  if (a.kind === "expiring") return undefined;
  if (depends.standsOn(a.component, b.component) && follows(a, b)) return `${a.component} depends on ${b.component}`;
  if (depends.standsOn(b.component, a.component) && follows(b, a)) return `${b.component} depends on ${a.component}`;
  const shared = depends.shared(a.component, b.component);
  return shared !== undefined && near(a, b, sharedCause) ? `both depend on ${shared}, within 5 min` : undefined;
}

/**
 * Old trouble with a single target that users read about already does not swallow a total outage of its component: what
 * it says of who is affected would be wrong.
 */
function tooNarrow(alert: Alert, incident: Incident): boolean {
  const narrow = incident.coverage.length > 0 && incident.wide !== true;
  return incident.visibility === "published" && narrow && isWide(alert.coverage);
}

/** All that it has to do with; what people have touched first, then the oldest. */
export function relatedTo(alert: Alert, standings: readonly Standing[], depends: Dependencies): readonly Related[] {
  const mine = memberOf(alert);
  const by = standings.flatMap((standing): readonly Related[] => {
    if (tooNarrow(alert, standing.incident)) return [];
    for (const member of allMembers(standing)) {
      const because = relation(mine, member, depends);
      if (because !== undefined) return [{ incident: standing.incident, because }];
    }
    return [];
  });
  const others = standings.filter(
    ({ incident }) => untouched(incident) && !by.some((one) => one.incident === incident),
  );
  const storm = others.length === 0 ? [] : stormOf(mine, standings, others);
  const all = [...by, ...storm.map((incident) => ({ incident, because: "a storm: much else broke within a minute" }))];
  return all.toSorted((a, b) => rank(a.incident) - rank(b.incident) || a.incident.number - b.incident.number);
}

const rank = (incident: Incident): number => (untouched(incident) ? 1 : 0);

/** What counts as one place of trouble: a component, or a source that names none. */
const placeOf = (member: Member): string => member.component ?? `source ${member.source}`;

const inStorm = ({ kind }: Member): boolean => kind !== "blind" && kind !== "expiring";

/** The untouched incidents whose alerts began, with this one, in one minute in which `stormSize` places broke. */
function stormOf(mine: Member, standings: readonly Standing[], others: readonly Standing[]): readonly Incident[] {
  if (!inStorm(mine)) return [];
  // The usual case by far, and cheap: nothing else that is open began just now.
  const isNear = (member: Member): boolean => inStorm(member) && near(member, mine, stormWindow);
  if (!others.some(({ members }) => [...members.values()].some(isNear))) return [];
  const around = standings
    .filter(({ incident }) => untouched(incident))
    .flatMap(({ incident, members }) => [...members.values()].filter(isNear).map((member) => ({ member, incident })))
    .toSorted((a, b) => a.member.startsAt - b.member.startsAt);
  if (new Set([placeOf(mine), ...around.map(({ member }) => placeOf(member))]).size < stormSize) return [];
  const caught = new Set<Incident>();
  const starts = [...new Set([mine.startsAt, ...around.map(({ member }) => member.startsAt)])];
  for (const from of starts.filter((start) => start <= mine.startsAt)) {
    const within = around.filter(({ member }) => member.startsAt >= from && member.startsAt <= from + stormWindow);
    const places = new Set([placeOf(mine), ...within.map(({ member }) => placeOf(member))]);
    if (places.size >= stormSize) for (const { incident } of within) caught.add(incident);
  }
  return others.flatMap(({ incident }) => (caught.has(incident) ? [incident] : []));
}
