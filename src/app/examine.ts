// What `tocsin doctor` looks at: everything that Tocsin needs or speaks to, all at once, each with a bound on its time.
import { existsSync, statSync } from "node:fs";
import { access, constants, readFile, statfs } from "node:fs/promises";
import { connect as connectTo } from "node:net";
import { dirname, resolve } from "node:path";
import { lookingPart } from "../alerts/source.ts";
import type { Config } from "../config/load.ts";
import { secretKeys } from "../config/secrets.ts";
import { decode, parseYaml } from "../config/yaml-text.ts";
import { connect, sqliteFile } from "../db/connect.ts";
import { pendingMigrations } from "../db/migrate.ts";
import { readRecord } from "../db/record-store.ts";
import type { Surface } from "../delivery/surface.ts";
import { readSurfaces } from "../delivery/surface-store.ts";
import { makeMetrics } from "../http/metrics.ts";
import { isoSeconds, second, wallClock } from "../lib/clock.ts";
import { within } from "../lib/deadline.ts";
import { httpClient } from "../lib/http-client.ts";
import { silentLog } from "../lib/log.ts";
import { failed, ok, reasonOf, type Result } from "../lib/result.ts";
import { count, list, oneLine } from "../lib/text.ts";
import { databaseUrl, makeDesk, openGround } from "./make-desk.ts";
import { socketPath } from "./settings.ts";

export type Finding = {
  /** `channel`, `source`, `publish target`, `database` … */
  readonly what: string;
  readonly name: string;
  readonly result: "ok" | "failed" | "skipped";
  readonly words: string;
};

/** `undefined` in the place of a result: there was nothing to look at, and why. */
type Outcome = Result<string, string> | { readonly skipped: string };
type Check = { readonly what: string; readonly name: string; readonly look: (signal: AbortSignal) => Promise<Outcome> };

const patience = 15 * second;
const leastSpace = 200_000_000;

/** What a check throws is a failure like another; one that hangs is cut off. */
async function carryOut({ what, name, look }: Check): Promise<Finding> {
  const late = `no answer within ${patience / second} s`;
  const work = look(AbortSignal.timeout(patience - second));
  const outcome = await within(patience, work, late).catch((thrown: unknown) => failed(reasonOf(thrown)));
  if ("skipped" in outcome) return { what, name, result: "skipped", words: outcome.skipped };
  const words = oneLine(outcome.ok ? outcome.value : outcome.error, 300);
  return { what, name, result: outcome.ok ? "ok" : "failed", words };
}

/** Looks at everything at once. Works beside a running server and without one, and changes nothing. */
export async function examine(config: Config, configFile: string, dataDir: string): Promise<readonly Finding[]> {
  const serverRuns = await answers(socketPath(dataDir));
  const own: readonly Check[] = [
    { what: "config", name: configFile, look: () => examineConfig(configFile) },
    { what: "server", name: socketPath(dataDir), look: async () => (serverRuns ? ok("runs") : { skipped: "none runs here" }) }, // prettier-ignore
    { what: "database", name: "", look: () => examineDatabase(databaseUrl(config, dataDir)) },
    { what: "data folder", name: dataDir, look: () => examineFolder(dataDir) },
    { what: "public URL", name: config.site.url, look: (signal) => examineUrl(config.site.url, serverRuns, signal) },
  ];
  // The plug-ins need no record to be reached.
  const unrecorded: Config = { ...config, database: { url: "sqlite::memory:" } };
  const context = { clock: wallClock, log: silentLog, dataDir, demo: false, meter: makeMetrics().meter };
  const ground = openGround(unrecorded, context);
  try {
    const desk = makeDesk(unrecorded, ground);
    const plugIns: readonly Check[] = [
      ...[...desk.sources.values()].map(({ id, source }) => reaching("source", id, source)),
      ...[...desk.channels.values()].map(({ id, channel }) => reaching("channel", id, channel)),
      ...[...desk.targets.values(), ...desk.incidentTargets.values()].map(({ id, publisher }) =>
        reaching("publish target", id, publisher),
      ),
    ];
    try {
      const surfaces = serverRuns ? await surfaceChecks(databaseUrl(config, dataDir)) : [];
      return await Promise.all([...own, ...plugIns, ...surfaces].map(carryOut));
    } finally {
      for (const { source } of desk.sources.values()) await lookingPart(source)?.close?.();
      for (const { channel } of desk.channels.values()) await channel.close?.();
    }
  } finally {
    await ground.connection.close();
  }
}

/** What the server's auditor saw last. */
async function surfaceChecks(url: string): Promise<readonly Check[]> {
  const connection = connect(url);
  try {
    const surfaces = await readSurfaces(connection.db);
    return [...surfaces.values()].map((surface) => ({
      what: "surface",
      name: surface.name,
      look: async () => (surface.status === "equal" ? ok(saySurface(surface)) : failed(saySurface(surface))),
    }));
  } catch {
    // What is wrong with the database is said beside.
    return [];
  } finally {
    await connection.close();
  }
}

