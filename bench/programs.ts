// The programs that are measured: the real `serve`, and its peers; each in a process and a folder of its own.
import { spawn, type ChildProcess } from "node:child_process";
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { request } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";

const main = new URL("../src/main.js", import.meta.url).pathname;

export type Running = AsyncDisposable & { readonly pid: number; readonly url: string };

export type Folder = Disposable & { readonly path: string };

export function makeFolder(): Folder {
  const path = mkdtempSync(join(tmpdir(), "tocsin-bench-"));
  // nginx's worker is another user.
  chmodSync(path, 0o755);
  return { path, [Symbol.dispose]: () => rmSync(path, { recursive: true, force: true }) };
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exited = new Promise((resolve) => child.once("exit", resolve));
  child.kill("SIGTERM");
  await exited;
}

/** Runs a program until it has printed the address of its page. */
export async function runProgram(
  args: readonly string[],
  env: NodeJS.ProcessEnv = process.env,
  program = process.execPath,
): Promise<Running> {
  const child = spawn(program, [...args], { env, stdio: ["ignore", "pipe", "pipe"] });
  let said = "";
  child.stderr.setEncoding("utf8").on("data", (text: string) => (said += text));
  const url = await new Promise<string>((resolve, reject) => {
    createInterface({ input: child.stdout }).on("line", (line) => {
      said += `${line}\n`;
      const found = /(http:\/\/\S+?)\/?$/u.exec(line)?.[1];
      if (found !== undefined) resolve(found);
    });
    child.once("error", reject);
    child.once("exit", () => reject(new Error(`${args.join(" ")} did not start:\n${said}`)));
  });
  return { pid: child.pid ?? 0, url, [Symbol.asyncDispose]: () => end(child) };
}

/** So many components in four groups, as a CI service has. */
export function componentsOf(count: number): string {
  const lines = Array.from(
    { length: count },
    (_, i) => `  - { id: part-${i}, name: "Component ${i + 1}", group: "Group ${(i % 4) + 1}" }`,
  );
  return lines.join("\n");
}

export const twentyComponents: string = componentsOf(20);

export type Desk = Running & {
  readonly folder: string;
  ask(method: "GET" | "POST", path: string, body?: object): Promise<Answer>;
};

/** `config` is the YAML after `site` and `server`. */
export function writeConfig(folder: string, config: string): string {
  const file = join(folder, "tocsin.yaml");
  const head = 'site: { name: Packit, url: "https://status.example.org", time_zone: Europe/Prague }';
  writeFileSync(file, `${head}\nserver: { port: 0 }\n${config}\n`);
  return file;
}

export function serveArguments(folder: string, config: string): readonly string[] {
  return ["--max-semi-space-size=2", main, "serve", "--config", config, "--data", join(folder, "data")];
}

/** The real program, with a config of its own on SQLite. */
export async function startDesk(folder: string, config: string): Promise<Desk> {
  const running = await runProgram(serveArguments(folder, writeConfig(folder, config)));
  return {
    ...running,
    folder,
    ask: (method, path, body) => ask({ socketPath: join(folder, "data", "tocsin.sock") }, method, path, body),
  };
}

/** One published incident with two updates, so that the page is as it is on a bad day. */
export async function publishIncident(desk: Desk): Promise<void> {
  const opened = await desk.ask("POST", "/api/v1/incidents", {
    title: "Copr builds fail",
    impact: { "part-3": "major_outage", "part-7": "degraded_performance" },
    scope: "Builds in Copr end with an error before they begin.",
    affected: "Pull requests that build in Copr",
    not_affected: "Koji builds and tests of finished builds",
    alternatives: ["Build locally: `packit build locally`", "Build in Koji: `packit build in-koji`"],
    retrigger: "yes: comment `/packit build` when this is over",
    eta: "unknown",
    publish: true,
  });
  if (opened.status !== 201) throw new Error(`the incident was not opened: ${opened.body.toString()}`);
  const text = "Copr's storage is full; its admins add disks. Queued builds are kept and run afterwards.";
  for (const phase of ["identified", "monitoring"])
    await desk.ask("POST", "/api/v1/incidents/1/update", { text, phase });
}

export type Answer = {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  /** As it came: still compressed. */
  readonly body: Buffer;
};

type Target = { readonly socketPath: string } | { readonly host: string; readonly port: number };

export function ask(
  to: Target | string,
  method: string,
  path: string,
  body?: object,
  headers: Readonly<Record<string, string>> = {},
): Promise<Answer> {
  const target = typeof to === "string" ? { host: new URL(to).hostname, port: Number(new URL(to).port) } : to;
  const text = body === undefined ? undefined : JSON.stringify(body);
  const json = text === undefined ? {} : { "Content-Type": "application/json" };
  const asked = { ...target, method, path, agent: false, headers: { "X-Tocsin-Actor": "user:bench", ...json, ...headers } }; // prettier-ignore
  return new Promise((resolve, reject) => {
    const asking = request(asked, (response) => {
      const chunks: Buffer[] = [];
      response.on("data", (chunk: Buffer) => chunks.push(chunk));
      response.on("end", () =>
        resolve({
          status: response.statusCode ?? 0,
          headers: Object.fromEntries(
            Object.entries(response.headers).flatMap(([name, value]) =>
              typeof value === "string" ? [[name, value]] : [],
            ),
          ),
          body: Buffer.concat(chunks),
        }),
      );
      response.on("error", reject);
    });
    asking.on("error", reject);
    asking.end(text);
  });
}

/** Resident memory in MB, from /proc: Linux only. */
export function residentMb(pid: number): number {
  const kb = /^VmRSS:\s+(\d+) kB$/mu.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1];
  return Number(kb) / 1024;
}
