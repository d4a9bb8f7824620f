// The states of a component, in Statuspage's words, and which of two is worse.

export const componentStatuses = [
  "operational",
  "under_maintenance",
  "degraded_performance",
  "partial_outage",
  "major_outage",
] as const;
export type ComponentStatus = (typeof componentStatuses)[number];

/** What the page may show: Statuspage's words and `unknown`, for components whose monitors are all blind. */
export type PublicStatus = ComponentStatus | "unknown";

/** Worst wins. Maintenance never masks an outage; unknown is worse than maintenance and never shown as up. */
const rank: Readonly<Record<PublicStatus, number>> = {
  operational: 0,
  under_maintenance: 1,
  unknown: 2,
  degraded_performance: 3,
  partial_outage: 4,
  major_outage: 5,
};

export function worst<S extends PublicStatus>(statuses: readonly S[], otherwise: S): S {
  return statuses.reduce((a, b) => (rank[b] > rank[a] ? b : a), otherwise);
}

export const statusWords: Readonly<Record<PublicStatus, string>> = {
  operational: "Operational",
  degraded_performance: "Degraded performance",
  partial_outage: "Partial outage",
  major_outage: "Major outage",
  under_maintenance: "Under maintenance",
  unknown: "Unknown",
};

/** Statuspage's impact of an incident, from its worst component. */
export type Severity = "none" | "minor" | "major" | "critical" | "maintenance";

export function severityOf(statuses: readonly PublicStatus[]): Severity {
  const is = worst(statuses, "operational");
  if (is === "major_outage") return "critical";
  if (is === "partial_outage") return "major";
  if (is === "degraded_performance" || is === "unknown") return "minor";
  return is === "under_maintenance" ? "maintenance" : "none";
}
