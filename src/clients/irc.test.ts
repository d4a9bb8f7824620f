import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { desk } from "../../test/peers/desk.ts";
import { heardLog } from "../../test/peers/heard-log.ts";
import { skipped } from "../../test/peers/install.ts";
import { fromPerson, startIrcScript, type Script, type ScriptedClient } from "../../test/peers/irc-script.ts";
import { freePort, joinAs, ngircd, startNgircd } from "../../test/peers/ngircd.ts";
import { minute, second, wallClock } from "../lib/clock.ts";
import { heldClock } from "../lib/held-clock.ts";
import type { IrcIdentity } from "./irc-handshake.ts";
import type { IrcOptions, Spoken } from "./irc-link.ts";
import { connectIrc } from "./irc.ts";

const never = new AbortController().signal;
const tocsin: IrcIdentity = { nick: "tocsin", user: "tocsin", realname: "Tocsin, the outage desk" };

/** A held clock that tells which waits begin: they are the client's moments. */
function toldClock() {
  const held = heldClock(0);
  const waits = desk("wait");
  return {
    clock: {
      now: () => held.now(),
      wait: (ms: number, signal?: AbortSignal) => {
        waits.arrives(String(ms));
        return held.wait(ms, signal);
      },
    },
    advance: (ms: number) => held.advance(ms),
    /** Resolves when somebody begins to wait for so long. */
    waiting: (ms: number) => waits.expects(new RegExp(`^${ms}$`, "u"), 10_000),
  };
}

type Where = { readonly host: string; readonly port: number };

/** A connection with a clock that is held, a log that is heard and no jitter. */
function connect(to: Where, identity: Partial<IrcIdentity> = {}, more: Partial<IrcOptions> = {}) {
  const time = toldClock();
  const logs = heardLog();
  const connection = connectIrc({
    address: { host: to.host, port: to.port, tls: false },
    identity: { ...tocsin, ...identity },
    channels: ["#team"],
    clock: time.clock,
    log: logs.log,
    random: () => 0,
    ...more,
  });
  return {
    ...time,
    logs,
    say: (text: string, signal = never, written?: () => void) => connection.say("#team", text, signal, written),
    trouble: () => connection.trouble("#team"),
    close: () => connection.close(),
    joined: () => logs.expects(/"msg":"joined"/u),
    [Symbol.asyncDispose]: () => connection.close(),
  };
}

/** Connected to a server that follows the script, and in #team. */
async function joined(script: Script, identity: Partial<IrcIdentity> = {}, more: Partial<IrcOptions> = {}) {
  const server = await startIrcScript(script);
  const irc = connect(server, identity, more);
  await irc.joined();
  return {
    ...irc,
    server,
    async [Symbol.asyncDispose]() {
      await irc.close();
      await server[Symbol.asyncDispose]();
    },
  };
}

const lineOf = (letter: string): string => letter.repeat(380);
const saidAs = (spoken: Spoken): string => (spoken.kind === "sent" ? "sent" : `${spoken.kind}: ${spoken.because}`);
const deaf = (): boolean => true;
/** Refuses each PRIVMSG for which `when` holds, with a numeric. */
const refusing = (numeric: string, when: (text: string) => boolean = () => true): Script => ({
  on: {
    PRIVMSG: (client, line) => {
      if (when(line.params[1] ?? "")) client.reply(`${numeric} ${client.nick} ${line.params[0] ?? ""} :Cannot send`);
      return true;
    },
  },
});

