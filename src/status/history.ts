// The past by months of the site's zone. Pure; who reads it is `read-site.ts`.
import type { PublicIndexEntry } from "../incidents/clocks.ts";
import type { Instant } from "../lib/clock.ts";
import { monthOf, type Month } from "../lib/zones.ts";

/** A month, and every incident that ran in it, newest first. */
export type MonthOfIncidents = Month & { readonly entries: readonly PublicIndexEntry[] };

/** An open incident of years ago is not listed in more months than this. */
const longest = 24;

/**
 * The months in which an incident ran, newest first, and this month in any case. `index` is sorted by start, newest
 * first: so the zone is asked once a month, not once an incident.
 */
export function monthsOf(index: readonly PublicIndexEntry[], zone: string, now: Instant): readonly MonthOfIncidents[] {
  const months = new Map<string, Month & { readonly entries: PublicIndexEntry[] }>();
  const at = (month: Month): PublicIndexEntry[] => {
    const known = months.get(month.month) ?? { ...month, entries: [] };
    months.set(month.month, known);
    return known.entries;
  };
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
