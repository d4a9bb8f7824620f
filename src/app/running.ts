// A config at work: a desk, its engine, and the two apps on it. A reload puts another in its place.
import type { FastifyInstance } from "fastify";
import { lookingPart } from "../alerts/source.ts";
import { noteComponents } from "../components/component-store.ts";
import type { Config } from "../config/load.ts";
import type { LeaseTimes } from "../db/lease.ts";
import { bumpSequence } from "../db/record-store.ts";
import type { Desk } from "../engine/desk.ts";
import { startEngine, type Engine } from "../engine/loops.ts";
import type { Term } from "../engine/term.ts";
import type { Front } from "../http/front.ts";
import type { Metrics } from "../http/metrics.ts";
import { makeHealthServer, makePublicServer, makeSocketServer } from "../http/server.ts";
import { second, type Instant } from "../lib/clock.ts";
import { failed, ok, reasonOf, type Result } from "../lib/result.ts";
import { socketDoor } from "./actor-from.ts";
import { makeDesk, type Ground } from "./make-desk.ts";
import { digestOf } from "./self.ts";
import { publicChange, unchanged, type Staying } from "./unchanged.ts";

export type Running = { readonly config: Config; readonly desk: Desk; readonly engine: Engine };

/** What stays through every reload. */
export type House = {
  readonly ground: Ground;
  readonly metrics: Metrics;
  /** The public port, and the command line's socket. */
  readonly fronts: { readonly public: Front; readonly socket: Front };
  /** The demo's own commands on the socket. */
  readonly more?: ((app: FastifyInstance, desk: Desk) => void) | undefined;
  readonly version: string;
  readonly startedAt: Instant;
  /** What this replica leaves to others, where there are others. */
  readonly only?: Only | undefined;
  readonly lease?: LeaseTimes | undefined;
};

/** The half of the work that a replica does when it is not the whole. */
export type Only = "http" | "engine";

/** Nobody waits for a reload: sends in flight get longer to come to their end than at a stop. */
const patience = 20 * second;

/** Runs a desk: its engine, in the term of the one before if there is one, and what the two doors answer. */
export async function run(house: House, config: Config, desk: Desk, term?: Term): Promise<Running> {
  const { metrics, ground, fronts } = house;
  const engine = startEngine(desk, {
    self: {
      startedAt: house.startedAt,
      version: house.version,
      config: digestOf(config),
      revision: config.revision,
      standsBy: house.only === "http",
    },
    soleOwner: ground.connection.kind === "sqlite",
    lease: house.lease,
    term,
  });
  try {
    const around = {
      trustedProxies: config.server.trusted_proxies,
      basePath: config.server.base_path,
      doors: config.pages.some(({ token }) => token !== undefined),
    };
    const publicApp =
      house.only === "engine"
        ? makeHealthServer(desk, engine, metrics)
        : await makePublicServer(desk, engine, metrics, around);
    const socketApp = makeSocketServer(desk, socketDoor(desk.people), (app) => house.more?.(app, desk));
    await Promise.all([publicApp.ready(), socketApp.ready()]);
    const gone = [fronts.public.show(publicApp, around), fronts.socket.show(socketApp)];
    for (const each of gone)
      each.catch((thrown: unknown) => desk.log.error({ reason: reasonOf(thrown) }, "an old door could not be closed"));
    return { config, desk, engine };
  } catch (thrown) {
    await engine.stop();
    throw thrown;
  }
}

/**
 * Puts another config to work. What did not change goes on; the rest is closed before its successor is made, which may
 * want the same nick. Failed: the old config runs, as before.
 */
export async function change(
  house: House,
  before: Running,
  next: Config,
): Promise<Result<Running, { readonly running: Running; readonly because: string }>> {
  const staying = unchanged(before.config, next);
  try {
    await tellStores(house.ground, before.config, next);
  } catch (thrown) {
    return failed({ running: before, because: reasonOf(thrown) });
  }
  const term = await before.engine.pause(patience);
  await closePlugIns(before.desk, staying);
  const old = { desk: before.desk, staying };
  try {
    return ok(await run(house, next, makeDesk(next, house.ground, old), term));
  } catch (thrown) {
    const running = await run(house, before.config, makeDesk(before.config, house.ground, old), term);
    return failed({ running, because: reasonOf(thrown) });
  }
}

/** New components are noted, and every surface learns that the page is another, in one transaction. */
async function tellStores({ connection, clock }: Ground, before: Config, next: Config): Promise<void> {
  if (!publicChange(before, next)) return;
  const now = clock.now();
  await connection.db.transaction().execute(async (tx) => {
    await noteComponents(tx, next.components.map(({ id }) => id), now); // prettier-ignore
    await bumpSequence(tx, now);
  });
}

export async function closePlugIns(desk: Desk, staying?: Staying): Promise<void> {
  const channels = [...desk.channels.values()].filter(({ id }) => staying?.channels.has(id) !== true);
  const sources = [...desk.sources.values()].filter(({ id }) => staying?.sources.has(id) !== true);
  await Promise.all(channels.map(async ({ channel }) => channel.close?.()));
  await Promise.all(sources.map(async ({ source }) => lookingPart(source)?.close?.()));
}
