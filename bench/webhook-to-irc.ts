// From the first byte of a webhook to the line on IRC, as an observer in the channel hears it; the desk idle, the disk waited for.
import { joinAs, ngircd, startNgircd, type Observer } from "../test/peers/ngircd.ts";
import { percentile, programOrLeave, report, rounded } from "./figures.ts";
import { ask, makeFolder, runProgram, startDesk, twentyComponents } from "./programs.ts";

const figure = "webhook in to IRC line out";
const target = { p50_ms: 10, p99_ms: 50 };
const rounds = 5;
const samplesPerRound = 40;
/** Long enough for all loops to sleep again. */
const idleMs = 60;
const token = "bench-token-bench-token";

programOrLeave(figure, ngircd);

const rest = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

await using server = await startNgircd();
await using team = await joinAs(server, "watcher", "#team");
using folder = makeFolder();
using peerFolder = makeFolder();
const config = `components:\n${twentyComponents}
channels:
  - { id: team-irc, type: irc, audience: team, host: ${server.host}, port: ${server.port}, tls: false, nick: tocsin, join: "#team", pace: { burst: 100, every: 0s } }
sources:
  - { id: hook, type: generic, token: ${token} }`;
await using desk = await startDesk(folder.path, config);
await team.sees(/tocsin\S* JOIN/u);
const relay = new URL("bare/relay.ts", import.meta.url).pathname;
await using bare = await runProgram([relay, `${peerFolder.path}/relay.db`, server.host, String(server.port), "#team"]);

let turn = 0;

/** One alert by the front door of `url`; milliseconds until its line was heard. */
async function timed(url: string, watcher: Observer): Promise<number> {
  const n = ++turn;
  const alert = { fingerprint: `fault-${n}`, status: "firing", severity: "critical", kind: "down", component: `part-${n % 20}`, summary: `sample ${n} fails` }; // prettier-ignore
  const heard = watcher.expects(new RegExp(`sample ${n} `, "u"));
  const before = performance.now();
  const answered = ask(url, "POST", "/hooks/hook", alert, { Authorization: `Bearer ${token}` });
  await heard;
  const took = performance.now() - before;
  const { status } = await answered;
  if (status !== 202) throw new Error(`the webhook was answered with ${status}`);
  return took;
}

/** Out of the way, so that the next alert opens an incident of its own and is said. */
async function dismiss(number: number): Promise<void> {
  const { status, body } = await desk.ask("POST", `/api/v1/incidents/${number}/dismiss`, { reason: "a sample" });
  if (status !== 200) throw new Error(`incident ${number} was not dismissed: ${body.toString()}`);
  await team.expects(new RegExp(`Incident ${number} is dismissed`, "u"));
}

const ours: number[] = [];
const peer: number[] = [];
let incidents = 0;
for (let round = 0; round <= rounds; round++) {
  for (let sample = 0; sample < samplesPerRound; sample++) {
    await rest(idleMs);
    const took = await timed(desk.url, team);
    await dismiss(++incidents);
    // The first round is the warm-up.
    if (round > 0) ours.push(took);
  }
  for (let sample = 0; sample < samplesPerRound; sample++) {
    await rest(idleMs);
    const took = await timed(bare.url, team);
    if (round > 0) peer.push(took);
  }
}
const [p50, p99] = [percentile(ours, 0.5), percentile(ours, 0.99)];
const [barely50, barely99] = [percentile(peer, 0.5), percentile(peer, 0.99)];
report(figure, {
  samples: ours.length,
  p50_ms: rounded(p50),
  p99_ms: rounded(p99),
  peer: "bare node:http, node:sqlite and a socket",
  peer_p50_ms: rounded(barely50),
  peer_p99_ms: rounded(barely99),
  ratio: rounded(p50 / barely50),
  target,
});
