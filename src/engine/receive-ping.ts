// Pings at the door: checked, written durably, then answered. They are understood at the next look of their source.
import { lookingPart, type Hearing } from "../alerts/source.ts";
import type { SourceId } from "../config/names.ts";
import { readRecord } from "../db/record-store.ts";
import { minute, second } from "../lib/clock.ts";
import { within } from "../lib/deadline.ts";
import { makeGatherer } from "../lib/gather.ts";
import { reasonOf } from "../lib/result.ts";
import { takeToken, type Bucket } from "../lib/token-bucket.ts";
import { appendPings, type NewPing } from "../monitors/ping-store.ts";
import type { Ping } from "../monitors/ping.ts";
import type { Desk } from "./desk.ts";

export type PingReceipt =
  | { readonly kind: "kept" | "unknown" | "unauthorized" | "post-only" }
  | { readonly kind: "too-fast" | "unavailable"; readonly retryAfterMs: number };

export type PingReceiver = {
  /** Whether such a ping would be taken; undefined when it would. */
  refuses(id: SourceId, token: string, method: string): PingReceipt | undefined;
  /** When it resolves with `kept`, the ping is on disk. Never rejects. */
  receive(id: SourceId, ping: Omit<Ping, "at">): Promise<PingReceipt>;
};

/** A job that pings more often does not know that it does. */
const rate = { count: 120, perMs: minute };
const storeDownMs = 5 * second;
const longestKeep = 5 * second;
const mostAtOnce = 100;

export function hearingOf(desk: Desk, id: SourceId): Hearing | undefined {
  const source = desk.sources.get(id)?.source;
  return source === undefined ? undefined : lookingPart(source)?.hears;
}

export function makePingReceiver(desk: Desk): PingReceiver {
  const buckets = new Map<SourceId, Bucket>();
  let troubled = false;
  const pings = makeGatherer<NewPing>({
    write: async (group) => {
      await appendPings(desk.db, group);
      troubled = false;
    },
    isWell: () => readRecord(desk.db).then(() => true, () => false), // prettier-ignore
    largest: mostAtOnce,
    atOnce: 1,
  });

  return {
    refuses(id, token, method) {
      const hearing = hearingOf(desk, id);
      if (hearing === undefined) return { kind: "unknown" };
      if (!hearing.verify(token)) {
        desk.meter.refused(id, "unauthorized");
        return { kind: "unauthorized" };
      }
      return hearing.postOnly && method !== "POST" ? { kind: "post-only" } : undefined;
    },
    async receive(source, said) {
      const at = desk.clock.now();
      const taken = takeToken(buckets.get(source), rate, at);
      if (!taken.ok) {
        desk.meter.refused(source, "too fast");
        return { kind: "too-fast", retryAfterMs: taken.waitMs };
      }
      buckets.set(source, taken.bucket);
      try {
        await within(longestKeep, pings.add({ ...said, source, at }), "the database does not answer");
        return { kind: "kept" };
      } catch (thrown) {
        if (!troubled)
          desk.log.error({ source, reason: reasonOf(thrown) }, "pings cannot be kept; senders are told so");
        troubled = true;
        desk.meter.refused(source, "store down");
        return { kind: "unavailable", retryAfterMs: storeDownMs };
      }
    },
  };
}
