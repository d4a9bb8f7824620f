import { spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { heardLog, type HeardLog } from "../../test/peers/heard-log.ts";
import { skipped } from "../../test/peers/install.ts";
import { startIrcScript } from "../../test/peers/irc-script.ts";
import { joinAs, ngircd, startNgircd } from "../../test/peers/ngircd.ts";
import type { ChannelId, PersonId } from "../config/names.ts";
import type { Channel, Tenure } from "../delivery/channel.ts";
import type { Message } from "../delivery/message.ts";
import { wallClock } from "../lib/clock.ts";
import { brand } from "../lib/ids.ts";
import { irc, renderForIrc } from "./irc.ts";

const never = new AbortController().signal;
const alice = brand<PersonId>("alice");
const bob = brand<PersonId>("bob");
const message: Message = {
  lead: "Copr builds fail (major outage)",
  text: "17 of 19 builds failed in 23 min.",
  link: "https://status.example.org/incidents/12",
  mentions: [],
  saidAt: 0,
  priority: "page",
  possiblyRepeated: false,
};
const nameOf = (person: string): string => `${person}_irc`;

function make(configs: Readonly<Record<string, object>>, logs: HeardLog = heardLog()): ReadonlyMap<string, Channel> {
  const entries = Object.entries(configs).map(([id, config]) => ({
    id: brand<ChannelId>(id),
    audience: "team" as const,
    config: irc.config.parse(config),
  }));
  return irc.make(entries, { clock: wallClock, log: logs.log, nameOf });
}

const forEver: Tenure = { signal: never, held: () => true };

/** Opened, and closed with its scope. */
function channelOf(
  channels: ReadonlyMap<string, Channel>,
  id: string,
  tenure: Tenure = forEver,
): Channel & AsyncDisposable {
  const channel = channels.get(id);
  if (channel === undefined) throw new Error(`no channel ${id}`);
  channel.open?.(tenure);
  return { ...channel, [Symbol.asyncDispose]: async () => channel.close?.() };
}

describe("rendering", () => {
  const render = (change: Partial<Message>): string => renderForIrc({ ...message, ...change }, nameOf);

  test("names, lead, text and link are one line", () => {
    expect(render({ mentions: [alice, bob] })).toBe(
      "alice_irc, bob_irc: Copr builds fail (major outage). 17 of 19 builds failed in 23 min. https://status.example.org/incidents/12",
    );
  });

  test("a message that may have arrived before says so at the end", () => {
    expect(render({ possiblyRepeated: true })).toMatch(/incidents\/12 \(possibly repeated\)$/u);
  });

  test("what is missing leaves no gap", () => {
    const { link: _, ...linkless } = message;
    expect(renderForIrc({ ...linkless, text: "" }, nameOf)).toBe("Copr builds fail (major outage).");
    expect(render({ lead: "Is it you?", text: "Yes." })).toMatch(/^Is it you\? Yes\. https/u);
    expect(render({ lead: "" })).toMatch(/^17 of 19/u);
  });

  test("whatever an alert says, it is one line without control characters, and the link is whole", () => {
    const hostile = fc.string({
      unit: fc.oneof(
        fc.string({ unit: "binary", maxLength: 1 }),
        fc.constantFrom("\r\n", "\0", "\u202e", "\u0003", "QUIT", " ", ":"),
      ),
    });
    fc.assert(
      fc.property(hostile, hostile, fc.webUrl(), fc.boolean(), (lead, text, link, possiblyRepeated) => {
        const line = renderForIrc({ ...message, lead, text, link, mentions: [alice], possiblyRepeated }, () => text);
        expect(line).not.toMatch(/[\p{Cc}\u2028\u2029\u202a-\u202e\u2066-\u2069]/u);
        expect(line.split(" ")).toContain(link);
      }),
    );
  });

  test("a very long text is cut, and its link is not", () => {
    const line = render({ text: "word ".repeat(2_000) });
    expect(line.length).toBeLessThan(1_700);
    expect(line).toMatch(/… https:\/\/status\.example\.org\/incidents\/12$/u);
  });

  test("a link with spaces stays one word", () => {
    expect(render({ link: "https://x.test/a b\nc" })).toMatch(/ https:\/\/x\.test\/a%20b%20c$/u);
  });

  test("a link that would not fit into a line is left out whole", () => {
    expect(render({ link: `https://x.test/${"a".repeat(400)}` })).toMatch(
      /23 min\. \(the link is too long for IRC\)$/u,
    );
  });
});

describe("the config", () => {
  const own = { host: "irc.example.org", nick: "tocsin", join: "#team" };

  test.each<readonly [string, object]>([
    ["the least", own],
    [
      "the most",
      {
        ...own,
        port: 6697,
        tls: false,
        user: "t",
        realname: "T",
        password: "p",
        sasl: { user: "t", password: "p" },
        pace: { burst: 1, every: "5s" },
      },
    ],
    ["a port from the environment", { ...own, port: "6667" }],
    ["a shared connection", { same_connection_as: "team-irc", join: "#users" }],
    ["a local channel", { ...own, join: "&ops" }],
  ])("%s is accepted", (_, config) => {
    expect(irc.config.safeParse(config).error?.issues).toBeUndefined();
  });

  test.each<readonly [string, object, RegExp]>([
    ["no host", { nick: "t", join: "#a" }, /host is missing/u],
    ["no nick", { host: "h", join: "#a" }, /nick is missing/u],
    ["an unknown key", { ...own, nik: "t" }, /nik/u],
    [
      "two kinds of connection",
      { same_connection_as: "team-irc", join: "#a", nick: "t" },
      /nick belongs to the connection of "team-irc"/u,
    ],
    ["a person for a channel", { ...own, join: "alice" }, /a channel such as #team/u],
    ["a space in the channel", { ...own, join: "#a b" }, /a channel such as #team/u],
    ["two channels", { ...own, join: "#a,#b" }, /a channel such as #team/u],
    ["a line break in the channel", { ...own, join: "#a\r\nQUIT" }, /a channel such as #team/u],
    ["a bell in the channel", { ...own, join: "#a\u0007" }, /a channel such as #team/u],
    ["a very long channel", { ...own, join: `#${"é".repeat(40)}` }, /64 bytes/u],
    ["a line break in the nick", { ...own, nick: "t\nQUIT" }, /a nick/u],
    ["a figure first in the nick", { ...own, nick: "1t" }, /a nick/u],
    ["a line break in the password", { ...own, password: "a\nQUIT" }, /one line/u],
    ["a line break in the real name", { ...own, realname: "a\rQUIT" }, /one line/u],
    ["a space in the user", { ...own, user: "a b" }, /1 to 10 characters/u],
    ["a NUL in the account's password", { ...own, sasl: { user: "a", password: "b\0c" } }, /password/u],
    ["a port out of range", { ...own, port: 70_000 }, /port/u],
    ["no duration", { ...own, pace: { every: "soon" } }, /a duration such as 2s/u],
  ])("%s is refused", (_, config, words) => {
    expect(JSON.stringify(irc.config.safeParse(config).error?.issues).replaceAll("\\", "")).toMatch(words);
  });

  test("a connection that does not exist is an error with the nearest match", () => {
    const configs = { "team-irc": own, "users-irc": { same_connection_as: "team-ircc", join: "#users" } };
    expect(() => make(configs)).toThrow(
      'channel users-irc: same_connection_as: there is no IRC channel "team-ircc" with a connection of its own; did you mean "team-irc"?',
    );
    const chain = { a: { same_connection_as: "b", join: "#a" }, b: { same_connection_as: "a", join: "#b" } };
    expect(() => make(chain)).toThrow(/there are none$/u);
  });

  test("a file of certificates that is missing, or holds none, is an error", () => {
    expect(() => make({ a: { ...own, tls_ca_file: "/nowhere/ca.pem" } })).toThrow(
      /^channel a: tls_ca_file cannot be used: .*ENOENT/u,
    );
    const folder = mkdtempSync(join(tmpdir(), "tocsin-irc-"));
    try {
      writeFileSync(join(folder, "ca.pem"), "hello");
      expect(() => make({ a: { ...own, tls_ca_file: join(folder, "ca.pem") } })).toThrow(/tls_ca_file cannot be used/u);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});

describe("on a connection", () => {
  test("channels that share a connection join it together, and one more connection is one more", async () => {
    await using server = await startIrcScript();
    const own = { host: server.host, port: server.port, tls: false, nick: "tocsin" };
    const logs = heardLog();
    const channels = make(
      {
        "users-irc": { same_connection_as: "team-irc", join: "#users" },
        "team-irc": { ...own, join: "#team" },
        "other-irc": { ...own, nick: "other", join: "#other" },
      },
      logs,
    );
    await using team = channelOf(channels, "team-irc");
    await using users = channelOf(channels, "users-irc");
    await using other = channelOf(channels, "other-irc");
    for (const name of ["#team", "#users", "#other"]) await logs.expects(new RegExp(`${name}.*joined`, "u"));
    expect(server.connections).toBe(2);
    expect([team.connection, users.connection, other.connection]).toEqual(["team-irc", "team-irc", "other-irc"]);
    expect([team.trouble?.(), users.trouble?.()]).toEqual([undefined, undefined]);
    expect(await users.send({ ...message, mentions: [alice] }, { subject: "incident:12", key: "k" }, never)).toEqual({
      kind: "sent",
    });
    await server.hears(/^PRIVMSG #users :alice_irc: Copr builds fail/u);
  });

  test("trouble says what is wrong, and a message is then left to be tried again", async () => {
    const on = {
      JOIN: (client: { readonly nick: string; reply(rest: string): void }): boolean => (
        client.reply(`474 ${client.nick} #team :Cannot join`),
        true
      ),
    };
    await using server = await startIrcScript({ on });
    const logs = heardLog();
    const config = { host: server.host, port: server.port, tls: false, nick: "tocsin", join: "#team" };
    await using team = channelOf(make({ a: config }, logs), "a");
    expect(team.trouble?.()).toBe(`connecting to 127.0.0.1:${server.port}`);
    expect(await team.send(message, { subject: "incident:12", key: "k" }, never)).toMatchObject({ kind: "retry" });
    await logs.expects(/not in the channel: banned/u);
    expect(team.trouble?.()).toBe("not in #team: banned");
  });

  test("it connects when it is opened and not before, leaves when it is closed, and can be opened again", async () => {
    await using server = await startIrcScript();
    const logs = heardLog();
    const channels = make(
      { a: { host: server.host, port: server.port, tls: false, nick: "tocsin", join: "#team" } },
      logs,
    );
    const idle = channels.get("a");
    expect(await idle?.send(message, { subject: "incident:12", key: "k" }, never)).toMatchObject({
      kind: "retry",
      because: /does not run/u,
    });
    expect(server.connections).toBe(0);
    for (const turn of [1, 2]) {
      await using team = channelOf(channels, "a");
      await logs.expects(/"msg":"joined"/u);
      expect(await team.send(message, { subject: "incident:12", key: "k" }, never)).toEqual({ kind: "sent" });
      expect(server.connections).toBe(turn);
    }
    expect(await idle?.send(message, { subject: "incident:12", key: "k" }, never)).toMatchObject({ kind: "retry" });
  });

  test("who may no longer speak says nothing, though the connection is still there", async () => {
    await using server = await startIrcScript();
    const logs = heardLog();
    let held = true;
    const configs = { a: { host: server.host, port: server.port, tls: false, nick: "tocsin", join: "#team" } };
    await using team = channelOf(make(configs, logs), "a", { signal: never, held: () => held });
    await logs.expects(/"msg":"joined"/u);
    held = false;
    expect(await team.send(message, { subject: "incident:12", key: "k" }, never)).toEqual({
      kind: "retry",
      because: "stopped",
    });
    held = true;
    expect(await team.send({ ...message, lead: "Now" }, { subject: "incident:12", key: "k" }, never)).toEqual({
      kind: "sent",
    });
    expect(server.lines.filter((line) => line.startsWith("PRIVMSG"))).toHaveLength(1);
  });

  test("a password without TLS is worth a warning, without the password", async () => {
    await using server = await startIrcScript();
    const logs = heardLog();
    const config = {
      host: server.host,
      port: server.port,
      tls: false,
      nick: "tocsin",
      join: "#team",
      password: "hunter2",
    };
    await using team = channelOf(make({ a: config }, logs), "a");
    await logs.expects(/without tls the IRC password crosses the network/u);
    expect(team.connection).toBe("a");
    expect(logs.lines.join("\n")).not.toContain("hunter2");
  });
});

describe.skipIf(skipped(ngircd, "the IRC channel against ngIRCd"))("with ngIRCd", () => {
  test("a message reaches the channel over TLS, with its names and its link", async () => {
    await using server = await startNgircd({ tls: true });
    await using eve = await joinAs(server, "eve", "#team");
    const logs = heardLog();
    const config = { host: "localhost", port: server.port, tls_ca_file: server.caFile, nick: "tocsin", join: "#team" };
    await using team = channelOf(make({ a: config }, logs), "a");
    await logs.expects(/"msg":"joined"/u);
    expect(await team.send({ ...message, mentions: [alice] }, { subject: "incident:12", key: "k" }, never)).toEqual({
      kind: "sent",
    });
    expect(await eve.expects(/^alice_irc: Copr/u)).toMatch(/ https:\/\/status\.example\.org\/incidents\/12$/u);
  });

  test("a long message takes several lines, and its link stays whole in one of them", async () => {
    await using server = await startNgircd();
    await using eve = await joinAs(server, "eve", "#team");
    const logs = heardLog();
    const own = { host: server.host, port: server.port, tls: false, nick: "tocsin", join: "#team" };
    await using team = channelOf(make({ a: { ...own, pace: { burst: 100, every: "0s" } } }, logs), "a");
    await logs.expects(/"msg":"joined"/u);
    for (let length = 380; length < 440; length += 5) {
      await team.send({ ...message, text: "x".repeat(length) }, { subject: "incident:12", key: "k" }, never);
      await eve.expects(/(?:^| )https:\/\/status\.example\.org\/incidents\/12$/u);
    }
  });

  test("a crash right after the bytes left finds the message delivered", async () => {
    await using server = await startNgircd();
    await using eve = await joinAs(server, "eve", "#team");
    const child = spawn(process.execPath, ["--input-type=module-typescript", "--eval", crashing(server.port)], {
      env: { ...process.env, TOCSIN_TEST: "1", TOCSIN_FAULT: "channel.written" },
      stdio: ["ignore", "ignore", "inherit"],
    });
    using _ = { [Symbol.dispose]: () => child.kill("SIGKILL") };
    const signal = await new Promise((resolve) => child.once("exit", (_code, by) => resolve(by)));
    expect(signal).toBe("SIGKILL");
    await eve.expects(/^Copr builds fail/u);
  });
});

/** A program that says one message and then lives on; its text is TypeScript. */
function crashing(port: number): string {
  const from = (path: string): string => JSON.stringify(new URL(path, import.meta.url).href);
  return `
    import { irc } from ${from("./irc.ts")};
    import { wallClock } from ${from("../lib/clock.ts")};
    import { pino } from "pino";
    const joined = Promise.withResolvers();
    const log = pino({}, { write: (line) => line.includes("joined") && joined.resolve() });
    const config = irc.config.parse({ host: "127.0.0.1", port: ${port}, tls: false, nick: "tocsin", join: "#team" });
    const channel = irc.make([{ id: "a", audience: "team", config }], { clock: wallClock, log, nameOf: String }).get("a");
    channel.open({ signal: new AbortController().signal, held: () => true });
    await joined.promise;
    await channel.send(${JSON.stringify(message)}, { subject: "incident:12", key: "k" }, new AbortController().signal);
    process.exit(0);
  `;
}
