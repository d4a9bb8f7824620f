// Atlassian Statuspage's public API v2, read from upstreams and written by us. Every page documents it at `/api`
// (https://www.githubstatus.com/api); the enums must be copied exactly, or clients show "Unknown".
import { z } from "zod";

/** `maintenance` is not in the documentation but met in the wild. */
const StatuspageIndicator = z.enum(["none", "minor", "major", "critical", "maintenance"]);

/** https://support.atlassian.com/statuspage/docs/top-level-status-and-incident-impact-calculations/ */
const StatuspageComponentStatus = z.enum([
  "operational",
  "degraded_performance",
  "partial_outage",
  "major_outage",
  "under_maintenance",
]);

const StatuspageIncidentStatus = z.enum(["investigating", "identified", "monitoring", "resolved", "postmortem"]);
const StatuspageMaintenanceStatus = z.enum(["scheduled", "in_progress", "verifying", "completed"]);
const StatuspageImpact = z.enum(["none", "minor", "major", "critical", "maintenance"]);

const time = z.iso.datetime({ offset: true });

export const StatuspagePage = z.object({
  id: z.string(),
  name: z.string(),
  url: z.string(),
  time_zone: z.string(),
  updated_at: time,
});

const StatuspageStatus = z.object({ indicator: StatuspageIndicator, description: z.string() });

/** A group is a component of its own: `group` is true and `components` lists its members' ids. */
export const StatuspageComponent = z.object({
  id: z.string(),
  name: z.string(),
  status: StatuspageComponentStatus,
  created_at: time,
  updated_at: time,
  position: z.number().int(),
  description: z.string().nullable(),
  showcase: z.boolean(),
  start_date: z.string().nullable(),
  group_id: z.string().nullable(),
  page_id: z.string(),
  group: z.boolean(),
  only_show_if_degraded: z.boolean(),
  components: z.array(z.string()).optional(),
});

const StatuspageAffectedComponent = z.object({
  code: z.string(),
  name: z.string(),
  old_status: StatuspageComponentStatus,
  new_status: StatuspageComponentStatus,
});

const updateFields = {
  id: z.string(),
  body: z.string(),
  incident_id: z.string(),
  created_at: time,
  updated_at: time,
  display_at: time,
  affected_components: z.array(StatuspageAffectedComponent).nullable(),
  deliver_notifications: z.boolean(),
  custom_tweet: z.string().nullable(),
  tweet_id: z.union([z.string(), z.number()]).nullable(),
};

export const StatuspageIncidentUpdate = z.object({ ...updateFields, status: StatuspageIncidentStatus });
export const StatuspageMaintenanceUpdate = z.object({ ...updateFields, status: StatuspageMaintenanceStatus });

const incidentFields = {
  id: z.string(),
  name: z.string(),
  created_at: time,
  updated_at: time,
  monitoring_at: time.nullable(),
  resolved_at: time.nullable(),
  impact: StatuspageImpact,
  shortlink: z.string(),
  started_at: time,
  page_id: z.string(),
  components: z.array(StatuspageComponent),
};

/** Updates are newest first. */
export const StatuspageIncident = z.object({
  ...incidentFields,
  status: StatuspageIncidentStatus,
  incident_updates: z.array(StatuspageIncidentUpdate),
});

export const StatuspageMaintenance = z.object({
  ...incidentFields,
  status: StatuspageMaintenanceStatus,
  incident_updates: z.array(StatuspageMaintenanceUpdate),
  scheduled_for: time,
  scheduled_until: time,
});

/** `/api/v2/status.json` */
export const StatuspageStatusAnswer = z.object({ page: StatuspagePage, status: StatuspageStatus });

/** `/api/v2/summary.json`: unresolved incidents, upcoming and running maintenance. */
export const StatuspageSummaryAnswer = z.object({
  page: StatuspagePage,
  components: z.array(StatuspageComponent),
  incidents: z.array(StatuspageIncident),
  scheduled_maintenances: z.array(StatuspageMaintenance),
  status: StatuspageStatus,
});

/** `/api/v2/components.json` */
export const StatuspageComponentsAnswer = z.object({ page: StatuspagePage, components: z.array(StatuspageComponent) });

/** `/api/v2/incidents.json`, `/api/v2/incidents/unresolved.json`: at most 50. */
export const StatuspageIncidentsAnswer = z.object({ page: StatuspagePage, incidents: z.array(StatuspageIncident) });

/** `/api/v2/scheduled-maintenances.json`, and `…/upcoming.json`, `…/active.json`: at most 50. */
export const StatuspageMaintenancesAnswer = z.object({
  page: StatuspagePage,
  scheduled_maintenances: z.array(StatuspageMaintenance),
});

export type StatuspageComponentsJson = z.output<typeof StatuspageComponentsAnswer>;
export type StatuspageIncidentsJson = z.output<typeof StatuspageIncidentsAnswer>;
export type StatuspageStatusJson = z.output<typeof StatuspageStatusAnswer>;
export type StatuspageSummaryJson = z.output<typeof StatuspageSummaryAnswer>;
export type StatuspageComponentJson = z.output<typeof StatuspageComponent>;
export type StatuspageMaintenanceJson = z.output<typeof StatuspageMaintenance>;
export type StatuspageMaintenancesJson = z.output<typeof StatuspageMaintenancesAnswer>;
export type StatuspageIncidentJson = z.output<typeof StatuspageIncident>;
