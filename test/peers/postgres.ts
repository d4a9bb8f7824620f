// Real PostgreSQL for tests: one private cluster for the whole run (started in global-setup.ts), an empty database per test.
import { spawn, spawnSync, type ChildProcess } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { chmodSync, chownSync, mkdirSync, mkdtempSync, realpathSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { Client, Pool } from "pg";
import { findProgram } from "./install.ts";

export type Row = Readonly<Record<string, unknown>>;

export type Database = {
  readonly url: string;
  query(sql: string, params?: readonly unknown[]): Promise<readonly Row[]>;
  [Symbol.asyncDispose](): Promise<void>;
};

export type Postgres = {
  /** Of its `postgres` database, as superuser, over TCP on loopback. */
  readonly url: string;
  readonly port: number;
  readonly folder: string;
  /** At once, as in a crash, or `fast`: with a goodbye to its clients. The data stays. */
  stop(how?: "immediate" | "fast"): Promise<void>;
  /** After `stop`: again on the same port, with the same data. */
  start(): Promise<void>;
  /** Stops it and removes its folder. */
  [Symbol.asyncDispose](): Promise<void>;
};

/** global-setup.ts says so to the test workers; a person says it to use a server of their own (a superuser's URL). */
export const postgresUrlVariable = "TOCSIN_TEST_POSTGRES";
export const postgresMissingVariable = "TOCSIN_TEST_POSTGRES_MISSING";

/** Why tests on PostgreSQL must be skipped, for `describe.skipIf(postgresMissing)`; undefined where it is there. */
export const postgresMissing: string | undefined = process.env[postgresMissingVariable];

/** A new empty database; dropped at the end of the `await using` scope, whoever is still connected. */
export async function freshDatabase(server = process.env[postgresUrlVariable]): Promise<Database> {
  if (server === undefined) throw new Error(postgresMissing ?? "no shared PostgreSQL: run this under vitest");
  const name = `t_${randomBytes(8).toString("hex")}`;
  await ask(server, `CREATE DATABASE ${name} TEMPLATE template0`);
  const url = new URL(server);
  url.pathname = `/${name}`;
  const pool = new Pool({ connectionString: url.href, max: 4, idleTimeoutMillis: 0 });
  pool.on("error", () => undefined); // a test may crash the server under us
  return {
    url: url.href,
    query: async (sql, params = []) => (await pool.query<Row>(sql, [...params])).rows,
    [Symbol.asyncDispose]: async () => {
      await pool.end();
      await ask(server, `DROP DATABASE IF EXISTS ${name} WITH (FORCE)`);
    },
  };
}

async function ask(url: string, sql: string): Promise<void> {
  const client = new Client({ connectionString: url, connectionTimeoutMillis: 20_000 });
  client.on("error", () => undefined);
  await client.connect();
  try {
    await client.query(sql);
  } finally {
    await client.end();
  }
}

const asRoot = process.getuid?.() === 0;

/** PostgreSQL refuses to run as root. Where setpriv is, the server also dies with us, should we be killed before teardown. */
function command(program: string, args: readonly string[], dieWithUs: boolean): readonly [string, readonly string[]] {
  const user = asRoot ? ["--reuid=postgres", "--regid=postgres", "--init-groups"] : [];
  const bond = dieWithUs && hasSetpriv() ? ["--pdeathsig", "QUIT"] : [];
  return user.length + bond.length === 0 ? [program, args] : ["setpriv", [...user, ...bond, program, ...args]];
}

let setprivFound: boolean | undefined;
function hasSetpriv(): boolean {
  setprivFound ??= (spawnSync("setpriv", ["--help"], { encoding: "utf8" }).stdout ?? "").includes("--pdeathsig");
  return setprivFound;
}

function userId(flag: "-u" | "-g"): number {
  return Number(spawnSync("id", [flag, "postgres"], { encoding: "utf8" }).stdout.trim());
}

async function freePort(): Promise<number> {
  const server = createServer();
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  server.close();
  await once(server, "close");
  if (address === null || typeof address === "string") throw new Error("no free port");
  return address.port;
}

function initialise(initdb: string, folder: string, data: string): void {
  if (asRoot) {
    const [uid, gid] = [userId("-u"), userId("-g")];
    for (const path of [folder, data]) chownSync(path, uid, gid);
  }
  const args = ["-D", data, "-U", "postgres", "--auth=trust", "--encoding=UTF8", "--locale=C", "--no-sync"];
  const [program, all] = command(initdb, args, false);
  const made = spawnSync(program, all, { encoding: "utf8", cwd: folder });
  if (made.status !== 0) throw new Error(`initdb failed: ${made.error?.message ?? made.stderr}`);
}

/** A private cluster in a temporary folder. Throws with the reason where PostgreSQL is missing. */
export async function startPostgres(
  options: { port?: number; folder?: string; durable?: boolean } = {},
): Promise<Postgres> {
  const found = findProgram("initdb", "postgresql");
  if ("missing" in found) throw new Error(found.missing);
  const bin = dirname(realpathSync(found.path));
  const folder = options.folder ?? mkdtempSync(join(tmpdir(), "tocsin-pg-"));
  const data = join(folder, "data");
  mkdirSync(data, { recursive: true, mode: 0o700 });
  chmodSync(folder, 0o700);
  initialise(join(bin, "initdb"), folder, data);
  const port = options.port ?? (await freePort());
  const url = `postgres://postgres@127.0.0.1:${port}/postgres`;
  let running: ChildProcess | undefined;
  const start = async (): Promise<void> => {
    running ??= await launch(join(bin, "postgres"), { folder, data, port, url, durable: options.durable === true });
  };
  const stop = async (how: "immediate" | "fast" = "immediate"): Promise<void> => {
    const child = running;
    running = undefined;
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    child.ref();
    const gone = once(child, "exit");
    // https://www.postgresql.org/docs/current/server-shutdown.html
    child.kill(how === "fast" ? "SIGINT" : "SIGQUIT");
    await gone;
  };
  const dispose = async (): Promise<void> => {
    await stop();
    rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
  };
  try {
    await start();
  } catch (error) {
    await dispose();
    throw error;
  }
  return { url, port, folder, start, stop, [Symbol.asyncDispose]: dispose };
}

type Place = {
  readonly folder: string;
  readonly data: string;
  readonly port: number;
  readonly url: string;
  /** Waits for the disk at each commit: for figures. */
  readonly durable: boolean;
};

async function launch(postgres: string, place: Place): Promise<ChildProcess> {
  const settings = {
    port: place.port,
    listen_addresses: "127.0.0.1",
    unix_socket_directories: place.folder,
    max_connections: 200,
    // Commits still reach the kernel: a crash of the server loses nothing.
    fsync: place.durable ? "on" : "off",
    full_page_writes: place.durable ? "on" : "off",
  };
  const args = ["-D", place.data, ...Object.entries(settings).flatMap(([key, value]) => ["-c", `${key}=${value}`])];
  const [program, all] = command(postgres, args, true);
  const child = spawn(program, all, { cwd: place.folder, stdio: ["ignore", "ignore", "pipe"] });
  let said = "";
  child.stderr.setEncoding("utf8").on("data", (text: string) => (said = (said + text).slice(-4_000)));
  let gone: string | undefined;
  child.on("error", (error) => (gone = error.message));
  child.on("exit", (code, signal) => (gone ??= `it ended with ${signal ?? code ?? "nothing"}`));
  for (let turn = 0; turn < 300; turn++) {
    if (gone !== undefined) throw new Error(`PostgreSQL did not start: ${gone}\n${said}`);
    try {
      await ask(place.url, "SELECT 1");
      child.unref();
      return child;
    } catch {
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }
  child.kill("SIGQUIT");
  throw new Error(`PostgreSQL did not answer within 30 s\n${said}`);
}