function saySurface({ status, what, since, lookedAt, restoredAt, restored }: Surface): string {
  const mended = restoredAt === undefined ? "" : `; put right ${isoSeconds(restoredAt)}: ${restored ?? ""}`;
  const seen = `seen ${isoSeconds(lookedAt)}`;
  if (status === "equal") return `equal, ${seen}${mended}`;
  return `${status === "differs" ? "differs" : "cannot be reached"} since ${isoSeconds(since ?? lookedAt)}: ${what ?? ""}; ${seen}${mended}`;
}

type Reached = { reach?(signal: AbortSignal): Promise<Result<string, string>> };

function reaching(what: string, name: string, plugIn: Reached): Check {
  return { what, name, look: async (signal) => plugIn.reach?.(signal) ?? { skipped: "this type cannot be asked" } };
}

/** Whether somebody listens on a socket. */
export function answers(path: string): Promise<boolean> {
  return new Promise((done) => {
    const socket = connectTo(path, () => done(true));
    socket.once("connect", () => socket.destroy());
    socket.once("error", () => done(false));
  });
}

const readableByAll = 0o004;

/** Secrets that stand in the config itself, and the files that hold others. */
function secretsIn(value: unknown): { readonly inline: boolean; readonly files: readonly string[] } {
  if (typeof value !== "object" || value === null) return { inline: false, files: [] };
  const found = Object.entries(value).map(([key, one]) => {
    if (typeof one !== "string") return secretKeys.has(key) && Array.isArray(one) ? secretsIn({ [key]: one.join(" ") }) : secretsIn(one); // prettier-ignore
    if (key.endsWith("_file") && secretKeys.has(key.slice(0, -"_file".length))) return { inline: false, files: [one] };
    const address = key === "url" || key === "database" ? !/:\/\/[^/]*:[^/]*@|[?&][^=]*=/u.test(one) : false;
    return { inline: secretKeys.has(key) && !one.includes("${") && !address, files: [] };
  });
  return { inline: found.some(({ inline }) => inline), files: found.flatMap(({ files }) => files) };
}

async function examineConfig(file: string): Promise<Outcome> {
  const text = decode(await readFile(file));
  const yaml = text.ok ? parseYaml(text.value) : undefined;
  const { inline, files } = secretsIn(yaml?.ok === true ? yaml.value.raw : undefined);
  const open = [...(inline ? [file] : []), ...files.map((one) => resolve(dirname(file), one))].filter(
    (one) => existsSync(one) && (statSync(one).mode & readableByAll) !== 0,
  );
  if (open.length > 0)
    return failed(`holds secrets, and everybody may read ${list(open)}: chmod o-r ${open.join(" ")}`);
  return ok(inline || files.length > 0 ? "well; its secrets are not for everybody" : "well; it holds no secrets");
}

async function examineDatabase(url: string): Promise<Outcome> {
  const file = sqliteFile(url);
  if (file !== undefined && !existsSync(file)) return { skipped: `${file} is made by the first start` };
  const place = file ?? `${new URL(url).host}${new URL(url).pathname}`;
  const connection = connect(url);
  try {
    const started = performance.now();
    const pending = await pendingMigrations(connection);
    if (pending.length === 0) await readRecord(connection.db);
    const took = `answers in ${Math.round(performance.now() - started)} ms`;
    return ok(
      `${place} ${took}; ${pending.length === 0 ? "its tables are up to date" : `${count(pending.length, "migration")} will run at the next start: ${list(pending)}`}`,
    );
  } catch (thrown) {
    const password = file === undefined ? new URL(url).password : "";
    const reason = reasonOf(thrown);
    return failed(`${place}: ${password === "" ? reason : reason.replaceAll(password, "…")}`);
  } finally {
    await connection.close();
  }
}

async function examineFolder(dataDir: string): Promise<Outcome> {
  let there = dataDir;
  while (!existsSync(there)) there = dirname(there);
  await access(there, constants.W_OK);
  const { bavail, bsize } = await statfs(there);
  const free = bavail * bsize;
  const words = `${(free / 1e9).toFixed(1)} GB free`;
  if (free < leastSpace) return failed(`${words}; at least ${leastSpace / 1e6} MB should be`);
  return ok(there === dataDir ? words : `${words}; it is made by the first start`);
}

async function examineUrl(url: string, serverRuns: boolean, signal: AbortSignal): Promise<Outcome> {
  if (!serverRuns) return { skipped: "no server runs here that it could lead to" };
  const client = httpClient(`${url}/healthz`);
  const asked = await client.ask({ method: "GET", headers: {}, timeoutMs: 10 * second }, signal);
  client.close();
  if (asked.kind !== "answer") return failed(asked.because);
  const words = `answers ${asked.status} at /healthz`;
  return asked.status === 200 ? ok(words) : failed(`${words}; links in messages lead there (site.url)`);
}
