// The snapshot in the shape of cState's `/index.json` (API 2.0), for clients that read one: always valid JSON, which cState's
// own template does not promise. https://github.com/cstate/cstate/blob/master/layouts/index.json. Pure.
import { worst, type PublicStatus } from "../components/status.ts";
import type { Instant } from "../lib/clock.ts";
import { oneLine } from "../lib/text.ts";
import { goesOn } from "./public-maintenance.ts";
import { incidentUrl, maintenanceUrl } from "./site-paths.ts";
import type { PublicComponent, PublicIncident, PublicMaintenance, PublicSnapshot } from "./snapshot.ts";
import { summarize } from "./words.ts";

type CstateStatus = "ok" | "notice" | "disrupted" | "down";

/** cState has no word for unknown: it is not ok. */
const statuses: Readonly<Record<PublicStatus, CstateStatus>> = {
  operational: "ok",
  under_maintenance: "notice",
  unknown: "disrupted",
  degraded_performance: "disrupted",
  partial_outage: "disrupted",
  major_outage: "down",
};

/** What Hugo writes of a time that is not there, and what its clients know. */
const none = "<no value>";

/** As Go prints a time: `2018-04-13 13:25:00 +0000 UTC`. */
const goTime = (at: Instant): string => `${new Date(at).toISOString().slice(0, 19).replace("T", " ")} +0000 UTC`;

type Issue = {
  readonly is: "issue";
  readonly title: string;
  readonly createdAt: string;
  readonly lastMod: string;
  readonly permalink: string;
  readonly severity: Exclude<CstateStatus, "ok">;
  readonly resolved: false;
  readonly informational: boolean;
  readonly resolvedAt: string;
  readonly affected: readonly string[];
  readonly filename: string;
};

const namesOf = (ids: readonly string[], all: readonly PublicComponent[]): readonly string[] =>
  all.filter(({ id }) => ids.includes(id)).map(({ name }) => oneLine(name));

/** `in` this system: its severity is what it does to that one. */
function incidentIssue(incident: PublicIncident, { id }: PublicComponent, { site, components }: PublicSnapshot): Issue {
  const severity = statuses[incident.impact[id] ?? "operational"];
  return {
    is: "issue",
    title: oneLine(incident.notice.title),
    createdAt: goTime(incident.clocks.started),
    lastMod: goTime(incident.updatedAt),
    permalink: incidentUrl(site, incident.number),
    severity: severity === "ok" ? "notice" : severity,
    resolved: false,
    informational: false,
    resolvedAt: none,
    affected: namesOf(Object.keys(incident.impact), components),
    filename: `${incident.number}.md`,
  };
}

/** A window is an issue of severity `notice`; its `resolvedAt` is the planned end. */
function windowIssue(window: PublicMaintenance, { site, components }: PublicSnapshot): Issue {
  return {
    is: "issue",
    title: oneLine(window.title),
    createdAt: goTime(window.scheduledStart),
    lastMod: goTime(window.updatedAt),
    permalink: maintenanceUrl(site, window.number),
    severity: "notice",
    resolved: false,
    informational: false,
    resolvedAt: goTime(window.scheduledEnd),
    affected: namesOf(window.components, components),
    filename: `maintenance-${window.number}.md`,
  };
}

/** cState's systems stand in a category each. */
const uncategorized = "Uncategorized";
const categoryOf = ({ group }: PublicComponent): string => (group === undefined ? uncategorized : oneLine(group));

export function cstateIndex(snapshot: PublicSnapshot) {
  const { site, components, open, maintenance, generatedAt } = snapshot;
  const running = maintenance.filter(goesOn);
  const built = new Date(generatedAt).toISOString();
  return {
    is: "index",
    cStateVersion: "6.0.1",
    apiVersion: "2.0",
    title: oneLine(site.name),
    languageCodeHTML: site.language,
    languageCode: site.language,
    baseURL: site.url,
    description: summarize(snapshot).headline,
    summaryStatus:
      statuses[worst([...components.map(({ status }) => status), summarize(snapshot).status], "operational")],
    categories: [...Map.groupBy(components, categoryOf).keys()].map((name) => ({
      name,
      hideTitle: name === uncategorized,
      closedByDefault: false,
    })),
    // What concerns no component stands at the top of the page.
    pinnedIssues: running.filter((one) => one.components.length === 0).map((one) => windowIssue(one, snapshot)),
    systems: components.map((component) => ({
      name: oneLine(component.name),
      ...(component.description === undefined ? {} : { description: oneLine(component.description) }),
      category: categoryOf(component),
      status: statuses[component.status],
      unresolvedIssues: [
        ...open
          .filter(({ impact }) => Object.hasOwn(impact, component.id))
          .map((incident) => incidentIssue(incident, component, snapshot)),
        ...running.filter((one) => one.components.includes(component.id)).map((one) => windowIssue(one, snapshot)),
      ],
    })),
    buildDate: built.slice(0, 10),
    buildTime: built.slice(11, 16),
    buildTimezone: "UTC",
    colorBrand: "#1b1a18",
    colorOk: "#008000",
    colorDisrupted: "#cc4400",
    colorDown: "#e60000",
    colorNotice: "#24478f",
    alwaysKeepBrandColor: "true",
    logo: "",
    googleAnalytics: "",
  };
}
