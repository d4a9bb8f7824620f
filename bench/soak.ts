// Two hours of alerts at 50/s and page reads at 500/s, by a clock that is moved: memory flat, tables bounded, timers on time.
import { readFileSync } from "node:fs";
import { Agent, request } from "node:http";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { second } from "../src/lib/clock.ts";
import { tocsinProcess } from "../test/kit/tocsin-process.ts";
import { median, report, rounded } from "./figures.ts";
import { twentyComponents } from "./programs.ts";

const figure = "soak";
const target = { rss_ratio: [0.9, 1.1], late_s: 61 };
/** Of the desk's own time. Two hours take about a quarter of one on an idle machine. */
const simulated = Number(process.env["SOAK_MINUTES"] ?? 120);
const rate = { alerts: 50, pages: 500 };
const token = "bench-token-bench-token";
const tables = ["inbox", "alerts", "deliveries"] as const;

const config = (folder: string): string => `
site: { name: Packit, url: "https://status.example.org" }
server: { port: 0 }
retention: { inbox: 1h, deliveries: 1h, alerts: 1h }
components:\n${twentyComponents}
channels: [{ id: team, type: stdout, audience: team }]
sources: [{ id: hook, type: generic, token: ${token} }]
publish: { targets: [{ id: mirror, type: static-site, to: { directory: "${folder}/mirror" }, every: 1m }] }
`;

const agent = new Agent({ keepAlive: true, maxSockets: 32 });

function ask(url: string, body?: string): Promise<number> {
  const headers = { Authorization: `Bearer ${token}`, "Content-Type": "application/json" };
  return new Promise((resolve, reject) => {
    const options = { agent, ...(body === undefined ? { method: "GET" } : { method: "POST", headers }) };
    const asking = request(url, options, (response) => {
      response.resume();
      response.on("end", () => resolve(response.statusCode ?? 0));
    });
    asking.on("error", reject);
    asking.end(body);
  });
}

let sent = 0;
const failed = new Map<number, number>();

/** A problem that is new every ten seconds, fires for a while, and is over: fingerprints are never used again. */
function alert(): string {
  const n = sent++;
  const problem = Math.floor(n / (rate.alerts * 10));
  const over = n % (rate.alerts * 10) >= rate.alerts * 9;
  return JSON.stringify({ fingerprint: `problem-${problem}-${n % 10}`, status: over ? "resolved" : "firing", severity: "warning", kind: "down", component: `part-${problem % 20}`, summary: `Problem ${problem} is there` }); // prettier-ignore
}

async function oneSecond(url: string): Promise<void> {
  const asked = [
    ...Array.from({ length: rate.alerts }, () => ask(`${url}/hooks/hook`, alert())),
    ...Array.from({ length: rate.pages }, () => ask(`${url}/`)),
  ];
  for (const status of await Promise.all(asked)) if (status >= 300) failed.set(status, (failed.get(status) ?? 0) + 1);
}

await using tocsin = await tocsinProcess(config);
await tocsin.start();
const database = new DatabaseSync(join(tocsin.dataDir, "tocsin.db"), { readOnly: true, timeout: 5_000 });
const count = (table: string): number => Number(database.prepare(`select count(*) as n from ${table}`).get()?.["n"]);
const memory: number[] = [];
const rows: Record<string, number[]> = Object.fromEntries(tables.map((table) => [table, []]));
const late: number[] = [];

async function resident(): Promise<number> {
  const said = /^process_resident_memory_bytes (\S+)/mu.exec((await tocsin.get("/metrics")).body)?.[1];
  return Number(said) / 1024 / 1024;
}

for (let at = 0; at < simulated; at++) {
  for (let n = 0; n < 60; n++) {
    await oneSecond(tocsin.url());
    await tocsin.advance(second);
  }
  memory.push(await resident());
  for (const table of tables) rows[table]?.push(count(table));
  // The mirror is written every minute, whatever else happens: how old it is tells whether timers keep up.
  const state: unknown = JSON.parse(readFileSync(join(tocsin.folder, "mirror", "state.json"), "utf8"));
  late.push((tocsin.now() - Date.parse(String(Reflect.get(Object(state), "generated_at")))) / second);
}
database.close();
agent.destroy();

const part = (values: readonly number[], from: number, to: number): number =>
  median(values.slice(Math.floor(values.length * from), Math.max(1, Math.ceil(values.length * to))));
report(figure, {
  simulated_minutes: simulated,
  alerts: sent,
  refused: Object.fromEntries(failed),
  rss_mb: { first_quarter: rounded(part(memory, 0, 0.25), 1), last_quarter: rounded(part(memory, 0.75, 1), 1) },
  rss_ratio: rounded(part(memory, 0.75, 1) / part(memory, 0.25, 0.5), 3),
  rows: Object.fromEntries(
    tables.map((table) => [
      table,
      { after_80_min: rows[table]?.[Math.min(80, simulated) - 1], last: rows[table]?.at(-1) },
    ]),
  ),
  mirror_age_s: { worst: Math.max(...late), last: late.at(-1) },
  target,
});
