// One of several `serve` on one PostgreSQL, by the real clock: killed, stopped and woken, its clock put wrong.
import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { request } from "node:http";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";

const main = new URL("../../src/main.js", import.meta.url).pathname;

export type Ready = {
  readonly status: string;
  readonly database: string;
  readonly migrations: string;
  readonly clock: string;
  readonly engine: string;
  readonly hung_loops: readonly string[];
};

type Answer = { readonly status: number; readonly body: string };

export type Replica = AsyncDisposable & {
  readonly name: string;
  readonly output: () => string;
  readonly alive: () => boolean;
  /** Resolves when it serves. */
  start(): Promise<void>;
  /** kill -9. */
  kill(): Promise<void>;
  /** SIGTERM; the exit code. */
  stop(): Promise<number | null>;
  signal(name: "SIGSTOP" | "SIGCONT" | "SIGTERM"): void;
  /** How wrong its clock is from now on. */
  setClock(offMs: number): Promise<void>;
  /** Rejects when nothing answers within `patienceMs`. */
  ask(method: "GET" | "POST", path: string, body?: object, patienceMs?: number): Promise<Answer>;
  ready(): Promise<Ready>;
};

export type ReplicaOptions = {
  readonly config: string;
  readonly token: string;
  /** More arguments for `serve`. */
  readonly flags?: readonly string[];
  /** How long a lease holds; the usual 30 s when not given. */
  readonly leaseMs?: number | undefined;
};

/** Not started yet. */
export function makeReplica(name: string, { config, token, flags = [], leaseMs }: ReplicaOptions): Replica {
  const folder = mkdtempSync(join(tmpdir(), "tocsin-"));
  writeFileSync(join(folder, "tocsin.yaml"), config);
  let child: ChildProcess | undefined;
  let output = "";
  let port = 0;
  let turn = 0;

  const alive = (): boolean => child !== undefined && child.exitCode === null && child.signalCode === null;
  async function end(signal: "SIGKILL" | "SIGTERM"): Promise<number | null> {
    const ending = child;
    if (ending === undefined || !alive()) return ending?.exitCode ?? null;
    const gone = once(ending, "exit");
    ending.kill(signal);
    await gone;
    return ending.exitCode;
  }

  const self: Replica = {
    name,
    output: () => output,
    alive,
    async start() {
      turn += 1;
      const started = spawn(process.execPath, [main, "serve", ...flags, "--data", join(folder, "data")], {
        env: {
          PATH: process.env["PATH"],
          HOME: folder,
          NODE_COMPILE_CACHE: join(tmpdir(), "tocsin-test-compile-cache"),
          TOCSIN_CONFIG: join(folder, "tocsin.yaml"),
          TOCSIN_TEST: "1",
          TOCSIN_CLOCK: `${folder}/clock.${turn}@+0`,
          ...(leaseMs === undefined ? {} : { TOCSIN_LEASE_MS: String(leaseMs) }),
        },
        cwd: folder,
        stdio: ["ignore", "pipe", "pipe"],
      });
      child = started;
      started.stderr.setEncoding("utf8").on("data", (text: string) => (output += text));
      const url = await new Promise<string>((resolve, reject) => {
        createInterface({ input: started.stdout }).on("line", (line) => {
          const found = /status page is at (\S+)/u.exec(line)?.[1];
          if (found !== undefined) resolve(found);
        });
        started.once("exit", (code) => reject(new Error(`${name} ended with ${code}:\n${output.slice(-3_000)}`)));
      });
      port = Number(new URL(url).port);
    },
    kill: async () => void (await end("SIGKILL")),
    stop: () => end("SIGTERM"),
    signal: (signal) => void child?.kill(signal),
    async setClock(offMs) {
      const socket = connect(`${folder}/clock.${turn}`);
      socket.write(`off ${offMs}\n`);
      await once(socket, "data");
      socket.destroy();
    },
    ask: (method, path, body, patienceMs = 15_000) =>
      new Promise((resolve, reject) => {
        const headers = { Authorization: `Bearer ${token}`, "Content-Type": "application/json" };
        const asking = request({ host: "127.0.0.1", port, method, path, headers, agent: false }, (response) => {
          let text = "";
          response.setEncoding("utf8").on("data", (more: string) => (text += more));
          response.on("end", () => resolve({ status: response.statusCode ?? 0, body: text }));
          response.on("error", reject);
        });
        const late = setTimeout(() => asking.destroy(new Error(`${name}: no answer in ${patienceMs} ms`)), patienceMs);
        asking.on("error", (error) => {
          if (alive()) reject(error);
          else reject(new Error(`${name} is dead: ${error.message}\n${output.slice(-2_000)}`));
        });
        asking.on("close", () => clearTimeout(late));
        asking.end(body === undefined ? undefined : JSON.stringify(body));
      }),
    ready: async () => JSON.parse((await self.ask("GET", "/readyz")).body) as Ready,
    async [Symbol.asyncDispose]() {
      child?.kill("SIGCONT");
      await end("SIGKILL");
      rmSync(folder, { recursive: true, force: true });
    },
  };
  return self;
}

/** Looks again and again, in real time, until it holds. */
export async function eventually(
  what: () => string,
  check: () => Promise<boolean> | boolean,
  limitMs: number,
): Promise<void> {
  const limit = performance.now() + limitMs;
  while (!(await check())) {
    if (performance.now() > limit) throw new Error(`not within ${limitMs} ms: ${what()}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
