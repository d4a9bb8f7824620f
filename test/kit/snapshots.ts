// Snapshots for the tests of every public surface: calm, broken, full, hostile.
import type { ComponentStatus, PublicStatus } from "../../src/components/status.ts";
import { severityOf } from "../../src/components/status.ts";
import type { ComponentId } from "../../src/config/names.ts";
import { day, hour, minute, type Instant } from "../../src/lib/clock.ts";
import { statuspageCode } from "../../src/lib/codes.ts";
import { daysOf } from "./day-records.ts";
import { hostile, hostileMarkdown, longName } from "./hostile.ts";
import { brand } from "../../src/lib/ids.ts";
import type { PublicComponent, PublicIncident, PublicSnapshot, PublicUpdate } from "../../src/status/snapshot.ts";

/** Sunday, 22 November 2026, 12:00:04 UTC: 13:00 in Prague. */
export const noon: Instant = Date.UTC(2026, 10, 22, 12, 0, 4);

const at = (text: string): Instant => Date.parse(text);

export function component(id: string, name: string, more: Partial<PublicComponent> = {}): PublicComponent {
  return {
    id: brand<ComponentId>(id),
    code: statuspageCode("component", id),
    name,
    status: "operational",
    createdAt: noon - 200 * day,
    updatedAt: noon - 20 * day,
    ...more,
  };
}

export function impact(entries: Readonly<Record<string, ComponentStatus>>): PublicIncident["impact"] {
  const all: Record<ComponentId, ComponentStatus> = {};
  for (const [id, status] of Object.entries(entries)) all[brand<ComponentId>(id)] = status;
  return all;
}

export function update(when: Instant, phase: PublicUpdate["phase"], text: string, automatic = false): PublicUpdate {
  return { number: 1, code: statuspageCode("update", `${when}/${phase}`), at: when, phase, text, automatic };
}

export function incident(number: number, more: Partial<PublicIncident> = {}): PublicIncident {
  const hit = more.impact ?? impact({ copr: "major_outage" });
  return {
    number,
    code: statuspageCode("incident", String(number)),
    impact: hit,
    severity: severityOf(Object.values(hit)),
    phase: "identified",
    backlog: false,
    notice: { title: "Copr builds fail on all targets", alternatives: [], links: [] },
    clocks: { started: noon - hour, detected: noon - hour },
    automatic: false,
    updates: [],
    edits: [],
    updatedAt: noon - 10 * minute,
    ...more,
  };
}

export function snapshot(more: Partial<PublicSnapshot> = {}): PublicSnapshot {
  const made: PublicSnapshot = {
    site: {
      name: "Packit",
      url: "https://status.packit.example",
      timeZone: "Europe/Prague",
      language: "en",
      demo: false,
      code: statuspageCode("page", "Packit"),
    },
    sequence: { epoch: 1, seq: 42 },
    generatedAt: noon,
    validUntil: noon + 3 * minute,
    addresses: ["https://status.packit.example", "https://packit.example.net/status"],
    components: [
      component("api", "Packit API", { group: "Core" }),
      component("workers", "Workers", { group: "Core" }),
      component("copr", "Copr builds", { group: "External services", description: "RPM builds in Copr" }),
      component("tests", "Tests", { group: "External services", description: "Testing Farm" }),
      component("koji", "Koji", { group: "External services", description: "Fedora builds" }),
      component("downstream", "Downstream", { group: "Downstream", description: "propose-downstream, Bodhi updates" }),
    ],
    open: [],
    past: [],
    maintenance: [],
    recordBegins: noon - 200 * day,
    ...more,
  };
  return { ...made, days: more.days ?? daysOf(made) };
}

export function withStatus(base: PublicSnapshot, states: Readonly<Record<string, PublicStatus>>): PublicSnapshot {
  const components = base.components.map((one) => ({ ...one, status: states[one.id] ?? one.status }));
  return { ...base, components, days: daysOf({ ...base, components }) };
}

/** Over since Friday. */
export const longQueue: PublicIncident = incident(111, {
  impact: impact({ tests: "degraded_performance" }),
  severity: "minor",
  phase: "resolved",
  notice: {
    title: "Tests wait in a long queue",
    scope: "Tests start up to three hours late.",
    affected: "All pull requests with `tests` jobs.",
    alternatives: ["none known"],
    eta: "unknown",
    nextUpdateAt: at("2026-11-20T13:00:00Z"),
    retrigger: "no",
    links: [],
  },
  clocks: {
    started: at("2026-11-20T08:10:00Z"),
    detected: at("2026-11-20T08:22:00Z"),
    acknowledged: at("2026-11-20T08:24:00Z"),
    published: at("2026-11-20T08:25:00Z"),
    mitigated: at("2026-11-20T14:40:00Z"),
    resolved: at("2026-11-20T15:40:00Z"),
  },
  updates: [
    update(at("2026-11-20T15:40:00Z"), "resolved", "The queue is empty again."),
    update(at("2026-11-20T14:40:00Z"), "monitoring", "New workers are up; the queue shrinks."),
    update(at("2026-11-20T08:25:00Z"), "investigating", "Tests wait for more than two hours."),
  ],
  updatedAt: at("2026-11-20T15:40:00Z"),
});

