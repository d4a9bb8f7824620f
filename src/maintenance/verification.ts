// Whether monitors say that all is well after planned work. Pure.
import type { SourceId } from "../config/names.ts";
import { isoSeconds, type Instant } from "../lib/clock.ts";
import { oneLine } from "../lib/text.ts";

/** What one monitor has said of the components of a window. */
export type Witness = {
  readonly source: SourceId;
  /** When it looked last. */
  readonly lookedAt?: Instant;
  /** It looks often enough for its next look to be waited for. */
  readonly awaited: boolean;
  /** It saw that something is not well, whether or not that is an alert yet. */
  readonly down: boolean;
  /** What fires by its word. */
  readonly firing: readonly string[];
};

/** What speaks against it, a line for each monitor; empty: all of them have looked since, and all is well. */
export function notGreen(witnesses: readonly Witness[], since: Instant): readonly string[] {
  return witnesses.flatMap(({ source, lookedAt, awaited, down, firing }) => {
    const [first] = firing;
    if (first !== undefined) return [`${source}: ${oneLine(first, 200)}`];
    if (awaited && (lookedAt === undefined || lookedAt < since))
      return [`${source} has not looked since ${isoSeconds(since)}`];
    return down ? [`${source} sees that it is not well`] : [];
  });
}
