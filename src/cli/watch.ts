// tocsin watch: on another host, watches the origin and speaks for it when it is silent.
import { existsSync } from "node:fs";
import { resolve } from "node:path";
import type { Command } from "commander";
import { readWatchConfig, type Flags } from "../app/settings.ts";
import { clockFromEnvironment } from "../app/test-clock.ts";
import { watch, watchOnce, type Watching } from "../app/watch.ts";
import { sayConfigError } from "../config/load.ts";
import { hour } from "../lib/clock.ts";
import { makeLog } from "../lib/log.ts";
import { Exit } from "./door.ts";
import { say } from "./print.ts";

const usual = "tocsin-watch.yaml";

function configFile(flags: Flags): string {
  const asked = flags.config ?? process.env["TOCSIN_WATCH_CONFIG"];
  if (asked !== undefined) return asked;
  if (existsSync(usual)) return usual;
  throw new Exit(3, `there is no ${usual} here; name one with --config or TOCSIN_WATCH_CONFIG`);
}

async function watchingBy(flags: Flags): Promise<Watching> {
  const config = readWatchConfig(configFile(flags), process.env);
  if (!config.ok)
    throw new Exit(
      3,
      config.error.kind === "unreadable" ? config.error.message : config.error.errors.map(sayConfigError).join("\n"),
    );
  const clock = await clockFromEnvironment(process.env);
  const log = makeLog({ level: process.env["TOCSIN_LOG"] ?? "info", now: () => clock.now() });
  return { config: config.value, dataDir: resolve(flags.data ?? "./data"), clock, log };
}

function stopped(): AbortSignal {
  const stop = new AbortController();
  for (const name of ["SIGTERM", "SIGINT"] as const) process.once(name, () => stop.abort());
  return stop.signal;
}

function keptAlive(): Disposable {
  const timer = setInterval(() => {}, hour);
  return { [Symbol.dispose]: () => clearInterval(timer) };
}

export function watchCommand(program: Command, shared: () => Flags): void {
  program
    .command("watch")
    .description("on another host: watch a Tocsin, and speak for it when it is silent")
    .option("--once", "one look, for cron: 0 when it lives, 1 when it is silent; it waits until that is decided")
    .action(async ({ once }: { readonly once?: boolean }) => {
      const watching = await watchingBy(shared());
      const { url } = watching.config.origin;
      const signal = stopped();
      // A clock that a test holds keeps no process alive.
      using _alive = keptAlive();
      if (once === true) {
        const seen = await watchOnce(watching, signal);
        if (!seen.ok) throw new Exit(3, seen.error);
        if (seen.value === "silent") throw new Exit(1, `${url} is silent`);
        return say(`${url} lives.`);
      }
      say(`watching ${url}`);
      const ended = await watch(watching, signal);
      if (!ended.ok) throw new Exit(3, ended.error);
    });
}