describe("coming back", () => {
  test("a server that refuses the first connections is tried again, ever more slowly, at least every 5 minutes", async () => {
    const port = await freePort();
    await using irc = connect({ host: "127.0.0.1", port });
    for (const seconds of [1, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300, 300]) {
      await irc.waiting(seconds * second);
      expect(irc.trouble()).toBe(`connecting to 127.0.0.1:${port}: ECONNREFUSED`);
      if (seconds < 300) await irc.advance(seconds * second);
      else await irc.advance(5 * minute);
    }
    await irc.waiting(5 * minute);
    await using server = await startIrcScript({ port });
    await irc.advance(5 * minute);
    await irc.joined();
    expect(irc.trouble()).toBeUndefined();
    expect(server.connections).toBe(1);
  });

  test("jitter cuts a wait by up to a half", async () => {
    const port = await freePort();
    await using irc = connect({ host: "127.0.0.1", port }, {}, { random: () => 1 });
    await irc.waiting(500);
    expect(irc.trouble()).toContain("ECONNREFUSED");
  });

  test("after the server hangs up, it comes back and joins again", async () => {
    await using irc = await joined({});
    irc.server.client?.raw("ERROR :Closing link: server goes down\r\n");
    irc.server.client?.end();
    await irc.waiting(second);
    const why = "the server closed the connection (Closing link: server goes down)";
    expect(irc.trouble()).toBe(`connecting to 127.0.0.1:${irc.server.port}: ${why}`);
    expect(await irc.say("hello")).toEqual({ kind: "retry", because: irc.trouble() });
    await irc.advance(second);
    await irc.joined();
    expect(await irc.say("hello")).toEqual({ kind: "sent" });
  });

  test("a server that lets in and throws out at once is not hammered", async () => {
    await using irc = connect(await startIrcScript({ on: { JOIN: (client) => (client.end(), true) } }));
    for (const seconds of [1, 2, 4, 8]) {
      await irc.waiting(seconds * second);
      await irc.advance(seconds * second);
    }
  });

  test("a connection that held for more than a minute makes the next wait short again", async () => {
    await using irc = await joined({});
    for (const _ of "123") {
      await irc.advance(minute + second);
      expect(await irc.say("settled in")).toEqual({ kind: "sent" });
      irc.server.client?.destroy();
      await irc.waiting(second);
      await irc.advance(second);
      await irc.joined();
    }
  });

  test("a clock that is set back does not silence it", async () => {
    let offset = 0;
    const held = heldClock(0);
    const clock = { now: () => held.now() + offset, wait: (ms: number, signal?: AbortSignal) => held.wait(ms, signal) };
    await using irc = await joined({}, {}, { clock, pace: { burst: 1, everyMs: 2 * second } });
    await irc.say("before");
    offset = -1_000_000;
    const said = irc.say("after");
    await held.advance(2 * second);
    expect(await said).toEqual({ kind: "sent" });
  });

  test("a server that never says welcome is given up after 45 s and tried again", async () => {
    await using server = await startIrcScript({ on: { USER: (client) => client.turn === 1 } });
    await using irc = connect(server);
    await server.hears(/^USER/u);
    await irc.advance(45 * second);
    await irc.waiting(second);
    expect(irc.trouble()).toContain("no welcome within 45 s");
    await irc.advance(second);
    await irc.joined();
  });

  test("a silent server is asked within two minutes and given up 30 s later", async () => {
    await using irc = await joined({ on: { PING: (client, line) => client.turn === 1 && line.params[0] === "alive" } });
    await irc.say("last words");
    await irc.advance(2 * minute);
    await irc.server.hears(/^PING alive$/u);
    await irc.advance(29 * second);
    expect(irc.trouble()).toBeUndefined();
    await irc.advance(second);
    await irc.waiting(second);
    expect(irc.trouble()).toContain("silent, even when asked, for 30 s");
    await irc.advance(second);
    await irc.joined();
  });

  test("a server that answers is kept", async () => {
    await using irc = await joined({});
    await irc.advance(2 * minute);
    await irc.server.hears(/^PING alive$/u);
    expect(await irc.say("when this is sent, the answer has come")).toEqual({ kind: "sent" });
    await irc.advance(31 * second);
    expect(irc.trouble()).toBeUndefined();
    expect(irc.server.connections).toBe(1);
  });

  test("a server's PING is answered with its token", async () => {
    await using irc = await joined({ connected: (client) => client.raw("PING :are you there\r\n") });
    expect(irc.server.lines.find((line) => line.startsWith("PONG"))).toBe("PONG :are you there");
  });

  test("a line without an end does not fill the memory", async () => {
    await using irc = await joined({});
    irc.server.client?.raw("x".repeat(20_000));
    await irc.waiting(second);
    expect(irc.trouble()).toContain("a line without an end");
  });
});

