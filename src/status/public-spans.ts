// When the public read that a component was hit, and how: what its bars and its uptime are made of. Pure.
import type { ComponentStatus } from "../components/status.ts";
import type { ComponentId } from "../config/names.ts";
import { apply, type Incident, type IncidentEvent } from "../incidents/incident.ts";
import type { Impact } from "../incidents/impact.ts";
import type { Instant } from "../lib/clock.ts";
import { entriesOf } from "../lib/records.ts";

export type PublicSpan = {
  readonly incident: number;
  readonly component: ComponentId;
  readonly status: ComponentStatus;
  readonly from: Instant;
  /** Absent while it lasts. */
  readonly to?: Instant;
};

type Step = { readonly from: Instant; readonly impact: Impact };

/**
 * What was published when, over the times of the record: from the start, though it was told later. A change after the end
 * is a correction of all of it.
 */
function stepsOf({ clocks }: Incident, timeline: readonly IncidentEvent[]): readonly Step[] {
  const { started, resolved = Infinity } = clocks;
  let steps: readonly Step[] = [];
  let before: Incident | undefined;
  for (const event of timeline) {
    const after = apply(before, event);
    const changed = before !== undefined && !sameImpact(before.impact, after.impact);
    if (event.kind === "published") steps = [{ from: started, impact: after.impact }];
    else if (steps.length > 0 && changed)
      steps =
        event.at >= resolved
          ? [{ from: started, impact: after.impact }]
          : [...steps, { from: Math.max(started, event.at), impact: after.impact }];
    before = after;
  }
  return steps;
}

const sameImpact = (a: Impact, b: Impact): boolean => a === b || JSON.stringify(a) === JSON.stringify(b);

/** Nothing of what was withdrawn: it was no outage. */
export function publicSpans(incident: Incident, timeline: readonly IncidentEvent[]): readonly PublicSpan[] {
  if (incident.visibility !== "published") return [];
  const steps = stepsOf(incident, timeline);
  return steps.flatMap(({ from, impact }, i) => {
    const to = steps[i + 1]?.from ?? incident.clocks.resolved;
    return entriesOf(impact).flatMap(([component, status]): readonly PublicSpan[] =>
      status === "operational" || status === undefined
        ? []
        : [{ incident: incident.number, component, status, from, ...(to === undefined ? {} : { to }) }],
    );
  });
}
