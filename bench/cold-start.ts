// From spawn to the first 200 of the page, and memory when idle; beside a bare Fastify on node:sqlite.
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { inPairs, median, report, rounded } from "./figures.ts";
import {
  ask,
  makeFolder,
  residentMb,
  runProgram,
  serveArguments,
  twentyComponents,
  writeConfig,
  type Running,
} from "./programs.ts";

const pairs = 5;
const idleMs = 5_000;

const bare = `
import Fastify from ${JSON.stringify(import.meta.resolve("fastify"))};
import { DatabaseSync } from "node:sqlite";
const db = new DatabaseSync("bare.db");
db.exec("pragma journal_mode = wal; pragma synchronous = full; create table if not exists t (id integer primary key, at integer)");
const app = Fastify();
app.get("/", async () => { db.prepare("insert into t (at) values (1)").run(); return db.prepare("select count(*) as n from t").get(); });
console.log(await app.listen({ port: 0, host: "127.0.0.1" }));
`;

using folder = makeFolder();
const config = writeConfig(folder.path, `components:\n${twentyComponents}`);
const bareFile = join(folder.path, "bare.mjs");
writeFileSync(bareFile, bare);
process.chdir(folder.path);

const memory = new Map<string, number[]>();

async function start(what: string, args: readonly string[]): Promise<number> {
  const began = performance.now();
  const running: Running = await runProgram(args, { ...process.env, NODE_COMPILE_CACHE: join(folder.path, "cache") });
  const answer = await ask(running.url, "GET", "/");
  const took = performance.now() - began;
  if (answer.status !== 200) throw new Error(`${what} answers ${answer.status}`);
  await new Promise((resolve) => setTimeout(resolve, idleMs));
  memory.set(what, [...(memory.get(what) ?? []), residentMb(running.pid)]);
  await running[Symbol.asyncDispose]();
  return took;
}

// The very first start fills the cache of compiled code, as `npm start` does once on a machine.
const first = await start("first", serveArguments(folder.path, config));
const took = await inPairs(pairs, () => start("ours", serveArguments(folder.path, config)), () => start("bare", [bareFile])); // prettier-ignore
const resident = (what: string): number => rounded(median(memory.get(what) ?? []), 1);
report("cold start and idle memory", {
  first_200_ms: rounded(took.ours, 0),
  very_first_ms: rounded(first, 0),
  bare_ms: rounded(took.peer, 0),
  ratio: took.ratio,
  target_ms: 700,
  rss_mb: resident("ours"),
  bare_rss_mb: resident("bare"),
  target_rss_mb: 110,
});