describe("getting in", () => {
  const collide = (numeric: string, times: number): Script => {
    let left = times;
    return {
      on: {
        NICK: (client, line) => {
          if (left <= 0) return false;
          left -= 1;
          client.reply(`${numeric} * ${line.params[0] ?? ""} :Nickname is already in use`);
          return true;
        },
      },
    };
  };

  /** Somebody has the nick `tocsin` and keeps it. */
  const holding = (): Script => ({
    on: {
      NICK: (client, line) => {
        if (line.params[0] !== "tocsin") return false;
        client.reply(`433 ${client.nick} tocsin :Nickname is already in use`);
        return true;
      },
    },
  });

  test.each(["433", "436", "437"])("a nick that is taken (%s) gets underscores", async (numeric) => {
    await using irc = await joined(collide(numeric, 2));
    expect(irc.server.lines.filter((line) => line.startsWith("NICK"))).toEqual([
      "NICK tocsin",
      "NICK tocsin_",
      "NICK tocsin__",
    ]);
    expect(await irc.say("under another name")).toEqual({ kind: "sent" });
  });

  test("the wanted nick is asked for again every minute, and as soon as its holder leaves", async () => {
    await using irc = await joined(collide("433", 1));
    await irc.server.hears(/^NICK tocsin_$/u);
    await irc.server.hears(/^NICK tocsin$/u);
    irc.server.client?.raw(fromPerson("Tocsin", "QUIT :bye"));
    await irc.server.hears(/^NICK tocsin$/u);
    expect(await irc.say("as myself")).toEqual({ kind: "sent" });
    await irc.advance(5 * minute);
    expect(irc.server.lines.filter((line) => line === "NICK tocsin")).toHaveLength(2);
  });

  test("the wanted nick is taken as soon as its holder takes another", async () => {
    await using irc = await joined(collide("433", 1));
    await irc.server.hears(/^NICK tocsin$/u);
    irc.server.client?.raw(fromPerson("TOCSIN", "NICK :bell"));
    await irc.server.hears(/^NICK tocsin$/u);
    expect(await irc.say("as myself")).toEqual({ kind: "sent" });
  });

  test("a nick whose holder stays is asked for again and again", async () => {
    await using irc = await joined(holding());
    for (const _ of "123") {
      await irc.waiting(minute);
      await irc.advance(minute);
      await irc.server.hears(/^NICK tocsin$/u);
    }
    expect(irc.trouble()).toBeUndefined();
  });

  test("when all nicks are taken, it says so and tries again later", async () => {
    await using server = await startIrcScript(collide("433", 10));
    await using irc = connect(server);
    await irc.waiting(second);
    expect(irc.trouble()).toContain("the nick tocsin and all its variants are taken");
    await irc.advance(second);
    await irc.joined();
    expect(new Set(server.lines.filter((line) => line.startsWith("NICK"))).size).toBe(10);
  });

  test.each([
    ["432", "the server does not accept the nick tocsin (No)"],
    ["464", "the server refused the password (No)"],
    ["465", "banned from the server (No)"],
  ])("a refusal (%s) is reported and tried again", async (numeric, words) => {
    const on = {
      USER: (client: ScriptedClient): boolean => {
        if (client.turn === 1) client.reply(`${numeric} * tocsin :No`);
        return client.turn === 1;
      },
    };
    await using server = await startIrcScript({ on });
    await using irc = connect(server);
    await irc.waiting(second);
    expect(irc.trouble()).toBe(`connecting to 127.0.0.1:${server.port}: ${words}`);
    await irc.advance(second);
    await irc.joined();
  });

  test("the server's password goes before everything else", async () => {
    await using irc = await joined({}, { password: "open sesame" });
    expect(irc.server.lines.slice(0, 3)).toEqual([
      "PASS :open sesame",
      "NICK tocsin",
      "USER tocsin 0 * :Tocsin, the outage desk",
    ]);
  });
});

