// What is said of planned windows, in the same words on every surface.
import { sayDuration } from "../lib/duration.ts";
import { oneLine } from "../lib/text.ts";
import { isNotice, type MaintenanceState } from "../maintenance/maintenance.ts";
import { isCurrent } from "./public-maintenance.ts";
import type { PublicComponent, PublicMaintenance, PublicMaintenanceUpdate } from "./snapshot.ts";
import type { Sentence } from "./languages/english.ts";
import { t, tell, type Said } from "./tongue.ts";

const maintenanceWords: Readonly<Record<MaintenanceState, Sentence>> = {
  scheduled: "Planned",
  in_progress: "In progress",
  verifying: "Verifying",
  completed: "Over",
  canceled: "Canceled",
};

const noticeWords: Readonly<Record<MaintenanceState, Sentence>> = {
  scheduled: "To come",
  in_progress: "Now",
  verifying: "Now",
  completed: "Over",
  canceled: "Taken back",
};

/** Where it stands, in a word. */
export function wordOf(window: PublicMaintenance, state: MaintenanceState = window.state): string {
  return t((isNotice(window) ? noticeWords : maintenanceWords)[state]);
}

/** What it is called: `Maintenance`, or `Notice`. */
export function kindOf(window: PublicMaintenance): string {
  return isNotice(window) ? t("Notice") : t("Maintenance");
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
  const repeats = window.series === undefined ? [] : [` ${t("It repeats: {0}.", window.series.words)}`];
  const span = [scheduledStart, scheduledEnd] as const;
  if (state === "scheduled")
    return [
      ...tell("Planned from {0} to {1}, for {2}.", ...span, sayDuration(scheduledEnd - scheduledStart)),
      ...repeats,
    ];
  if (state === "canceled")
    return tell("Canceled on {0}. It was planned from {1} to {2}.", endedAt ?? scheduledStart, ...span);
  if (state === "verifying") return tell("Planned from {0} to {1}. Now we make sure that all is well.", ...span);
  if (state !== "completed") return tell("Since {0}, planned until {1}.", ...span);
  const end = endedAt ?? scheduledEnd;
  return tell("Over. It took {0}, from {1} to {2}.", sayDuration(end - scheduledStart), scheduledStart, end);
}

function whenSaidOfNotice({ state, scheduledStart, scheduledEnd, endedAt }: PublicMaintenance): Said {
  if (state === "scheduled") return tell("From {0} to {1}.", scheduledStart, scheduledEnd);
  if (state === "canceled") return tell("Taken back on {0}.", endedAt ?? scheduledStart);
  if (state === "completed") return tell("Over. It held from {0} to {1}.", scheduledStart, endedAt ?? scheduledEnd);
  return tell("Since {0}, until {1}.", scheduledStart, scheduledEnd);
}

/** What people said since it was planned: the plan itself and the clock's words stand above. */
export function newsOf({ updates, series }: PublicMaintenance): readonly PublicMaintenanceUpdate[] {
  return updates.slice(0, series === undefined ? -1 : undefined).filter((update) => !update.automatic);
}
