// One look of the jobs source at Packit's tables, at steady state (500 jobs an hour) on two million Copr builds.
import { freshDatabase, startPostgres } from "../test/peers/postgres.ts";
import { createPackitHistory, insertPush, setBuilds, setTests, type Pushed } from "../test/peers/packit-db.ts";
import { brand } from "../src/lib/ids.ts";
import { day, minute } from "../src/lib/clock.ts";
import { silentLog } from "../src/lib/log.ts";
import { jobs } from "../src/sources/jobs.ts";

const target = { ticks: 100, ms: 20 };
const start = Date.parse("2026-11-20T12:00:00Z");

await using server = await startPostgres();
await using database = await freshDatabase(server.url);
await createPackitHistory(database, { targets: 2_000_000, until: start, everyMs: 12_000 });

const source = jobs.make(
  { id: brand("builds"), config: jobs.config.parse({ preset: "packit", database: database.url }) },
  { clock: { now: () => start, wait: async () => undefined }, log: silentLog, components: [] },
);
if (source.kind !== "looking") throw new Error("a jobs source looks");

let state: unknown;
let now = start;
const open: Pushed[] = [];

/** 8 jobs a minute come (500 an hour), and those of half an hour ago end. */
async function oneMinute(): Promise<void> {
  now += minute;
  const targets = ["f41", "f42", "f43", "f44", "rawhide"].map((name) => [name, "pending"] as const);
  const tests = [["f43", "queued"], ["f44", "queued"]] as const; // prettier-ignore
  open.push(await insertPush(database, { repository: `ns/repo${open.length % 40}`, at: now, copr: targets, tests }));
  const done = open.at(-30);
  if (done === undefined) return;
  const status = open.length % 3 === 0 ? "failure" : "success";
  await setBuilds(database, "copr_build_targets", done.copr, { status, started: now - 9 * minute, finished: now });
  await setTests(database, done.tests, "passed");
}

async function tick(): Promise<number> {
  const before = performance.now();
  for (let again = true; again;) {
    if (source.kind !== "looking") break;
    const looked = await source.look({ now, state, feedback: { dismissed: [] } }, AbortSignal.timeout(day));
    // As the engine does: saved with the alerts at each look, but kept in memory for the next.
    source.save(looked.state);
    state = looked.state;
    again = looked.again ?? false;
  }
  return performance.now() - before;
}

const first = await tick();
const took: number[] = [];
for (let turn = -40; turn < target.ticks; turn++) {
  await oneMinute();
  const ms = await tick();
  if (turn >= 0) took.push(ms);
}
took.sort((a, b) => a - b);
const at = (share: number): number => Number((took[Math.ceil(took.length * share) - 1] ?? Number.NaN).toFixed(2));
await source.close?.();
console.error(`first start: ${Math.round(first)} ms`);
console.log(
  JSON.stringify({ figure: "jobs tick on 2 M rows", p50_ms: at(0.5), p99_ms: at(0.99), target_ms: target.ms }),
);
