// The ports of everything that tells us, or that we send to look.
import type { z } from "zod";
import type { ComponentId, SourceId } from "../config/names.ts";
import type { Figures } from "../config/plug-ins.ts";
import type { Provider } from "../delivery/provider.ts";
import type { JobPast, Observed } from "../jobs/job-past.ts";
import type { Clock, Instant } from "../lib/clock.ts";
import type { Log } from "../lib/log.ts";
import type { Result } from "../lib/result.ts";
import type { Rate } from "../lib/token-bucket.ts";
import type { Ping } from "../monitors/ping.ts";
import type { Sample } from "../monitors/sample.ts";
import type { Alert, AlertKey } from "./alert.ts";
import type { PlannedWork } from "./planned-work.ts";
import type { Feedback } from "./feedback.ts";

export type Headers = Readonly<Record<string, string | readonly string[] | undefined>>;

/** Those headers of a request that are kept with its body: the same at the door, when it is taken in, and in a replay. */
export type KeptHeaders = Readonly<Record<string, string>>;

/** Why a body was not understood: one line for each mistake, with its place (`$.starts_at: …`). */
export type ParseProblems = readonly string[];

/** What a body says. */
export type Heard = {
  readonly alerts: readonly Alert[];
  /** What was taken otherwise than it was sent. */
  readonly warnings: readonly string[];
  /** Parts that were not understood, where a sender shall have the rest taken. */
  readonly wrong?: ParseProblems;
  /** Groups that are over, with all that fired in them; whether or not it is listed. */
  readonly groupsOver?: readonly string[];
};

/** What a sender answers when it is asked about alerts that fire by its word. */
export type StillFiring = {
  /** Of those that it was asked about: it no longer reports these. */
  readonly gone: readonly AlertKey[];
  /** What it reports and never told us, or told us otherwise. */
  readonly missed: readonly Alert[];
};

/** An alert that always fires, so that its absence tells of a sender that is dead, or cut off. */
export type SignOfLife = {
  /** Each word of it resolves this. */
  readonly key: AlertKey;
  readonly afterMs: number;
  /** `heard`: when it came last, if ever. */
  missing(heard: Instant | undefined, now: Instant): Alert;
};

export type WebhookSource = {
  readonly kind: "webhook";
  /** How many requests it may send; what comes faster is refused with 429. */
  readonly rate?: Rate;
  /** A larger body, in bytes, is refused with 413 before it is read. 1 MiB when not given. */
  readonly bodyLimit?: number;
  /** What its 401 says: the challenge of `WWW-Authenticate`, and in words what is missing or wrong. */
  readonly asks: { readonly challenge: string; readonly words: string };
  /** Over the raw bytes, in constant time. False is a 401. */
  verify(request: { readonly headers: Headers; readonly body: Uint8Array }): boolean;
  /**
   * Pure. `body` is the parsed JSON, `headers` are those that are kept with it (`keptHeaders` in engine/receive.ts). What it
   * takes without a warning it also takes later: time makes no body wrong.
   */
  parse(body: unknown, now: Instant, headers: KeptHeaders): Result<Heard, ParseProblems>;
  /**
   * The same as `parse`, without the alerts: what the door asks of large bodies before it keeps them. Undefined where only
   * `parse` can tell.
   */
  check?(body: unknown): Result<Omit<Heard, "alerts"> & { readonly alerts: number }, ParseProblems> | undefined;
  /** It also looks, under its own id and by the same keys, for what the sender's webhooks lose. */
  readonly looks?: LookingSource<unknown>;
  readonly signOfLife?: SignOfLife;
  /**
   * Asks the sender whether these still fire: what it forgot to resolve is closed when it said twice that it is gone.
   * Fails, in a few words that hold no secret, when the sender cannot be asked, or cannot know just now; then all stay open.
   */
  stillFiring?(
    alerts: readonly Alert[],
    question: { readonly now: Instant; readonly signal: AbortSignal },
  ): Promise<Result<StillFiring, string>>;
  /**
   * For `doctor`: whether it could do its work now, in a few words. Says nothing to people, changes nothing outside, holds
   * no secret in its words, and ends soon after `signal` aborts.
   */
  reach?(signal: AbortSignal): Promise<Result<string, string>>;
};

/** Counted as a job source sees jobs end, for `/metrics`. */
export type FinishedCount = { readonly type: string; readonly result: string; readonly count: number };

/** What a look saw of jobs besides those that ended. */
export type JobFigures = {
  /** How many are not finished, where the feed knows. */
  readonly open?: readonly { readonly type: string; readonly status: string; readonly count: number }[];
  /** The types that were ever seen, the first of them. */
  readonly types: readonly string[];
  /** How long after its end each was seen. */
  readonly lagsMs: readonly number[];
};

