// A test message without a server: one channel is made, connected, spoken on and closed. The record is left alone.
import type { Config } from "../config/load.ts";
import type { ChannelId } from "../config/names.ts";
import { testMessage, type Tested } from "../engine/send-test.ts";
import { makeMetrics } from "../http/metrics.ts";
import { second, wallClock } from "../lib/clock.ts";
import { uuidv7 } from "../lib/ids.ts";
import { silentLog } from "../lib/log.ts";
import { makeDesk, openGround } from "./make-desk.ts";

const patience = 20 * second;
const pause = 100;

/** Undefined when the config has no such channel. */
export async function sendAlone(
  config: Config,
  dataDir: string,
  id: ChannelId,
  text: string | undefined,
): Promise<Tested | undefined> {
  const unrecorded: Config = { ...config, database: { url: "sqlite::memory:" }, sources: [] };
  const meter = makeMetrics().meter;
  const ground = openGround(unrecorded, { clock: wallClock, log: silentLog, dataDir, demo: false, meter });
  const over = new AbortController();
  const found = makeDesk(unrecorded, ground).channels.get(id);
  try {
    if (found === undefined) return undefined;
    found.channel.open?.({ signal: over.signal, held: () => !over.signal.aborted });
    const now = wallClock.now();
    const key = uuidv7(now);
    const late = AbortSignal.timeout(patience);
    for (let attempts = 1; ; attempts++) {
      const sent = await found.channel.send(testMessage(id, text, now), { key, subject: `message:${key}` }, late);
      if (sent.kind === "sent") return { sent: true, attempts };
      if (sent.kind !== "retry" || late.aborted)
        return { sent: false, attempts, reason: found.channel.trouble?.() ?? sent.because };
      await wallClock.wait(pause, late);
    }
  } finally {
    over.abort();
    await found?.channel.close?.();
    await ground.connection.close();
  }
}
