// What somebody changed, such as a deploy: the first question at every outage. Pure.
import type { Actor } from "../accounts/actor.ts";
import type { ComponentId } from "../config/names.ts";
import { hour, minute, type Instant } from "../lib/clock.ts";
import { sayDuration } from "../lib/duration.ts";
import { oneLine } from "../lib/text.ts";
import type { Incident } from "./incident.ts";

export type NewChange = {
  readonly at: Instant;
  readonly text: string;
  readonly component?: ComponentId;
  readonly link?: string;
  readonly by: Actor;
};

export type Change = NewChange & { readonly number: number };

/** How far back an incident's page looks. */
export const lookBack = 2 * hour;
/** How far back the line looks that tells of a new incident. */
const suspectWithin = hour;

type Hit = Pick<Incident, "impact">;

/** Changes of what is hit first, then those that name no component, then the others; the newest first. */
function bySuspicion(changes: readonly Change[], { impact }: Hit): readonly Change[] {
  const rank = ({ component }: Change): number =>
    component === undefined ? 1 : Object.hasOwn(impact, component) ? 0 : 2;
  return changes.toSorted((a, b) => rank(a) - rank(b) || b.at - a.at || b.number - a.number);
}

/** What was changed in the two hours before it started. */
export function changesBefore(changes: readonly Change[], incident: Hit & Pick<Incident, "clocks">): readonly Change[] {
  const { started } = incident.clocks;
  return bySuspicion(
    changes.filter(({ at }) => at <= started && at >= started - lookBack),
    incident,
  );
}

/** `15 min before: deployed v1.2.3 (https://…)`: the likeliest change of the last hour, for the line to the team. */
export function saySuspect(
  changes: readonly Change[],
  incident: Hit & Pick<Incident, "clocks">,
  now: Instant,
): string | undefined {
  const { started } = incident.clocks;
  const recent = changes.filter(({ at }) => at >= now - suspectWithin && at <= now);
  const [first, ...more] = bySuspicion(recent, incident);
  if (first === undefined) return undefined;
  const ago = started - first.at;
  const when = ago < 0 ? "Just after it started" : ago < minute ? "Just before" : `${sayDuration(ago)} before`;
  const link = first.link === undefined ? "" : ` (${first.link})`;
  const others = more.length === 0 ? "" : `, and ${more.length} more`;
  return `${when}: ${oneLine(first.text, 200)}${link}${others}`;
}
