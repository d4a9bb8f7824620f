// One issue for each published incident, made equal to the record: the same steps on every forge.
import type { Sent } from "../delivery/channel.ts";
import type { Audited, Publisher } from "../delivery/publisher.ts";
import { day } from "../lib/clock.ts";
import { fault } from "../lib/fault.ts";
import { failed, ok, reasonOf } from "../lib/result.ts";
import { list } from "../lib/text.ts";
import { isOver, newestNumber, type IncidentView } from "../status/incident-view.ts";
import { issueBlock, issueTitle, markIn } from "../status/issue-text.ts";
import { commentsDue, differenceOf, isOf, keptIn, pinsDue, refOf, type Kept } from "./issue-state.ts";
import { TrackerTrouble, type Issue, type Tracker } from "./tracker.ts";

export type IssueSettings = { readonly labels: readonly string[]; readonly pin: boolean };

/** Forges limit how fast one may write; what is left over goes with the next try. */
const commentsAtOnce = 10;
const commentPause = 15_000;

type Located = {
  readonly issue: Issue;
  readonly told: number;
  readonly noticed: readonly string[];
  readonly fresh?: true;
};

/** The issue of this incident: the one we know, else the one that carries its mark, which a crash may have left. */
async function locate(
  tracker: Tracker,
  view: IncidentView,
  kept: Kept | undefined,
  signal: AbortSignal,
): Promise<Located | { readonly noticed: readonly string[] }> {
  const noticed: string[] = [];
  if (kept !== undefined) {
    const found = await tracker.read(kept.issue, signal);
    if ("issue" in found) return { issue: found.issue, told: kept.told, noticed };
    noticed.push(found.gone === "moved" ? `issue ${kept.issue} was moved to ${found.to}, where it is no longer kept equal` : `issue ${kept.issue} was deleted`); // prettier-ignore
  }
  const { published, detected } = view.incident.clocks;
  // Its clock and ours are not the same.
  const since = new Date((published ?? detected) - day);
  const found = await tracker.find(isOf(view), since, signal);
  if (found === undefined) return { noticed };
  return { issue: found, told: markIn(found.body)?.told ?? newestNumber(view), noticed };
}

async function open(
  tracker: Tracker,
  view: IncidentView,
  labels: readonly string[],
  noticed: readonly string[],
  signal: AbortSignal,
): Promise<Located> {
  const told = newestNumber(view);
  const body = issueBlock(view, told, tracker.links);
  const issue = await tracker.create({ title: issueTitle(view), body, labels }, signal);
  fault("issue.created");
  const again = noticed.length === 0 ? [] : [`${issue.name} takes its place`];
  return { issue, told, noticed: [...noticed, ...again], fresh: true };
}

async function writeComments(
  tracker: Tracker,
  issue: Issue,
  view: IncidentView,
  told: number,
  signal: AbortSignal,
): Promise<number> {
  if (newestNumber(view) <= told) return 0;
  const due = commentsDue(await tracker.comments(issue.id, signal), view, told, tracker.links);
  for (const work of due.slice(0, commentsAtOnce)) {
    if (work.do === "edit") await tracker.editComment(issue.id, work.comment, work.body, signal);
    else await tracker.comment(issue.id, work.body, signal);
    fault("issue.commented");
  }
  return Math.max(0, due.length - commentsAtOnce);
}

/** Why it is not pinned though it should be, if so. What cannot be pinned is told, and is no failure of the rest. */
async function arrangePins(
  tracker: Tracker,
  issue: Issue,
  view: IncidentView,
  signal: AbortSignal,
): Promise<string | undefined> {
  if (tracker.pins === undefined) return undefined;
  try {
    const { pinned, most } = await tracker.pins.read(signal);
    const work = pinsDue(pinned, issue.id, !isOver(view), Number(issue.id), most);
    for (const id of work.unpin) await tracker.pins.unpin(id, signal);
    if (work.pin) await tracker.pins.pin(issue.id, signal);
    return work.because;
  } catch (thrown) {
    // Too fast, or not there: the queue waits. A refusal is for the team.
    if (!(thrown instanceof TrackerTrouble) || thrown.sent.kind !== "reject") throw thrown;
    return thrown.message;
  }
}

