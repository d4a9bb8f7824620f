// The port of what brings a past along: from the place that somebody names to entries, and what could not be read. Changes nothing there.
import type { Clock } from "../lib/clock.ts";
import type { Result } from "../lib/result.ts";
import type { Past } from "../shapes/past.ts";

export type Asking = {
  /** A folder, a file or an address, as it was typed. */
  readonly source: string;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  /** Shown to the address that was named, and to no other. */
  readonly token?: string;
  /** For long work: what is being done. */
  readonly tell: (doing: string) => void;
};

export type PastSource = {
  /** What SOURCE may be, for the help. */
  readonly takes: string;
  /** The error says why nothing at all could be read. */
  read(asking: Asking): Promise<Result<Past, string>>;
};
