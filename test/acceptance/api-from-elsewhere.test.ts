// The API as a program elsewhere meets it: over the network with a token, across a kill -9, and through the command line's --url.
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { IncidentDetail } from "../../src/http/contract.ts";
import { runTocsin, tocsinProcess, type Ran, type TocsinProcess } from "../kit/tocsin-process.ts";
import { z } from "zod";

const config = (): string => `
site: { name: Packit, url: "https://status.example.org" }
server: { port: 0 }
components: [{ id: copr, name: Copr builds }]
people: [{ id: alice, name: Alice }]
`;

const draft = { title: "Copr is down", impact: { copr: "major_outage" } };

async function tokenOf(tocsin: TocsinProcess, ...args: readonly string[]): Promise<string> {
  const made = await tocsin.cli("token", "create", ...args);
  expect([made.code, made.err]).toEqual([0, ""]);
  return made.out.split("\n")[0] ?? "";
}

describe("an order with an Idempotency-Key, sent again after a kill -9,", () => {
  test.each(["answer.kept", "command.committed"])("is done once, killed at %s", async (fault) => {
    await using tocsin = await tocsinProcess(config);
    const token = await tokenOf(tocsin, "pipeline", "--scope", "respond");
    const headers = { Authorization: `Bearer ${token}`, "Idempotency-Key": "deploy-17" };
    await tocsin.start(fault);
    await expect(tocsin.post("/api/v1/incidents", draft, headers)).rejects.toThrow(/socket hang up|ECONNRESET/u);
    await tocsin.kill();
    await tocsin.start();
    const again = await tocsin.post("/api/v1/incidents", draft, headers);
    expect(again.status).toBe(201);
    const list = await tocsin.get("/api/v1/incidents", { Authorization: `Bearer ${token}` });
    expect(z.array(z.object({ number: z.int() })).parse(JSON.parse(list.body))).toMatchObject([{ number: 1 }]);
  });
});

describe("the command line, with a server elsewhere,", () => {
  let tocsin: TocsinProcess;
  let token: string;
  const run = (env: NodeJS.ProcessEnv, ...args: readonly string[]): Promise<Ran> =>
    runTocsin(args, { cwd: "/", env: { PATH: process.env["PATH"], HOME: "/", NO_COLOR: "1", ...env } });

  beforeAll(async () => {
    tocsin = await tocsinProcess(config);
    token = await tokenOf(tocsin, "laptop", "--scope", "respond", "--as", "alice");
    await tocsin.start();
  });
  afterAll(() => tocsin[Symbol.asyncDispose]());

  test("drives it by the same commands, as whom the token was made for", async () => {
    const env = { TOCSIN_URL: tocsin.url(), TOCSIN_TOKEN: token };
    const opened = await run(env, "--json", "incident", "open", "--title", "x", "--component", "copr=partial_outage");
    expect([opened.code, opened.err]).toEqual([0, ""]);
    expect(IncidentDetail.parse(JSON.parse(opened.out)).timeline[0]?.by).toEqual({ kind: "person", id: "alice" });
    const listed = await run({}, "--url", `${tocsin.url()}/`, "--token", token, "incident", "list");
    expect(listed.out).toMatch(/draft.*triggered/u);
    const missing = await run(env, "incident", "show", "9");
    expect(missing).toEqual({ code: 1, out: "", err: "tocsin: there is no incident 9\n" });
    const refused = await run(env, "token", "list");
    expect(refused).toMatchObject({ code: 1, err: 'tocsin: this needs a token with the scope "admin"\n' });
  });

  test.each<readonly [string, number, NodeJS.ProcessEnv, RegExp]>([
    ["no token", 2, { TOCSIN_URL: "http://127.0.0.1:1" }, /wants a token: set TOCSIN_TOKEN/u],
    ["no address", 2, { TOCSIN_URL: "status.example.org" }, /is no address of a server/u],
    ["a secret in the address", 2, { TOCSIN_URL: "http://a:b@127.0.0.1:1", TOCSIN_TOKEN: "x" }, /holds no secrets/u],
    [
      "a line break in the token",
      2,
      { TOCSIN_URL: "http://127.0.0.1:1", TOCSIN_TOKEN: "x\ny" },
      /characters that no token has/u,
    ],
    [
      "nobody there",
      3,
      { TOCSIN_URL: "http://127.0.0.1:1", TOCSIN_TOKEN: "x" },
      /127\.0\.0\.1:1 cannot be reached: .*ECONNREFUSED/u,
    ],
  ])("says what is wrong: %s", async (_what, code, env, words) => {
    const ran = await run(env, "incident", "list");
    expect([ran.code, ran.out]).toEqual([code, ""]);
    expect(ran.err).toMatch(words);
  });

  test("says what is wrong with a token, and never shows it", async () => {
    const wrong = `tocsin_laptop_${"0".repeat(48)}`;
    const ran = await run({ TOCSIN_URL: tocsin.url(), TOCSIN_TOKEN: wrong }, "incident", "list");
    expect(ran).toMatchObject({ code: 1, err: "tocsin: the token is wrong\n" });
    const as = await run({ TOCSIN_URL: tocsin.url(), TOCSIN_TOKEN: token }, "--as", "alice", "incident", "list");
    expect(as).toMatchObject({ code: 2, err: "tocsin: the token says who you are there: leave --as out\n" });
    expect(tocsin.output()).not.toContain("tocsin_laptop_");
  });
});

describe("tocsin token", () => {
  test("makes, lists and revokes, and says what is wrong", async () => {
    await using tocsin = await tocsinProcess(config);
    const made = await tocsin.cli("token", "create", "bot", "--scope", "read", "--expires", "90d");
    expect(made.out).toMatch(/^tocsin_bot_[0-9a-f]{48}\nKeep it now/u);
    const list = await tocsin.cli("token", "list");
    expect(list.out).toMatch(/bot +read +expires .* never/u);
    expect(list.out).not.toContain(made.out.slice(0, 60));
    expect((await tocsin.cli("token", "revoke", "bot")).out).toBe('The token "bot" is revoked.\n');
    expect(await tocsin.cli("token", "create", "bot", "--scope", "read")).toMatchObject({
      code: 1,
      err: expect.stringContaining("is taken"),
    });
    for (const [line, code, words] of [
      ["token create x", 2, /a token needs --scope/u],
      ["token create x --scope raed", 2, /there is no scope "raed"; did you mean "read"\?/u],
      ["token create X --scope read", 1, /must be a-z, 0-9 and single dashes/u],
      ["token create x --scope read --expires -1d", 1, /it would have expired already/u],
      ["token create x --scope read --as alcie", 1, /there is no person "alcie"; did you mean "alice"\?/u],
      ["token revoke nobody", 1, /there is no token "nobody"/u],
    ] as const) {
      const ran = await tocsin.cli(...line.split(" "));
      expect([ran.code, ran.out]).toEqual([code, ""]);
      expect(ran.err).toMatch(words);
    }
  });
});