async function publish(
  tracker: Tracker,
  settings: IssueSettings,
  view: IncidentView,
  ref: string | undefined,
  signal: AbortSignal,
): Promise<Sent> {
  const kept = keptIn(ref);
  const found = await locate(tracker, view, kept, signal);
  // It ended before it was ever shown.
  if (!("issue" in found) && isOver(view)) return { kind: "sent" };
  const located = "issue" in found ? found : await open(tracker, view, settings.labels, found.noticed, signal);
  const { issue, told, fresh } = located;
  const noticed = [...located.noticed];
  const difference = differenceOf(issue, view, told, settings.labels, tracker.links);
  if (fresh === undefined) {
    if (Object.keys(difference.change).length > 0) await tracker.change(issue.id, difference.change, signal);
    if (difference.change.open === true && kept?.closed !== true)
      noticed.push(`${issue.name} was closed while the outage goes on; it is open again`);
  }
  if (difference.labels.length > 0) await tracker.label(issue.id, difference.labels, signal);
  const left = await writeComments(tracker, issue, view, told, signal);
  const unpinned = settings.pin ? await arrangePins(tracker, issue, view, signal) : undefined;
  if (issue.locked && kept?.locked !== true) noticed.push(`${issue.name} is locked: only maintainers can answer there`);
  if (unpinned !== undefined && unpinned !== kept?.unpinned) noticed.push(`${issue.name} is not pinned: ${unpinned}`);
  if (left > 0) return { kind: "retry", because: `${left} more comments to write`, afterMs: commentPause };
  const now: Kept = {
    issue: issue.id,
    told,
    ...(isOver(view) ? { closed: true } : {}),
    ...(issue.locked ? { locked: true } : {}),
    ...(unpinned === undefined ? {} : { unpinned }),
  };
  return { kind: "sent", ref: refOf(now), ...(noticed.length === 0 ? {} : { noticed: noticed.join("; ") }) };
}

/** What could not be pinned is tried again with the next publication, or when there is room, not each minute. */
async function pinsDiffer(tracker: Tracker, kept: Kept, view: IncidentView, signal: AbortSignal): Promise<boolean> {
  if (tracker.pins === undefined) return false;
  try {
    const { pinned, most } = await tracker.pins.read(signal);
    const work = pinsDue(pinned, kept.issue, !isOver(view), Number(kept.issue), most);
    return work.unpin.length > 0 ? kept.unpinned === undefined : work.pin;
  } catch (thrown) {
    if (kept.unpinned === undefined) throw thrown;
    return false;
  }
}

async function audit(
  tracker: Tracker,
  settings: IssueSettings,
  view: IncidentView,
  ref: string | undefined,
  signal: AbortSignal,
): Promise<Audited> {
  const kept = keptIn(ref);
  if (kept === undefined) return isOver(view) ? { kind: "equal" } : { kind: "differs", what: "there is no issue" };
  const found = await tracker.read(kept.issue, signal);
  if (!("issue" in found)) return { kind: "differs", what: `issue ${kept.issue} was ${found.gone}` };
  const { words, labels } = differenceOf(found.issue, view, kept.told, settings.labels, tracker.links);
  const due =
    newestNumber(view) <= kept.told
      ? []
      : commentsDue(await tracker.comments(kept.issue, signal), view, kept.told, tracker.links);
  const pinDiffers = settings.pin && (await pinsDiffer(tracker, kept, view, signal));
  const what = [...words, ...(due.length === 0 ? [] : ["its comments"]), ...(pinDiffers ? ["its pin"] : [])];
  return what.length === 0 && labels.length === 0
    ? { kind: "equal" }
    : { kind: "differs", what: `${found.issue.name}: ${list(what)}` };
}

/** A publisher of issues on this forge. `connect` may load what it needs; it is asked once. */
export function mirrorIssue(connect: () => Promise<Tracker>, settings: IssueSettings): Publisher<IncidentView> {
  let connected: Promise<Tracker> | undefined;
  const tracker = (): Promise<Tracker> => (connected ??= connect());
  return {
    async publish(view, _sequence, previousRef, signal) {
      try {
        return await publish(await tracker(), settings, view, previousRef, signal);
      } catch (thrown) {
        // All of it can be done again: nothing is written twice.
        return thrown instanceof TrackerTrouble ? thrown.sent : { kind: "retry", because: reasonOf(thrown) };
      }
    },
    async audit(view, _sequence, previousRef, signal) {
      try {
        return await audit(await tracker(), settings, view, previousRef, signal);
      } catch (thrown) {
        return { kind: "unreachable", because: reasonOf(thrown) };
      }
    },
    async reach(signal) {
      try {
        return ok(await (await tracker()).reach(signal));
      } catch (thrown) {
        return failed(reasonOf(thrown));
      }
    },
  };
}
