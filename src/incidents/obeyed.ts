// What a command gives: what happened, or why not. Pure.
import { apply, type Happening, type Incident, type IncidentEvent } from "./incident.ts";
import type { Lack } from "./notice.ts";
import type { Command } from "./obey.ts";

export type Refusal = {
  readonly code: "illegal" | "conflict" | "incomplete" | "invalid" | "unknown-name" | "not-found";
  readonly message: string;
  readonly lacks?: readonly Lack[];
};

export type Obeyed =
  | { readonly ok: true; readonly incident: Incident; readonly events: readonly IncidentEvent[] }
  | { readonly ok: false; readonly refusal: Refusal };

export function refuse(code: Refusal["code"], message: string): { readonly ok: false; readonly refusal: Refusal } {
  return { ok: false, refusal: { code, message } };
}

export function did(incident: Incident, command: Command, ...happenings: readonly Happening[]): Obeyed {
  const events = happenings.map((happening): IncidentEvent => ({ at: command.at, by: command.by, ...happening }));
  let after = incident;
  for (const event of events) after = apply(after, event);
  return { ok: true, incident: after, events };
}