/** How a source that hears tells its own sender from others. */
export type Hearing = {
  /** In constant time. False is a 401. */
  verify(token: string): boolean;
  /** Only POST counts: an address that stands in a chat is fetched by whatever shows previews. */
  readonly postOnly: boolean;
};

export type LookingSource<S> = {
  readonly kind: "looking";
  readonly everyMs: number;
  /** How long it may fail to look before that is an alert of its own. */
  readonly blindAfterMs: number;
  /** The components it watches: unknown while every one of their monitors is blind. */
  readonly components: readonly ComponentId[];
  /** Of a source of jobs: the components that each type of job stands on, where its config says so. */
  readonly runsOn?: Readonly<Record<string, readonly ComponentId[]>>;
  /** It wants to know which of its alarms people dismissed; the others are handed none. */
  readonly learns?: true;
  /** It passes on what somebody else says: blind, it leaves its components unknown; seeing, it does not vouch for them. */
  readonly hearsay?: true;
  /** It asks over the network whether something is well: when nothing is reached by any that does, it may be us. */
  readonly probes?: true;
  /** State that survives restarts; saved in one transaction with the alerts. The same bytes again are not written. */
  save(state: S): Uint8Array;
  load(bytes: Uint8Array): S | undefined;
  /** Pings at `/ping/SOURCE/TOKEN` are for it: it is handed them at its looks. */
  readonly hears?: Hearing;
  /** Throws when it could not look (the thing it looks *through* is broken); a thing found down is an alert. */
  look(
    question: {
      readonly now: Instant;
      readonly state: S | undefined;
      readonly feedback: Feedback;
      /** Its own alerts: those that fire, and those that were over not long ago. Read only when asked. */
      readonly known?: () => Promise<readonly Alert[]>;
      /** What it heard since the last look, in order. */
      readonly pings?: readonly Ping[];
    },
    signal: AbortSignal,
  ): Promise<{
    readonly alerts: readonly Alert[];
    readonly state: S;
    readonly samples: readonly Sample[];
    readonly finished?: readonly FinishedCount[];
    readonly jobs?: JobFigures;
    /** What has no time in its table was seen to start or to end: kept for backtests. */
    readonly observed?: readonly Observed[];
    /** Of one that reads a page of somebody else: all the work that is planned there; only when that is another than before. */
    readonly planned?: readonly PlannedWork[];
    /** Of one that probes: something of the other side came back, were it a refusal. */
    readonly reached?: boolean;
    /** More is waiting: look again at once. */
    readonly again?: boolean;
  }>;
  /**
   * For `doctor`: whether it could do its work now, in a few words. Says nothing to people, changes nothing outside, holds
   * no secret in its words, and ends soon after `signal` aborts.
   */
  reach?(signal: AbortSignal): Promise<Result<string, string>>;
  /** Only of a source of jobs: what a backtest needs of it. */
  readonly past?: JobPast;
  close?(): Promise<void>;
};

export type Source = WebhookSource | LookingSource<unknown>;

/** What of a source is sent to look, if anything. */
export function lookingPart(source: Source): LookingSource<unknown> | undefined {
  return source.kind === "looking" ? source : source.looks;
}

export type SourceContext = {
  readonly clock: Clock;
  readonly log: Log;
  readonly components: readonly { readonly id: ComponentId; readonly name: string }[];
};

export type SourceProvider = Provider & {
  make(entry: { readonly id: SourceId; readonly config: unknown }, context: SourceContext): Source;
  /** The component ids that a parsed config names, each with its path, so that `config check` can place an unknown one. */
  names(config: unknown): readonly { readonly component: string; readonly path: readonly (string | number)[] }[];
  /** What its samples bring besides up and down. */
  readonly figures?: Figures;
};

/** Declares a source: its strict config, the components it names, and its factory. */
export function defineSource<C extends z.ZodType, S>(
  config: C,
  names: (
    config: z.output<C>,
  ) => readonly { readonly component: string; readonly path: readonly (string | number)[] }[],
  make: (
    entry: { readonly id: SourceId; readonly config: z.output<C> },
    context: SourceContext,
  ) => WebhookSource | LookingSource<S>,
  figures?: Figures,
): SourceProvider {
  return {
    config,
    ...(figures === undefined ? {} : { figures }),
    names: (parsed) => names(parsed as z.output<C>),
    make: (entry, context) => make({ id: entry.id, config: entry.config as z.output<C> }, context),
  };
}
