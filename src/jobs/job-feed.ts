// Where jobs come from: a table, a file. Read step by step from a cursor that is saved with what was concluded.
import type { Instant } from "../lib/clock.ts";
import type { Result } from "../lib/result.ts";
import type { UpstreamWord } from "./upstream-word.ts";
import type { Job } from "./job.ts";

export type JobFeed<Cursor> = {
  /**
   * What is new or changed since `after` (undefined: the first look, which finds its own place in the past).
   * `complete: false` means there is more at once. Throws when the jobs cannot be read; the cursor is then unchanged.
   */
  read(
    after: Cursor | undefined,
    now: Instant,
    signal: AbortSignal,
  ): Promise<{ readonly changed: readonly Job[]; readonly next: Cursor; readonly complete: boolean }>;
  /** The jobs that are not finished as of a cursor; absent where the feed does not know. */
  open?(cursor: Cursor): readonly { readonly type: string; readonly status: string }[];
  /** What the upstream says of a few jobs of a type that are not finished; undefined: there is nobody to ask. */
  ask?(cursor: Cursor, type: string, now: Instant, signal: AbortSignal): Promise<UpstreamWord | undefined>;
  /** For `doctor`: whether there are jobs to be read. Throws, too, when they cannot be. */
  check(now: Instant, signal: AbortSignal): Promise<Result<string, string>>;
  close?(): Promise<void>;
};
