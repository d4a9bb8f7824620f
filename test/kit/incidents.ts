// Incidents and alerts for the tests of what is decided about them: one line brings one to any standing.
import type { Impact } from "../../src/incidents/impact.ts";
import { tocsin, type Actor } from "../../src/accounts/actor.ts";
import { alertKey, type Alert, type AlertKey } from "../../src/alerts/alert.ts";
import type { ComponentStatus } from "../../src/components/status.ts";
import type { ComponentId, PersonId, SourceId } from "../../src/config/names.ts";
import {
  apply,
  type Happening,
  type Incident,
  type IncidentEvent,
  type IncidentId,
} from "../../src/incidents/incident.ts";
import type { Notice } from "../../src/incidents/notice.ts";
import { obey, type Order, type Standing } from "../../src/incidents/obey.ts";
import type { Refusal } from "../../src/incidents/obeyed.ts";
import { minute, type Instant } from "../../src/lib/clock.ts";
import { brand } from "../../src/lib/ids.ts";

/** Sunday, 22 November 2026, 12:00 UTC. */
export const t0: Instant = Date.UTC(2026, 10, 22, 12, 0, 0);

export const alice: Actor = { kind: "person", id: brand<PersonId>("alice"), via: "cli" };
export const bob: Actor = { kind: "person", id: brand<PersonId>("bob"), via: "http" };

export const copr = brand<ComponentId>("copr");
export const api = brand<ComponentId>("api");
export const jobs = brand<SourceId>("jobs");

export function key(name: string): AlertKey {
  return alertKey(jobs, name);
}

export function impactOn(entries: Readonly<Record<string, ComponentStatus>>): Impact {
  return Object.fromEntries(Object.entries(entries));
}

/** Nothing is missing. */
export const complete: Notice = {
  title: "Copr builds fail",
  scope: "Builds in Copr.",
  affected: "Everybody who builds.",
  alternatives: ["none known"],
  eta: "unknown",
  nextUpdateAt: t0 + 60 * minute,
  retrigger: "no",
  links: [],
};

export function opening(
  more: Partial<Happening & { kind: "opened" }> & { readonly at?: Instant; readonly by?: Actor } = {},
): IncidentEvent & { kind: "opened" } {
  return {
    kind: "opened",
    at: t0,
    by: tocsin,
    id: brand<IncidentId>(`id-${more.number ?? 7}`),
    number: 7,
    impact: impactOn({ copr: "major_outage" }),
    notice: complete,
    startedAt: t0 - 10 * minute,
    summary: "17 of 19 builds failed",
    alerts: [key("failing")],
    coverage: [],
    ...more,
  };
}

export function opened(more: Parameters<typeof opening>[0] = {}): Incident {
  return apply(undefined, opening(more));
}

type Step = Order & { readonly by?: Actor; readonly at?: Instant; readonly expect?: number };

/** What one order makes of it; throws the refusal. */
export function after(incident: Incident, ...steps: readonly Step[]): Incident {
  return play(incident, ...steps).incident;
}

export function play(
  incident: Incident,
  ...steps: readonly Step[]
): { readonly incident: Incident; readonly events: readonly IncidentEvent[] } {
  let now = incident;
  const events: IncidentEvent[] = [];
  for (const step of steps) {
    const obeyed = obey(now, { by: alice, at: t0 + minute, ...step });
    if (!obeyed.ok) throw new Error(`${obeyed.refusal.code}: ${obeyed.refusal.message}`);
    now = obeyed.incident;
    events.push(...obeyed.events);
  }
  return { incident: now, events };
}

/** Why an order is refused; throws when it is not. */
export function refusal(incident: Incident, step: Step): Refusal {
  const obeyed = obey(incident, { by: alice, at: t0 + minute, ...step });
  if (obeyed.ok) throw new Error(`${step.do} was obeyed`);
  return obeyed.refusal;
}

const ways: Readonly<Record<Standing, readonly Step[]>> = {
  "draft triggered": [],
  "draft acknowledged": [{ do: "acknowledge" }],
  "draft resolved": [{ do: "resolve" }],
  "published triggered": [{ do: "publish" }],
  "published acknowledged": [{ do: "acknowledge" }, { do: "publish" }],
  "published resolved": [{ do: "publish" }, { do: "resolve" }],
  dismissed: [{ do: "dismiss", reason: "a test of ours" }],
  withdrawn: [{ do: "publish" }, { do: "dismiss", reason: "there was no outage" }],
  merged: [{ do: "merge", into: 3 }],
};

/** An incident that stands there. */
export function standing(where: Standing, from: Incident = opened()): Incident {
  return after(from, ...ways[where]);
}

export function alert(more: Partial<Alert> = {}): Alert {
  return {
    key: key("failing"),
    kind: "failing",
    status: "firing",
    severity: "critical",
    component: copr,
    summary: "17 of 19 builds failed",
    labels: {},
    startsAt: t0 - 10 * minute,
    observedAt: t0,
    ...more,
  };
}
