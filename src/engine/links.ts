// Where a message points: the permanent page of what is public, the team's own page of a draft.
import { pageSurface, type Surface } from "../delivery/surface.ts";
import type { Incident } from "../incidents/incident.ts";
import { linkKey } from "../lib/signature.ts";

export function publicLink(url: string, number: number): string {
  return `${url}/incidents/${number}`;
}

export function maintenanceLink(url: string, number: number): string {
  return `${url}/maintenance/${number}`;
}

/** The key in the link is the right to read the draft; it is only ever said on team channels. */
export function teamKey(secret: string, number: number): string {
  return linkKey(secret, `team:${number}`);
}

export function teamLink(url: string, secret: string, number: number): string {
  return `${url}/team/${number}/${teamKey(secret, number)}`;
}

/** Users get the public page; the team the public page too, once there is one. */
export function linkFor(incident: Incident, audience: "team" | "users", url: string, secret: string): string {
  const seen = incident.visibility === "published" || incident.visibility === "withdrawn";
  return audience === "users" || seen ? publicLink(url, incident.number) : teamLink(url, secret, incident.number);
}

/**
 * A public link over the first address that the auditor reached last. What nobody has looked at counts as reached; where
 * nothing is reached, ours is as good as any. The team's pages are nowhere but here.
 */
export function firstReached(
  link: string,
  own: string,
  targets: readonly { readonly id: string; readonly publicUrl?: string }[],
  surfaces: ReadonlyMap<string, Surface>,
): string {
  const path = link.startsWith(own) ? link.slice(own.length) : "";
  if (!/^\/(incidents|maintenance)\/\d+$/u.test(path) || surfaces.get(pageSurface)?.status !== "unreachable")
    return link;
  const mirror = targets.find(({ id, publicUrl }) => {
    const surface = surfaces.get(id);
    return publicUrl !== undefined && surface !== undefined && surface.status !== "unreachable";
  });
  return mirror?.publicUrl === undefined ? link : `${mirror.publicUrl}${path}.html`;
}
