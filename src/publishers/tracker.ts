// What the publishers of issues need of a forge: GitHub, GitLab and Forgejo each bring it in their own words.
import type { Sent } from "../delivery/channel.ts";
import type { LinkRule } from "../lib/issue-markdown.ts";

/** Ids are the forge's own: numbers, as text. */
export type Issue = {
  readonly id: string;
  /** As people call it: `packit/packit#17`. */
  readonly name: string;
  readonly title: string;
  readonly body: string;
  readonly open: boolean;
  readonly locked: boolean;
  readonly labels: readonly string[];
};

export type Comment = { readonly id: string; readonly body: string };

/** An issue that can be pinned or is: `age` orders them, the oldest first. */
export type Pin = { readonly id: string; readonly ours: boolean; readonly age: number };

export type Pins = {
  /** What is pinned, and how many can be. */
  read(signal: AbortSignal): Promise<{ readonly pinned: readonly Pin[]; readonly most: number }>;
  pin(id: string, signal: AbortSignal): Promise<void>;
  unpin(id: string, signal: AbortSignal): Promise<void>;
};

export type IssueChange = {
  readonly title?: string;
  readonly body?: string;
  readonly open?: boolean;
  /** It is closed because it was wrong, where the forge knows the difference. */
  readonly wrong?: boolean;
};

/** `elsewhere`: it was moved to another repository. */
export type Found =
  { readonly issue: Issue } | { readonly gone: "deleted" } | { readonly gone: "moved"; readonly to: string };

/** Everything may throw TrackerTrouble. */
export type Tracker = {
  readonly links: LinkRule;
  read(id: string, signal: AbortSignal): Promise<Found>;
  /** The oldest of our own issues whose body satisfies, of those that changed since. */
  find(wanted: (body: string) => boolean, since: Date, signal: AbortSignal): Promise<Issue | undefined>;
  create(issue: { readonly title: string; readonly body: string; readonly labels: readonly string[] }, signal: AbortSignal): Promise<Issue>; // prettier-ignore
  change(id: string, change: IssueChange, signal: AbortSignal): Promise<void>;
  label(id: string, labels: readonly string[], signal: AbortSignal): Promise<void>;
  /** Our own. */
  comments(id: string, signal: AbortSignal): Promise<readonly Comment[]>;
  comment(id: string, body: string, signal: AbortSignal): Promise<void>;
  editComment(id: string, comment: string, body: string, signal: AbortSignal): Promise<void>;
  readonly pins?: Pins;
  /** For doctor: may we write there? */
  reach(signal: AbortSignal): Promise<string>;
};

/** What a forge answered, as the queue understands it. Thrown, because every step of a publication may end it. */
export class TrackerTrouble extends Error {
  override readonly name = "TrackerTrouble";
  readonly sent: Exclude<Sent, { readonly kind: "sent" }>;
  readonly status: number | undefined;
  constructor(sent: Exclude<Sent, { readonly kind: "sent" }>, status?: number) {
    super(sent.because);
    this.sent = sent;
    this.status = status;
  }
}

export const minutes = (n: number): number => n * 60_000;
