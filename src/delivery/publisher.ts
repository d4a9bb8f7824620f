// The port of everything that is made *equal* to our state: only the newest wish counts.
import type { z } from "zod";
import type { GithubAccess } from "../config/github.ts";
import type { TargetId } from "../config/names.ts";
import type { Clock } from "../lib/clock.ts";
import type { Log } from "../lib/log.ts";
import type { Result } from "../lib/result.ts";
import type { Sequence } from "../lib/sequence.ts";
import type { Sent } from "./channel.ts";
import type { Provider } from "./provider.ts";

/** How the outside thing compares with our state. */
export type Audited =
  | { readonly kind: "equal" }
  /** Publishing again would change it; what differs, in a few words. */
  | { readonly kind: "differs"; readonly what: string }
  | { readonly kind: "unreachable"; readonly because: string };

/** `overtaken`: what is there is newer than ours; `state` is what it says of itself. Somebody has to decide. */
export type Published = Sent | { readonly kind: "overtaken"; readonly because: string; readonly state: string };

export type Publisher<View> = {
  /** Never throws for what the peer does. Idempotent: publishing the same view twice changes nothing outside. */
  publish(view: View, sequence: Sequence, previousRef: string | undefined, signal: AbortSignal): Promise<Published>;
  /** Looks and changes nothing; never throws for what the peer does. Asked every minute. */
  audit?(view: View, sequence: Sequence, previousRef: string | undefined, signal: AbortSignal): Promise<Audited>;
  /**
   * For `doctor`: whether it could do its work now, in a few words. Says nothing to people, changes nothing outside, holds
   * no secret in its words, and ends soon after `signal` aborts.
   */
  reach?(signal: AbortSignal): Promise<Result<string, string>>;
};

export type PublisherContext = {
  readonly clock: Clock;
  readonly log: Log;
  /** A folder of its own for what it remembers; not yet made, and never the only place of anything. */
  readonly folder: string;
  /** How GitHub knows us. */
  readonly github?: GithubAccess;
};

export type PublisherProvider<View> = Provider & {
  make(entry: { readonly id: TargetId; readonly config: unknown }, context: PublisherContext): Publisher<View>;
};

/** Declares a publisher: its strict config and its factory. */
export function definePublisher<S extends z.ZodType, View>(
  config: S,
  make: (entry: { readonly id: TargetId; readonly config: z.output<S> }, context: PublisherContext) => Publisher<View>,
): PublisherProvider<View> {
  return { config, make: (entry, context) => make({ id: entry.id, config: entry.config as z.output<S> }, context) };
}
