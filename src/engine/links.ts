// Where a message points: the permanent page of what is public, the team's own page of a draft.
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
