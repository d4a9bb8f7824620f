// A test message goes the way of every other, and the exit code is the peer's word.
import { describe, expect, test } from "vitest";
import { tocsinProcess } from "../kit/tocsin-process.ts";
import { skipped } from "../peers/install.ts";
import { freePort, joinAs, ngircd, startNgircd } from "../peers/ngircd.ts";
import { startReceiver, webhookSecret } from "../peers/webhook-receiver.ts";

describe.skipIf(skipped(ngircd, "send-test"))("tocsin send-test", () => {
  test("says a marked message by the running server, over its one connection, and alone without one", async () => {
    await using irc = await startNgircd();
    await using team = await joinAs(irc, "watcher", "#team");
    await using tocsin = await tocsinProcess(
      () => `
site: { name: CI }
server: { port: 0 }
components: [{ id: ci, name: CI }]
channels:
  - { id: team-irc, type: irc, host: ${irc.host}, port: ${irc.port}, tls: false, nick: tocsin, join: "#team" }
`,
    );
    const alone = await tocsin.cli("send-test", "team-irc");
    expect(alone).toMatchObject({ code: 0, out: expect.stringMatching(/team-irc took it \(without a server/u) });
    await team.expects(/^TEST\. This is a test of the channel team-irc\. Nothing is broken\./u);
    await team.sees(/tocsin\S* QUIT/u);
    await tocsin.start();
    const served = await tocsin.cli("send-test", "team-irc", "can", "you", "hear", "me?");
    expect(served).toMatchObject({
      code: 0,
      out: expect.stringMatching(/team-irc took it \(by the running server, 1 try/u),
    });
    await team.expects(/^TEST\. can you hear me\?/u);
    // One came and went alone; one is the server's, and the test was said over it.
    expect(team.lines.filter((each) => /^:tocsin\S* JOIN/u.test(each))).toHaveLength(2);
    const wrong = await tocsin.cli("send-test", "team-ircc");
    expect(wrong).toMatchObject({
      code: 1,
      err: expect.stringMatching(/there is no channel "team-ircc"; did you mean "team-irc"\?/u),
    });
  });

  test("what the peer refuses is exit 1 with its reason, with a server and without", async () => {
    await using bot = await startReceiver();
    bot.answer((response) => void response.writeHead(410).end("no longer here"));
    await using tocsin = await tocsinProcess(
      () => `
site: { name: CI }
server: { port: 0 }
components: [{ id: ci, name: CI }]
channels: [{ id: bot, type: webhook, url: "${bot.url}", secret: ${webhookSecret} }]
`,
    );
    const refused = { code: 1, err: expect.stringMatching(/answered 410: no longer here/u) };
    expect(await tocsin.cli("send-test", "bot")).toMatchObject(refused);
    await tocsin.start();
    expect(await tocsin.cli("send-test", "bot")).toMatchObject(refused);
    expect(bot.strange.length + bot.received.length).toBe(2);
  });

  test("what nobody takes is given up: it does not arrive when it is forgotten", { timeout: 60_000 }, async () => {
    const port = await freePort();
    await using tocsin = await tocsinProcess(
      () => `
site: { name: CI }
server: { port: 0 }
components: [{ id: ci, name: CI }]
channels: [{ id: bot, type: webhook, url: "http://127.0.0.1:${port}/", secret: ${webhookSecret} }]
`,
    );
    await tocsin.start();
    expect(await tocsin.cli("send-test", "bot")).toMatchObject({
      code: 1,
      err: expect.stringMatching(/ECONNREFUSED/u),
    });
    const list = await tocsin.cli("--json", "delivery", "list");
    expect(JSON.parse(list.out)).toMatchObject([
      { status: "dead", reason: expect.stringMatching(/not taken within 20 s/u) },
    ]);
  });
});
