// One incident as the public knows it, from its timeline: what was said, what was said before, what changed. Pure.
import { shownImpact, type Impact } from "../incidents/impact.ts";
import { entriesOf } from "../lib/records.ts";
import type { Shown } from "../components/shown-components.ts";
import { severityOf } from "../components/status.ts";
import { apply, type Incident, type IncidentEvent } from "../incidents/incident.ts";
import { undoneIn } from "../incidents/steps.ts";
import type { Instant } from "../lib/clock.ts";
import { statuspageCode } from "../lib/codes.ts";
import type { EditedValue, OldText, PublicEdit, PublicIncident, PublicUpdate } from "./snapshot.ts";

/** `updatedAt` of what they can see, not of the team's notes. Of a component that is not shown there is no word. */
export function publicIncident(
  incident: Incident,
  code: string,
  timeline: readonly IncidentEvent[],
  shown: Shown,
): PublicIncident {
  const told = toldIn(timeline);
  const updates = told.map((one, i) => publicUpdate(one, incident, i + 1)).reverse();
  const impact = shownImpact(incident.impact, shown);
  const { edits, changedAt } = visibleChanges(timeline, shown);
  const spoken = [
    ...updates.map((update) => update.at),
    ...told.flatMap(({ before }) => before.map((old) => old.until)),
  ];
  const correction = told.findLast(({ event }) => event.kind === "withdrawn")?.text;
  return {
    number: incident.number,
    code,
    impact,
    severity: severityOf(Object.values(impact)),
    phase: incident.phase,
    backlog: incident.backlog,
    notice: incident.notice,
    clocks: incident.clocks,
    automatic: incident.spokenBy === "tocsin",
    ...(incident.imported === undefined ? {} : { imported: incident.imported }),
    updates,
    edits,
    updatedAt: Math.max(incident.clocks.published ?? incident.clocks.detected, ...spoken, ...changedAt),
    ...(incident.withdrawal === undefined
      ? {}
      : { withdrawn: { at: incident.withdrawal.at, correction: correction ?? incident.withdrawal.correction } }),
  };
}

/** One thing that was said to the public: event `n` of the timeline, and what users read of it now and before. */
export type Told = {
  readonly n: number;
  readonly event: IncidentEvent;
  readonly phase: PublicUpdate["phase"];
  readonly text: string;
  readonly before: readonly OldText[];
};

/** What was said to the public, oldest first. Internal notes and questions stay inside. */
export function toldIn(timeline: readonly IncidentEvent[]): readonly Told[] {
  const told = new Map<number, Told>();
  let published = false;
  let over = false;
  const undone = undoneIn(timeline);
  for (const [i, event] of timeline.entries()) {
    if (undone.has(i + 1)) continue;
    published ||= event.kind === "published";
    over = event.kind === "resolved" || (over && event.kind !== "reopened");
    if (event.kind === "revised") {
      const old = told.get(event.n);
      if (old !== undefined)
        told.set(event.n, { ...old, text: event.text, before: [...old.before, { text: old.text, until: event.at }] });
    }
    const said = published ? wording(event, over) : undefined;
    if (said !== undefined) told.set(i + 1, { n: i + 1, event, ...said, before: [] });
  }
  return [...told.values()];
}

function publicUpdate({ n, event, phase, text, before }: Told, incident: Incident, number: number): PublicUpdate {
  return {
    number,
    code: statuspageCode("update", `${incident.id}/${n}`),
    at: event.at,
    phase,
    text,
    automatic: event.by.kind === "system",
    ...(before.length === 0 ? {} : { before }),
  };
}

