// Many webhooks at once: what was answered with a 2xx is kept and taken in exactly once, whatever dies; the rest is refused out loud.
import { Agent, request } from "node:http";
import { describe, expect, test } from "vitest";
import { connect } from "../../src/db/connect.ts";
import { minute, second } from "../../src/lib/clock.ts";
import { freshDatabase, postgresMissing, type Database } from "../peers/postgres.ts";
import { tocsinProcess, type TocsinProcess } from "../kit/tocsin-process.ts";
import type { Kind } from "../kit/outage-desk.ts";

const token = "hook-token-hook-token";
const headers = { "Content-Type": "application/json", Authorization: `Bearer ${token}` };

function config(database: Database | undefined, more = "", source = ""): string {
  return `
site: { name: Packit, url: "https://status.example.org" }
server: { port: 0 }
${database === undefined ? "" : `database: { url: "${database.url}" }`}
${more}
components: [{ id: copr, name: Copr builds }]
sources: [{ id: hook, type: generic, token: ${token}${source} }]
`;
}

function body(n: number): string {
  // A thousand alerts of one outage; each body is one of its own.
  return JSON.stringify({ fingerprint: `build-${n % 50}`, status: "firing", severity: "critical", kind: "down", component: "copr", summary: "Copr answers 503", labels: { n } }); // prettier-ignore
}

type Told = { readonly status: number; readonly retryAfter?: string };

function post(url: string, agent: Agent, text: string): Promise<Told> {
  return new Promise((resolve, reject) => {
    const asking = request(`${url}/hooks/hook`, { method: "POST", agent, headers }, (response) => {
      const retryAfter = response.headers["retry-after"];
      response.resume();
      response.on("end", () =>
        resolve({ status: response.statusCode ?? 0, ...(retryAfter === undefined ? {} : { retryAfter }) }),
      );
      response.on("error", reject);
    });
    asking.on("error", reject);
    asking.end(text);
  });
}

/** Sends over 32 connections until `enough`; what was answered 202, and each other status. */
async function storm(
  url: string,
  from: number,
  enough: (answered: readonly number[]) => boolean,
): Promise<readonly number[]> {
  const agent = new Agent({ keepAlive: true, maxSockets: 32 });
  const answered: number[] = [];
  let next = from;
  const sender = async (): Promise<void> => {
    while (!enough(answered)) {
      const n = next++;
      try {
        if ((await post(url, agent, body(n))).status === 202) answered.push(n);
      } catch {
        return;
      }
    }
  };
  await Promise.all(Array.from({ length: 32 }, sender));
  agent.destroy();
  return answered;
}

type Row = { readonly n: number; readonly status: string };

async function inboxOf(tocsin: TocsinProcess, database: Database | undefined): Promise<readonly Row[]> {
  const connection = connect(database?.url ?? `sqlite:${tocsin.dataDir}/tocsin.db`);
  try {
    const rows = await connection.db.selectFrom("inbox").select(["body", "status"]).orderBy("id").execute();
    return rows.map((row) => {
      const said = JSON.parse(Buffer.from(row.body).toString()) as { readonly labels: { readonly n: number } };
      return { n: said.labels.n, status: row.status };
    });
  } finally {
    await connection.close();
  }
}

async function metric(tocsin: TocsinProcess, line: RegExp): Promise<number> {
  const { body: text } = await tocsin.get("/metrics");
  return Number(line.exec(text)?.[1] ?? 0);
}

