// Three replicas on one PostgreSQL, whatever dies or hangs: nothing lost, nothing doubled unmarked, one of them at work at a time.
import { mkdtempDisposableSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { random } from "../kit/job-stream.ts";
import { eventually, type Replica } from "../kit/replica.ts";
import { judge, pagesOf, replicasOn, streamAlerts } from "../kit/replicas.ts";
import { runTocsin } from "../kit/tocsin-process.ts";
import { skipped } from "../peers/install.ts";
import { ngircd } from "../peers/ngircd.ts";
import { freshDatabase, postgresMissing, startPostgres } from "../peers/postgres.ts";
import { stallingProxy } from "../peers/stalling-proxy.ts";

const missing = skipped(ngircd, "acceptance: replicas") || postgresMissing !== undefined;
/** TOCSIN_LONG=1: two minutes, with the lease that operators have. */
const long = process.env["TOCSIN_LONG"] === "1";
const seed = Number(process.env["TOCSIN_SEED"] ?? "7");
const leaseMs = 6_000;
const names = ["one", "two", "three"];

const rest = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** Pages are equal once the last change has been heard by all. */
async function samePages(replicas: { readonly all: readonly Replica[] }): Promise<void> {
  let pages: readonly string[] = [];
  const equal = async (): Promise<boolean> => new Set((pages = await pagesOf(replicas))).size === 1;
  await eventually(() => `all show the same page:\n${pages.join("\n")}`, equal, 10_000);
}

describe.skipIf(missing)("three replicas", () => {
  test(
    "one killed every few seconds under a stream of alerts: nothing is lost, doubled or said by two",
    { timeout: long ? 300_000 : 120_000 },
    async () => {
      const [lease, chaosMs, pauseMs] = long ? [undefined, 120_000, 4_000] : [leaseMs, 20_000, 2_500];
      const dice = random(seed);
      await using database = await freshDatabase();
      await using replicas = await replicasOn(database, names, lease);
      // All at once: one migrates, the others wait.
      await Promise.all(replicas.all.map((replica) => replica.start()));
      await replicas.aLeader(40_000);
      const stream = streamAlerts(replicas, long ? 1_100 : 250, dice);
      let kills = 0;
      for (const end = performance.now() + chaosMs; performance.now() < end; kills++) {
        const victim = replicas.all[Math.floor(dice() * names.length)];
        await victim?.kill();
        await rest(pauseMs);
        await victim?.start();
      }
      const count = await stream.stop();
      expect(kills).toBeGreaterThan(3);
      await judge(replicas, database, count, 60_000);
      await samePages(replicas);
      expect(replicas.mostConnections(), "one connection at a time").toBe(1);
      expect(replicas.target.looks(), "somebody looks").toBeGreaterThan(3);
      expect(replicas.target.most(), "and only one at a time").toBe(1);
    },
  );

  test(
    "one that was stopped in the midst of its work wakes, and does nothing of what its successor did",
    { timeout: 120_000 },
    async () => {
      await using database = await freshDatabase();
      await using replicas = await replicasOn(database, names, leaseMs);
      await Promise.all(replicas.all.map((replica) => replica.start()));
      const frozen = await replicas.aLeader(20_000);
      const stream = streamAlerts({ all: replicas.all.filter((each) => each !== frozen) }, 150, random(seed));
      await rest(2_000);
      frozen.signal("SIGSTOP");
      await rest(leaseMs + 4_000);
      frozen.signal("SIGCONT");
      await rest(2_000);
      const count = await stream.stop();
      await judge(replicas, database, count, 30_000);
      expect((await frozen.ready()).engine).toBe("standing by");
      expect(frozen.output()).toContain("this replica stops running the engine");
      await samePages(replicas);
    },
  );

  test(
    "PostgreSQL stopped and started again, with a goodbye and without, under a stream of alerts",
    { timeout: 120_000 },
    async () => {
      await using postgres = await startPostgres();
      await using database = await freshDatabase(postgres.url);
      await using replicas = await replicasOn(database, names, leaseMs);
      await Promise.all(replicas.all.map((replica) => replica.start()));
      await replicas.aLeader(20_000);
      const stream = streamAlerts(replicas, 200, random(seed));
      for (const how of ["fast", "immediate"] as const) {
        await rest(2_000);
        await postgres.stop(how);
        await rest(1_500);
        for (const replica of replicas.all) {
          expect((await replica.ask("GET", "/")).status, "the page stays").toBe(200);
          expect((await replica.ready()).database).toBe("failed");
        }
        await postgres.start();
      }
      await rest(2_000);
      const count = await stream.stop();
      await judge(replicas, database, count, 40_000);
      await samePages(replicas);
      for (const replica of replicas.all) expect((await replica.ready()).status).toBe("ready");
      expect(replicas.mostConnections()).toBe(1);
    },
  );

  test("whose clock is wrong stands aside and says so, and comes back by itself", { timeout: 90_000 }, async () => {
    await using database = await freshDatabase();
    await using replicas = await replicasOn(database, ["one", "two"], leaseMs);
    const [one, two] = replicas.all;
    if (one === undefined || two === undefined) throw new Error("two were asked for");
    await one.start();
    await replicas.aLeader(20_000);
    await two.start();
    // The one at work gives the lease up; the other goes on.
    await one.setClock(-60_000);
    await eventually(one.output, async () => (await replicas.leader()) === two, 20_000);
    expect(await one.ready()).toMatchObject({ status: "not ready", clock: "wrong", engine: "standing by" });
    expect(one.output()).toMatch(/clock is \d+\.\d s behind the database's; this replica stands aside/u);
    // And while it is wrong it does not take it, though nobody else is there.
    await two.stop();
    await rest(leaseMs + 1_000);
    expect(await replicas.leader()).toBeUndefined();
    await one.setClock(0);
    expect(await replicas.aLeader(15_000)).toBe(one);
    await eventually(one.output, async () => (await one.ready()).status === "ready", 10_000);
  });

  test(
    "asked to stop, it is not ready any more and the next goes on at once, not when the lease has run out",
    { timeout: 60_000 },
    async () => {
      await using database = await freshDatabase();
      await using replicas = await replicasOn(database, ["one", "two"]);
      await Promise.all(replicas.all.map((replica) => replica.start()));
      const first = await replicas.aLeader(20_000);
      await eventually(first.output, () => first.output().includes('"joined"'), 10_000);
      const asked = performance.now();
      const stopped = first.stop();
      const next = await replicas.aLeader(8_000, first);
      expect(performance.now() - asked).toBeLessThan(8_000);
      await eventually(next.output, () => next.output().includes('"joined"'), 8_000);
      expect(await stopped).toBe(0);
      expect(replicas.mostConnections()).toBe(1);
      const rows = await database.query("select owner from replicas");
      expect(rows, "who leaves is off the list").toHaveLength(1);
    },
  );

  test("what one of them writes, the others show and do at once", { timeout: 60_000 }, async () => {
    await using database = await freshDatabase();
    await using replicas = await replicasOn(database, ["one", "two"]);
    await Promise.all(replicas.all.map((replica) => replica.start()));
    const first = await replicas.aLeader(20_000);
    const other = replicas.all.find((replica) => replica !== first);
    await eventually(first.output, () => first.output().includes('"joined"'), 10_000);
    const alert = { fingerprint: "f", status: "firing", severity: "critical", kind: "down", component: "part-1", summary: "alert 1 fires" }; // prettier-ignore
    const asked = performance.now();
    expect((await other?.ask("POST", "/hooks/hook", alert))?.status).toBe(202);
    await replicas.team.expects(/alert 1 fires/u);
    // Without the doorbell it is two seconds until the engine looks.
    expect(performance.now() - asked).toBeLessThan(1_500);
  });

  test(
    "behind a network that swallows everything: pages stay, webhooks are refused in time, another takes over, and it recovers",
    { timeout: 120_000 },
    async () => {
      await using database = await freshDatabase();
      const direct = new URL(database.url);
      await using proxy = await stallingProxy(Number(direct.port));
      await using replicas = await replicasOn(database, [], leaseMs);
      const through = new URL(database.url);
      through.port = String(proxy.port);
      const cut = replicas.make("cut", { config: replicas.configFor(through.href) });
      await cut.start();
      expect(await replicas.aLeader(20_000)).toBe(cut);
      const other = replicas.make("other");
      await other.start();
      expect((await cut.ask("GET", "/")).status).toBe(200);
      proxy.stall();
      await rest(500);
      for (let turn = 0; turn < 5; turn++) {
        const asked = performance.now();
        expect((await cut.ask("GET", "/")).status, "the page stays").toBe(200);
        expect(performance.now() - asked).toBeLessThan(2_500);
      }
      const alert = { fingerprint: "f", status: "firing", severity: "critical", kind: "down", component: "part-1", summary: "alert 1 fires" }; // prettier-ignore
      expect((await cut.ask("POST", "/hooks/hook", alert, 9_000)).status).toBe(503);
      expect(await replicas.aLeader(leaseMs + 25_000, cut)).toBe(other);
      expect(await cut.ready()).toMatchObject({ status: "not ready", database: "failed", engine: "standing by" });
      proxy.release();
      await eventually(cut.output, async () => (await cut.ready()).status === "ready", 30_000);
      expect((await cut.ask("POST", "/hooks/hook", alert)).status).toBe(202);
      await replicas.team.expects(/alert 1 fires/u);
      expect(replicas.mostConnections()).toBe(1);
    },
  );

  test(
    "the one with the newest config runs the engine, and an older one only while nobody else does",
    { timeout: 60_000 },
    async () => {
      await using database = await freshDatabase();
      await using replicas = await replicasOn(database, [], leaseMs);
      const config = (revision: number, name: string): string =>
        `revision: ${revision}\n${replicas.configFor(database.url).replace("name: Packit", `name: ${name}`)}`;
      const older = replicas.make("older", { config: config(6, "Packit of yesterday") });
      const newer = replicas.make("newer", { config: config(7, "Packit") });
      await older.start();
      expect(await replicas.aLeader(15_000)).toBe(older);
      await newer.start();
      await eventually(older.output, async () => (await replicas.leader()) === newer, 20_000);
      expect(older.output()).toMatch(/has a newer config \(revision 7\)/u);
      expect(await older.ready()).toMatchObject({ status: "ready", engine: "standing by" });
      await newer.stop();
      expect(await replicas.aLeader(25_000)).toBe(older);
    },
  );

  test("one may serve alone, another run the engine alone", { timeout: 60_000 }, async () => {
    await using database = await freshDatabase();
    await using replicas = await replicasOn(database, [], leaseMs);
    const renamed = replicas.configFor(database.url).replace("name: Packit", "name: Packit of yesterday");
    const http = replicas.make("http", { flags: ["--only", "http"], config: renamed });
    const engine = replicas.make("engine", { flags: ["--only", "engine"] });
    await http.start();
    await rest(1_000);
    expect((await http.ready()).engine).toBe("standing by");
    await engine.start();
    expect(await replicas.aLeader(15_000)).toBe(engine);
    expect((await http.ask("GET", "/")).status).toBe(200);
    expect((await engine.ask("GET", "/")).status).toBe(404);
    expect((await engine.ask("GET", "/healthz")).status).toBe(200);
    // Their configs differ: each says so.
    await eventually(http.output, () => http.output().includes("other replicas run another version or config"), 15_000);
  });
});

test("on SQLite there are no halves: one process does everything", async () => {
  using folder = mkdtempDisposableSync(join(tmpdir(), "tocsin-half-"));
  const file = join(folder.path, "tocsin.yaml");
  writeFileSync(file, "site: { name: Packit }\ncomponents: [{ id: api, name: API }]\n");
  const env = { PATH: process.env["PATH"], TOCSIN_CONFIG: file };
  const ran = await runTocsin(["serve", "--only", "http"], { env, cwd: folder.path });
  expect(ran.code).toBe(2);
  expect(ran.err).toContain("--only needs PostgreSQL");
});
