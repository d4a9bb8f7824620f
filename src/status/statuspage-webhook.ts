// What a webhook subscriber is sent, in the shape that Statuspage and Instatus agree on: https://instatus.com/help/webhooks
import type { StatuspageIncidentJson, StatuspageMaintenanceJson, StatuspageStatusJson } from "../shapes/statuspage.ts";
import type { PublicIncident, PublicMaintenance, PublicSnapshot } from "./snapshot.ts";
import { statuspageIncidents, statuspageMaintenance, statuspageStatus } from "./statuspage-json.ts";

export type StatuspageWebhook = {
  readonly meta: { readonly unsubscribe: string; readonly documentation: string };
  readonly page: {
    readonly id: string;
    readonly status_indicator: StatuspageStatusJson["status"]["indicator"];
    readonly status_description: string;
  };
  /** Planned work is an incident there, too. */
  readonly incident: StatuspageIncidentJson | StatuspageMaintenanceJson;
};

export type Concerned = { readonly incident: PublicIncident } | { readonly maintenance: PublicMaintenance };

const documentation = "https://www.standardwebhooks.com/";

export function statuspageWebhook(snapshot: PublicSnapshot, what: Concerned, unsubscribe: string): StatuspageWebhook {
  const { page, status } = statuspageStatus(snapshot);
  const [incident] =
    "incident" in what
      ? statuspageIncidents(snapshot, [what.incident]).incidents
      : [statuspageMaintenance(what.maintenance, snapshot)];
  if (incident === undefined) throw new Error("what is told of is not there");
  return {
    meta: { unsubscribe, documentation },
    page: { id: page.id, status_indicator: status.indicator, status_description: status.description },
    incident,
  };
}
