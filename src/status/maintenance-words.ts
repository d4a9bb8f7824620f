// What is said of planned windows, in the same words on every surface.
import { sayDuration } from "../lib/duration.ts";
import { oneLine } from "../lib/text.ts";
import type { MaintenanceState } from "../maintenance/maintenance.ts";
import { isCurrent } from "./public-maintenance.ts";
import type { PublicComponent, PublicMaintenance, PublicMaintenanceUpdate } from "./snapshot.ts";
import type { Said } from "./words.ts";

export const maintenanceWords: Readonly<Record<MaintenanceState, string>> = {
  scheduled: "Planned",
  in_progress: "In progress",
  verifying: "Verifying",
  completed: "Over",
  canceled: "Canceled",
};

/** What stands on the home page: what goes on and what is planned. */
export function current(windows: readonly PublicMaintenance[]): readonly PublicMaintenance[] {
  return windows.filter(isCurrent);
}

/** The names of its components; one that left the catalogue keeps its id. */
export function hitNames(window: PublicMaintenance, components: readonly PublicComponent[]): readonly string[] {
  return window.components.map((id) => oneLine(components.find((one) => one.id === id)?.name ?? id));
}

/** When it is, or was; never how long ago, so that it stays true on a copy. */
export function whenSaid({ state, scheduledStart, scheduledEnd, endedAt }: PublicMaintenance): Said {
  const from = ["from ", scheduledStart, " to ", scheduledEnd] as const;
  if (state === "scheduled") return ["Planned ", ...from, `, for ${sayDuration(scheduledEnd - scheduledStart)}.`];
  if (state === "canceled") return ["Canceled on ", endedAt ?? scheduledStart, ". It was planned ", ...from, "."];
  if (state !== "completed") return ["Since ", scheduledStart, ", planned until ", scheduledEnd, "."];
  const end = endedAt ?? scheduledEnd;
  return ["Over. It took ", `${sayDuration(end - scheduledStart)}, from `, scheduledStart, " to ", end, "."];
}

/** What people said since it was planned: the plan itself and the clock's words stand above. */
export function newsOf({ updates }: PublicMaintenance): readonly PublicMaintenanceUpdate[] {
  return updates.slice(0, -1).filter((update) => !update.automatic);
}
