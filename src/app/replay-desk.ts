// A throw-away desk in memory for `tocsin replay`: the config's own sources and rules, a clock that is moved, and nothing that leaves.
import type { Recorded } from "../alerts/recording.ts";
import type { Config } from "../config/load.ts";
import { listDeliveries, type StoredDelivery } from "../delivery/delivery-store.ts";
import type { Meter } from "../engine/desk.ts";
import { replay, type NotTaken } from "../engine/replay.ts";
import type { Incident } from "../incidents/incident.ts";
import { listIncidents } from "../incidents/incident-store.ts";
import { heldClock } from "../lib/held-clock.ts";
import { silentLog } from "../lib/log.ts";
import { makeDesk, openGround } from "./make-desk.ts";
import { prepare } from "./serve.ts";

export type Replayed = {
  /** What became of each alert, and of how many. */
  readonly outcomes: ReadonlyMap<string, number>;
  readonly notTaken: readonly NotTaken[];
  readonly incidents: readonly Incident[];
  /** Messages that would have been said, in their order. */
  readonly messages: readonly StoredDelivery[];
};

const all = 100_000;

export async function replayThrough(
  config: Config,
  recorded: readonly Recorded[],
  thenMs: number,
  meter: Meter,
): Promise<Replayed> {
  const clock = heldClock(Math.min(...recorded.map(({ receivedAt }) => receivedAt)));
  const outcomes = new Map<string, number>();
  const counting: Meter = {
    ...meter,
    alertTaken: (_source, outcome) => void outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1),
  };
  const told = new Set(recorded.map(({ source }) => source));
  // No mirrors: a page is no message. No other sources: that they are silent means nothing.
  const alone: Config = {
    ...config,
    sources: config.sources.filter(({ id }) => told.has(id)),
    database: { url: "sqlite::memory:" },
    publish: { ...config.publish, targets: [] },
  };
  const ground = openGround(alone, { clock, log: silentLog, dataDir: ".", demo: false, meter: counting, idle: true });
  try {
    const desk = makeDesk(alone, ground);
    await prepare(desk, ground.connection);
    const notTaken = await replay(desk, clock, recorded, thenMs);
    const incidents = await listIncidents(desk.db, { open: false, limit: all });
    const messages = await listDeliveries(desk.db, { limit: all });
    return { outcomes, notTaken, incidents: incidents.toReversed(), messages: messages.toReversed() };
  } finally {
    await ground.connection.close();
  }
}
