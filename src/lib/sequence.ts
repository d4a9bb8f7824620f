// Which of two states of the public record is newer.

/** A restore or a take-over bumps the epoch; an older pair never overwrites a newer one. */
export type Sequence = { readonly epoch: number; readonly seq: number };

/** Negative when `a` is older than `b`. */
export function compareSequence(a: Sequence, b: Sequence): number {
  return a.epoch - b.epoch || a.seq - b.seq;
}
