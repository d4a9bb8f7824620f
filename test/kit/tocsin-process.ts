// Tocsin as its users run it: a process with a config file, a data folder, a port and a socket. Its clock is held, and it can be killed.
import { spawn, type ChildProcess } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { request } from "node:http";
import { connect, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";

const main = new URL("../../src/main.js", import.meta.url).pathname;

export type Answer = { readonly status: number; readonly body: string };
export type Ran = { readonly code: number; readonly out: string; readonly err: string };

export type TocsinProcess = AsyncDisposable & {
  readonly folder: string;
  readonly dataDir: string;
  readonly url: () => string;
  /** Starts it; `fault` is where it shall die, as NAME:TURN. Resolves when the page is up, or when it died on the way. */
  start(fault?: string): Promise<void>;
  readonly alive: () => boolean;
  /** kill -9. */
  kill(): Promise<void>;
  /** SIGTERM; the exit code. */
  stop(): Promise<number | null>;
  signal(name: "SIGHUP" | "SIGTERM"): void;
  /** Another config in its place, and SIGHUP; resolves when its log says what came of it. */
  reload(config: string): Promise<void>;
  /** Time goes by while it does not run. */
  pass(ms: number): void;
  /** Moves its clock. */
  advance(ms: number): Promise<void>;
  /** Steps its clock by a second at a time, until `check` holds. */
  until(what: string, check: () => Promise<boolean> | boolean, limitMs?: number): Promise<void>;
  get(path: string, headers?: Readonly<Record<string, string>>): Promise<Answer>;
  post(path: string, body: unknown, headers?: Readonly<Record<string, string>>): Promise<Answer>;
  /** Through the socket, as the CLI asks. */
  ask(method: "GET" | "POST", path: string, body?: unknown, actor?: string): Promise<Answer>;
  /** The real command line, in a process of its own. */
  cli(...args: readonly string[]): Promise<Ran>;
  /** Closes the other end of its stdout, as `| head` does. */
  deafen(): void;
  readonly output: () => string;
  readonly now: () => number;
};

type Target = { readonly host?: string; readonly port?: number; readonly socketPath?: string };

function ask(
  target: Target,
  method: string,
  path: string,
  body: string | Uint8Array | undefined,
  headers: Readonly<Record<string, string>>,
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const asking = request({ ...target, method, path, headers, agent: false, timeout: 20_000 }, (response) => {
      const chunks: Buffer[] = [];
      response.on("data", (chunk: Buffer) => chunks.push(chunk));
      response.on("end", () =>
        resolve({ status: response.statusCode ?? 0, body: Buffer.concat(chunks).toString("utf8") }),
      );
      response.on("error", reject);
    });
    asking.on("error", reject);
    asking.on("timeout", () => asking.destroy(new Error("no answer within 20 s")));
    asking.end(body);
  });
}

/** One turn for other processes to do their I/O. */
function breath(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 15));
}

/** One command line in a process of its own, and what came of it. */
export function runTocsin(
  args: readonly string[],
  where: { readonly env: NodeJS.ProcessEnv; readonly cwd?: string },
): Promise<Ran> {
  return new Promise((resolve) => {
    const ran = spawn(process.execPath, [main, ...args], { ...where, stdio: ["ignore", "pipe", "pipe"] });
    let out = "";
    let err = "";
    ran.stdout.setEncoding("utf8").on("data", (text: string) => (out += text));
    ran.stderr.setEncoding("utf8").on("data", (text: string) => (err += text));
    ran.once("close", (code) => resolve({ code: code ?? -1, out, err }));
  });
}

