// From the first byte of a webhook to the first byte of the webhook that it causes, as a receiver here sees it; idle, the
// disk waited for. Beside Alertmanager, which keeps in memory, in the same run.
import { spawn } from "node:child_process";
import { writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { join } from "node:path";
import { desk as makeHearing } from "../test/peers/desk.ts";
import { findProgram } from "../test/peers/install.ts";
import { freePort } from "../test/peers/ngircd.ts";
import { percentile, programOrLeave, report, rounded } from "./figures.ts";
import { ask, makeFolder, startDesk, twentyComponents } from "./programs.ts";

const figure = "webhook in to webhook out";
const target = { p50_ms: 5, p99_ms: 25 };
const rounds = 5;
const samplesPerRound = 40;
/** Long enough for all loops to sleep again. */
const idleMs = 60;
const token = "bench-token-bench-token";
const secret = `whsec_${Buffer.alloc(32, 7).toString("base64")}`;

const alertmanager = programOrLeave(figure, findProgram("prometheus-alertmanager", "prometheus-alertmanager"));
const rest = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

const hearing = makeHearing("webhook");
const receiver = createServer((request, response) => {
  const chunks: Buffer[] = [];
  request.on("data", (chunk: Buffer) => chunks.push(chunk));
  request.on("end", () => {
    response.writeHead(204).end();
    hearing.arrives(Buffer.concat(chunks).toString());
  });
});
const port = await freePort();
await new Promise<void>((resolve) => receiver.listen(port, "127.0.0.1", resolve));

using folder = makeFolder();
using peerFolder = makeFolder();
await using desk = await startDesk(
  folder.path,
  `components:\n${twentyComponents}
channels:
  - { id: bot, type: webhook, url: "http://127.0.0.1:${port}/ours", secret: "${secret}" }
sources:
  - { id: hook, type: generic, token: ${token} }`,
);

const peerPort = await freePort();
writeFileSync(
  join(peerFolder.path, "alertmanager.yml"),
  JSON.stringify({
    route: { receiver: "bot", group_by: ["..."], group_wait: "0s", group_interval: "1m", repeat_interval: "1h" },
    receivers: [{ name: "bot", webhook_configs: [{ url: `http://127.0.0.1:${port}/peer` }] }],
  }),
);
const peer = spawn(
  alertmanager,
  [
    `--config.file=${peerFolder.path}/alertmanager.yml`,
    `--storage.path=${peerFolder.path}/data`,
    `--web.listen-address=127.0.0.1:${peerPort}`,
    "--cluster.listen-address=",
  ],
  { stdio: "ignore" },
);
const peerUrl = `http://127.0.0.1:${peerPort}`;
for (let turn = 0; turn < 200; turn++) {
  const ready = await ask(peerUrl, "GET", "/-/ready").then(
    ({ status }) => status === 200,
    () => false,
  );
  if (ready) break;
  await rest(100);
}

let turn = 0;

/** Milliseconds from the request until a webhook with `sample N` came. */
async function timed(send: (summary: string, n: number) => Promise<{ readonly status: number }>): Promise<number> {
  const n = ++turn;
  const heard = hearing.expects(new RegExp(`sample ${n} fails`, "u"), 10_000);
  const before = performance.now();
  const answered = send(`sample ${n} fails`, n);
  await heard;
  const took = performance.now() - before;
  const { status } = await answered;
  if (status >= 300) throw new Error(`the webhook was answered with ${status}`);
  return took;
}

const toUs = (summary: string, n: number) => {
  const alert = { fingerprint: `fault-${n}`, status: "firing", severity: "critical", kind: "down", component: `part-${n % 20}`, summary }; // prettier-ignore
  return ask(desk.url, "POST", "/hooks/hook", alert, { Authorization: `Bearer ${token}` });
};
const toPeer = (summary: string, n: number) =>
  ask(peerUrl, "POST", "/api/v2/alerts", [{ labels: { alertname: `fault-${n}` }, annotations: { summary } }]);

/** Out of the way, so that the next alert opens an incident of its own. */
async function dismiss(number: number): Promise<void> {
  const { status, body } = await desk.ask("POST", `/api/v1/incidents/${number}/dismiss`, { reason: "a sample" });
  if (status !== 200) throw new Error(`incident ${number} was not dismissed: ${body.toString()}`);
  await hearing.expects(new RegExp(`Incident ${number} is dismissed`, "u"), 10_000);
}

const ours: number[] = [];
const theirs: number[] = [];
let incidents = 0;
for (let round = 0; round <= rounds; round++) {
  for (let sample = 0; sample < samplesPerRound; sample++) {
    await rest(idleMs);
    const took = await timed(toUs);
    await dismiss(++incidents);
    // The first round is the warm-up.
    if (round > 0) ours.push(took);
  }
  for (let sample = 0; sample < samplesPerRound; sample++) {
    await rest(idleMs);
    const took = await timed(toPeer);
    if (round > 0) theirs.push(took);
  }
}
peer.kill("SIGTERM");
receiver.closeAllConnections();
receiver.close();
const [p50, p99] = [percentile(ours, 0.5), percentile(ours, 0.99)];
const [peer50, peer99] = [percentile(theirs, 0.5), percentile(theirs, 0.99)];
report(figure, {
  samples: ours.length,
  p50_ms: rounded(p50),
  p99_ms: rounded(p99),
  peer: "Alertmanager, group_wait 0s, nothing durable",
  peer_p50_ms: rounded(peer50),
  peer_p99_ms: rounded(peer99),
  ratio: rounded(p50 / peer50),
  target,
});
