// Where the files of a site lie, and the addresses that leave the building.
import type { PublicSite } from "./snapshot.ts";

/** The form that mirrors write and link, and that the live server serves too. */
export function incidentPath(number: number): string {
  return `incidents/${number}.html`;
}

/** The permanent address of an incident. */
export function incidentUrl(site: PublicSite, number: number): string {
  return `${site.url}/${incidentPath(number)}`;
}