describe("logging in by SASL PLAIN", () => {
  const account = { user: "tocsin", password: "hunter2-hunter2" };
  const capabilities = ["multi-prefix", "sasl=EXTERNAL,PLAIN", "away-notify"];

  test("the account is proven before the registration ends", async () => {
    await using irc = await joined({ account, capabilities }, { sasl: account });
    expect(irc.server.lines.slice(0, 7)).toEqual([
      "CAP LS 302",
      "NICK tocsin",
      "USER tocsin 0 * :Tocsin, the outage desk",
      "CAP REQ sasl",
      "AUTHENTICATE PLAIN",
      `AUTHENTICATE ${Buffer.from("tocsin\0tocsin\0hunter2-hunter2").toString("base64")}`,
      "CAP END",
    ]);
  });

  // 286 + 14 = 300 bytes are just 400 in base64: the chunk that says "this is all" is then a lone +.
  test.each([285, 286, 287, 586, 900])("a password of %i characters goes in chunks of 400", async (length) => {
    const long = { user: "tocsin", password: "p".repeat(length) };
    await using irc = await joined({ account: long, capabilities: ["sasl"] }, { sasl: long });
    expect(irc.trouble()).toBeUndefined();
  });

  test("a wrong password is trouble; it is tried again, and never said in another way", async () => {
    await using server = await startIrcScript({ account, capabilities });
    await using irc = connect(server, { sasl: { user: "tocsin", password: "wrong-horse" } });
    for (const seconds of [1, 2]) {
      await irc.waiting(seconds * second);
      expect(irc.trouble()).toContain("SASL refused: wrong user or password (SASL authentication failed)");
      await irc.advance(seconds * second);
    }
    await irc.waiting(4 * second);
    expect(server.lines.filter((line) => /^(?:PASS|PRIVMSG|JOIN|CAP END|OPER)/u.test(line))).toEqual([]);
    const proof = Buffer.from("tocsin\0tocsin\0wrong-horse").toString("base64");
    const everything = [...irc.logs.lines, irc.trouble(), ...server.lines.filter((line) => !line.includes(proof))].join(
      "\n",
    );
    expect(everything).not.toContain("wrong-horse");
    expect([...irc.logs.lines, irc.trouble()].join("\n")).not.toContain(proof);
  });

  test("a server that repeats the password does not bring it into a log or an error", async () => {
    const on = {
      AUTHENTICATE: (client: ScriptedClient, line: { readonly params: readonly string[] }): boolean => {
        const word = line.params[0] ?? "";
        if (word === "PLAIN") return false;
        client.reply(`904 * :no such proof: ${word} hunter2-hunter2`);
        client.raw(`ERROR :go away, hunter2-hunter2\r\n`);
        return true;
      },
    };
    await using server = await startIrcScript({ account, capabilities, on });
    await using irc = connect(server, { sasl: account });
    await irc.waiting(second);
    expect(irc.trouble()).toContain("no such proof: *** ***");
    expect([...irc.logs.lines, irc.trouble()].join("\n")).not.toMatch(/hunter2|aHVudGVyMi/u);
  });

  test.each<readonly [string, Script, string]>([
    ["offers no sasl", { capabilities: ["multi-prefix"] }, "the server offers no SASL"],
    ["offers other methods", { capabilities: ["sasl=EXTERNAL"] }, "the server offers no SASL PLAIN, only EXTERNAL"],
    ["knows no CAP", {}, "the server offers no SASL"],
    [
      "refuses the request",
      {
        capabilities,
        on: { CAP: (client, line) => line.params[0] === "REQ" && (client.reply("CAP * NAK :sasl"), true) },
      },
      "the server offers no SASL",
    ],
    ["lets us in regardless", { on: { CAP: deaf } }, "the server offers no SASL"],
    [
      "locks the account",
      {
        capabilities,
        on: { AUTHENTICATE: (client) => (client.reply("902 * :You must use a nick assigned to you"), true) },
      },
      "SASL refused: the account is locked",
    ],
    [
      "finds it too long",
      { capabilities, on: { AUTHENTICATE: (client) => (client.reply("905 * :SASL message too long"), true) } },
      "SASL refused: the proof was too long",
    ],
    [
      "aborts",
      { capabilities, on: { AUTHENTICATE: (client) => (client.reply("906 * :SASL aborted"), true) } },
      "SASL refused: the server broke it off",
    ],
    [
      "knows other methods",
      { capabilities, on: { AUTHENTICATE: (client) => (client.reply("908 * EXTERNAL :are available"), true) } },
      "SASL refused: the server does not know PLAIN",
    ],
  ])("a server that %s is not entered", async (_, script, words) => {
    await using server = await startIrcScript(script);
    await using irc = connect(server, { sasl: account });
    await irc.waiting(second);
    expect(irc.trouble()).toContain(words);
    expect(server.lines.filter((line) => /^(?:JOIN|PASS)/u.test(line))).toEqual([]);
  });
});

