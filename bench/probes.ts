// A thousand HTTP probes every 20 s on loopback: what they cost the real `serve`, and a bare node:http loop that asks the same.
import { fork, type ChildProcess } from "node:child_process";
import { readFileSync } from "node:fs";
import { percentile, report, rounded } from "./figures.ts";
import { ask, makeFolder, residentMb, startDesk } from "./programs.ts";

const figure = "1,000 HTTP probes every 20 s";
const target = { cpuPercent: 5, rssMb: 140, pageP99Ms: 25 };
const probes = 1_000;
const everyMs = 20_000;
const measuredMs = Number(process.env["BENCH_SECONDS"] ?? 60) * 1_000;

const probed = new URL("./bare/probed.ts", import.meta.url).pathname;
const probeLoop = new URL("./bare/probe-loop.ts", import.meta.url).pathname;

/** Processor time of a process so far, in milliseconds. */
function cpuMs(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, "utf8").split(") ")[1]?.split(" ") ?? [];
  return (Number(fields[11]) + Number(fields[12])) * 10;
}

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** Starts one of the small programs, and waits for its first word. */
async function start(program: string, ...args: readonly string[]): Promise<{ child: ChildProcess; word: unknown }> {
  const child = fork(program, args);
  const word = await new Promise((resolve, reject) => {
    child.once("message", resolve);
    child.once("exit", () => reject(new Error(`${program} did not start`)));
  });
  return { child, word };
}

/** Percent of a core, and the page meanwhile, asked once in 50 ms. */
async function measured(pid: number, page?: string): Promise<{ cpu: number; p99: number }> {
  const before = cpuMs(pid);
  const started = performance.now();
  const took: number[] = [];
  while (performance.now() - started < measuredMs) {
    const asked = performance.now();
    if (page !== undefined) await ask(page, "GET", "/");
    took.push(performance.now() - asked);
    await pause(50);
  }
  return { cpu: ((cpuMs(pid) - before) / (performance.now() - started)) * 100, p99: percentile(took, 0.99) };
}

const service = await start(probed);
const port = Number(service.word);
using folder = makeFolder();
const sources = Array.from(
  { length: probes },
  (_, n) =>
    `  - { id: p${n}, type: http-probe, component: part-${n % 20}, url: "http://127.0.0.1:${port}/${n}", every: 20s }`,
);
const components = Array.from({ length: 20 }, (_, n) => `  - { id: part-${n}, name: "Part ${n}" }`);
const config = `components:\n${components.join("\n")}\nsources:\n${sources.join("\n")}`;
await using desk = await startDesk(folder.path, config);
// Every probe has looked twice, and what a start costs is over.
await pause(2 * everyMs + 5_000);
const busy = await measured(desk.pid, desk.url);
const rss = residentMb(desk.pid);
const pageAlone = await measured(desk.pid);
const loop = await start(probeLoop, String(port), String(probes), String(everyMs));
await pause(everyMs);
const peer = await measured(loop.child.pid ?? 0);
const bareRss = residentMb(loop.child.pid ?? 0);
loop.child.kill();
service.child.kill();

report(figure, {
  cpu_percent: rounded(pageAlone.cpu, 1),
  cpu_percent_with_page: rounded(busy.cpu, 1),
  cpu_target: target.cpuPercent,
  rss_mb: rounded(rss, 0),
  rss_target: target.rssMb,
  page_p99_ms: rounded(busy.p99, 1),
  page_target_ms: target.pageP99Ms,
  bare_cpu_percent: rounded(peer.cpu, 1),
  bare_rss_mb: rounded(bareRss, 0),
  ratio: rounded(pageAlone.cpu / peer.cpu, 2),
});
