// Alertmanager's own API, spoken by Tocsin and by Alertmanager: fifty alerts a request, on the disk before the 2xx here and
// in memory there; then ten thousand active alerts: memory, and how long it takes to get them all.
import { execFile } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { promisify } from "node:util";
import { startAlertmanager } from "../test/peers/alertmanager.ts";
import { findProgram } from "../test/peers/install.ts";
import { inPairs, median, programOrLeave, report, rounded } from "./figures.ts";
import { ask, makeFolder, residentMb, startDesk, twentyComponents } from "./programs.ts";

const figure = "alertmanager api";
const target = { ratio: 2, rss_mb: 150, get_all_s: 0.3 };
const load = {
  connections: 16,
  seconds: Number(process.env["BENCH_SECONDS"] ?? 4),
  pairs: Number(process.env["BENCH_PAIRS"] ?? 5),
  requests: 200,
  alerts: 50,
};
const all = load.requests * load.alerts;
const token = "bench-token-bench-token";

const wrk = programOrLeave(figure, findProgram("wrk", "wrk"));
programOrLeave(figure, findProgram("prometheus-alertmanager", "prometheus-alertmanager"));

/** Ten thousand alerts over and over, as Prometheus says again each minute what still fires. */
function writeScript(file: string, path: string, headers: string): string {
  const alert = `{"labels":{"alertname":"BuildsFail","project":"p%d","component":"part-%d","severity":"critical","instance":"worker-%d.example.org:9090"},"annotations":{"summary":"Builds of project %d fail"},"generatorURL":"http://prometheus.example.org:9090/graph?g0.expr=failed"}`;
  writeFileSync(
    file,
    `local n, requests = 0, {}
init = function(args)
  for i = 1, ${load.requests} do
    local alerts = {}
    for j = 1, ${load.alerts} do
      local id = (i - 1) * ${load.alerts} + j
      alerts[j] = string.format([==[${alert}]==], id, id % 20, id % 7, id)
    end
    local body = "[" .. table.concat(alerts, ",") .. "]"
    requests[i] = wrk.format("POST", "${path}", { ["Content-Type"] = "application/json"${headers} }, body)
  end
end
request = function()
  n = n % ${load.requests} + 1
  return requests[n]
end\n`,
  );
  return file;
}

/** Alerts a second. */
async function run(url: string, script: string): Promise<number> {
  const args = ["-t", "1", "-c", String(load.connections), "-d", `${load.seconds}s`, "--timeout", "20s", "-s", script, url]; // prettier-ignore
  const { stdout } = await promisify(execFile)(wrk, args);
  if (/Non-2xx|Socket errors/u.test(stdout)) throw new Error(stdout);
  return Number(/Requests\/sec:\s+([\d.]+)/u.exec(stdout)?.[1]) * load.alerts;
}

/** Seconds until the last byte of all active alerts is here. */
async function getAll(url: string, path: string, headers: Readonly<Record<string, string>>): Promise<number> {
  const times: number[] = [];
  for (let turn = 0; turn < 5; turn++) {
    const started = performance.now();
    const { status, body } = await ask(url, "GET", path, undefined, headers);
    times.push((performance.now() - started) / 1_000);
    const found: unknown = JSON.parse(body.toString());
    if (status !== 200 || !Array.isArray(found) || found.length !== all)
      throw new Error(`${path}: ${status}, ${Array.isArray(found) ? found.length : "no"} alerts`);
  }
  return median(times);
}

using folder = makeFolder();
await using desk = await startDesk(
  folder.path,
  `components:\n${twentyComponents}\nsources:\n  - { id: prometheus, type: alertmanager, token: ${token}, component: { from: labels.component }, resolve_timeout: 1h }`,
);
await using peer = await startAlertmanager({ config: "global: { resolve_timeout: 1h }\nroute: { receiver: nobody, group_by: [component] }\nreceivers: [{ name: nobody }]\n" }); // prettier-ignore
const root = "/alertmanager/prometheus/api/v2/alerts";
const oursScript = writeScript(join(folder.path, "ours.lua"), root, `, ["Authorization"] = "Bearer ${token}"`);
const peerScript = writeScript(join(folder.path, "peer.lua"), "/api/v2/alerts", "");

const database = new DatabaseSync(join(folder.path, "data", "tocsin.db"), { readOnly: true, timeout: 5_000 });
const waiting = database.prepare("select count(*) as rows from inbox where status = 'new'");
let drained = 0;

async function ours(): Promise<number> {
  const rate = await run(desk.url, oursScript);
  const ended = performance.now();
  while (Number(waiting.get()?.["rows"]) > 0) await new Promise((resolve) => setTimeout(resolve, 20));
  drained = Math.max(drained, performance.now() - ended);
  return rate;
}

await ours();
await run(peer.url, peerScript);
const { ours: rate, peer: peerRate, ratio } = await inPairs(load.pairs, ours, () => run(peer.url, peerScript));
database.close();
const seconds = await getAll(desk.url, root, { Authorization: `Bearer ${token}` });
const peerSeconds = await getAll(peer.url, "/api/v2/alerts", {});
report(figure, {
  alerts_per_second: Math.round(rate),
  alertmanager_alerts_per_second: Math.round(peerRate),
  ratio,
  drained_after_ms: Math.round(drained),
  active_alerts: all,
  rss_mb: rounded(residentMb(desk.pid), 1),
  alertmanager_rss_mb: rounded(residentMb(peer.pid), 1),
  get_all_s: rounded(seconds, 3),
  alertmanager_get_all_s: rounded(peerSeconds, 3),
  target,
});
