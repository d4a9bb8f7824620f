// Work that an upstream plans, as a draft of a maintenance of ours: the team's own until somebody accepts it. Pure.
import type { PlannedWork } from "../alerts/planned-work.ts";
import type { SourceId } from "../config/names.ts";
import type { Instant } from "../lib/clock.ts";
import { present } from "../lib/records.ts";
import type { MaintenancePlan } from "./maintenance.ts";

export type UpstreamDraft = {
  readonly number: number;
  readonly source: SourceId;
  /** Counts the changes. */
  readonly version: number;
  readonly work: PlannedWork;
  /** `withdrawn`: it is no longer on their page. `over`: its time has passed. */
  readonly state: "proposed" | "accepted" | "dismissed" | "withdrawn" | "over";
  /** What was made of it. */
  readonly maintenance?: number;
  readonly proposedAt: Instant;
};

/** What became of one, to be told to the team; `over` and a change of words alone are told to nobody. */
export type DraftStep = {
  /** Undefined: it is new. */
  readonly before: UpstreamDraft | undefined;
  readonly after: Omit<UpstreamDraft, "number" | "source">;
  readonly did: "proposed" | "changed" | "withdrawn" | "quietly";
};

const isOpen = ({ state }: UpstreamDraft): boolean => state === "proposed" || state === "accepted";

/** What people plan by: other words say nothing new. */
const facts = ({ title, from, until, components }: PlannedWork): string =>
  JSON.stringify([title, from, until, components]);

/** Holds what is known of one page against all that it plans now. */
export function reviewPlans(
  known: readonly UpstreamDraft[],
  planned: readonly PlannedWork[],
  now: Instant,
): readonly DraftStep[] {
  const drafts = new Map(known.map((draft) => [draft.work.entry, draft]));
  const here = new Set(planned.map(({ entry }) => entry));
  const listed = planned.flatMap((work): readonly DraftStep[] => {
    const before = drafts.get(work.entry);
    // What has begun is told as it is, by an alert.
    if (before === undefined)
      return work.from <= now
        ? []
        : [{ before, after: { version: 1, work, state: "proposed", proposedAt: now }, did: "proposed" }];
    if (before.state === "withdrawn" || before.state === "over")
      return work.from <= now ? [] : [step(before, { work, state: "proposed" }, "proposed")];
    if (JSON.stringify(before.work) === JSON.stringify(work)) return [];
    const told = isOpen(before) && facts(before.work) !== facts(work);
    return [step(before, { work }, told ? "changed" : "quietly")];
  });
  const gone = known
    .filter((draft) => isOpen(draft) && !here.has(draft.work.entry))
    .map((draft) => {
      const passed = (draft.work.until ?? draft.work.from) <= now;
      return passed ? step(draft, { state: "over" }, "quietly") : step(draft, { state: "withdrawn" }, "withdrawn");
    });
  return [...listed, ...gone];
}

function step(
  before: UpstreamDraft,
  more: Partial<Pick<UpstreamDraft, "work" | "state">>,
  did: DraftStep["did"],
): DraftStep {
  const { number: _number, source: _source, ...others } = before;
  return { before, after: { ...others, ...more, version: before.version + 1 }, did };
}

/** What users will read, when somebody accepts it; undefined while nobody says when it ends. */
export function planOfWork({
  by,
  title,
  text,
  url,
  components,
  from,
  until,
}: PlannedWork): MaintenancePlan | undefined {
  if (until === undefined) return undefined;
  const named = title.toLowerCase().includes(by.toLowerCase()) ? title : `${by}: ${title}`;
  const words = text === undefined ? "" : `${plain(text)}\n\n`;
  return present({
    title: named,
    text: `${words}Planned by ${plain(by)}: <${url}>`,
    components,
    scheduledStart: from,
    scheduledEnd: until,
  });
}

/** Their words are no Markdown of ours. */
function plain(text: string): string {
  return text.replace(/[\\`*_[\]<>#|~!]/gu, String.raw`\$&`);
}
