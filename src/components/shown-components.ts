// Which components a page shows. Every query of what readers see takes it, so that what is hidden is not even read. Pure.
import type { ComponentId } from "../config/names.ts";

/** All but these (a page of the public: what is private, is not on it), or these alone. */
export type Shown = { readonly except: readonly ComponentId[] } | { readonly only: readonly ComponentId[] };

/** What the team itself sees. */
export const everything: Shown = { except: [] };

export function shows(shown: Shown, component: ComponentId): boolean {
  return "only" in shown ? shown.only.includes(component) : !shown.except.includes(component);
}

/** Whether it concerns what is shown; what is about no component at all concerns whoever sees all but some. */
export function showsAny(shown: Shown, components: readonly ComponentId[]): boolean {
  return components.length === 0 ? "except" in shown : components.some((component) => shows(shown, component));
}