/** It was wrong: published on Wednesday, taken back. */
const withdrawnIncident: PublicIncident = incident(110, {
  impact: impact({ api: "partial_outage" }),
  severity: "major",
  phase: "resolved",
  notice: { title: "The API answers slowly", scope: "Requests take 10 s.", alternatives: [], links: [] },
  clocks: {
    started: at("2026-11-18T09:00:00Z"),
    detected: at("2026-11-18T09:05:00Z"),
    published: at("2026-11-18T09:20:00Z"),
    resolved: at("2026-11-18T09:50:00Z"),
  },
  automatic: true,
  withdrawn: {
    at: at("2026-11-18T09:50:00Z"),
    correction: "Our probe's own network was slow; the **API was fine** all the time. Sorry.",
  },
  updates: [
    update(at("2026-11-18T09:50:00Z"), "resolved", "Our probe's own network was slow; the API was fine."),
    update(at("2026-11-18T09:20:00Z"), "investigating", "We are seeing many slow answers.", true),
  ],
  updatedAt: at("2026-11-18T09:50:00Z"),
});

/** Ran from the evening of the 15th to the morning of the 17th. */
const longOutage: PublicIncident = incident(109, {
  impact: impact({ koji: "major_outage", downstream: "partial_outage" }),
  phase: "resolved",
  notice: {
    title: "Koji is down",
    scope: "No build starts in Koji.",
    affected: "Everybody who releases to Fedora.",
    alternatives: ["Wait.", "Build in Copr: `packit build in-copr`"],
    retrigger: "yes: `/packit koji-build`",
    cause: "A power cut in the data centre",
    links: [{ url: "https://status.fedora.example/koji", title: "Koji: power cut" }],
  },
  clocks: {
    started: at("2026-11-15T21:30:00Z"),
    detected: at("2026-11-15T21:30:00Z"),
    published: at("2026-11-15T21:50:00Z"),
    resolved: at("2026-11-17T06:10:00Z"),
  },
  updates: [update(at("2026-11-17T06:10:00Z"), "resolved", "Koji builds again.")],
  updatedAt: at("2026-11-17T06:10:00Z"),
});

/** The outage of the sketches. */
export const coprOutage: PublicIncident = incident(112, {
  notice: {
    title: "Copr builds fail on all targets",
    scope: "New Copr builds fail within a minute. Builds that were already running finish.",
    affected: "Pull requests of all projects with `copr_build` jobs; tests that need those builds wait.",
    notAffected: "Upstream Koji builds, releases, propose-downstream.",
    alternatives: ["Build in Koji: `packit build in-koji`"],
    eta: "unknown",
    nextUpdateAt: at("2026-11-22T12:30:00Z"),
    retrigger: "No. Failed checks are neutral and run again by themselves afterwards.",
    cause: "Copr's storage",
    links: [{ url: "https://status.fedora.example/copr-builders", title: "Copr: builders unavailable" }],
  },
  clocks: {
    started: at("2026-11-22T10:42:00Z"),
    detected: at("2026-11-22T10:55:00Z"),
    acknowledged: at("2026-11-22T10:57:00Z"),
    published: at("2026-11-22T10:58:00Z"),
  },
  updates: [
    update(
      at("2026-11-22T11:31:00Z"),
      "identified",
      "Copr has lost its result storage; its team restores it from a snapshot.",
    ),
    update(
      at("2026-11-22T10:58:00Z"),
      "investigating",
      "17 of 19 Copr builds from 12 projects failed in the last 16 min; usual is 22 %.",
      true,
    ),
  ],
  updatedAt: at("2026-11-22T11:31:00Z"),
});

export const calm: PublicSnapshot = snapshot({ past: [longQueue, withdrawnIncident, longOutage] });

/** A first start: nothing has happened, and the record began this morning. */
const empty: PublicSnapshot = snapshot({
  components: snapshot().components.map((one) => ({ ...one, createdAt: noon - 3 * hour, updatedAt: noon - 3 * hour })),
  addresses: ["https://status.packit.example"],
  recordBegins: noon - 3 * hour,
});

export const outage: PublicSnapshot = withStatus(
  snapshot({ open: [coprOutage], past: [longQueue, withdrawnIncident, longOutage] }),
  { copr: "major_outage" },
);

export const overdue: PublicSnapshot = withStatus(
  snapshot({
    open: [
      {
        ...coprOutage,
        notice: { ...coprOutage.notice, nextUpdateAt: at("2026-11-22T11:30:00Z"), eta: at("2026-11-22T11:00:00Z") },
      },
    ],
  }),
  { copr: "major_outage" },
);

