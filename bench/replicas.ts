// Three replicas against one, on one PostgreSQL that waits for the disk: webhooks a second, and how long IRC is silent after a kill.
import { execFile } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { findProgram } from "../test/peers/install.ts";
import { joinAs, ngircd, startNgircd } from "../test/peers/ngircd.ts";
import { freshDatabase, startPostgres, type Database } from "../test/peers/postgres.ts";
import { inPairs, median, programOrLeave, report, rounded } from "./figures.ts";
import { makeFolder, runProgram, serveArguments, twentyComponents, writeConfig, type Running } from "./programs.ts";

const figure = "replicas";
const target = { throughput_ratio: 1, irc_fail_over_s: 45 };
const connections = 63;
const seconds = Number(process.env["BENCH_SECONDS"] ?? 4);
const pairs = Number(process.env["BENCH_PAIRS"] ?? 5);
const kills = Number(process.env["BENCH_KILLS"] ?? 3);
const token = "bench-token-bench-token";

const wrk = programOrLeave(figure, findProgram("wrk", "wrk"));
programOrLeave(figure, findProgram("initdb", "postgresql"));
programOrLeave(figure, ngircd);

await using postgres = await startPostgres({ durable: true });
using folder = makeFolder();

const source = `sources:\n  - { id: hook, type: generic, token: ${token} }`;
let started = 0;

async function startOn(database: Database, more: string): Promise<Running> {
  const own = join(folder.path, `replica-${++started}`);
  mkdirSync(own);
  const text = `database: { url: "${database.url}" }\ncomponents:\n${twentyComponents}\n${more}`;
  return runProgram(serveArguments(own, writeConfig(own, text)));
}

const script = join(folder.path, "load.lua");
writeFileSync(
  script,
  `local n, requests = 0, {}
init = function(args)
  for i = 1, 1000 do
    local body = string.format('{"fingerprint":"build-%d","status":"firing","summary":"Builds of project %d fail","component":"part-%d","severity":"critical"}', i, i, i % 20)
    requests[i] = wrk.format("POST", "/hooks/hook", { ["Content-Type"] = "application/json", ["Authorization"] = "Bearer ${token}" }, body)
  end
end
request = function()
  n = n % 1000 + 1
  return requests[n]
end\n`,
);

/** The same load, shared out over the replicas. */
async function load(replicas: readonly Running[], database: Database): Promise<number> {
  const each = String(connections / replicas.length);
  const runs = replicas.map(async ({ url }) => {
    const args = ["-t", "1", "-c", each, "-d", `${seconds}s`, "--timeout", "20s", "-s", script, url];
    const { stdout } = await promisify(execFile)(wrk, args);
    if (/Non-2xx|Socket errors/u.test(stdout)) throw new Error(stdout);
    return Number(/Requests\/sec:\s+([\d.]+)/u.exec(stdout)?.[1]);
  });
  const rates = await Promise.all(runs);
  // What is still to be understood would slow the next run.
  while ((await database.query("select 1 from inbox where status = 'new' limit 1")).length > 0)
    await new Promise((resolve) => setTimeout(resolve, 100));
  return rates.reduce((sum, rate) => sum + rate, 0);
}

async function throughput(): Promise<Readonly<Record<string, number>>> {
  await using forThree = await freshDatabase(postgres.url);
  await using forOne = await freshDatabase(postgres.url);
  await using first = await startOn(forThree, source);
  await using second = await startOn(forThree, source);
  await using third = await startOn(forThree, source);
  await using alone = await startOn(forOne, source);
  const three = [first, second, third];
  await load(three, forThree);
  await load([alone], forOne);
  const rates = await inPairs(pairs, () => load(three, forThree), () => load([alone], forOne)); // prettier-ignore
  return { three_per_s: rounded(rates.ours, 0), one_per_s: rounded(rates.peer, 0), throughput_ratio: rates.ratio };
}

/** From kill -9 of whoever is in the channel until the next one is. */
async function failOvers(): Promise<readonly number[]> {
  await using database = await freshDatabase(postgres.url);
  await using server = await startNgircd();
  await using team = await joinAs(server, "watcher", "#team");
  const channel = `channels:\n  - { id: team-irc, type: irc, audience: team, host: ${server.host}, port: ${server.port}, tls: false, nick: tocsin, join: "#team" }`;
  const replicas: Running[] = [await startOn(database, channel)];
  const took: number[] = [];
  await team.sees(/^:tocsin\S* JOIN/u);
  for (let turn = 0; turn < kills; turn++) {
    replicas.push(await startOn(database, channel));
    const [leader] = replicas.splice(0, 1);
    const killed = performance.now();
    process.kill(leader?.pid ?? 0, "SIGKILL");
    await team.sees(/^:tocsin\S* JOIN/u, 90_000);
    took.push((performance.now() - killed) / 1_000);
  }
  for (const replica of replicas) await replica[Symbol.asyncDispose]();
  return took;
}

const rates = await throughput();
const silences = await failOvers();
report(figure, {
  ...rates,
  peer: "one replica, on the same PostgreSQL",
  irc_fail_over_s: rounded(median(silences), 1),
  irc_fail_over_worst_s: rounded(Math.max(...silences), 1),
  target,
});
