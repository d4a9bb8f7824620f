// The demo as a program: the simulated service beside a real Tocsin, all inside one folder.
import { appendFileSync, existsSync, mkdirSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import type { Server } from "node:http";
import { join } from "node:path";
import type { Clock } from "../lib/clock.ts";
import { createServer } from "../lib/node-http.ts";
import { second } from "../lib/clock.ts";
import { history, livelyPace, step, type Trouble, type World } from "./simulated-ci.ts";

export const troubles = ["copr", "tests", "srpm", "api"] as const;
export type DemoTrouble = (typeof troubles)[number];

export type SimulatedService = {
  readonly apiUrl: string;
  /** What is broken now. */
  broken(): readonly DemoTrouble[];
  breakIt(what: DemoTrouble): void;
  fix(): void;
  stop(): Promise<void>;
};

/** A log of that size starts anew; the job source notices. */
const longestLog = 64 * 1024 * 1024;

/** The simulated API: well, or not. */
async function startApi(well: () => boolean): Promise<{ readonly server: Server; readonly url: string }> {
  const server = createServer((_request, response) => {
    response.statusCode = well() ? 200 : 503;
    response.end(well() ? '{"status":"ok"}' : '{"status":"no workers"}');
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  return { server, url: `http://127.0.0.1:${typeof address === "object" && address !== null ? address.port : 0}` };
}

/** Every demo starts with a fresh past: yesterday's gap would look like silence. */
function writeHistory(log: string, clock: Clock): World {
  const past = history(clock.now(), Math.random);
  const draft = `${log}.new`;
  writeFileSync(draft, `${past.lines.join("\n")}\n`);
  renameSync(draft, log);
  return past.world;
}

export async function startSimulation(dataDir: string, clock: Clock): Promise<SimulatedService> {
  mkdirSync(dataDir, { recursive: true, mode: 0o700 });
  const log = join(dataDir, "jobs.jsonl");
  const broken = new Set<DemoTrouble>();
  const stopping = new AbortController();
  const api = await startApi(() => !broken.has("api"));
  let world = writeHistory(log, clock);
  const live = async (): Promise<void> => {
    while (!stopping.signal.aborted) {
      await clock.wait(second, stopping.signal);
      const inCi = [...broken].filter((what): what is Trouble => what !== "api");
      const moved = step({ ...world, broken: new Set(inCi) }, clock.now(), Math.random, livelyPace);
      world = moved.world;
      if (statSync(log).size > longestLog) rmSync(log);
      if (moved.lines.length > 0) appendFileSync(log, `${moved.lines.join("\n")}\n`);
    }
  };
  const living = live();
  return {
    apiUrl: api.url,
    broken: () => [...broken],
    breakIt: (what) => void broken.add(what),
    fix: () => broken.clear(),
    async stop() {
      stopping.abort();
      await living;
      await new Promise<void>((resolve) => {
        api.server.close(() => resolve());
        api.server.closeAllConnections();
      });
    },
  };
}

/** A demo forgets its last run: its database would remember outages of a service that has a new past. */
export function clearDemo(dataDir: string): void {
  for (const name of ["jobs.jsonl", "tocsin.db", "tocsin.db-wal", "tocsin.db-shm", "public"]) {
    const path = join(dataDir, name);
    if (existsSync(path)) rmSync(path, { recursive: true });
  }
}
