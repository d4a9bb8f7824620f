// An outage that another status page told of, as a timeline of ours: published when it was, over when it was. Pure.
import type { Actor } from "../accounts/actor.ts";
import type { Instant } from "../lib/clock.ts";
import type { Impact } from "./impact.ts";
import type { IncidentEvent, IncidentId } from "./incident.ts";
import type { Phase } from "./clocks.ts";
import type { NoticeLink } from "./notice.ts";

export type PastIncident = {
  /** Which software told it: `cstate`. */
  readonly from: string;
  readonly title: string;
  readonly startedAt: Instant;
  /** Absent: it goes on. */
  readonly endedAt?: Instant;
  readonly publishedAt?: Instant;
  readonly impact: Impact;
  readonly text?: string;
  /** Oldest first. */
  readonly updates: readonly { readonly at: Instant; readonly phase: Phase; readonly text: string }[];
  readonly links: readonly NoticeLink[];
};

/** `by`: who brought it in. */
export function pastTimeline(
  past: PastIncident,
  { id, number, by }: { readonly id: IncidentId; readonly number: number; readonly by: Actor },
): readonly IncidentEvent[] {
  const { startedAt, endedAt, title } = past;
  const { head, rest } = words(past);
  const before = Math.min(head.at, ...rest.map((one) => one.at));
  const opened: IncidentEvent = {
    kind: "opened",
    at: Math.max(startedAt, Math.min(before, endedAt ?? before)),
    by,
    id,
    number,
    impact: past.impact,
    notice: { title, alternatives: [], links: past.links },
    startedAt,
    summary: title,
    alerts: [],
    coverage: [],
    imported: past.from,
  };
  // Of what goes on, nobody can have said the last word.
  const phaseOf = ({ phase }: Word): Phase => (phase === "resolved" && endedAt === undefined ? "monitoring" : phase);
  const published: IncidentEvent = { kind: "published", at: before, by, text: head.text, phase: phaseOf(head) };
  // The word with which it ended; what was said after that stands behind it.
  const lastOpen = rest.findLastIndex((one) => one.phase !== "resolved");
  const toldOver = head.phase === "resolved" && lastOpen === -1;
  const ends = toldOver || lastOpen === rest.length - 1 ? -1 : lastOpen + 1;
  const said = rest.map((one, i): IncidentEvent => {
    if (i === ends && endedAt !== undefined) return { ...resolvedAt(one.at, endedAt, by), text: one.text };
    return { kind: "updated", at: one.at, by, text: one.text, phase: phaseOf(one), backlog: false };
  });
  // It was told when it was over: the first word said so.
  if (toldOver && endedAt !== undefined)
    return [opened, resolvedAt(before, endedAt, by), ...closed([published, ...said])];
  const silent = ends === -1 && endedAt !== undefined ? [resolvedAt(endedAt, endedAt, by)] : [];
  return [opened, ...closed([...silent, published, ...said])];
}

type Word = PastIncident["updates"][number];

/** The first word to the public, and what came after it. */
function words({ title, text, startedAt, publishedAt, updates }: PastIncident): {
  readonly head: Word;
  readonly rest: readonly Word[];
} {
  const [first, ...rest] = updates;
  const at = publishedAt ?? startedAt;
  if (text !== undefined) return { head: { at, phase: "investigating", text }, rest: updates };
  return { head: first ?? { at, phase: "investigating", text: title }, rest };
}

function resolvedAt(at: Instant, endedAt: Instant, by: Actor): IncidentEvent & { readonly kind: "resolved" } {
  return { kind: "resolved", at, by, endedAt };
}

/** In the order of time. What was said after the end, such as a post-mortem, does not open it again. */
function closed(events: readonly IncidentEvent[]): readonly IncidentEvent[] {
  let over = false;
  return events
    .toSorted((a, b) => a.at - b.at)
    .map((event) => {
      over ||= event.kind === "resolved";
      return over && (event.kind === "updated" || event.kind === "published") ? { ...event, phase: "resolved" } : event;
    });
}
