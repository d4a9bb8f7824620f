// The whole program: database, engine, the public port and the CLI's socket; and how it stops.
import { chmodSync, existsSync, mkdirSync, rmSync } from "node:fs";
import type { FastifyInstance } from "fastify";
import type { Config } from "../config/load.ts";
import { migrate } from "../db/migrate.ts";
import { lockOwner } from "../db/owner-lock.ts";
import { ensureRecord } from "../db/record-store.ts";
import type { Connection } from "../db/connect.ts";
import { noteComponents } from "../components/component-store.ts";
import type { Desk } from "../engine/desk.ts";
import { startEngine } from "../engine/loops.ts";
import { makeMetrics } from "../http/metrics.ts";
import { makePublicServer, makeSocketServer } from "../http/server.ts";
import { second, type Clock } from "../lib/clock.ts";
import type { Log } from "../lib/log.ts";
import { actorFrom } from "./actor-from.ts";
import { databaseUrl, makeDesk } from "./make-desk.ts";
import { socketPath } from "./settings.ts";

export type Serving = {
  readonly desk: Desk;
  /** Where the page is really served. */
  readonly url: string;
  readonly socket: FastifyInstance;
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
    const { desk, connection } = makeDesk(config, { clock, log, dataDir, demo, meter: metrics.meter });
    opened.defer(() => connection.close());
    opened.defer(() => closePlugIns(desk));
    await prepare(desk, connection);
    const engine = startEngine(desk, { soleOwner: connection.kind === "sqlite" });
    opened.defer(() => engine.stop());
    const publicServer = await makePublicServer(desk, engine, metrics);
    const socket = makeSocketServer(
      desk,
      { actorOf: (request) => actorFrom(request.headers["x-tocsin-actor"], desk.people) },
      (app) => options.more?.(app, desk),
    );
    opened.defer(() => closeServers([publicServer, socket]));
    const url = await publicServer.listen({
      host: options.host ?? config.server.host,
      port: options.port ?? config.server.port,
    });
    await listenOnSocket(socket, dataDir);
    return { desk, url, socket, stop: () => opened.disposeAsync() };
  } catch (thrown) {
    await opened.disposeAsync();
    throw thrown;
  }
}

/** Tables, the record, and the components that the public will ask about. */
export async function prepare(desk: Desk, connection: Connection): Promise<void> {
  await migrate(connection);
  const now = desk.clock.now();
  await ensureRecord(desk.db, now);
  await noteComponents(desk.db, [...desk.components.keys()], now);
}

/** A socket file that a killed process left behind is nobody's; the database lock has told us that we are alone. */
async function listenOnSocket(app: FastifyInstance, dataDir: string): Promise<void> {
  const path = socketPath(dataDir);
  if (existsSync(path)) rmSync(path);
  const before = process.umask(0o177);
  try {
    await app.listen({ path });
    chmodSync(path, 0o600);
  } finally {
    process.umask(before);
  }
}

/** Requests that are being answered are answered; one that is still arriving after this long never will. */
const lastRequests = 2 * second;

async function closeServers(servers: readonly FastifyInstance[]): Promise<void> {
  const cut = setTimeout(() => servers.forEach(({ server }) => server.closeAllConnections()), lastRequests);
  await Promise.all(servers.map((server) => server.close()));
  clearTimeout(cut);
}

async function closePlugIns(desk: Desk): Promise<void> {
  await Promise.all([...desk.channels.values()].map(async ({ channel }) => channel.close?.()));
  await Promise.all(
    [...desk.sources.values()].map(async ({ source }) => (source.kind === "looking" ? source.close?.() : undefined)),
  );
}
