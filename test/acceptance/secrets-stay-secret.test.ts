// Secrets planted everywhere, everything fails, and nothing that Tocsin prints or answers holds one of them.
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { runTocsin, tocsinProcess } from "../kit/tocsin-process.ts";
import { freePort } from "../peers/ngircd.ts";

const planted = {
  hook: "hook-sesame-1111111",
  jobs: "jobs-sesame-2222222",
  irc: "irc-sesame-3333333",
  sasl: "sasl-sesame-4444444",
  probe: "probe-sesame-5555555",
  database: "database-sesame-6666666",
  body: "body-sesame-7777777",
  wrong: "wrong-sesame-8888888",
  environment: "environment-sesame-9999999",
};

const secretsIn = (text: string): readonly string[] => Object.values(planted).filter((secret) => text.includes(secret));

const config = (gone: number, database = ""): string => `
site: { name: Packit, url: "https://status.example.org" }
server: { port: 0 }
${database}
components: [{ id: copr, name: Copr builds }]
people: [{ id: alice, name: Alice }]
roles: [{ id: outage-master, people: [alice] }]
channels:
  - { id: team, type: irc, host: 127.0.0.1, port: ${gone}, tls: false, nick: tocsin, password: ${planted.irc}, sasl: { user: tocsin, password: ${planted.sasl} }, join: "#team" }
sources:
  - { id: hook, type: generic, token: ${planted.hook}, component: copr }
  - { id: builds, type: jobs, preset: packit, every: 1s, database: "postgres://reader:${planted.jobs}@127.0.0.1:${gone}/packit", component: copr }
  - { id: health, type: http-probe, every: 1s, component: copr, url: "http://127.0.0.1:${gone}/?key=${planted.probe}" }
`;

test("whatever fails, no secret is printed or answered", { timeout: 60_000 }, async () => {
  const gone = await freePort();
  await using tocsin = await tocsinProcess(() => config(gone));
  await tocsin.start();
  const answers: string[] = [];
  const keep = (answer: { readonly body: string }): void => void answers.push(answer.body);
  const fired = { fingerprint: "f", status: "firing", summary: `It is down`, labels: { note: planted.body } };
  const right = { Authorization: `Bearer ${planted.hook}` };
  keep(await tocsin.post("/hooks/hook", fired, right));
  keep(await tocsin.post("/hooks/hook", fired, { Authorization: `Bearer ${planted.wrong}` }));
  keep(await tocsin.post("/hooks/hook", `{"fingerprint": "${planted.body}`, right));
  keep(await tocsin.post("/hooks/hook", { fingerprint: 1, [planted.body]: 2 }, right));
  keep(await tocsin.get(`/team/1/${planted.wrong}`, right));
  await tocsin.until("everything has failed", () => {
    const said = tocsin.output();
    return ["builds", "ECONNREFUSED", "delivery will be tried again"].every((word) => said.includes(word));
  });
  for (const path of ["/", "/readyz", "/metrics", "/status.txt", "/state.json"]) keep(await tocsin.get(path));
  // A config with errors at a reload, and one by hand.
  await tocsin.reload(config(gone).replace("irc, host", `irc, hots`).replace("token:", "tokn:"));
  for (const args of [
    ["config", "check"],
    ["incident", "list"],
    ["delivery", "list"],
  ]) {
    const ran = await tocsin.cli(...args);
    answers.push(ran.out, ran.err);
  }
  expect(await tocsin.stop()).toBe(0);
  const said = tocsin.output();
  expect(secretsIn(said)).toEqual([]);
  expect(said).not.toMatch(/\/team\/\d+\/[\w-]{8}/u);
  // What the sender itself wrote may be told to it.
  expect(secretsIn(answers.slice(4).join("\n"))).toEqual([]);
  expect(secretsIn(answers.join("\n")).filter((secret) => secret !== planted.body)).toEqual([]);
});

test("a database that cannot be reached is named without its password", { timeout: 120_000 }, async () => {
  const gone = await freePort();
  await using tocsin = await tocsinProcess(() => config(gone));
  const urls = [
    `postgres://tocsin:${planted.database}@127.0.0.1:${gone}/tocsin`,
    `postgres://tocsin:${planted.database}@no-such-host.invalid/tocsin`,
    `postgres://tocsin:${planted.database}@[::bad/tocsin`,
    "${TOCSIN_DATABASE}",
  ];
  const tryAll = async (url: string, n: number): Promise<void> => {
    const file = join(tocsin.folder, `config-${n}.yaml`);
    writeFileSync(file, config(gone, `database: { url: "${url}" }`));
    const env = {
      PATH: process.env["PATH"],
      TOCSIN_LOG: "debug",
      TOCSIN_DATABASE: `postgres://tocsin:${planted.environment}@127.0.0.1:${gone}/tocsin`,
    };
    for (const command of [
      ["serve"],
      ["incident", "list"],
      ["restore", "--database"],
      ["backup", join(tocsin.folder, "x")],
      ["config", "check"],
    ]) {
      const ran = await runTocsin(["--config", file, "--data", tocsin.dataDir, ...command], { env });
      expect([command, secretsIn(ran.out + ran.err)]).toEqual([command, []]);
    }
  };
  await Promise.all(urls.map(tryAll));
});
