// One normalised fact from one source: something is wrong, or no longer is.
import type { ComponentId, SourceId } from "../config/names.ts";
import type { ComponentStatus } from "../components/status.ts";
import type { Instant } from "../lib/clock.ts";
import { brand, type Brand } from "../lib/ids.ts";

/** `SOURCE/FINGERPRINT`: the identity of a problem. */
export type AlertKey = Brand<"alert">;

export const alertKinds = ["failing", "stuck", "slow", "silent", "down", "blind", "expiring", "other"] as const;
export type AlertKind = (typeof alertKinds)[number];

export const alertSeverities = ["critical", "warning", "info"] as const;
export type AlertSeverity = (typeof alertSeverities)[number];

/** What it covers: verdicts and /affected ask this. An absent list means all. */
export type Coverage = {
  readonly jobTypes?: readonly string[];
  readonly targets?: readonly string[];
  readonly projects?: readonly string[];
  readonly since: Instant;
  readonly until?: Instant;
};

/** What a human can check: the sentence is the alert's summary, these are its rows. */
export type Evidence = {
  /** The figures behind the sentence. `failedShare` and `usualShare` are between 0 and 1. */
  readonly figures: {
    readonly jobs: number;
    readonly failedJobs: number;
    readonly projects: number;
    readonly failedProjects: number;
    readonly failedShare: number;
    readonly usualShare: number;
    readonly windowMs: number;
    readonly score: number;
    readonly threshold: number;
    /** What `failedJobs` and the rows count where it is not failures: jobs that are overdue, children that did not follow. */
    readonly measure?: "overdue" | "missing" | "silent";
    /** Of the failures: errors of the infrastructure, and jobs that failed before they got to their work. */
    readonly errors?: number;
    readonly quick?: number;
    /** Ends or pushes that were to be expected in the window, and those that came; and the age of the oldest job in flight. */
    readonly expected?: number;
    readonly seen?: number;
    readonly oldestMs?: number;
  };
  /** One vote per project: how likely it was to fail anyway, and what it did. */
  readonly votes: readonly {
    readonly project: string;
    readonly failed: number;
    readonly jobs: number;
    readonly expected: number;
    readonly example?: string;
  }[];
};

/** What somebody else says of their own service, in their words: we pass it on, and do not vouch for it. */
export type Quote = {
  /** Whose words these are. */
  readonly by: string;
  readonly title: string;
  /** Plain text of theirs, untrusted. */
  readonly text?: string;
  readonly url?: string;
  readonly saidAt?: Instant;
  /** How bad they say it is. */
  readonly status?: ComponentStatus;
  /** The work of theirs that they planned, and that explains it. */
  readonly planned?: string;
};

export type Labels = Readonly<Record<string, string>>;

export type Alert = {
  readonly key: AlertKey;
  readonly kind: AlertKind;
  readonly status: "firing" | "resolved";
  readonly severity: AlertSeverity;
  readonly component?: ComponentId;
  readonly coverage?: Coverage;
  readonly summary: string;
  readonly evidence?: Evidence;
  readonly quote?: Quote;
  readonly labels: Labels;
  /** When the trouble began, by the data. */
  readonly startsAt: Instant;
  /** When it ended, by the data; only on a resolved alert. */
  readonly endsAt?: Instant;
  /** When we heard of it. */
  readonly observedAt: Instant;
  readonly link?: string;
  /** What the sender says beside the labels: no part of its identity. */
  readonly annotations?: Labels;
  /** The start as the sender gave it last. An episode keeps the earliest; what ended before this one is older. */
  readonly saidStart?: Instant;
  /** It fires until then, unless it is said again: some senders fall silent instead of resolving. */
  readonly expiresAt?: Instant;
  /** The sender gave that time itself; else it is ours, for want of one. */
  readonly expiryGiven?: true;
  /** The group that its sender tells of it in, and may end as a whole. */
  readonly group?: string;
  /** The sender left out members of the group. */
  readonly truncated?: true;
};

export function alertKey(source: SourceId, fingerprint: string): AlertKey {
  return brand(`${source}/${fingerprint}`);
}

/** The two halves of a key: whose word it is, and of what. A fingerprint may hold a slash, an id does not. */
export function sourceOf(key: AlertKey): SourceId {
  return brand(key.slice(0, key.indexOf("/")));
}

export function fingerprintOf(key: AlertKey): string {
  return key.slice(key.indexOf("/") + 1);
}
