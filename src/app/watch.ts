// Puts a watcher together, and runs it: until it is stopped, or (`--once`) until what is to be done now is done.
import { join } from "node:path";
import { channels } from "../channels/registry.ts";
import type { ChannelContext } from "../delivery/channel.ts";
import { second, type Clock } from "../lib/clock.ts";
import type { Log } from "../lib/log.ts";
import { failed, ok, type Result } from "../lib/result.ts";
import { mirrorHost } from "../mirrors/mirror-place.ts";
import { originAt } from "../watch/origin.ts";
import { grace } from "../watch/protocol.ts";
import type { WatchChannel } from "../watch/telling.ts";
import { vaultIn } from "../watch/vault.ts";
import type { WatchConfig } from "../watch/watch-config.ts";
import { makeWatcher, type Watcher } from "../watch/watcher.ts";

export type Watching = {
  readonly config: WatchConfig;
  readonly dataDir: string;
  readonly clock: Clock;
  readonly log: Log;
};

function makeChannels({ config }: Watching, context: ChannelContext): readonly WatchChannel[] {
  return Object.entries(channels).flatMap(([type, provider]) => {
    const entries = config.channels.filter((channel) => channel.type === type);
    if (entries.length === 0) return [];
    return [...provider.make(entries, context)].map(([id, channel]) => {
      const audience = entries.find((entry) => entry.id === id)?.audience ?? "team";
      return { id, audience, channel };
    });
  });
}

async function begin(watching: Watching): Promise<Result<Watcher, string>> {
  const { config, dataDir, clock, log } = watching;
  const name = (id: string, on: string): string => watcher.nameOf(id, on);
  const watcher = makeWatcher({
    config,
    clock,
    log,
    origin: originAt(config.origin),
    mirrors: config.mirrors.map(({ id, to, every, public_url: publicUrl }) => ({
      id,
      host: mirrorHost(to, { folder: join(dataDir, "targets", id) }),
      everyMs: every,
      publicUrl,
    })),
    channels: makeChannels(watching, { clock, log, nameOf: name }),
    vault: vaultIn(join(dataDir, "watch.sealed"), Buffer.from(config.key, "base64")),
  });
  const begun = await watcher.begin();
  return begun.ok ? ok(watcher) : failed(begun.error);
}

/** Until `signal` aborts. Failed: it cannot even begin. */
export async function watch(watching: Watching, signal: AbortSignal): Promise<Result<undefined, string>> {
  const begun = await begin(watching);
  if (!begun.ok) return begun;
  const { config, clock, log } = watching;
  log.info({ origin: config.origin.url, mirrors: config.mirrors.length }, `the watcher ${config.id} watches`);
  while (!signal.aborted) {
    await begun.value.look(signal);
    await clock.wait(config.origin.every, signal);
  }
  await begun.value.end();
  return ok(undefined);
}

/** The last look of a run that looks until it is decided: the origin lives, or this watcher or another speaks. */
export async function watchOnce(watching: Watching, signal: AbortSignal): Promise<Result<"lives" | "silent", string>> {
  const begun = await begin(watching);
  if (!begun.ok) return begun;
  const { config, clock } = watching;
  const until = clock.now() + config.silent_after + grace + 30 * second;
  try {
    for (;;) {
      const look = await begun.value.look(signal);
      if (look.kind === "lives") return ok("lives");
      const decided = look.kind === "stands-by" || (look.kind === "speaks" && look.told);
      if (decided || clock.now() >= until || signal.aborted) return ok("silent");
      await clock.wait(config.origin.every, signal);
    }
  } finally {
    await begun.value.end();
  }
}
