// Before the first night on call: one command that says what works.
import { chmodSync, existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { z } from "zod";
import { tocsinProcess, type TocsinProcess } from "../kit/tocsin-process.ts";
import { skipped } from "../peers/install.ts";
import { freePort, joinAs, ngircd, startNgircd } from "../peers/ngircd.ts";
import { startReceiver, webhookSecret } from "../peers/webhook-receiver.ts";

const secret = "s3cret-s3cret-s3cret";
const Findings = z.array(z.object({ what: z.string(), name: z.string(), result: z.string(), words: z.string() }));

/** `source hook` → `ok …`. */
async function doctor(
  tocsin: TocsinProcess,
): Promise<{ readonly code: number; readonly of: ReadonlyMap<string, string> }> {
  const { code, out, err } = await tocsin.cli("--json", "doctor");
  expect(`${out}${err}`).not.toContain(secret);
  expect(`${out}${err}`).not.toContain(webhookSecret);
  const found = Findings.parse(JSON.parse(out));
  return { code, of: new Map(found.map(({ what, name, result, words }) => [`${what} ${name}`, `${result} ${words}`])) };
}

describe.skipIf(skipped(ngircd, "doctor"))("tocsin doctor", () => {
  test("says that all is well, beside a running server and without one, and disturbs nobody", async () => {
    await using irc = await startNgircd();
    await using team = await joinAs(irc, "watcher", "#team");
    await using bot = await startReceiver();
    const port = await freePort();
    await using tocsin = await tocsinProcess(
      (folder) => `
site: { name: CI, url: "http://127.0.0.1:${port}" }
server: { port: ${port} }
components: [{ id: ci, name: CI }]
channels:
  - { id: team-irc, type: irc, host: ${irc.host}, port: ${irc.port}, tls: false, nick: tocsin, join: "#team" }
  - { id: bot, type: webhook, url: "${bot.url}?key=${secret}", secret: ${webhookSecret} }
sources:
  - { id: hook, type: generic, token: ${secret} }
  - { id: builds, type: jobs, file: "${folder}/jobs.jsonl", component: ci }
  - { id: web, type: http-probe, component: ci, url: "${bot.url}", expect: { status: 204 } }
publish:
  targets: [{ id: mirror, type: static-site, to: { directory: "${folder}/mirror" } }]
`,
    );
    writeFileSync(join(tocsin.folder, "jobs.jsonl"), "");
    chmodSync(join(tocsin.folder, "tocsin.yaml"), 0o640);
    const alone = await doctor(tocsin);
    expect(alone.of.get("source web")).toMatch(/^ok .*answered 204/u);
    expect(alone.of.get("database ")).toMatch(/^skipped .*is made by the first start/u);
    expect(existsSync(join(tocsin.dataDir, "tocsin.db"))).toBe(false);
    expect(alone.of.get(`public URL http://127.0.0.1:${port}`)).toMatch(/^skipped/u);
    expect(alone.code).toBe(0);

    await tocsin.start();
    await team.sees(/tocsin\S* JOIN/u);
    const lines = team.lines.length;
    const { code, of } = await doctor(tocsin);
    expect(
      Object.fromEntries([...of].map(([name, words]) => [name.split(" ").slice(0, 2).join(" "), words.split(" ")[0]])),
    ).toEqual({
      [`config ${tocsin.folder}/tocsin.yaml`]: "ok",
      [`server ${tocsin.dataDir}/tocsin.sock`]: "ok",
      "database ": "ok",
      "data folder": "ok",
      "public URL": "ok",
      "source hook": "ok",
      "source builds": "ok",
      "source web": "ok",
      "channel team-irc": "ok",
      "channel bot": "ok",
      "publish target": "ok",
    });
    expect(of.get("channel team-irc")).toMatch(/lets it in as tocsin-dr/u);
    expect(of.get("channel bot")).toMatch(/answers 204 to a HEAD; no message was sent/u);
    expect(code).toBe(0);
    // Nothing was said: HEADs and GETs are no webhooks, and nobody came into the channel.
    expect(bot.received).toEqual([]);
    expect(team.lines.slice(lines)).toEqual([]);
  });

  test("says what is broken and why, exits with 1, and never with a secret", async () => {
    const dead = await freePort();
    await using tocsin = await tocsinProcess(
      (folder) => `
site: { name: CI }
components: [{ id: ci, name: CI }]
channels:
  - { id: team-irc, type: irc, host: 127.0.0.1, port: ${dead}, tls: false, nick: tocsin, join: "#team", password: ${secret} }
  - { id: bot, type: webhook, url: "http://u:${secret}@127.0.0.1:${dead}/${secret}", secret: ${webhookSecret} }
sources:
  - { id: gone, type: jobs, file: "${folder}/none.jsonl", component: ci }
  - { id: table, type: jobs, database: "postgres://u:${secret}@127.0.0.1:${dead}/ci", query: "select 1 where id > :after_id or id = any(:open_ids)" }
  - { id: web, type: http-probe, component: ci, url: "http://u:${secret}@127.0.0.1:${dead}/" }
publish:
  targets: [{ id: mirror, type: static-site, to: { directory: "${folder}/tocsin.yaml/mirror" } }]
`,
    );
    chmodSync(join(tocsin.folder, "tocsin.yaml"), 0o644);
    const { code, of } = await doctor(tocsin);
    expect(code).toBe(1);
    const broken = [...of].filter(([, words]) => words.startsWith("failed")).map(([name]) => name);
    expect(broken).toEqual([
      `config ${tocsin.folder}/tocsin.yaml`,
      "source gone",
      "source table",
      "source web",
      "channel team-irc",
      "channel bot",
      "publish target mirror",
    ]);
    expect(of.get("channel team-irc")).toMatch(/ECONNREFUSED/u);
    expect(of.get(`config ${tocsin.folder}/tocsin.yaml`)).toMatch(/everybody may read .*chmod o-r/u);
    const { out, err } = await tocsin.cli("doctor");
    expect(out).toMatch(/^failed +channel +bot/mu);
    expect(err).toMatch(/7 things failed/u);
  });
});