export const backlog: PublicSnapshot = withStatus(
  snapshot({
    open: [
      {
        ...coprOutage,
        phase: "monitoring",
        backlog: true,
        impact: impact({ copr: "degraded_performance" }),
        severity: "minor",
        clocks: { ...coprOutage.clocks, mitigated: at("2026-11-22T11:50:00Z") },
      },
    ],
  }),
  { copr: "degraded_performance" },
);

export const unknown: PublicSnapshot = snapshot({
  components: snapshot().components.map((one) =>
    one.id === "tests" ? { ...one, status: "unknown" as const, updatedAt: at("2026-11-22T11:40:00Z") } : one,
  ),
});

/** Said by Tocsin alone; nobody has looked yet. */
const automatic: PublicSnapshot = withStatus(
  snapshot({
    open: [
      {
        ...coprOutage,
        automatic: true,
        phase: "investigating",
        updates: coprOutage.updates.slice(1),
      },
    ],
  }),
  { copr: "major_outage" },
);

export const demo: PublicSnapshot = { ...outage, site: { ...outage.site, demo: true } };

/** Every text an attacker or a careless hand could fill, filled. */
const hostileIncident: PublicIncident = incident(666, {
  impact: impact({ c1: "major_outage", "</script><b>gone": "partial_outage" }),
  phase: "investigating",
  automatic: true,
  notice: {
    title: hostile,
    scope: hostileMarkdown,
    affected: hostileMarkdown,
    notAffected: hostile,
    alternatives: [hostileMarkdown, hostile],
    eta: noon - hour,
    nextUpdateAt: noon - hour,
    retrigger: hostile,
    cause: hostileMarkdown,
    links: [
      { url: "javascript:window.pwned=1", title: hostile },
      { url: 'https://evil.example/"onclick="window.pwned=1', title: hostile },
      { url: hostile },
    ],
  },
  updates: [
    update(noon - 5 * minute, "investigating", hostileMarkdown),
    update(noon - hour, "investigating", "[".repeat(5_000), true),
  ],
});

const states: readonly PublicStatus[] = [
  "operational",
  "operational",
  "operational",
  "degraded_performance",
  "operational",
  "under_maintenance",
  "unknown",
  "partial_outage",
];

/** Many components, long names, several outages, hostile texts: what must neither break nor lie. */
export const full: PublicSnapshot = snapshot({
  site: { ...snapshot().site, name: `Packit ${hostile}` },
  components: [
    component("c0", hostile, { group: hostile, description: hostile }),
    component("c1", longName, { group: longName, description: longName, status: "major_outage" }),
    component("copr", "Copr builds", { status: "major_outage" }),
    ...Array.from({ length: 40 }, (_, n) =>
      component(`n${n}`, `Component number ${n}`, {
        group: ["Core", "External services", "Downstream", "Everything that has a rather long group name"][n % 4] ?? "",
        description: n % 3 === 0 ? "A description that goes on for a while, so that it has to break somewhere" : "",
        status: n % 4 === 0 ? "operational" : (states[n % states.length] ?? "operational"),
      }),
    ),
  ],
  open: [
    hostileIncident,
    coprOutage,
    incident(104, {
      impact: impact({ n7: "partial_outage" }),
      clocks: { started: noon - 3 * day, detected: noon - 3 * day, published: noon - 3 * day + hour },
      notice: {
        title: longName,
        scope: longName,
        alternatives: [],
        links: [{ url: `https://example.org/${longName}/${longName}` }],
        eta: noon + 2 * day,
      },
      updates: Array.from({ length: 30 }, (_, n) =>
        update(noon - 2 * day - n * hour, "identified", `Still at it, **${n}**. See https://example.org/${longName}`),
      ),
    }),
  ],
  past: [
    longQueue,
    withdrawnIncident,
    longOutage,
    {
      ...hostileIncident,
      number: 667,
      phase: "resolved",
      clocks: { ...longQueue.clocks },
      updates: hostileIncident.updates.map((one) => ({ ...one, code: statuspageCode("update", `667/${one.at}`) })),
    },
  ],
});

/** Twenty components and one outage: the page whose weight is promised. */
export const twenty: PublicSnapshot = snapshot({
  components: [
    ...snapshot().components.map((one) => (one.id === "copr" ? { ...one, status: "major_outage" as const } : one)),
    ...Array.from({ length: 14 }, (_, n) =>
      component(`more-${n}`, `Service number ${n}`, {
        group: n % 2 === 0 ? "Core" : "More",
        description: `What service ${n} does`,
      }),
    ),
  ],
  open: [coprOutage],
  past: [longQueue, withdrawnIncident, longOutage],
});

/** Each by its name, for tests that hold for all. */
export const everySnapshot: Readonly<Record<string, PublicSnapshot>> = {
  calm,
  empty,
  outage,
  overdue,
  backlog,
  unknown,
  automatic,
  demo,
  full,
  twenty,
};
