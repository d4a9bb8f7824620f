// Who did it: every command and every event of a timeline carries one.
import type { PersonId } from "../config/names.ts";

export type Actor =
  | { readonly kind: "person"; readonly id: PersonId; readonly via: "cli" | "http" | "chat" | "mail" }
  | { readonly kind: "token" | "system"; readonly id: string };

/** Tocsin itself: the detectors, the clock, the correlation of alerts. */
export const tocsin: Actor = { kind: "system", id: "tocsin" };

export function sameActor(a: Actor, b: Actor): boolean {
  return a.kind === b.kind && a.id === b.id;
}
