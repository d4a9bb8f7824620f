// How an issue differs from the record, and what its publication remembers. Pure.
import { isOver, toldSoFar, type IncidentView } from "../status/incident-view.ts";
import { commentText, issueBlock, issueTitle, markIn, unified, updateIn, withBlock } from "../status/issue-text.ts";
import type { LinkRule } from "../lib/issue-markdown.ts";
import type { Comment, Issue, IssueChange, Pin } from "./tracker.ts";

/** What a publication knows of its issue, kept as the delivery's `ref`. */
export type Kept = {
  readonly issue: string;
  /** The newest update when it was opened: those up to it are no comments. */
  readonly told: number;
  /** We left it closed. */
  readonly closed?: true;
  /** Told to the team already. */
  readonly locked?: true;
  /** Why it could not be pinned; told already. */
  readonly unpinned?: string;
};

export function keptIn(ref: string | undefined): Kept | undefined {
  const [, issue, told, closed, locked, unpinned] =
    /^(\d+) told=(\d+)( closed)?( locked)?(?: unpinned=(.*))?$/su.exec(ref ?? "") ?? [];
  if (issue === undefined) return undefined;
  return {
    issue,
    told: Number(told),
    ...(closed === undefined ? {} : { closed: true }),
    ...(locked === undefined ? {} : { locked: true }),
    ...(unpinned === undefined ? {} : { unpinned }),
  };
}

export function refOf({ issue, told, closed, locked, unpinned }: Kept): string {
  return `${issue} told=${told}${closed === true ? " closed" : ""}${locked === true ? " locked" : ""}${unpinned === undefined ? "" : ` unpinned=${unpinned}`}`;
}

export const isOf =
  (view: IncidentView) =>
  (body: string): boolean =>
    markIn(body)?.code === view.incident.code;

/** Words for what was found other than we left it; undefined where only the record has moved on. */
export type Difference = {
  readonly change: IssueChange;
  readonly labels: readonly string[];
  readonly words: readonly string[];
};

export function differenceOf(
  issue: Issue,
  view: IncidentView,
  told: number,
  labels: readonly string[],
  rule: LinkRule,
): Difference {
  const title = issueTitle(view);
  const body = withBlock(issue.body, issueBlock(view, told, rule));
  const open = !isOver(view);
  const missing = labels.filter((label) => !issue.labels.some((has) => has.toLowerCase() === label.toLowerCase()));
  const renamed = issue.title !== title;
  const rewritten = unified(issue.body) !== unified(body);
  return {
    change: {
      ...(renamed ? { title } : {}),
      ...(rewritten ? { body } : {}),
      ...(issue.open === open ? {} : { open, ...(view.incident.withdrawn === undefined ? {} : { wrong: true }) }),
    },
    labels: missing,
    words: [
      ...(renamed ? ["its title"] : []),
      ...(rewritten ? ["its text"] : []),
      ...(issue.open === open ? [] : [issue.open ? "it is open" : "it is closed"]),
      ...(missing.length === 0 ? [] : ["its labels"]),
    ],
  };
}

export type CommentWork =
  | { readonly do: "write"; readonly body: string }
  | { readonly do: "edit"; readonly comment: string; readonly body: string };

/** Each update after the opening is one comment; a revised one is edited. What is said twice already stays as it is. */
export function commentsDue(
  comments: readonly Comment[],
  view: IncidentView,
  told: number,
  rule: LinkRule,
): readonly CommentWork[] {
  const there = new Map(
    comments.toReversed().flatMap((comment) => {
      const code = updateIn(comment.body);
      return code === undefined ? [] : [[code, comment] as const];
    }),
  );
  return toldSoFar(view)
    .filter(({ number }) => number > told)
    .flatMap((update): readonly CommentWork[] => {
      const body = commentText(update, view, rule);
      const known = there.get(update.code);
      if (known === undefined) return [{ do: "write", body }];
      return unified(known.body) === unified(body) ? [] : [{ do: "edit", comment: known.id, body }];
    });
}

export type PinWork = { readonly unpin: readonly string[]; readonly pin: boolean; readonly because?: string };

/** Others' pins are never touched. Where there is no room, the oldest of ours gives way, and never a newer one. */
export function pinsDue(pins: readonly Pin[], id: string, wanted: boolean, age: number, most: number): PinWork {
  const pinned = pins.some((pin) => pin.id === id);
  if (!wanted) return { unpin: pinned ? [id] : [], pin: false };
  if (pinned) return { unpin: [], pin: false };
  if (pins.length < most) return { unpin: [], pin: true };
  const oldest = pins.filter(({ ours }) => ours).toSorted((a, b) => a.age - b.age)[0];
  if (oldest === undefined)
    return {
      unpin: [],
      pin: false,
      because: `${most === 1 ? "an issue of others is" : `${most} issues of others are`} pinned`,
    };
  if (oldest.age > age) return { unpin: [], pin: false, because: "newer outages are pinned" };
  return { unpin: [oldest.id], pin: true };
}
