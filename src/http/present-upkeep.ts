// Maintenance windows and changes, as the API shows them.
import type { Change } from "../incidents/change.ts";
import { isoSeconds, type Instant } from "../lib/clock.ts";
import { sayDuration } from "../lib/duration.ts";
import { list } from "../lib/text.ts";
import type { Maintenance, MaintenanceEvent } from "../maintenance/maintenance.ts";
import { advance } from "../maintenance/maintenance-orders.ts";
import type { ChangeItem } from "./contract.ts";
import type { MaintenanceItem } from "./upkeep-contract.ts";

function textOf(event: MaintenanceEvent): string | null {
  switch (event.kind) {
    case "extended":
      return `until ${isoSeconds(event.to)}, not ${isoSeconds(event.from)}`;
    case "edited":
      return list(Object.keys(event.before).map((field) => fieldWords[field] ?? field));
    case "began":
    case "verifying":
      return null;
    case "announced":
      return `${sayDuration(event.aheadMs)} ahead`;
    case "asked":
      return event.because;
    default:
      return event.text ?? null;
  }
}

const fieldWords: Readonly<Record<string, string>> = { scheduledStart: "start", scheduledEnd: "end" };

/** As it stands by the clock, whether or not that was carried out. */
export function presentMaintenance(stored: Maintenance, url: string, now: Instant): MaintenanceItem {
  const { maintenance } = advance(stored, now);
  return {
    number: maintenance.number,
    version: stored.version,
    title: maintenance.title,
    text: maintenance.text ?? null,
    components: [...maintenance.components],
    state: maintenance.state,
    from: isoSeconds(maintenance.scheduledStart),
    to: isoSeconds(maintenance.scheduledEnd),
    planned: isoSeconds(maintenance.plannedAt),
    ended: maintenance.endedAt === undefined ? null : isoSeconds(maintenance.endedAt),
    by: { kind: maintenance.by.kind, id: maintenance.by.id },
    url,
    timeline: maintenance.events.map((event) => ({
      at: isoSeconds(event.at),
      by: { kind: event.by.kind, id: event.by.id },
      kind: event.kind,
      text: textOf(event),
    })),
  };
}

export function presentChange(change: Change): ChangeItem {
  return {
    number: change.number,
    at: isoSeconds(change.at),
    text: change.text,
    component: change.component ?? null,
    link: change.link ?? null,
    by: { kind: change.by.kind, id: change.by.id },
  };
}
