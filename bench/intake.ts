// Webhooks under load: one alert a request, on the disk before the 2xx, and correlated soon after; beside Alertmanager.
import { execFile, spawn } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { promisify } from "node:util";
import { findProgram } from "../test/peers/install.ts";
import { freePort } from "../test/peers/ngircd.ts";
import { inPairs, median, percentile, programOrLeave, report, rounded } from "./figures.ts";
import { ask, makeFolder, residentMb, startDesk, twentyComponents, type Running } from "./programs.ts";

const figure = "intake under load";
const target = { ratio: 2, correlated_within_ms: 1_000 };
const load = {
  connections: 64,
  seconds: Number(process.env["BENCH_SECONDS"] ?? 4),
  pairs: Number(process.env["BENCH_PAIRS"] ?? 5),
  alerts: 1_000,
};
const token = "bench-token-bench-token";

const wrk = programOrLeave(figure, findProgram("wrk", "wrk"));
const alertmanager = programOrLeave(figure, findProgram("prometheus-alertmanager", "prometheus-alertmanager"));

/** Alertmanager as Debian ships it: no cluster, one receiver that goes nowhere. */
async function startAlertmanager(program: string, folder: string): Promise<Running> {
  const port = await freePort();
  const file = join(folder, "alertmanager.yml");
  writeFileSync(file, "route: { receiver: nobody, group_by: [component] }\nreceivers: [{ name: nobody }]\n");
  mkdirSync(join(folder, "am"));
  const args = [`--config.file=${file}`, `--storage.path=${join(folder, "am")}`, `--web.listen-address=127.0.0.1:${port}`, "--cluster.listen-address=", "--log.level=error"]; // prettier-ignore
  const child = spawn(program, args, { stdio: "ignore" });
  const url = `http://127.0.0.1:${port}`;
  const ready = (): Promise<boolean> => ask(url, "GET", "/-/ready").then(({ status }) => status === 200, () => false); // prettier-ignore
  while (!(await ready())) {
    if (child.exitCode !== null) throw new Error("Alertmanager did not start");
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

/** A script for wrk: the same thousand alerts over and over, as senders repeat what still fires. */
function writeScript(file: string, path: string, headers: string, body: string): string {
  writeFileSync(
    file,
    `local n, requests = 0, {}
init = function(args)
  for i = 1, ${load.alerts} do
    local body = string.gsub(string.gsub([==[${body}]==], "NUMBER", tostring(i)), "PART", tostring(i % 20))
    requests[i] = wrk.format("POST", "${path}", { ["Content-Type"] = "application/json"${headers} }, body)
  end
end
request = function()
  n = n % ${load.alerts} + 1
  return requests[n]
end\n`,
  );
  return file;
}

type Run = { readonly rate: number; readonly p99: number };

async function run(url: string, script: string): Promise<Run> {
  const args = [
    "-t",
    "1",
    "-c",
    String(load.connections),
    "-d",
    `${load.seconds}s`,
    "--timeout",
    "20s",
    "--latency",
    "-s",
    script,
    url,
  ];
  const { stdout } = await promisify(execFile)(wrk, args);
  if (/Non-2xx|Socket errors/u.test(stdout)) throw new Error(stdout);
  const [, slow = "", unit = ""] = /99%\s+([\d.]+)(us|ms|s)/u.exec(stdout) ?? [];
  return {
    rate: Number(/Requests\/sec:\s+([\d.]+)/u.exec(stdout)?.[1]),
    p99: Number(slow) * ({ us: 0.001, ms: 1, s: 1_000 }[unit] ?? Number.NaN),
  };
}

using folder = makeFolder();
await using desk = await startDesk(
  folder.path,
  `components:\n${twentyComponents}\nsources:\n  - { id: hook, type: generic, token: ${token} }`,
);
await using peer = await startAlertmanager(alertmanager, folder.path);
const oursScript = writeScript(
  join(folder.path, "ours.lua"),
  "/hooks/hook",
  `, ["Authorization"] = "Bearer ${token}"`,
  '{"fingerprint":"build-NUMBER","status":"firing","summary":"Builds of project NUMBER fail","component":"part-PART","severity":"critical","kind":"failing","labels":{"project":"NUMBER"}}',
);
const peerScript = writeScript(
  join(folder.path, "peer.lua"),
  "/api/v2/alerts",
  "",
  '[{"labels":{"alertname":"BuildsFail","project":"NUMBER","component":"part-PART","severity":"critical"},"annotations":{"summary":"Builds of project NUMBER fail"}}]',
);

const database = new DatabaseSync(join(folder.path, "data", "tocsin.db"), { readOnly: true, timeout: 5_000 });
const lagOf = database.prepare("select done_at - received_at as lag from inbox where done_at is not null and id > ?");
const last = database.prepare("select coalesce(max(id), 0) as id from inbox");
const waiting = database.prepare("select count(*) as rows from inbox where status = 'new'");
const number = (row: Readonly<Record<string, unknown>> | undefined, column: string): number => Number(row?.[column]);

const slowest: number[] = [];
const peerSlowest: number[] = [];
const lags: number[] = [];
let drained = 0;

/** One run, and how far behind correlation was: each alert's own lag, and how long the rest took after the load ended. */
async function ours(): Promise<number> {
  const from = number(last.get(), "id");
  const { rate, p99 } = await run(desk.url, oursScript);
  const ended = performance.now();
  while (number(waiting.get(), "rows") > 0) await new Promise((resolve) => setTimeout(resolve, 20));
  drained = Math.max(drained, performance.now() - ended);
  for (const { lag } of lagOf.all(from)) lags.push(Number(lag));
  slowest.push(p99);
  return rate;
}

async function theirs(): Promise<number> {
  const { rate, p99 } = await run(peer.url, peerScript);
  peerSlowest.push(p99);
  return rate;
}

await ours();
lags.length = 0;
drained = 0;
const { ours: rate, peer: peerRate, ratio } = await inPairs(load.pairs, ours, theirs);
const answered = number(last.get(), "id");
database.close();
report(figure, {
  per_second: Math.round(rate),
  alertmanager_per_second: Math.round(peerRate),
  ratio,
  p99_ms: rounded(median(slowest)),
  alertmanager_p99_ms: rounded(median(peerSlowest)),
  correlated_after_ms: { p50: percentile(lags, 0.5), p99: percentile(lags, 0.99), worst: percentile(lags, 1) },
  drained_after_ms: Math.round(drained),
  rows_in_the_inbox: answered,
  rss_mb: rounded(residentMb(desk.pid), 1),
  target,
});
