// SIGHUP: what changed in the config is put to work, what did not goes on, and nothing on its way is lost or doubled.
import { readFileSync } from "node:fs";
import { request } from "node:http";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { describe, expect, test } from "vitest";
import { alert, hears, outageDesk, withToken, type OutageDesk } from "../kit/outage-desk.ts";
import { ngircd } from "../peers/ngircd.ts";
import { skipped } from "../peers/install.ts";

const missing = skipped(ngircd, "acceptance: reload");

function configOf({ tocsin }: OutageDesk): string {
  return readFileSync(join(tocsin.folder, "tocsin.yaml"), "utf8");
}

/** Comings and goings of Tocsin on IRC. */
function moves(desk: OutageDesk): readonly string[] {
  return desk.team.lines.filter((line) => /^:tocsin\S* (JOIN|PART|QUIT|NICK)/u.test(line));
}

async function joined(desk: OutageDesk): Promise<void> {
  await desk.team.sees(/^:tocsin\S* JOIN/u);
  await desk.users.sees(/^:tocsin\S* JOIN/u);
}

async function metric({ tocsin }: OutageDesk, name: string): Promise<number> {
  const { body } = await tocsin.get("/metrics");
  return Number(new RegExp(`^${name} (\\S+)$`, "mu").exec(body)?.[1]);
}

