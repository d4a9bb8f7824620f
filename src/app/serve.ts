// The whole program: database, engine, the public port and the CLI's socket; and how it stops.
import { chmodSync, existsSync, mkdirSync, rmSync } from "node:fs";
import type { Server } from "node:http";
import type { FastifyInstance } from "fastify";
import type { Config } from "../config/load.ts";
import { migrate } from "../db/migrate.ts";
import { openDoorbell } from "../db/doorbell.ts";
import type { LeaseTimes } from "../db/lease.ts";
import { lockOwner } from "../db/owner-lock.ts";
import { ensureRecord } from "../db/record-store.ts";
import type { Connection } from "../db/connect.ts";
import { noteComponents } from "../components/component-store.ts";
import type { Desk } from "../engine/desk.ts";
import type { Engine } from "../engine/loops.ts";
import { makeFront } from "../http/front.ts";
import { makeMetrics } from "../http/metrics.ts";
import type { Clock } from "../lib/clock.ts";
import type { Log } from "../lib/log.ts";
import { ownVersion } from "../lib/own-version.ts";
import type { Result } from "../lib/result.ts";
import { databaseUrl, makeDesk, openGround, type Ground } from "./make-desk.ts";
import { makeReloader } from "./reload.ts";
import { closePlugIns, run, type House, type Only } from "./running.ts";
import { socketPath, type Unreadable } from "./settings.ts";

export type Serving = {
  readonly log: Log;
  /** Where the page is really served, without a slash at the end. */
  readonly url: string;
  /** Never rejects: a config that cannot be put to work is told, and the old one stays. */
  reload(read: () => Result<Config, Unreadable>): Promise<void>;
  stop(): Promise<void>;
};

export type ServeOptions = {
  readonly config: Config;
  readonly dataDir: string;
  readonly clock: Clock;
  readonly log: Log;
  readonly demo: boolean;
  readonly host?: string;
  readonly port?: number;
  readonly only?: Only | undefined;
  readonly lease?: LeaseTimes | undefined;
  /** The demo's own commands on the socket. */
  readonly more?: (app: FastifyInstance, desk: Desk) => void;
};

/** Throws DatabaseOwned, NewerDatabase, or what the database or the network says. */
export async function serve(options: ServeOptions): Promise<Serving> {
  const { config, dataDir, clock, log, demo } = options;
  mkdirSync(dataDir, { recursive: true, mode: 0o700 });
  const metrics = makeMetrics();
  const lock = lockOwner(databaseUrl(config, dataDir));
  // From the last to the first; what fails on the way must leave nothing running, or the process would never end.
  const opened = new AsyncDisposableStack();
  try {
    opened.use(lock);
    const ground = openGround(config, { clock, log, dataDir, demo, meter: metrics.meter });
    opened.defer(() => ground.connection.close());
    const desk = makeDesk(config, ground);
    let closing = desk;
    opened.defer(() => closePlugIns(closing));
    await prepare(desk, ground.connection);
    const fronts = { public: makeFront(config.server.tls), socket: makeFront() };
    const house: House = {
      ground,
      metrics,
      fronts,
      more: options.more,
      version: ownVersion(),
      startedAt: clock.now(),
      only: options.only,
      lease: options.lease,
    };
    const reloader = makeReloader(house, await run(house, config, desk));
    if (ground.connection.kind === "postgres")
      opened.defer(listenToOthers(ground, databaseUrl(config, dataDir), () => reloader.running().engine));
    opened.defer(async () => {
      await Promise.all([fronts.public.close(), fronts.socket.close()]);
    });
    // First of all: `/readyz` says so while requests are still answered, and another replica takes over meanwhile.
    opened.defer(async () => {
      closing = reloader.running().desk;
      await reloader.running().engine.stop();
    });
    opened.defer(() => reloader.stop());
    const where = { host: options.host ?? config.server.host, port: options.port ?? config.server.port };
    const address = await listenOnPort(fronts.public.server, where);
    await listenOnSocket(fronts.socket.server, dataDir);
    const url = `${config.server.tls === undefined ? "http" : "https"}://${address}${config.server.base_path.replace(/\/$/, "")}`;
    return { log, url, reload: (read) => reloader.reload(read), stop: () => opened.disposeAsync() };
  } catch (thrown) {
    await opened.disposeAsync();
    throw thrown;
  }
}

/** Each replica hears at once what another wrote; until it can, all of them look every second or two. */
function listenToOthers({ bell, arrivals, log }: Ground, url: string, engine: () => Engine): () => Promise<void> {
  const doorbell = openDoorbell(url, {
    onTrouble: (reason) => log.warn({ reason }, "other replicas cannot be heard; this one looks every second or two"),
    heard(table) {
      if (table === undefined || table === "leases") engine().hurry();
      if (table !== "leases" && table !== "inbox") bell.echo();
      if (table === undefined || table === "inbox") arrivals.echo();
    },
  });
  arrivals.also(() => {
    if (!engine().leading()) doorbell.call();
  });
  return () => doorbell.close();
}

/** Tables, the record, and the components that the public will ask about. */
export async function prepare(desk: Desk, connection: Connection): Promise<void> {
  await migrate(connection);
  const now = desk.clock.now();
  await ensureRecord(desk.db, now);
  await noteComponents(desk.db, [...desk.components.keys()], now);
}

type Where = { readonly host: string; readonly port: number } | { readonly path: string };

function listen(server: Server, where: Where): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(where, () => {
      server.off("error", reject);
      resolve();
    });
  });
}

/** `127.0.0.1:8080`, `[::1]:8080`: where one may ask it from this machine. */
async function listenOnPort(server: Server, where: { readonly host: string; readonly port: number }): Promise<string> {
  await listen(server, where);
  const bound = server.address();
  const port = typeof bound === "object" && bound !== null ? bound.port : where.port;
  const everywhere: Readonly<Record<string, string>> = { "0.0.0.0": "127.0.0.1", "::": "::1" };
  const host = everywhere[where.host] ?? where.host;
  return `${host.includes(":") ? `[${host}]` : host}:${port}`;
}

/** A socket file that a killed process left behind is nobody's; the database lock has told us that we are alone. */
async function listenOnSocket(server: Server, dataDir: string): Promise<void> {
  const path = socketPath(dataDir);
  if (existsSync(path)) rmSync(path);
  const before = process.umask(0o177);
  try {
    await listen(server, { path });
    chmodSync(path, 0o600);
  } finally {
    process.umask(before);
  }
}
