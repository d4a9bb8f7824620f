// What is hit, and how badly. Pure.
import { shows, type Shown } from "../components/shown-components.ts";
import { worst, type ComponentStatus } from "../components/status.ts";
import type { ComponentId } from "../config/names.ts";
import { entriesOf } from "../lib/records.ts";

export type Impact = Readonly<Record<ComponentId, ComponentStatus>>;

/** What an impact says of a component; `constructor` is a lawful id, and no component of its own accord. */
export function statusIn(impact: Impact, id: ComponentId): ComponentStatus | undefined {
  return Object.hasOwn(impact, id) ? impact[id] : undefined;
}

/** What a page says of it. */
export function shownImpact(impact: Impact, shown: Shown): Impact {
  return Object.fromEntries(entriesOf(impact).filter(([id]) => shows(shown, id)));
}

/** The worse of two impacts, component by component. */
export function worstImpact(a: Impact, b: Impact): Impact {
  const all: Record<ComponentId, ComponentStatus> = { ...a };
  for (const [id, status] of entriesOf(b)) all[id] = worst([status], statusIn(a, id) ?? "operational");
  return all;
}

/** Whether some component is hit worse than that. */
export function isWorse(impact: Impact, than: Impact): boolean {
  return entriesOf(impact).some(([id, status]) => {
    const known = statusIn(than, id) ?? "operational";
    return status !== known && worst([status, known], "operational") === status;
  });
}