/** `config` is undefined for the demo: `tocsin start` in an empty folder, on `port`. */
export async function tocsinProcess(
  config: ((folder: string) => string) | undefined,
  startAt = Date.parse("2026-11-22T10:00:00Z"),
  port?: number,
  command: "serve" | "watch" = "serve",
): Promise<TocsinProcess> {
  const folder = mkdtempSync(join(tmpdir(), "tocsin-"));
  const dataDir = join(folder, "data");
  const configFile = join(folder, "tocsin.yaml");
  const clockSocket = join(folder, "clock.sock");
  const cache = join(tmpdir(), "tocsin-test-compile-cache");
  if (config !== undefined) writeFileSync(configFile, config(folder));
  let child: ChildProcess | undefined;
  let clock: Socket | undefined;
  let answers: ((line: string) => void)[] = [];
  let url = "";
  let output = "";
  let now = startAt;
  let turn = 0;

  const env = (more: Readonly<Record<string, string>>): NodeJS.ProcessEnv => ({
    PATH: process.env["PATH"],
    HOME: folder,
    NODE_COMPILE_CACHE: cache,
    ...(config === undefined ? {} : { TOCSIN_CONFIG: configFile, TOCSIN_WATCH_CONFIG: configFile }),
    ...(port === undefined ? {} : { PORT: String(port) }),
    TOCSIN_TEST: "1",
    NO_COLOR: "1",
    ...more,
  });

  const exited = (process: ChildProcess): Promise<number | null> =>
    process.exitCode !== null || process.signalCode !== null
      ? Promise.resolve(process.exitCode)
      : new Promise((resolve) => process.once("exit", (code) => resolve(code)));

  async function holdClock(path: string): Promise<void> {
    clock = await new Promise<Socket>((resolve, reject) => {
      const socket = connect(path, () => resolve(socket));
      socket.once("error", reject);
    });
    const drop = (): void => {
      for (const answer of answers) answer("gone");
      answers = [];
    };
    clock.on("close", drop).on("error", drop);
    // Its death is told by its exit; here it is only a line that breaks.
    createInterface({ input: clock })
      .on("line", (line) => answers.shift()?.(line))
      .on("error", drop);
  }

  const self: TocsinProcess = {
    folder,
    dataDir,
    url: () => url,
    output: () => output,
    now: () => now,
    alive: () => child !== undefined && child.exitCode === null && child.signalCode === null,
    async start(fault) {
      turn += 1;
      const path = `${clockSocket}.${turn}`;
      const more = { TOCSIN_CLOCK: `${path}@${now}`, ...(fault === undefined ? {} : { TOCSIN_FAULT: fault }) };
      const started = spawn(process.execPath, [main, config === undefined ? "start" : command, "--data", dataDir], {
        env: env(more),
        cwd: folder,
        stdio: ["ignore", "pipe", "pipe"],
      });
      child = started;
      started.stderr.setEncoding("utf8").on("data", (text: string) => (output += text));
      const up = new Promise<string | undefined>((resolve) => {
        createInterface({ input: started.stdout }).on("line", (line) => {
          output += `${line}\n`;
          const found = /(?:status page(?: is at)?|watching) +(\S+?)\/?$/.exec(line)?.[1];
          if (found !== undefined) resolve(found);
        });
        started.once("exit", () => resolve(undefined));
      });
      const found = await up;
      if (found === undefined) {
        if (fault === undefined) throw new Error(`tocsin did not start:\n${output}`);
        return;
      }
      url = found;
      await holdClock(path).catch(() => {});
    },
    deafen: () => void child?.stdout?.destroy(),
    async kill() {
      const dying = child;
      if (dying === undefined) return;
      dying.kill("SIGKILL");
      await exited(dying);
    },
    async stop() {
      const stopping = child;
      if (stopping === undefined) return null;
      stopping.kill("SIGTERM");
      return exited(stopping);
    },
    signal: (name) => void child?.kill(name),
    async reload(text) {
      writeFileSync(configFile, text);
      const from = output.length;
      child?.kill("SIGHUP");
      await self.until("it has reloaded", () => /config was (not )?reloaded/u.test(output.slice(from)));
    },
    pass: (ms) => void (now += ms),
    async advance(ms) {
      if (!self.alive() || clock === undefined || clock.destroyed) return;
      const said = new Promise<string>((resolve, reject) => {
        const late = setTimeout(() => reject(new Error(`its clock does not answer:\n${output.slice(-2_000)}`)), 60_000);
        answers.push((line) => {
          clearTimeout(late);
          resolve(line);
        });
      });
      clock.write(`advance ${ms}\n`);
      const line = await said;
      if (line.startsWith("ok ")) now = Number(line.slice(3));
    },
    async until(what, check, limitMs = 20_000) {
      const limit = performance.now() + limitMs;
      while (!(await check())) {
        if (performance.now() > limit) throw new Error(`not within ${limitMs} ms: ${what}\n${output.slice(-3_000)}`);
        await self.advance(1_000);
        await breath();
      }
    },
    get: (path, headers = {}) => ask(addressOf(url), "GET", path, undefined, headers),
    post: (path, body, headers = {}) => {
      const text = typeof body === "string" || body instanceof Uint8Array ? body : JSON.stringify(body);
      return ask(addressOf(url), "POST", path, text, { "Content-Type": "application/json", ...headers });
    },
    ask: (method, path, body, actor = "user:alice") => {
      const text = body === undefined ? undefined : JSON.stringify(body);
      const headers = {
        "X-Tocsin-Actor": actor,
        ...(text === undefined ? {} : { "Content-Type": "application/json" }),
      };
      return ask({ socketPath: join(dataDir, "tocsin.sock") }, method, path, text, headers);
    },
    cli: (...args) => runTocsin(["--data", dataDir, ...args], { env: env({ COLUMNS: "200" }), cwd: folder }),
    async [Symbol.asyncDispose]() {
      await self.kill();
      clock?.destroy();
      rmSync(folder, { recursive: true, force: true });
    },
  };
  return self;
}

function addressOf(url: string): Target {
  const parsed = new URL(url);
  return { host: parsed.hostname, port: Number(parsed.port) };
}