describe.skipIf(missing)("a reload", () => {
  test("puts new components, sources and people to work without touching the IRC connection", async () => {
    await using desk = await outageDesk({ database: "sqlite" });
    const { tocsin } = desk;
    await tocsin.start();
    await joined(desk);
    const before = moves(desk);
    await tocsin.reload(
      configOf(desk)
        .replace("{ id: tests, name: Tests,", "{ id: db, name: Our database }\n  - { id: tests, name: Tests,")
        .replace("people: [", "people: [{ id: carol, name: Carol, irc: { account: carol } }, ")
        .replace("people: [alice] }", "people: [carol] }")
        .replace("{ id: hook, ", "{ id: other, type: generic, token: another-token-another }\n  - { id: hook, "),
    );
    expect((await tocsin.get("/")).body).toContain("Our database");
    expect((await tocsin.get("/status.txt")).body).toContain("Our database");
    const told = await tocsin.post("/hooks/other", alert("firing", { component: "db" }), {
      Authorization: "Bearer another-token-another",
    });
    expect(told.status).toBe(202);
    await hears(desk, "team", /^carol: Incident 1: Our database/u);
    await tocsin.until("the mirror has it", () =>
      readFileSync(join(desk.mirror, "status.txt"), "utf8").includes("Our database"),
    );
    expect(moves(desk)).toEqual(before);
    expect(await metric(desk, "tocsin_config_last_reload_successful")).toBe(1);
  });

  test("connects anew where the connection itself changed, under the same nick", async () => {
    await using desk = await outageDesk({ database: "sqlite" });
    const { tocsin } = desk;
    await tocsin.start();
    await joined(desk);
    await tocsin.reload(configOf(desk).replaceAll("nick: tocsin,", "nick: tocsin, realname: Another,"));
    await tocsin.until("it is back", () => moves(desk).length === 3);
    expect(moves(desk).map((line) => line.split(" ").slice(0, 2).join(" ").replace(/!\S+/u, ""))).toEqual([
      ":tocsin JOIN",
      ":tocsin QUIT",
      ":tocsin JOIN",
    ]);
    await tocsin.post("/hooks/hook", alert("firing"), withToken);
    await hears(desk, "team", /^alice: Incident 1/u);
  });

  test("with errors changes nothing, and names each by file, line and column", async () => {
    await using desk = await outageDesk({ database: "sqlite" });
    const { tocsin } = desk;
    await tocsin.start();
    const right = configOf(desk);
    const at = await metric(desk, "tocsin_config_last_reload_success_timestamp_seconds");
    await tocsin.reload(right.replace("name: Packit,", "nam: Packit,").replace("token: hook", "tokn: hook"));
    expect(tocsin.output()).toMatch(/tocsin\.yaml:2:9: site\.nam: unknown key; did you mean \\"name\\"\?/u);
    expect(tocsin.output()).toMatch(/tocsin\.yaml:\d+:\d+: sources\.hook\.tokn: unknown key/u);
    expect(await metric(desk, "tocsin_config_last_reload_successful")).toBe(0);
    expect((await tocsin.post("/hooks/hook", alert("firing"), withToken)).status).toBe(202);
    await hears(desk, "team", /^alice: Incident 1/u);
    await tocsin.reload(right);
    expect(await metric(desk, "tocsin_config_last_reload_successful")).toBe(1);
    expect(await metric(desk, "tocsin_config_last_reload_success_timestamp_seconds")).toBeGreaterThan(at);
  });

  test("says which keys wait for a restart, and reloads the others", async () => {
    await using desk = await outageDesk({ database: "sqlite" });
    const { tocsin } = desk;
    await tocsin.start();
    await tocsin.reload(
      configOf(desk)
        .replace("server: { port: 0 }", `server: { port: 1 }\ndatabase: { url: "sqlite:/nowhere/tocsin.db" }`)
        .replace("name: Packit,", "name: Packit the second,"),
    );
    expect(tocsin.output()).toContain("server.port changed, and needs a restart");
    expect(tocsin.output()).toContain("database changed, and needs a restart");
    expect((await tocsin.get("/")).body).toContain("Packit the second");
  });

  test("answers the request that was being asked, by the config under which it began", async () => {
    await using desk = await outageDesk({ database: "sqlite" });
    const { tocsin } = desk;
    await tocsin.start();
    const body = JSON.stringify(alert("firing"));
    const answered = await new Promise<number>((resolve, reject) => {
      const headers = { ...withToken, "Content-Type": "application/json", "Content-Length": body.length };
      const asking = request(`${tocsin.url()}/hooks/hook`, { method: "POST", headers }, (response) => {
        response.resume();
        resolve(response.statusCode ?? 0);
      });
      asking.on("error", reject);
      asking.write(body.slice(0, 20), () => {
        const without = configOf(desk).replace(/ {2}- \{ id: hook,.*\n/u, "  []\n");
        tocsin.reload(without).then(() => asking.end(body.slice(20)), reject);
      });
    });
    expect(answered).toBe(202);
    expect((await tocsin.post("/hooks/hook", alert("firing"), withToken)).status).toBe(404);
  });

  test("again and again under a stream of alerts, loses none and says nothing twice", { timeout: 60_000 }, async () => {
    await using desk = await outageDesk({ database: "sqlite" });
    const { tocsin } = desk;
    await tocsin.start();
    await joined(desk);
    const configs = [configOf(desk), configOf(desk).replace("name: Packit,", "name: Packit two,")];
    const components = ["api", "copr", "tests"];
    const sent = (async () => {
      for (let i = 0; i < 150; i++) {
        const fired = alert("firing", { fingerprint: `f${i}`, component: components[i % 3], kind: `other` });
        const answer = await tocsin.post("/hooks/hook", fired, withToken);
        expect(answer.status).toBe(202);
      }
    })();
    for (let turn = 1; turn <= 8; turn++) await tocsin.reload(configs[turn % 2] ?? "");
    await sent;
    using database = new DatabaseSync(join(tocsin.dataDir, "tocsin.db"), { readOnly: true });
    const rows = (sql: string): number => Number(database.prepare(`select count(*) as n from ${sql}`).get()?.["n"]);
    await tocsin.until("all alerts are taken in", () => rows("alerts") === 150);
    const waiting = "deliveries where kind = 'channel' and status in ('pending', 'claimed')";
    await tocsin.until("all is said", () => rows(waiting) === 0);
    const { messages } = desk.team;
    expect(new Set(messages).size).toBe(messages.length);
    expect(messages.filter((line) => line.includes("possibly repeated"))).toEqual([]);
    expect(moves(desk)).toHaveLength(1);
  });
});
