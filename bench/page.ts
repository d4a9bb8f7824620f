// The status page under load, beside one nginx worker that serves the very same bytes with the very same headers.
import { execFile, spawn } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { freePort } from "../test/peers/ngircd.ts";
import { findProgram } from "../test/peers/install.ts";
import { inPairs, median, programOrLeave, report, rounded } from "./figures.ts";
import {
  ask,
  makeFolder,
  publishIncident,
  startDesk,
  twentyComponents,
  type Answer,
  type Running,
} from "./programs.ts";

const figure = "status page under load";
const target = { page: 0.65, notModified: 0.45 };
const load = { connections: 64, seconds: Number(process.env["BENCH_SECONDS"] ?? 4), pairs: 5 };
/** What a browser sends. */
const browser = { "Accept-Encoding": "gzip, deflate, br, zstd" };

const wrk = programOrLeave(figure, findProgram("wrk", "wrk"));
const nginx = programOrLeave(figure, findProgram("nginx", "nginx-light"));

/** Headers that nginx makes by itself, or that belong to one connection. */
const ownOfNginx = ["content-length", "content-type", "date", "etag", "connection", "keep-alive", "transfer-encoding"];

/** The bytes lie compressed in a file; nothing is left for nginx to do but to send them. */
async function startNginx(program: string, folder: string, page: Answer): Promise<Running> {
  const port = await freePort();
  writeFileSync(join(folder, "page"), page.body);
  const headers = Object.entries(page.headers).filter(([name]) => !ownOfNginx.includes(name));
  const file = join(folder, "nginx.conf");
  writeFileSync(
    file,
    `daemon off; master_process on; worker_processes 1; pid ${folder}/nginx.pid; error_log ${folder}/nginx.log;
    events { worker_connections 1024; }
    http {
      access_log off; sendfile on; tcp_nopush on; etag on; open_file_cache max=10 inactive=1h; keepalive_requests 100000000; keepalive_timeout 65s;
      server {
        listen 127.0.0.1:${port};
        root ${folder};
        location = /page {
          types { } default_type "${page.headers["content-type"] ?? ""}";
          ${headers.map(([name, value]) => `add_header ${name} ${JSON.stringify(value)};`).join("\n")}
        }
      }
    }`,
  );
  const child = spawn(program, ["-c", file], { stdio: "ignore" });
  const url = `http://127.0.0.1:${port}/page`;
  while (!(await ask(url, "GET", "/page").catch(() => undefined))) {
    if (child.exitCode !== null) throw new Error("nginx did not start");
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  const ended = new Promise((resolve) => child.once("exit", resolve));
  return {
    pid: child.pid ?? 0,
    url,
    [Symbol.asyncDispose]: async () => {
      child.kill("SIGTERM");
      await ended;
    },
  };
}

/** Processor time of a process and its children (nginx's worker), in microseconds: on a busy machine it tells more than the rate. */
function cpuMicroseconds(pid: number): number {
  const children = readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8").split(" ").filter((each) => each !== ""); // prettier-ignore
  return [String(pid), ...children].reduce((sum, each) => {
    const fields = readFileSync(`/proc/${each}/stat`, "utf8").split(") ")[1]?.split(" ") ?? [];
    return sum + (Number(fields[11]) + Number(fields[12])) * 10_000;
  }, 0);
}

async function requestsPerSecond(
  program: string,
  url: string,
  headers: Readonly<Record<string, string>>,
): Promise<number> {
  const asked = Object.entries(headers).flatMap(([name, value]) => ["-H", `${name}: ${value}`]);
  const args = ["-t", "1", "-c", String(load.connections), "-d", `${load.seconds}s`, ...asked, url];
  const { stdout } = await promisify(execFile)(program, args);
  if (/Non-2xx|Socket errors/u.test(stdout)) throw new Error(stdout);
  return Math.round(Number(/Requests\/sec:\s+([\d.]+)/u.exec(stdout)?.[1]));
}

using folder = makeFolder();
await using desk = await startDesk(folder.path, `components:\n${twentyComponents}`);
await publishIncident(desk);
const page = await ask(desk.url, "GET", "/", undefined, browser);
if (page.status !== 200) throw new Error(`the page answers ${page.status}`);
await using peer = await startNginx(nginx, folder.path, page);
const same = await ask(peer.url, "GET", "/page", undefined, browser);
if (!same.body.equals(page.body) || same.headers["content-encoding"] !== page.headers["content-encoding"])
  throw new Error("nginx does not serve the same bytes");

type Server = Pick<Running, "pid" | "url">;
const cpu = new Map<string, number[]>();

async function measured(what: string, server: Server, headers: Readonly<Record<string, string>>): Promise<number> {
  const before = cpuMicroseconds(server.pid);
  const rate = await requestsPerSecond(wrk, server.url, headers);
  const each = (cpuMicroseconds(server.pid) - before) / (rate * load.seconds);
  cpu.set(what, [...(cpu.get(what) ?? []), each]);
  return rate;
}

const full = (what: string, server: Server): Promise<number> => measured(`${what} 200`, server, browser);

/** Ours renews the page every 20 s, for its "as of": a run across that moment mixes 304s with 200s, and is taken again. */
async function unchanged(what: string, server: Server): Promise<number> {
  const tag = async (): Promise<string> =>
    (await ask(server.url, "GET", new URL(server.url).pathname, undefined, browser)).headers["etag"] ?? "";
  for (;;) {
    const before = await tag();
    const rate = await measured(`${what} 304`, server, { ...browser, "If-None-Match": before });
    if ((await tag()) === before) return rate;
    cpu.get(`${what} 304`)?.pop();
  }
}

const ours = { pid: desk.pid, url: `${desk.url}/` };
await full("warm-up", ours);
const whole = await inPairs(load.pairs, () => full("ours", ours), () => full("nginx", peer)); // prettier-ignore
const tagged = await inPairs(load.pairs, () => unchanged("ours", ours), () => unchanged("nginx", peer)); // prettier-ignore
const spent = (what: string): number => rounded(median(cpu.get(what) ?? []), 1);
report(figure, {
  bytes: page.body.length,
  encoding: page.headers["content-encoding"],
  per_second: whole.ours,
  nginx_per_second: whole.peer,
  ratio: whole.ratio,
  target: target.page,
  not_modified_per_second: tagged.ours,
  nginx_not_modified_per_second: tagged.peer,
  not_modified_ratio: tagged.ratio,
  not_modified_target: target.notModified,
  cpu_us_each: { ours: spent("ours 200"), nginx: spent("nginx 200") },
  cpu_us_each_not_modified: { ours: spent("ours 304"), nginx: spent("nginx 304") },
});
