// What is said of planned windows, in the same words on every surface.
import { sayDuration } from "../lib/duration.ts";
import { oneLine } from "../lib/text.ts";
import { isNotice, type MaintenanceState } from "../maintenance/maintenance.ts";
import { isCurrent } from "./public-maintenance.ts";
import type { PublicComponent, PublicMaintenance, PublicMaintenanceUpdate } from "./snapshot.ts";
import type { Said } from "./words.ts";

const maintenanceWords: Readonly<Record<MaintenanceState, string>> = {
  scheduled: "Planned",
  in_progress: "In progress",
  verifying: "Verifying",
  completed: "Over",
  canceled: "Canceled",
};

const noticeWords: Readonly<Record<MaintenanceState, string>> = {
  scheduled: "To come",
  in_progress: "Now",
  verifying: "Now",
  completed: "Over",
  canceled: "Taken back",
};

/** Where it stands, in a word. */
export function wordOf(window: PublicMaintenance, state: MaintenanceState = window.state): string {
  return (isNotice(window) ? noticeWords : maintenanceWords)[state];
}

/** What it is called: `Maintenance`, or `Notice`. */
export function kindOf(window: PublicMaintenance): string {
  return isNotice(window) ? "Notice" : "Maintenance";
}

/** What stands on the home page: what goes on and what is planned, and of what repeats only the next. */
export function current(windows: readonly PublicMaintenance[]): readonly PublicMaintenance[] {
  const shown = new Set<number>();
  return windows.filter((window) => {
    if (isNotice(window) || !isCurrent(window)) return false;
    const { series, state } = window;
    if (series === undefined || state !== "scheduled") return true;
    const first = !shown.has(series.number);
    shown.add(series.number);
    return first;
  });
}

/** What is pinned to the top of the page: what holds now, and what people should know beforehand. */
export function pinned(windows: readonly PublicMaintenance[]): readonly PublicMaintenance[] {
  return windows.filter((window) => isNotice(window) && isCurrent(window));
}

/** The names of its components; one that left the catalogue keeps its id. */
export function hitNames(window: PublicMaintenance, components: readonly PublicComponent[]): readonly string[] {
  return window.components.map((id) => oneLine(components.find((one) => one.id === id)?.name ?? id));
}

/** When it is, or was; never how long ago, so that it stays true on a copy. */
export function whenSaid(window: PublicMaintenance): Said {
  const { state, scheduledStart, scheduledEnd, endedAt } = window;
  if (isNotice(window)) return whenSaidOfNotice(window);
  const from = ["from ", scheduledStart, " to ", scheduledEnd] as const;
  const repeats = window.series === undefined ? "" : ` It repeats: ${window.series.words}.`;
  if (state === "scheduled")
    return ["Planned ", ...from, `, for ${sayDuration(scheduledEnd - scheduledStart)}.${repeats}`];
  if (state === "canceled") return ["Canceled on ", endedAt ?? scheduledStart, ". It was planned ", ...from, "."];
  if (state === "verifying") return ["Planned ", ...from, ". Now we make sure that all is well."];
  if (state !== "completed") return ["Since ", scheduledStart, ", planned until ", scheduledEnd, "."];
  const end = endedAt ?? scheduledEnd;
  return ["Over. It took ", `${sayDuration(end - scheduledStart)}, from `, scheduledStart, " to ", end, "."];
}

function whenSaidOfNotice({ state, scheduledStart, scheduledEnd, endedAt }: PublicMaintenance): Said {
  if (state === "scheduled") return ["From ", scheduledStart, " to ", scheduledEnd, "."];
  if (state === "canceled") return ["Taken back on ", endedAt ?? scheduledStart, "."];
  if (state === "completed") return ["Over. It held from ", scheduledStart, " to ", endedAt ?? scheduledEnd, "."];
  return ["Since ", scheduledStart, ", until ", scheduledEnd, "."];
}

/** What people said since it was planned: the plan itself and the clock's words stand above. */
export function newsOf({ updates, series }: PublicMaintenance): readonly PublicMaintenanceUpdate[] {
  return updates.slice(0, series === undefined ? -1 : undefined).filter((update) => !update.automatic);
}
