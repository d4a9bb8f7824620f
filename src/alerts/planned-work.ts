// What somebody else plans that our components stand on, as their page says it.
import type { ComponentId } from "../config/names.ts";
import type { Instant } from "../lib/clock.ts";

export type PlannedWork = {
  /** Their name for it, by which it is known again. */
  readonly entry: string;
  /** Whose it is. */
  readonly by: string;
  readonly title: string;
  /** Their words, plain. */
  readonly text?: string;
  readonly url: string;
  /** Ours that it touches. */
  readonly components: readonly ComponentId[];
  readonly from: Instant;
  /** Absent: they do not say. */
  readonly until?: Instant;
};