describe("being in the channel", () => {
  test.each([
    ["403", "no such channel"],
    ["405", "in too many channels already"],
    ["407", "Duplicate recipients"],
    ["471", "the channel is full"],
    ["473", "invite only"],
    ["474", "banned"],
    ["475", "the channel has a key"],
    ["477", "the nick must be registered"],
    ["437", "Duplicate recipients"],
  ])("a JOIN refused with %s is trouble: %s", async (numeric, words) => {
    let refusals = 2;
    const on = {
      JOIN: (client: ScriptedClient): boolean => {
        if (refusals === 0) return false;
        refusals -= 1;
        client.reply(`${numeric} ${client.nick} #team :Duplicate recipients`);
        return true;
      },
    };
    await using server = await startIrcScript({ on });
    await using irc = connect(server);
    await irc.waiting(4 * second);
    expect(irc.trouble()).toBe(`not in #team: ${words}`);
    expect(await irc.say("hello")).toEqual({ kind: "retry", because: `not in #team: ${words}` });
    await irc.advance(4 * second);
    await irc.waiting(8 * second);
    await irc.advance(8 * second);
    await irc.joined();
    expect(await irc.say("hello")).toEqual({ kind: "sent" });
  });

  test("a JOIN that is never answered is asked again", async () => {
    let deafOnce = true;
    const on = { JOIN: (): boolean => deafOnce && !(deafOnce = false) };
    await using server = await startIrcScript({ on });
    await using irc = connect(server);
    await server.hears(/^JOIN/u);
    await irc.advance(30 * second);
    expect(irc.trouble()).toBe("not in #team: no answer to JOIN within 30 s");
    await irc.advance(4 * second);
    await irc.joined();
  });

  test("after a kick it says who did it, waits, and joins again", async () => {
    await using irc = await joined({});
    irc.server.client?.raw(fromPerson("alice", "KICK #Team TOCSIN :too loud"));
    await irc.logs.expects(/not in the channel: kicked by alice/u);
    expect(irc.trouble()).toBe("not in #team: kicked by alice (too loud)");
    expect((await irc.say("hello")).kind).toBe("retry");
    await irc.waiting(4 * second);
    await irc.advance(4 * second);
    await irc.joined();
    expect(await irc.say("hello")).toEqual({ kind: "sent" });
  });

  test("a refusal to let us in again is heard, also after something was said", async () => {
    let banned = false;
    const on = {
      JOIN: (client: ScriptedClient): boolean => {
        if (banned) client.reply(`474 ${client.nick} #team :Cannot join channel (+b)`);
        return banned;
      },
    };
    await using irc = await joined({ on });
    await irc.say("hello");
    banned = true;
    irc.server.client?.raw(fromPerson("alice", "KICK #team tocsin :out"));
    await irc.waiting(4 * second);
    await irc.advance(4 * second);
    await irc.waiting(8 * second);
    expect(irc.trouble()).toBe("not in #team: banned");
  });

  test("a kick of somebody else, or from elsewhere, changes nothing", async () => {
    await using irc = await joined({});
    irc.server.client?.raw(fromPerson("alice", "KICK #team bob :out"));
    irc.server.client?.raw(fromPerson("alice", "KICK #other tocsin :out"));
    irc.server.client?.raw("PING :all read\r\n");
    await irc.server.hears(/^PONG :all read$/u);
    expect(irc.trouble()).toBeUndefined();
    expect(await irc.say("still here")).toEqual({ kind: "sent" });
  });

  test("made to leave, it joins again", async () => {
    await using irc = await joined({});
    irc.server.client?.raw(`:${irc.server.client.nick}!t@h PART #team :by an operator\r\n`);
    await irc.waiting(4 * second);
    expect(irc.trouble()).toBe("not in #team: made to leave");
    await irc.advance(4 * second);
    await irc.joined();
  });

  test("the end of the list of names is enough to be in", async () => {
    const on: Script["on"] = { JOIN: (client) => (client.reply(`366 ${client.nick} #team :End`), true) };
    await using irc = await joined({ on });
    expect(await irc.say("hello")).toEqual({ kind: "sent" });
  });

  test("being in for a minute makes the next wait short again", async () => {
    await using irc = await joined({});
    for (const _ of "123") {
      irc.server.client?.raw(fromPerson("alice", "KICK #team tocsin :no"));
      await irc.waiting(4 * second);
      await irc.advance(4 * second);
      await irc.joined();
      await irc.advance(minute + second);
      expect(await irc.say("settled in")).toEqual({ kind: "sent" });
    }
  });

  test("a secret that somebody repeats in the channel does not reach a log or an error", async () => {
    await using irc = await joined({}, { password: "hunter2" });
    irc.server.client?.raw(fromPerson("alice", "KICK #team tocsin :your password is hunter2"));
    await irc.waiting(4 * second);
    expect(irc.trouble()).toBe("not in #team: kicked by alice (your password is ***)");
    expect(irc.logs.lines.join("\n")).not.toContain("hunter2");
  });

  test("kicked time and again, it comes back ever more slowly", async () => {
    const on = {
      JOIN: (client: ScriptedClient): boolean => {
        client.raw(`:tocsin!t@h JOIN #team\r\n${fromPerson("alice", "KICK #team tocsin :no")}`);
        return true;
      },
    };
    await using server = await startIrcScript({ on });
    await using irc = connect(server);
    for (const seconds of [4, 8, 16, 32]) {
      await irc.waiting(seconds * second);
      await irc.advance(seconds * second);
    }
  });
});

