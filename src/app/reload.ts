// SIGHUP: the config is read and checked whole; then what changed is put to work, or everything stays as it was.
import { sayConfigError, type Config } from "../config/load.ts";
import { reasonOf, type Result } from "../lib/result.ts";
import { change, type House, type Running } from "./running.ts";
import type { Unreadable } from "./settings.ts";
import { needsRestart } from "./unchanged.ts";

export type Reloader = {
  readonly running: () => Running;
  /** One after the other; of several that wait, one is enough. */
  reload(read: () => Result<Config, Unreadable>): Promise<void>;
  /** Resolves when no reload is under way; none begins after. */
  stop(): Promise<void>;
};

export function makeReloader(house: House, started: Running): Reloader {
  const { log, clock } = house.ground;
  const { gauges } = house.metrics;
  let running = started;
  let turn: Promise<void> = Promise.resolve();
  let waiting = false;
  let stopped = false;

  const loaded = (well: boolean): void => {
    gauges.reloadSuccessful.set(well ? 1 : 0);
    if (well) gauges.reloadedAt.set(clock.now() / 1_000);
  };
  loaded(true);

  function refuse(reasons: readonly string[]): void {
    for (const reason of reasons) log.error(reason);
    log.error("the config was not reloaded; the one before goes on");
    loaded(false);
  }

  async function once(read: () => Result<Config, Unreadable>): Promise<void> {
    const next = read();
    if (!next.ok)
      return refuse(next.error.kind === "unreadable" ? [next.error.message] : next.error.errors.map(sayConfigError));
    const config = next.value;
    for (const key of needsRestart(started.config, config))
      log.warn({ key }, `${key} changed, and needs a restart; the rest is reloaded`);
    const changed = await change(house, running, config);
    running = changed.ok ? changed.value : changed.error.running;
    if (!changed.ok) return refuse([changed.error.because]);
    if (config.server.tls !== undefined) house.fronts.public.renew(config.server.tls);
    loaded(true);
    log.info("the config was reloaded");
  }

  return {
    running: () => running,
    reload(read) {
      if (waiting || stopped) return turn;
      waiting = true;
      turn = turn.then(async () => {
        waiting = false;
        if (!stopped) await once(read).catch((thrown: unknown) => refuse([reasonOf(thrown)]));
      });
      return turn;
    },
    async stop() {
      stopped = true;
      await turn;
    },
  };
}
