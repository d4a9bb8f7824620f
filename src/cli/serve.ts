// tocsin serve, and what `npm start` does.
import type { Command } from "commander";
import { serve, type Serving } from "../app/serve.ts";
import { readConfig, settingsFrom, type Flags } from "../app/settings.ts";
import { databaseUrl } from "../app/make-desk.ts";
import type { Only } from "../app/running.ts";
import { clockFromEnvironment, leaseFromEnvironment } from "../app/test-clock.ts";
import { sayConfigError, type Config } from "../config/load.ts";
import { sqliteFile } from "../db/connect.ts";
import { makeLog } from "../lib/log.ts";
import { reasonOf } from "../lib/result.ts";
import { Exit } from "./door.ts";
import { say } from "./print.ts";

/** Waits for SIGTERM or SIGINT, then stops cleanly; a second signal or ten seconds end it at once. */
export async function untilStopped(serving: Serving): Promise<void> {
  const signal = await new Promise<string>((resolve) => {
    for (const name of ["SIGTERM", "SIGINT"] as const) process.once(name, () => resolve(name));
  });
  serving.log.info({ signal }, "stopping");
  const late = setTimeout(() => process.exit(1), 10_000);
  late.unref();
  for (const name of ["SIGTERM", "SIGINT"] as const) process.once(name, () => process.exit(1));
  await serving.stop();
  clearTimeout(late);
}

/** The address and the port that the environment asks for. */
export function listenFrom(env: NodeJS.ProcessEnv): { readonly host?: string; readonly port?: number } {
  const port = env["PORT"];
  if (port !== undefined && !(/^\d{1,5}$/.test(port) && Number(port) < 65_536))
    throw new Exit(3, `PORT is "${port}", which is no port`);
  return {
    ...(env["HOST"] === undefined ? {} : { host: env["HOST"] }),
    ...(port === undefined ? {} : { port: Number(port) }),
  };
}

function configOrExit(file: string): Config {
  const config = readConfig(file, process.env);
  if (config.ok) return config.value;
  throw new Exit(
    3,
    config.error.kind === "unreadable" ? config.error.message : config.error.errors.map(sayConfigError).join("\n"),
  );
}

/** Serves a config until it is stopped. */
export async function serveConfig(file: string, dataDir: string, only?: Only): Promise<void> {
  const config = configOrExit(file);
  if (only !== undefined && sqliteFile(databaseUrl(config, dataDir)) !== undefined)
    throw new Exit(2, "--only needs PostgreSQL: on SQLite one process does everything; leave --only out");
  let early = false;
  let reload = async (): Promise<void> => void (early = true);
  process.on("SIGHUP", () => void reload());
  const clock = await clockFromEnvironment(process.env);
  const log = makeLog({ level: process.env["TOCSIN_LOG"] ?? "info", now: () => clock.now() });
  const serving = await serve({
    config,
    dataDir,
    clock,
    log,
    demo: false,
    ...listenFrom(process.env),
    only,
    lease: leaseFromEnvironment(process.env),
  }).catch((thrown: unknown) => {
    throw new Exit(3, reasonOf(thrown));
  });
  reload = async () => serving.reload(() => readConfig(file, process.env));
  // Asked to while it started, from a file that it may have read before.
  if (early) await reload();
  say(`${config.site.name}: the status page is at ${serving.url}/`);
  await untilStopped(serving);
}

function halfOf(name: string): Only {
  if (name === "http" || name === "engine") return name;
  throw new Exit(2, `--only is http or engine, not "${name}"`);
}

export function serveCommand(program: Command, shared: () => Flags): void {
  program
    .command("serve")
    .description("run the outage desk of tocsin.yaml")
    .option("--only <half>", "http: pages, webhooks, commands; engine: what happens by itself (PostgreSQL)", halfOf)
    .action(async ({ only }: { readonly only?: Only }) => {
      const settings = settingsFrom(shared(), process.env);
      if (settings.configFile === undefined)
        throw new Exit(
          3,
          "there is no tocsin.yaml here; name one with --config or TOCSIN_CONFIG, or try `npm start` for a demo",
        );
      await serveConfig(settings.configFile, settings.dataDir, only);
    });
}