/** `over`: it had ended already; what happened earlier can be told later. */
function wording(event: IncidentEvent, over: boolean): Pick<PublicUpdate, "phase" | "text"> | undefined {
  switch (event.kind) {
    case "published":
      return { phase: over ? "resolved" : (event.phase ?? "investigating"), text: event.text };
    case "updated":
      return { phase: event.phase, text: event.text };
    case "recovered":
      return { phase: "monitoring", text: "What we measure looks normal again. We keep watching." };
    case "relapsed":
      return { phase: "investigating", text: "The trouble is back; we are looking into it." };
    case "resolved":
      return { phase: "resolved", text: event.text ?? "This is over." };
    case "reopened":
      return { phase: "investigating", text: "It is not over after all; we are looking into it." };
    case "merged":
      return { phase: "resolved", text: `This goes on as outage ${event.into}.` };
    case "postmortem":
      return { phase: "postmortem", text: event.text };
    case "withdrawn":
      return { phase: "resolved", text: event.correction };
    default:
      return undefined;
  }
}

type Edited = { readonly edits: readonly PublicEdit[]; readonly changedAt: readonly Instant[] };

/** What changed before the public's eyes without a word: an edit, or evidence that grew. */
function visibleChanges(timeline: readonly IncidentEvent[], shown: Shown): Edited {
  const changedAt: Instant[] = [];
  const edits: PublicEdit[] = [];
  let before: Incident | undefined;
  const seen = (is: Incident): Incident => ({ ...is, impact: shownImpact(is.impact, shown) });
  const undone = undoneIn(timeline);
  for (const [i, event] of timeline.entries()) {
    const after = apply(before, event);
    if (before?.visibility === "published") {
      const same = sameImpactAndTimes(seen(before), seen(after));
      if (event.kind === "edited" || !same) changedAt.push(event.at);
      const changes = event.kind === "edited" && !undone.has(i + 1) ? editedValues(event, seen(before), shown) : [];
      if (changes.length > 0) edits.push({ at: event.at, changes });
    }
    before = after;
  }
  return { edits, changedAt };
}

function sameImpactAndTimes(a: Incident, b: Incident): boolean {
  return JSON.stringify([a.impact, a.clocks]) === JSON.stringify([b.impact, b.clocks]);
}

/** What users read before an edit. A new promise is no correction of the old one. */
function editedValues(
  event: IncidentEvent & { kind: "edited" },
  { notice, impact, clocks }: Incident,
  shown: Shown,
): PublicEdit["changes"] {
  const { nextUpdateAt: _, ...fields } = event.notice;
  const time = (at: Instant | undefined): EditedValue => (at === undefined ? { texts: [] } : { time: at });
  const was: Readonly<Record<keyof typeof fields, EditedValue>> = {
    title: { texts: [notice.title] },
    scope: texts(notice.scope),
    affected: texts(notice.affected),
    notAffected: texts(notice.notAffected),
    alternatives: { texts: notice.alternatives },
    eta: typeof notice.eta === "number" ? { time: notice.eta } : texts(notice.eta),
    retrigger: texts(notice.retrigger),
    links: { texts: notice.links.map(({ url }) => url) },
    cause: texts(notice.cause),
    quotes: { texts: (notice.quotes ?? []).map(({ by, title }) => `${by}: ${title}`) },
  };
  const said = entriesOf(was)
    .filter(([field]) => Object.hasOwn(fields, field))
    .map(([field, value]) => ({ field, was: value }));
  const given = (at: Instant | undefined, old: Instant | undefined): boolean => at !== undefined && at !== old;
  return [
    ...said,
    ...(event.impact === undefined || sameImpact(shownImpact(event.impact, shown), impact)
      ? []
      : [{ field: "impact" as const, was: { impact } }]),
    ...(given(event.startedAt, clocks.started) ? [{ field: "startedAt" as const, was: time(clocks.started) }] : []),
    ...(given(event.endedAt, clocks.resolved) ? [{ field: "endedAt" as const, was: time(clocks.resolved) }] : []),
  ];
}

const texts = (text: string | undefined): EditedValue => ({ texts: text === undefined ? [] : [text] });

const sameImpact = (a: Impact, b: Impact): boolean => JSON.stringify(a) === JSON.stringify(b);
