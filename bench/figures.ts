// Pairs, percentiles, and the one JSON line that every script here prints.
import type { Found } from "../test/peers/install.ts";

export function median(values: readonly number[]): number {
  return percentile(values, 0.5);
}

/** The value that `share` of them do not exceed. */
export function percentile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)] ?? Number.NaN;
}

export type Pairs = { readonly ours: number; readonly peer: number; readonly ratio: number };

/**
 * Ours and the peer by turns, so that a noisy machine disturbs both: the medians of each, and the median of the ratios
 * of neighbours, which is the figure that counts.
 */
export async function inPairs(
  pairs: number,
  measureOurs: () => Promise<number>,
  measurePeer: () => Promise<number>,
): Promise<Pairs> {
  const ours: number[] = [];
  const peer: number[] = [];
  for (let turn = 0; turn < pairs; turn++) {
    ours.push(await measureOurs());
    peer.push(await measurePeer());
  }
  const ratios = ours.map((value, turn) => value / (peer[turn] ?? Number.NaN));
  return { ours: median(ours), peer: median(peer), ratio: rounded(median(ratios), 3) };
}

export function rounded(value: number, places = 2): number {
  return Number(value.toFixed(places));
}

export function report(figure: string, figures: Readonly<Record<string, unknown>>): void {
  console.log(JSON.stringify({ figure, ...figures }));
}

/** The path of a peer's program. A missing peer is no failure: the figure is simply not taken. */
export function programOrLeave(figure: string, found: Found): string {
  if ("path" in found) return found.path;
  report(figure, { skipped: found.missing });
  process.exit(0);
}
