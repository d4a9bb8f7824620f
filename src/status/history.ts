// The past by months of the site's zone. Pure; who reads it is `read-site.ts`.
import type { PublicIndexEntry } from "../incidents/clocks.ts";
import type { Instant } from "../lib/clock.ts";
import { monthOf, type Month } from "../lib/zones.ts";
import { isPast, toldAt } from "./public-maintenance.ts";
import type { PublicMaintenance } from "./snapshot.ts";

/** A month, every incident that ran in it, and the maintenance of its days that is over; newest first. */
export type MonthOfIncidents = Month & {
  readonly entries: readonly PublicIndexEntry[];
  readonly windows: readonly PublicMaintenance[];
};

/** An open incident of years ago is not listed in more months than this. */
const longest = 24;

/**
 * The months in which an incident ran, newest first, and this month in any case. `index` is sorted by start, newest
 * first: so the zone is asked once a month, not once an incident.
 */
export function monthsOf(
  index: readonly PublicIndexEntry[],
  windows: readonly PublicMaintenance[],
  zone: string,
  now: Instant,
): readonly MonthOfIncidents[] {
  type Filling = Month & { readonly entries: PublicIndexEntry[]; readonly windows: PublicMaintenance[] };
  const months = new Map<string, Filling>();
  const monthAt = (month: Month): Filling => {
    const known = months.get(month.month) ?? { ...month, entries: [], windows: [] };
    months.set(month.month, known);
    return known;
  };
  const at = (month: Month): PublicIndexEntry[] => monthAt(month).entries;
  const present = monthOf(now, zone);
  at(present);
  let month = present;
  for (const entry of index) {
    if (entry.startedAt < month.start || entry.startedAt >= month.end) month = monthOf(entry.startedAt, zone);
    at(month).push(entry);
    const end = entry.endedAt ?? now;
    for (let on = month, n = 0; end >= on.end && on.month < present.month && n < longest; n++) {
      on = monthOf(on.end, zone);
      at(on).push(entry);
    }
  }
  for (const window of windows.filter(isPast).toSorted((a, b) => toldAt(b) - toldAt(a)))
    monthAt(monthOf(toldAt(window), zone)).windows.push(window);
  return [...months.values()].toSorted((a, b) => b.start - a.start);
}

/** More on one page nobody reads. */
export const entriesPerPage = 100;

export function pagesOf(month: MonthOfIncidents): number {
  return Math.max(1, Math.ceil(month.entries.length / entriesPerPage));
}

export function entriesOn(month: MonthOfIncidents, page: number): readonly PublicIndexEntry[] {
  return month.entries.slice((page - 1) * entriesPerPage, page * entriesPerPage);
}

/** Maintenance is rare: all of a month stands on its first page. */
export function windowsOn(month: MonthOfIncidents, page: number): readonly PublicMaintenance[] {
  return page === 1 ? month.windows : [];
}
