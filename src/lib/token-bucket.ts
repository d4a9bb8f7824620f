// So many in so long, with bursts of as many: `1000/s`, `60/m`.
import type { Instant } from "./clock.ts";

/** At most `count` in each `perMs`, on average; at most `count` at once. */
export type Rate = { readonly count: number; readonly perMs: number };

export type Bucket = { readonly tokens: number; readonly at: Instant };

export type Taken = { readonly bucket: Bucket; readonly ok: true } | { readonly ok: false; readonly waitMs: number };

/** Takes one; when there is none, tells in how long there will be. A bucket that nobody has used yet is full. */
export function takeToken(bucket: Bucket | undefined, rate: Rate, now: Instant): Taken {
  // A clock that was set back refills nothing, and takes nothing away.
  const passed = bucket === undefined ? 0 : Math.max(0, now - bucket.at);
  const tokens = Math.min(rate.count, (bucket?.tokens ?? rate.count) + (passed * rate.count) / rate.perMs);
  if (tokens >= 1) return { ok: true, bucket: { tokens: tokens - 1, at: now } };
  return { ok: false, waitMs: Math.ceil(((1 - tokens) * rate.perMs) / rate.count) };
}