describe("saying", () => {
  test("a text is sent when the server has answered the PING that follows it", async () => {
    await using irc = await joined({});
    expect(await irc.say("hello")).toEqual({ kind: "sent" });
    const last = irc.server.lines.slice(-2);
    expect(last[0]).toBe("PRIVMSG #team :hello");
    expect(last[1]).toMatch(/^PING tocsin-\d+$/u);
  });

  test("a connection that breaks before the receipt leaves the text unknown", async () => {
    await using irc = await joined({ on: { PRIVMSG: (client) => (client.destroy(), true) } });
    expect(saidAs(await irc.say("hello"))).toMatch(/^unknown: .*before the receipt$/u);
  });

  test("a connection that breaks between two lines of a text leaves it unknown", async () => {
    await using irc = await joined(
      { on: { PRIVMSG: (client) => (client.destroy(), true) } },
      {},
      { pace: { burst: 1, everyMs: 2 * second } },
    );
    const said = irc.say(`${lineOf("a")} ${lineOf("b")} ${lineOf("c")}`);
    expect(await said).toMatchObject({ kind: "unknown" });
    expect(irc.server.lines.filter((line) => line.startsWith("PRIVMSG"))).toHaveLength(1);
  });

  test("a connection that breaks before the first line leaves the text to be tried again", async () => {
    await using irc = await joined({}, {}, { pace: { burst: 1, everyMs: 2 * second } });
    await irc.say("uses up the burst");
    const said = irc.say("waits for its turn");
    await irc.waiting(2 * second);
    irc.server.client?.destroy();
    expect(saidAs(await said)).toMatch(/^retry: .*closed the connection$/u);
    expect(irc.server.lines.join("\n")).not.toContain("waits for its turn");
  });

  test("a receipt that does not come within 30 s leaves the text unknown and the connection ends", async () => {
    await using irc = await joined({ on: { PING: (client) => client.turn === 1 } });
    const said = irc.say("hello");
    await irc.server.hears(/^PING tocsin/u);
    await irc.advance(29 * second);
    expect(irc.trouble()).toBeUndefined();
    await irc.advance(second);
    expect(await said).toEqual({ kind: "unknown", because: "no receipt within 30 s" });
    expect(await irc.say("the next is not in doubt")).toMatchObject({ kind: "retry" });
  });

  test("a slow server's receipt counts, and one for another text does not", async () => {
    const on = {
      PING: (client: ScriptedClient): boolean => {
        client.reply("PONG irc.script.test :tocsin-0");
        client.reply("PONG irc.script.test :alive");
        return true;
      },
    };
    await using irc = await joined({ on });
    let settled = false;
    const said = irc.say("hello").finally(() => (settled = true));
    const token = (await irc.server.hears(/^PING tocsin/u)).slice("PING ".length);
    await irc.advance(20 * second);
    expect(settled).toBe(false);
    irc.server.client?.reply(`PONG irc.script.test :${token}`);
    expect(await said).toEqual({ kind: "sent" });
    expect(irc.clock.now()).toBe(20 * second);
  });

  test("a text that the channel does not take is tried again, with the reason", async () => {
    await using irc = await joined(refusing("404"));
    expect(await irc.say("hello")).toEqual({ kind: "retry", because: "the channel does not let us speak" });
  });

  test("a text of which only a part was taken is in doubt", async () => {
    await using irc = await joined(refusing("404", (text) => text.startsWith("b")));
    const said = await irc.say(`${lineOf("a")} ${lineOf("b")}`);
    expect(said).toEqual({ kind: "unknown", because: "the channel does not let us speak" });
  });

  test.each(["403", "442"])(
    "a server that knows nothing of our JOIN (%s) is asked to let us in again",
    async (numeric) => {
      await using irc = await joined(refusing(numeric));
      expect(await irc.say("hello")).toMatchObject({ kind: "retry" });
      expect(irc.trouble()).toMatch(/^not in #team: /u);
      await irc.waiting(4 * second);
      await irc.advance(4 * second);
      await irc.joined();
    },
  );

  test("a kick while a text is on its way is not taken for a receipt", async () => {
    const on: Script["on"] = {
      PRIVMSG: (client, line) => {
        client.raw(fromPerson("alice", "KICK #team tocsin :no"));
        client.reply(`404 ${client.nick} ${line.params[0] ?? ""} :Cannot send to channel`);
        return true;
      },
    };
    await using irc = await joined({ on });
    expect(await irc.say("hello")).toMatchObject({ kind: "retry" });
  });

  test.each(["411", "412", "413", "414", "417"])(
    "a text that the server cannot take at all (%s) is rejected",
    async (numeric) => {
      const on = {
        PRIVMSG: (client: ScriptedClient): boolean => (client.reply(`${numeric} ${client.nick} :Bad text`), true),
      };
      await using irc = await joined({ on });
      expect(await irc.say("hello")).toEqual({ kind: "reject", because: "Bad text" });
    },
  );

  test("an empty text is rejected", async () => {
    await using irc = await joined({});
    expect(await irc.say(" \r\n\u0002 ")).toEqual({ kind: "reject", because: "there is nothing to say" });
  });

  test("line breaks and control codes in a text do not become commands", async () => {
    await using irc = await joined({});
    await irc.say("disk full\r\nJOIN #evil\n\u0001ACTION\u0001 \u00034,12red\0");
    expect(irc.server.lines.filter((line) => line.startsWith("PRIVMSG"))).toEqual([
      "PRIVMSG #team :disk full JOIN #evil ACTION red",
    ]);
  });

  test("long texts of wide characters arrive whole", async () => {
    await using irc = await joined({}, {}, { pace: { burst: 100, everyMs: 0 } });
    const text = "příliš 🔥👩‍👩‍👧‍👦 שלום žluťoučký ".repeat(60).trim();
    expect(await irc.say(text)).toEqual({ kind: "sent" });
    const said = irc.server.lines
      .filter((line) => line.startsWith("PRIVMSG"))
      .map((line) => line.slice("PRIVMSG #team :".length));
    expect(said.join(" ")).toBe(text);
  });

  test("a cloak that the server puts on us later counts in the length of lines", async () => {
    await using irc = await joined({}, {}, { pace: { burst: 100, everyMs: 0 } });
    const lengthNow = async (): Promise<number> => {
      await irc.say("y".repeat(450));
      const [first] = [await irc.server.hears(/^PRIVMSG/u), await irc.server.hears(/^PRIVMSG/u)];
      return first.length;
    };
    const before = await lengthNow();
    irc.server.client?.reply(`396 ${irc.server.client.nick} ${"h".repeat(60)} :is now your hidden host`);
    await irc.say("read by now");
    await irc.server.hears(/read by now/u);
    expect(before - (await lengthNow())).toBe(60 - `${"cloak.".repeat(5)}test`.length);
  });

  test("`written` is called once, after the last line is out and before the receipt", async () => {
    const order: string[] = [];
    await using irc = await joined({ on: { PING: deaf } });
    const written = Promise.withResolvers<void>();
    const said = irc.say(`${lineOf("a")} ${lineOf("b")}`, never, () => {
      order.push("written");
      written.resolve();
    });
    await irc.server.hears(/^PRIVMSG #team :b/u);
    await written.promise;
    irc.server.client?.reply("PONG x :tocsin-1");
    await said;
    expect(order).toEqual(["written"]);
  });

  test("five lines go at once, then one every two seconds", async () => {
    await using irc = await joined({});
    const said = irc.say("abcdefg".split("").map(lineOf).join(" "));
    for (const letter of "abcde") await irc.server.hears(new RegExp(`^PRIVMSG #team :${letter}`, "u"));
    await irc.waiting(2 * second);
    for (const letter of "fg") {
      await irc.advance(2 * second - 1);
      expect(irc.server.lines.some((line) => line.startsWith(`PRIVMSG #team :${letter}`))).toBe(false);
      await irc.advance(1);
      await irc.server.hears(new RegExp(`^PRIVMSG #team :${letter}`, "u"));
    }
    expect(await said).toEqual({ kind: "sent" });
    expect(irc.clock.now()).toBe(4 * second);
  });

  test("texts that are said at the same time do not mix", async () => {
    await using irc = await joined({}, {}, { pace: { burst: 100, everyMs: 0 } });
    await Promise.all("abc".split("").map((letter) => irc.say(`${lineOf(letter)} ${lineOf(letter)}`)));
    const letters = irc.server.lines.filter((line) => line.startsWith("PRIVMSG")).map((line) => line.at(-1));
    expect(letters.join("")).toBe("aabbcc");
  });

  test("stopped before its turn, a text is left to be tried again", async () => {
    await using irc = await joined({ on: { PING: deaf } });
    const stop = new AbortController();
    const first = irc.say("first", stop.signal);
    const second = irc.say("second", stop.signal);
    await irc.server.hears(/^PING tocsin/u);
    stop.abort();
    expect(await first).toEqual({ kind: "unknown", because: "stopped before the receipt" });
    expect(await second).toEqual({ kind: "retry", because: "stopped" });
    expect(await irc.say("third", AbortSignal.abort())).toEqual({ kind: "retry", because: "stopped" });
    expect(irc.server.lines.join("\n")).not.toMatch(/second|third/u);
  });

  test("a text that gives up its turn does not take the receipt of the one before it", async () => {
    await using irc = await joined({ on: { PING: deaf } });
    const stop = new AbortController();
    const first = irc.say("first");
    const token = (await irc.server.hears(/^PING tocsin/u)).slice("PING ".length);
    const second = irc.say("second", stop.signal);
    stop.abort();
    expect(await second).toEqual({ kind: "retry", because: "stopped" });
    irc.server.client?.reply(`PONG irc.script.test :${token}`);
    expect(await first).toEqual({ kind: "sent" });
  });
});

describe("closing", () => {
  test("it says goodbye, stays away, and takes no more texts", async () => {
    await using server = await startIrcScript({});
    const irc = connect(server);
    await irc.joined();
    await irc.close();
    await irc.close();
    expect(server.lines.at(-1)).toBe("QUIT :Tocsin stops");
    await irc.advance(10 * minute);
    expect(server.connections).toBe(1);
    expect(await irc.say("hello")).toEqual({ kind: "retry", because: "closed" });
  });

  test("a server that ignores the goodbye is left after two seconds", async () => {
    await using server = await startIrcScript({ on: { QUIT: deaf } });
    const irc = connect(server);
    await irc.joined();
    const before = wallClock.now();
    await irc.close();
    expect(wallClock.now() - before).toBeLessThan(3 * second);
  });

  test("it ends at once while it waits for the next try", async () => {
    const irc = connect({ host: "127.0.0.1", port: await freePort() });
    await irc.waiting(second);
    await irc.close();
    expect(irc.trouble()).toBe("closed");
  });
});

describe.skipIf(skipped(ngircd, "IRC against ngIRCd"))("with ngIRCd", () => {
  const fast = { pace: { burst: 100, everyMs: 0 } };

  test.each([false, true])("40 lines said at once arrive complete and in order (TLS: %s)", async (tls) => {
    await using server = await startNgircd({ tls });
    await using eve = await joinAs(server, "eve", "#team");
    const ca = server.caFile === undefined ? undefined : readFileSync(server.caFile, "utf8");
    const address = { host: tls ? "localhost" : server.host, port: server.port, tls: ca !== undefined && { ca } };
    await using irc = connect(server, {}, { ...fast, address });
    await irc.joined();
    const texts = Array.from(
      { length: 20 },
      (_, place) => `${place}a${lineOf("é").slice(0, 180)} ${place}b🔥${lineOf("x").slice(0, 300)}`,
    );
    const said = await Promise.all(texts.map((text) => irc.say(text)));
    expect(said).toEqual(texts.map(() => ({ kind: "sent" })));
    for (const text of texts) for (const line of text.split(" ")) await eve.expects(new RegExp(`^${line}$`, "u"));
    expect(eve.messages).toEqual(texts.flatMap((text) => text.split(" ")));
    await eve.silent();
  });

  test("a text of 40 lines arrives complete and in order over TLS", async () => {
    await using server = await startNgircd({ tls: true });
    await using eve = await joinAs(server, "eve", "#team");
    const address = { host: server.host, port: server.port, tls: { ca: readFileSync(server.caFile ?? "", "utf8") } };
    await using irc = connect(server, {}, { ...fast, address });
    await irc.joined();
    const lines = Array.from({ length: 40 }, (_, place) => `${place}${lineOf("x")}`);
    expect(await irc.say(lines.join(" "))).toEqual({ kind: "sent" });
    await eve.expects(/^39x/u);
    expect(eve.messages).toEqual(lines);
  });

  test("no text is cut by the server: the longest line that we make arrives whole", async () => {
    await using server = await startNgircd();
    await using eve = await joinAs(server, "eve", "#team");
    await using irc = connect(server, {}, fast);
    await irc.joined();
    await irc.say("y".repeat(2_000));
    await eve.expects(/y/u);
    await eve.silent().catch(() => undefined);
    expect(eve.messages.join("")).toBe("y".repeat(2_000));
    const longest = Math.max(...eve.lines.filter((line) => line.includes("PRIVMSG")).map((line) => line.length + 2));
    expect(longest).toBe(512);
  });

  test("a certificate that nobody trusts is trouble, and nothing is said to it", async () => {
    await using server = await startNgircd({ tls: true });
    await using irc = connect(server, {}, { address: { host: server.host, port: server.port, tls: {} } });
    await irc.waiting(second);
    expect(irc.trouble()).toBe(`connecting to 127.0.0.1:${server.port}: self-signed certificate`);
  });

  test("a server that is killed and started again is joined again", async () => {
    await using server = await startNgircd();
    await using irc = connect(server);
    await irc.joined();
    await server.kill();
    await irc.waiting(second);
    expect(irc.trouble()).toMatch(/^connecting to /u);
    await server.start();
    await irc.advance(second);
    await irc.joined();
    await using eve = await joinAs(server, "eve", "#team");
    expect(await irc.say("back again")).toEqual({ kind: "sent" });
    await eve.expects(/^back again$/u);
  });

  test("who is kicked, banned or silenced says so", async () => {
    await using server = await startNgircd();
    await using eve = await joinAs(server, "eve", "#team");
    await using irc = connect(server);
    await irc.joined();
    eve.send("MODE #team +m");
    await eve.sees(/MODE #team \+m/u);
    expect(await irc.say("hello")).toEqual({ kind: "retry", because: "the channel does not let us speak" });
    eve.send("MODE #team +b tocsin!*@*");
    await eve.sees(/MODE #team \+b/u);
    await eve.kick("tocsin", "enough");
    await irc.logs.expects(/not in the channel: kicked by eve/u);
    expect(irc.trouble()).toBe("not in #team: kicked by eve (enough)");
    await irc.advance(4 * second);
    await irc.waiting(8 * second);
    expect(irc.trouble()).toBe("not in #team: banned");
  });

  test("a nick that somebody holds is taken back when they leave", async () => {
    await using server = await startNgircd();
    await using eve = await joinAs(server, "eve", "#team");
    {
      await using _thief = await joinAs(server, "tocsin", "#team");
      const irc = connect(server);
      await irc.joined();
      await eve.sees(/^:tocsin_!\S+ JOIN/u);
      await _thief[Symbol.asyncDispose]();
      await eve.sees(/^:tocsin_!\S+ NICK :?tocsin$/u);
      expect(await irc.say("it is me")).toEqual({ kind: "sent" });
      await eve.expects(/^it is me$/u);
      expect(eve.said.at(-1)?.from).toBe("tocsin");
      await irc.close();
    }
  });

  test("the wall clock serves as well as a held one", async () => {
    await using server = await startNgircd();
    await using eve = await joinAs(server, "eve", "#team");
    const logs = heardLog();
    await using irc = connect(server, {}, { clock: wallClock, log: logs.log });
    await logs.expects(/"msg":"joined"/u);
    expect(await irc.say("hello")).toEqual({ kind: "sent" });
    await eve.expects(/^hello$/u);
  });
});
