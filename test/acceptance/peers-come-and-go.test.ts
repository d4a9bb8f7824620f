// PostgreSQL, the IRC server or the mirror's disk gone for a while: retried, visible, nothing else stops, nothing is lost.
import { appendFileSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { hour, isoSeconds, minute, second } from "../../src/lib/clock.ts";
import { startPostgres, postgresMissing } from "../peers/postgres.ts";
import { ngircd } from "../peers/ngircd.ts";
import { skipped } from "../peers/install.ts";
import { random } from "../kit/job-stream.ts";
import { alert, hears, outageDesk, withToken, type OutageDesk } from "../kit/outage-desk.ts";

const missing = skipped(ngircd, "acceptance: peers come and go");

type Row = {
  readonly target: string;
  readonly status: string;
  readonly reason: string | null;
  readonly attempts: number;
};

async function deliveries({ tocsin }: OutageDesk): Promise<readonly Row[]> {
  return JSON.parse((await tocsin.ask("GET", "/api/v1/deliveries?waiting=true")).body) as readonly Row[];
}

async function publish({ tocsin }: OutageDesk): Promise<void> {
  await tocsin.until("the draft is there", async () => (await tocsin.ask("GET", "/api/v1/incidents/1")).status === 200);
  const answer = await tocsin.ask("POST", "/api/v1/incidents/1/publish", {}, "as:alice");
  expect(answer.status, answer.body).toBe(200);
}

describe.skipIf(missing)("when a peer goes away", () => {
  test(
    "what is said while the IRC server is gone is told when it is back, and the page does not wait",
    { timeout: 60_000 },
    async () => {
      await using desk = await outageDesk({ database: "sqlite" });
      const { tocsin, server } = desk;
      await tocsin.start();
      await tocsin.until("it has joined", () => tocsin.output().includes('"channel":"#users","msg":"joined"'));
      await server.kill();
      expect((await tocsin.post("/hooks/hook", alert("firing"), withToken)).status).toBe(202);
      await publish(desk);
      expect((await tocsin.get("/status.txt")).body).toMatch(/^OUTAGE /u);
      await tocsin.until("the mirror shows it", () => existsSync(join(desk.mirror, "incidents/1.html")));
      await tocsin.until("the trouble is visible", async () =>
        (await deliveries(desk)).some(
          (row) => row.target === "team-irc" && row.attempts > 1 && (row.reason ?? "").includes("ECONNREFUSED"),
        ),
      );
      expect(JSON.parse((await tocsin.get("/readyz")).body)).toMatchObject({
        status: "ready",
        troubled_channels: ["team-irc", "users-irc"],
      });
      await server.start();
      await tocsin.until("everything is told", async () =>
        (await deliveries(desk)).every((row) => row.target === "folder"),
      );
      const told = JSON.parse((await tocsin.ask("GET", "/api/v1/deliveries?incident=1")).body) as readonly {
        target: string;
        status: string;
      }[];
      expect(told.map((row) => row.status)).toEqual(told.map(() => "sent"));
      expect(told.map((row) => row.target).sort()).toEqual(["team-irc", "team-irc", "users-irc"]);
    },
  );

  test(
    "a mirror whose disk is gone is right again when it is back, and the chat does not wait",
    { timeout: 60_000 },
    async () => {
      await using desk = await outageDesk({ database: "sqlite" });
      const { tocsin, mirror } = desk;
      await tocsin.start();
      await tocsin.until("the mirror is there", () => existsSync(join(mirror, "state.json")));
      rmSync(mirror, { recursive: true });
      writeFileSync(mirror, "no folder");
      await tocsin.post("/hooks/hook", alert("firing"), withToken);
      await publish(desk);
      await hears(desk, "users", /^Copr builds: not reachable \(major outage\)/u);
      await tocsin.until("the trouble is visible", async () =>
        (await deliveries(desk)).some((row) => row.target === "folder" && /ENOTDIR|EEXIST/u.test(row.reason ?? "")),
      );
      rmSync(mirror);
      mkdirSync(mirror);
      await tocsin.until("the mirror is right", () => existsSync(join(mirror, "state.json")));
      expect(readFileSync(join(mirror, "status.txt"), "utf8")).toMatch(/^OUTAGE /u);
    },
  );

  test.skipIf(postgresMissing)(
    "without its database it refuses webhooks with 503, shows what it knew, and goes on when it is back",
    { timeout: 90_000 },
    async () => {
      await using postgres = await startPostgres();
      await using desk = await outageDesk({ database: "postgres", url: postgres.url });
      const { tocsin } = desk;
      await tocsin.start();
      await tocsin.post("/hooks/hook", alert("firing"), withToken);
      await publish(desk);
      await hears(desk, "users", /^Copr builds: not reachable/u);
      await tocsin.until("the mirror has it", async () => (await deliveries(desk)).length === 0);
      expect((await tocsin.get("/status.txt")).body).toMatch(/^OUTAGE /u);
      await postgres.stop();
      const refused = await tocsin.post(
        "/hooks/hook",
        alert("firing", { fingerprint: "second", component: "tests" }),
        withToken,
      );
      expect(refused.status).toBe(503);
      expect((await tocsin.get("/readyz")).status).toBe(503);
      expect((await tocsin.get("/healthz")).status).toBe(200);
      await tocsin.advance(5 * second);
      expect((await tocsin.get("/status.txt")).body).toMatch(/^OUTAGE /u);
      await postgres.start();
      await tocsin.until(
        "it takes webhooks again",
        async () =>
          (await tocsin.post("/hooks/hook", alert("firing", { fingerprint: "second", component: "tests" }), withToken))
            .status === 202,
      );
      await hears(desk, "team", /^alice: Incident 2: Tests: major outage/u);
      expect((await tocsin.get("/readyz")).status).toBe(200);
    },
  );

  test(
    "a source that cannot look is news to the team, and its component is unknown until it can",
    { timeout: 60_000 },
    async () => {
      await using desk = await outageDesk({
        database: "sqlite",
        sources: [
          '{ id: builds, type: jobs, every: 1m, file: "FOLDER/jobs.jsonl", component: copr, blind_after: 10m }',
        ],
      });
      const { tocsin } = desk;
      const log = join(tocsin.folder, "jobs.jsonl");
      writeFileSync(log, job(1, "packit/ogr", tocsin.now() - hour, "success"));
      await tocsin.start();
      await tocsin.until("it looks", async () =>
        (await tocsin.get("/metrics")).body.includes('source="builds",outcome="ok"'),
      );
      renameSync(log, `${log}.gone`);
      mkdirSync(log);
      await hears(
        desk,
        "team",
        /^alice: Incident 1: Copr builds: cannot be watched\. builds has not been able to look for 1\d min.*EISDIR/u,
      );
      expect((await tocsin.get("/status.txt")).body).toMatch(/^DEGRADED Copr builds: state unknown/u);
      expect((await tocsin.get("/api/v2/summary.json")).body).toContain('"status":"degraded_performance"');
      await desk.users.silent();
      rmSync(log, { recursive: true });
      renameSync(`${log}.gone`, log);
      await hears(desk, "team", /Incident 1 is over\. Its evidence has ended: builds can look again/u);
      expect((await tocsin.get("/status.txt")).body).toMatch(/^OK /u);
    },
  );

  test(
    "killed just after a look was saved, it neither forgets the outage nor tells it twice",
    { timeout: 60_000 },
    async () => {
      await using desk = await outageDesk({
        database: "sqlite",
        sources: ['{ id: builds, type: jobs, every: 1m, file: "FOLDER/jobs.jsonl", component: copr }'],
      });
      const { tocsin, team } = desk;
      const log = join(tocsin.folder, "jobs.jsonl");
      const dice = random(3);
      const start = tocsin.now();
      let id = 0;
      for (let at = start - 24 * hour; at < start - minute; at += 6 * minute)
        appendFileSync(log, job((id += 1), `p/${id % 12}`, at, dice() < 0.2 ? "failure" : "success"));
      // The first look learns; the second sees the outage, and dies.
      await tocsin.start("looked.committed:2");
      await tocsin.until("it has looked once", async () =>
        (await tocsin.get("/metrics")).body.includes('tocsin_look_seconds_count{source="builds",outcome="ok"} 1'),
      );
      for (let i = 0; i < 12; i++) appendFileSync(log, job((id += 1), `p/${i}`, tocsin.now() - 30 * second, "failure"));
      await tocsin.until("it dies", () => !tocsin.alive());
      await tocsin.start();
      await hears(desk, "team", /^alice: Incident 1: Copr builds: major outage\. 12 of 12 Copr builds/u);
      // The receipt takes its real time on the network; the clock must not run away from it.
      await tocsin.until("the line is confirmed", async () =>
        (await deliveries(desk)).every((row) => row.target === "folder"),
      );
      await tocsin.advance(10 * minute);
      await team.silent();
    },
  );
});

function job(id: number, project: string, at: number, status: string): string {
  const times = {
    created_at: isoSeconds(at - minute),
    started_at: isoSeconds(at - minute),
    finished_at: isoSeconds(at),
  };
  return `${JSON.stringify({ id, type: "copr_build", project, status, ...times })}\n`;
}