describe.each<Kind>(["sqlite", "postgres"])("on %s", (kind) => {
  const open = async (): Promise<Database | undefined> => (kind === "postgres" ? freshDatabase() : undefined);

  test.skipIf(kind === "postgres" && postgresMissing !== undefined)(
    "killed with kill -9 under load, it has every webhook that it had answered, and takes each in",
    { timeout: 90_000 },
    async () => {
      const database = await open();
      await using tocsin = await tocsinProcess(() => config(database));
      await tocsin.start();
      const answered: number[] = [];
      for (let round = 0; round < 3; round++) {
        const before = answered.length;
        let dying: Promise<void> | undefined;
        const all = await storm(tocsin.url(), round * 100_000, (so) => {
          if (so.length >= 300 + round * 111) dying ??= tocsin.kill();
          return !tocsin.alive();
        });
        await dying;
        answered.push(...all);
        expect(answered.length - before).toBeGreaterThanOrEqual(300);
        const kept = new Set((await inboxOf(tocsin, database)).map(({ n }) => n));
        expect(answered.filter((n) => !kept.has(n))).toEqual([]);
        await tocsin.start();
      }
      await tocsin.until("all is taken in", async () => (await metric(tocsin, /^tocsin_inbox\{status="waiting"\} (\d+)/mu)) === 0, 60_000); // prettier-ignore
      const incidents = JSON.parse((await tocsin.ask("GET", "/api/v1/incidents")).body) as readonly object[];
      expect(incidents).toHaveLength(1);
      await tocsin.kill();
      const rows = await inboxOf(tocsin, database);
      expect(rows.every(({ status }) => status === "done")).toBe(true);
      expect(new Set(rows.map(({ n }) => n)).size, "no webhook is kept twice").toBe(rows.length);
      await database?.[Symbol.asyncDispose]();
    },
  );
});

test.skipIf(postgresMissing)(
  "what comes beyond the bound is refused with 503, what was answered stays, and it opens again when that is taken in",
  { timeout: 60_000 },
  async () => {
    await using database = await freshDatabase();
    await using tocsin = await tocsinProcess(() => config(database, "intake: { waiting: 100 }"));
    // Another replica has the engine, and does not work: what comes in waits.
    await tocsin.start();
    await tocsin.stop();
    const connection = connect(database.url);
    await connection.db
      .insertInto("leases")
      .values({ name: "engine", owner: "a replica that hangs", until: tocsin.now() + minute })
      .onConflict((conflict) => conflict.column("name").doUpdateSet({ owner: "it", until: tocsin.now() + minute }))
      .execute();
    await tocsin.start();
    const agent = new Agent({ keepAlive: true });
    const told: Told[] = [];
    for (let n = 0; n < 130; n++) told.push(await post(tocsin.url(), agent, body(n)));
    const taken = told.filter(({ status }) => status === 202).length;
    expect(taken).toBeGreaterThanOrEqual(95);
    expect(taken).toBeLessThanOrEqual(100);
    expect(told.slice(taken)).toEqual(Array.from({ length: 130 - taken }, () => ({ status: 503, retryAfter: "5" })));
    expect(await metric(tocsin, /^tocsin_inbox\{status="waiting"\} (\d+)/mu)).toBe(taken);
    expect(await metric(tocsin, /^tocsin_webhooks_refused_total\{source="hook",reason="inbox full"\} (\d+)/mu)).toBe(
      130 - taken,
    );
    await connection.db.deleteFrom("leases").execute();
    await connection.close();
    await tocsin.until("it takes webhooks again", async () => (await post(tocsin.url(), agent, body(999))).status === 202); // prettier-ignore
    await tocsin.until("all is taken in", async () => (await metric(tocsin, /^tocsin_inbox\{status="waiting"\} (\d+)/mu)) === 0); // prettier-ignore
    agent.destroy();
    expect((await inboxOf(tocsin, database)).filter(({ status }) => status === "done")).toHaveLength(taken + 1);
  },
);

test(
  "a source that sends faster than its rate is told when to come again, and is heard then",
  { timeout: 30_000 },
  async () => {
    await using tocsin = await tocsinProcess(() => config(undefined, "", ", rate: 3/m"));
    await tocsin.start();
    const agent = new Agent({ keepAlive: true });
    const send = (): Promise<Told> => post(tocsin.url(), agent, body(1));
    expect([(await send()).status, (await send()).status, (await send()).status]).toEqual([202, 202, 202]);
    expect(await send()).toEqual({ status: 429, retryAfter: "20" });
    // Whoever does not know the token does not use it up.
    expect((await tocsin.post("/hooks/hook", body(1), { Authorization: "Bearer wrong-wrong-wrong" })).status).toBe(401);
    await tocsin.advance(20 * second);
    expect((await send()).status).toBe(202);
    expect((await send()).status).toBe(429);
    expect(await metric(tocsin, /^tocsin_webhooks_refused_total\{source="hook",reason="too fast"\} (\d+)/mu)).toBe(2);
    agent.destroy();
  },
);
