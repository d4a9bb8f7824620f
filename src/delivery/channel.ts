// The port of everything that tells people: said once, every message matters.
import type { z } from "zod";
import type { ChannelId, PersonId } from "../config/names.ts";
import type { Clock } from "../lib/clock.ts";
import type { Log } from "../lib/log.ts";
import type { Result } from "../lib/result.ts";
import type { Postbox } from "./letter.ts";
import type { Message } from "./message.ts";
import type { Provider } from "./provider.ts";
import type { Publisher } from "./publisher.ts";

/**
 * What became of one try. `retry`: certainly not delivered, try later. `unknown`: it may have arrived (the connection
 * broke before the receipt); it goes again, marked. `reject`: never will be, with the reason.
 */
export type Sent =
  | {
      readonly kind: "sent";
      readonly ref?: string;
      /** What the team should know of how it was found: `it had been closed by hand`. */
      readonly noticed?: string;
    }
  | { readonly kind: "retry"; readonly because: string; readonly afterMs?: number }
  | { readonly kind: "unknown" | "reject"; readonly because: string };

/** Leave to speak outside: of several replicas one at a time has it, until it is over. */
export type Tenure = {
  /** Aborts when it is over. */
  readonly signal: AbortSignal;
  /** Asked right before anything leaves: a process that was stopped for a minute wakes in the midst of a step. */
  held(): boolean;
};

export type Channel = {
  /**
   * Messages of channels with the same connection are sent one after the other, so that a crash leaves at most one
   * in doubt. Usually the channel's own id.
   */
  readonly connection: string;
  /** Never throws for what the peer does; rejects only for bugs. Ends soon after `signal` aborts. */
  send(
    message: Message,
    to: {
      /** The same for every try of this message, and for no other. */
      readonly key: string;
      /** What it is about: `incident:12`. */
      readonly subject: string;
      readonly previousRef?: string;
    },
    signal: AbortSignal,
  ): Promise<Sent>;
  /** The state of the service, one line, in the channel's topic, where that is asked for: made equal, not said. */
  readonly topic?: Publisher<string>;
  /** Where it can write to single people: to those who subscribed. */
  readonly postbox?: Postbox;
  /** It has nobody of its own to tell: only those who subscribed. */
  readonly unaddressed?: true;
  /** One word on how it is, for `doctor` and `/readyz`: undefined when all is well. */
  trouble?(): string | undefined;
  /**
   * For `doctor`: whether it could do its work now, in a few words. Says nothing to people, changes nothing outside, holds
   * no secret in its words, and ends soon after `signal` aborts.
   */
  reach?(signal: AbortSignal): Promise<Result<string, string>>;
  /** Connects, where there is a connection to hold; until then all sends are to be tried again. After `close` it may be opened anew. */
  open?(tenure: Tenure): void;
  close?(): Promise<void>;
};

/** What every channel needs of the house. */
export type ChannelContext = {
  readonly clock: Clock;
  readonly log: Log;
  /** A person's name on this kind of channel; falls back to the display name. */
  nameOf(person: PersonId, on: string): string;
};

/** Common keys of every channel in the config: `id`, `type` and `audience` are taken off before the provider sees its own. */
export type ChannelEntry<C> = { readonly id: ChannelId; readonly audience: "team" | "users"; readonly config: C };

export type ChannelProvider = Provider & {
  /** What is wrong with a config for this audience, in words. */
  lacks?(config: unknown, audience: unknown): string | undefined;
  /** Makes all channels of this type at once, so that some may share a connection. */
  make(entries: readonly ChannelEntry<unknown>[], context: ChannelContext): ReadonlyMap<ChannelId, Channel>;
};

/** Declares a channel: its strict config and its factory. The config has been parsed when `make` is called. */
export function defineChannel<S extends z.ZodType>(
  config: S,
  make: (entries: readonly ChannelEntry<z.output<S>>[], context: ChannelContext) => ReadonlyMap<ChannelId, Channel>,
  lacks?: (config: z.output<S>, audience: unknown) => string | undefined,
): ChannelProvider {
  return {
    config,
    ...(lacks === undefined ? {} : { lacks: (parsed, audience) => lacks(parsed as z.output<S>, audience) }),
    // The registry pairs each entry with the schema that parsed it; TypeScript cannot follow that through a list.
    make: (entries, context) => make(entries as readonly ChannelEntry<z.output<S>>[], context),
  };
}
