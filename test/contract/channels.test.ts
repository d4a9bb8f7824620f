// What every channel promises, held against each entry of the registry: a new one is tested from its first day.
import { afterEach, describe, expect, test, vi } from "vitest";
import { simpleParser } from "mailparser";
import { z } from "zod";
import { channels } from "../../src/channels/registry.ts";
import type { ChannelId, PersonId } from "../../src/config/names.ts";
import type { Channel, ChannelProvider } from "../../src/delivery/channel.ts";
import type { Message } from "../../src/delivery/message.ts";
import { wallClock } from "../../src/lib/clock.ts";
import { brand } from "../../src/lib/ids.ts";
import { heardLog, type HeardLog } from "../peers/heard-log.ts";
import { skipped, type Found } from "../peers/install.ts";
import { startChat } from "../peers/chat-hook.ts";
import { smtpSink } from "../peers/smtp-sink.ts";
import { startReceiver, webhookSecret } from "../peers/webhook-receiver.ts";
import { freePort, joinAs, ngircd, startNgircd } from "../peers/ngircd.ts";

const secret = "s3cret-of-the-fixture";

type Peer = AsyncDisposable & {
  readonly config: object;
  /** Resolves when a message would arrive. */
  ready(log: HeardLog): Promise<unknown>;
  /** The texts of the messages that arrived, once one of them matches. */
  heard(pattern: RegExp): Promise<readonly string[]>;
  /** What arrived that is no message of ours: commands, second lines. */
  strange(): readonly string[];
};

type Fixture = {
  readonly needs: Found;
  /** A peer that takes messages. */
  open(): Promise<Peer>;
  /** A peer that is not there, and a config with every secret key filled. */
  away(): Promise<AsyncDisposable & { readonly config: object }>;
  /** Configs that are wrong, with the secret in them. */
  readonly wrong: readonly object[];
};

const nothing = { [Symbol.asyncDispose]: async () => {} };

/** Takes the place of standard output: with an error, as one whose reader has gone. */
function captureStdout(error?: Error): { readonly written: readonly string[] } {
  const written: string[] = [];
  vi.spyOn(process.stdout, "write").mockImplementation((chunk: unknown, ...rest: unknown[]) => {
    if (error === undefined) written.push(String(chunk));
    const done = rest.find((one) => typeof one === "function");
    queueMicrotask(() => done?.(error));
    return true;
  });
  return { written };
}

const ircKeys = { host: "127.0.0.1", nick: "tocsin", join: "#team", tls: false, pace: { burst: 100, every: "1s" } };
const ircSecrets = { password: secret, sasl: { user: "tocsin", password: secret } };

/** What the two chats document of a message that they take, as a schema of our own; see each rule's link. */
const chatBodies = {
  slack: z.strictObject({
    // https://docs.slack.dev/messaging/formatting-message-text/#escaping: the three signs only as entities, or as a link of ours.
    text: z
      .string()
      .min(1)
      .max(40_000)
      .refine((text) => !/[<>]|&(?!amp;|lt;|gt;)/u.test(text.replace(/<https?:[^<>|]*>/gu, ""))),
    unfurl_links: z.literal(false),
    unfurl_media: z.literal(false),
  }),
  discord: z.strictObject({
    // https://docs.discord.com/developers/resources/webhook#execute-webhook: at most 2000 characters.
    content: z.string().min(1).max(2_000),
    // https://docs.discord.com/developers/resources/message#allowed-mentions-object: an empty list calls nobody.
    allowed_mentions: z.strictObject({ parse: z.array(z.string()).length(0) }),
    flags: z.literal(4),
  }),
} as const;

/** As the chat shows it: entities and escapes are the signs that they stand for. */
const shownIn = {
  slack: (body: unknown) =>
    chatBodies.slack.parse(body).text.replace(/<(https?:[^<>|]*)>/gu, "$1").replaceAll("&lt;", "<").replaceAll("&gt;", ">").replaceAll("&amp;", "&").replaceAll("\u200b", ""), // prettier-ignore
  discord: (body: unknown) => chatBodies.discord.parse(body).content.replace(/\\(.)/gu, "$1"),
} as const;

function chat(kind: "slack" | "discord"): Fixture {
  return {
    needs: { path: "" },
    async open() {
      const server = await startChat();
      const shown = (): readonly string[] => server.bodies.map((body) => shownIn[kind](body).replaceAll("\n", " "));
      return {
        config: { url: server.url },
        ready: async () => {},
        async heard(pattern) {
          expect(shown().some((text) => pattern.test(text))).toBe(true);
          return shown();
        },
        strange: () => server.bodies.filter((body) => !chatBodies[kind].safeParse(body).success).map(String),
        [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
      };
    },
    away: async () => ({ ...nothing, config: { url: `http://127.0.0.1:${await freePort()}/services/${secret}` } }),
    wrong: [{ url: `ftp://127.0.0.1/${secret}` }, { url: [secret] }],
  };
}

const fixtures: Readonly<Record<string, Fixture>> = {
  slack: chat("slack"),
  discord: chat("discord"),
  email: {
    needs: { path: "" },
    async open() {
      const sink = await smtpSink();
      const read = async () => Promise.all(sink.taken.map(({ raw }) => simpleParser(raw)));
      return {
        config: { smtp: sink.url, from: "Tocsin <tocsin@example.org>", to: "team@example.org", starttls: "never" },
        ready: async () => {},
        async heard(pattern) {
          const letters = await read();
          expect(letters.some(({ text }) => pattern.test(text ?? ""))).toBe(true);
          return letters.map(({ text }) => (text ?? "").trim().replaceAll(/\s+/gu, " "));
        },
        // Whatever a text has in it, the letter has the headers that we wrote, and one body.
        strange: () =>
          sink.taken
            .map(({ raw }) => raw.toString())
            .filter((raw) => /^(Bcc|X-|QUIT)/imu.test(raw) || !/^From: Tocsin <tocsin@example.org>/mu.test(raw)),
        [Symbol.asyncDispose]: () => sink[Symbol.asyncDispose](),
      };
    },
    away: async () => ({
      ...nothing,
      config: {
        smtp: `smtp://tocsin:${secret}@127.0.0.1:${await freePort()}`,
        from: "tocsin@example.org",
        to: ["team@example.org"],
      },
    }),
    wrong: [
      { smtp: `http://tocsin:${secret}@127.0.0.1/`, from: "tocsin@example.org" },
      { smtp: [`smtp://tocsin:${secret}@127.0.0.1/`], from: "tocsin@example.org" },
      { smtp: `smtp://127.0.0.1/${secret}`, from: "tocsin@example.org" },
    ],
  },
  irc: {
    needs: ngircd,
    async open() {
      const server = await startNgircd();
      const observer = await joinAs(server, "alice", "#team");
      return {
        config: { ...ircKeys, port: server.port },
        ready: (log) => log.expects(/joined/u),
        async heard(pattern) {
          await observer.expects(pattern);
          return observer.messages;
        },
        strange: () => observer.lines.filter((line) => /^:tocsin\S* (?!JOIN|PRIVMSG)/u.test(line)),
        async [Symbol.asyncDispose]() {
          await observer[Symbol.asyncDispose]();
          await server[Symbol.asyncDispose]();
        },
      };
    },
    away: async () => ({ ...nothing, config: { ...ircKeys, ...ircSecrets, port: await freePort() } }),
    wrong: [
      { ...ircKeys, password: `${secret}\n` },
      { ...ircKeys, password: [secret] },
      { ...ircKeys, sasl: { user: "tocsin", password: `${secret}\0` } },
      { ...ircKeys, sasl: secret },
      { ...ircSecrets, join: "#team", same_connection_as: "other" },
    ],
  },
  stdout: {
    needs: { path: "" },
    async open() {
      const { written } = captureStdout();
      return {
        config: {},
        ready: async () => {},
        async heard(pattern) {
          expect(written.some((text) => pattern.test(text))).toBe(true);
          return written.map((text) => text.replace(/\n$/u, ""));
        },
        strange: () => written.filter((text) => !/^\[under-test\] [^\n]*\n$/u.test(text)),
        [Symbol.asyncDispose]: async () => void vi.restoreAllMocks(),
      };
    },
    async away() {
      captureStdout(new Error("write EPIPE"));
      return { config: {}, [Symbol.asyncDispose]: async () => void vi.restoreAllMocks() };
    },
    wrong: [{ password: [secret] }],
  },
  webhook: {
    needs: { path: "" },
    async open() {
      const receiver = await startReceiver();
      return {
        config: { url: receiver.url, secret: webhookSecret },
        ready: async () => {},
        async heard(pattern) {
          expect(receiver.received.some(({ message: { data } }) => pattern.test(`${data.lead} ${data.link}`))).toBe(
            true,
          );
          return receiver.received.map(({ message: { data } }) =>
            [
              ...data.mentions.map(({ name }) => name),
              data.lead,
              data.text,
              data.link,
              ...(data.possibly_repeated ? ["(possibly repeated)"] : []),
            ].join(" "),
          );
        },
        strange: () => receiver.strange,
        [Symbol.asyncDispose]: () => receiver[Symbol.asyncDispose](),
      };
    },
    away: async () => ({
      ...nothing,
      config: {
        url: `http://tocsin:${secret}@127.0.0.1:${await freePort()}/${secret}?key=${secret}`,
        secret: [webhookSecret, webhookSecret],
      },
    }),
    wrong: [
      { url: `ftp://tocsin:${secret}@127.0.0.1/`, secret: webhookSecret },
      { url: `https://127.0.0.1/${secret}`, secret },
      { url: `https://127.0.0.1/${secret}`, secret: [`whsec_${secret}`] },
      { url: [secret], secret: webhookSecret },
    ],
  },
};

const never = new AbortController().signal;
const to = { key: "message-1", subject: "incident:12" };
const message: Message = {
  lead: "Copr builds fail (major outage)",
  text: "17 of 19 builds failed in 23 min.",
  link: "https://status.example.org/incidents/12",
  mentions: [],
  saidAt: 0,
  priority: "page",
  possiblyRepeated: false,
};

function channelOf(provider: ChannelProvider, config: object, log: HeardLog): Channel & AsyncDisposable {
  const id = brand<ChannelId>("under-test");
  const context = { clock: wallClock, log: log.log, nameOf: (person: string) => `${person}\r\nQUIT :named` };
  const channel = provider.make([{ id, audience: "team", config: provider.config.parse(config) }], context).get(id);
  if (channel === undefined) throw new Error("make answers with no channel for its entry");
  channel.open?.({ signal: never, held: () => true });
  return { ...channel, [Symbol.asyncDispose]: async () => channel.close?.() };
}

/** The keys of a config, and of the objects in it, that nothing is said about. */
function undescribed(schema: z.core.JSONSchema._JSONSchema, path = "$"): readonly string[] {
  if (typeof schema === "boolean") return [];
  return Object.entries(schema.properties ?? {}).flatMap(([key, value]) => [
    ...(typeof value === "boolean" || value.description === undefined ? [`${path}.${key}`] : []),
    ...undescribed(value, `${path}.${key}`),
  ]);
}

afterEach(() => void vi.restoreAllMocks());

test("every channel of the registry has a fixture here", () => {
  expect(Object.keys(fixtures).sort()).toEqual(Object.keys(channels).sort());
});

const tested = Object.entries(channels).flatMap(([type, provider]) => {
  const fixture = fixtures[type];
  return fixture === undefined ? [] : [{ type, provider, fixture }];
});

describe.each(tested)("the config of $type", ({ provider, fixture }) => {
  test("an unknown key is refused", async () => {
    await using peer = await fixture.away();
    expect(provider.config.safeParse(peer.config).error).toBeUndefined();
    const refused = provider.config.safeParse({ ...peer.config, surely_unknown: 1 });
    expect(JSON.stringify(refused.error?.issues)).toMatch(/surely_unknown/u);
  });

  test("every key has a description", () => {
    expect(undescribed(z.toJSONSchema(provider.config, { io: "input", unrepresentable: "any" }))).toEqual([]);
  });

  test("a mistake does not repeat a secret", () => {
    for (const config of fixture.wrong) {
      const { error } = provider.config.safeParse(config);
      expect(error).toBeDefined();
      expect(JSON.stringify([error, error?.issues, String(error)])).not.toContain(secret);
    }
  });
});

describe.each(tested)("$type without its peer", ({ provider, fixture }) => {
  test("a message is tried again later, and no secret is told", async () => {
    const log = heardLog();
    await using peer = await fixture.away();
    await using channel = channelOf(provider, peer.config, log);
    const sent = await channel.send(message, to, never);
    expect(sent).toMatchObject({ kind: "retry", because: expect.stringMatching(/./u) });
    expect(JSON.stringify([sent, channel.trouble?.(), log.lines])).not.toContain(secret);
  });

  test("what was aborted before it began certainly did not arrive", { timeout: 5_000 }, async () => {
    await using peer = await fixture.away();
    await using channel = channelOf(provider, peer.config, heardLog());
    expect(await channel.send(message, to, AbortSignal.abort())).toMatchObject({ kind: "retry" });
  });
});

describe.each(tested)("$type with its peer", ({ type, provider, fixture }) => {
  test.skipIf(skipped(fixture.needs, `channel contract: ${type}`))("a message is sent and arrives", async () => {
    const log = heardLog();
    await using peer = await fixture.open();
    await using channel = channelOf(provider, peer.config, log);
    await peer.ready(log);
    expect(channel.trouble?.()).toBeUndefined();
    expect(await channel.send(message, to, never)).toMatchObject({ kind: "sent" });
    const [heard = ""] = await peer.heard(/Copr builds fail/u);
    for (const part of [message.lead, message.text, message.link ?? ""]) expect(heard).toContain(part);
    expect(heard).not.toMatch(/possibly repeated/u);
  });

  test.skipIf("missing" in fixture.needs)("a message that may have arrived before says so", async () => {
    const log = heardLog();
    await using peer = await fixture.open();
    await using channel = channelOf(provider, peer.config, log);
    await peer.ready(log);
    await channel.send({ ...message, possiblyRepeated: true }, to, never);
    expect(await peer.heard(/Copr builds fail/u)).toEqual([expect.stringMatching(/\(possibly repeated\)$/u)]);
  });

  test.skipIf("missing" in fixture.needs)("an aborted message ends soon and throws nothing", async () => {
    const log = heardLog();
    await using peer = await fixture.open();
    await using channel = channelOf(provider, peer.config, log);
    await peer.ready(log);
    const stop = new AbortController();
    const sending = channel.send(message, to, stop.signal);
    stop.abort();
    expect(["retry", "unknown"]).toContain((await sending).kind);
    expect(await channel.send({ ...message, lead: "The next one" }, to, never)).toMatchObject({ kind: "sent" });
  });

  test.skipIf("missing" in fixture.needs).each<readonly [string, string]>([
    ["a command", "before\r\nQUIT :x\r\nafter"],
    ["a command after a bare line feed", "before\nQUIT :x\nafter"],
    ["a command after a bare carriage return", "before\rQUIT :x\rafter"],
    ["other line ends", "before\u2028QUIT :x\u2029\u0085\u000b\u000cafter"],
    ["a NUL", "before\0after"],
    ["escape sequences", "before\u001b[2J\u001b]0;owned\u0007\u009b31mafter"],
    ["formats and requests", "before\u0001VERSION\u0001\u0003\u000304red\u0002\u001f\u0016\u000fafter"],
    ["directions", "before\u202egnp.exe\u2066\u2069\u200f\ufeffafter"],
    ["half of a character", "before\ud800after"],
  ])("hostile text arrives as text only: %s", async (_, hostile) => {
    const log = heardLog();
    await using peer = await fixture.open();
    await using channel = channelOf(provider, peer.config, log);
    await peer.ready(log);
    const wicked = {
      ...message,
      lead: hostile,
      text: hostile,
      link: `https://x.test/${hostile}`,
      mentions: [brand<PersonId>("alice")],
    };
    expect(await channel.send(wicked, to, never)).toMatchObject({ kind: "sent" });
    const texts = await peer.heard(/before/u);
    expect(texts.join(" ")).toMatch(/before.*after/u);
    for (const text of texts) expect(text).not.toMatch(/[\p{Cc}\u2028\u2029\u202a-\u202e\u2066-\u2069\ufeff]/u);
    expect(texts.every((text) => text.isWellFormed())).toBe(true);
    // It is still there, and nothing but messages came.
    expect(await channel.send({ ...message, lead: "Still here" }, to, never)).toMatchObject({ kind: "sent" });
    await peer.heard(/Still here/u);
    expect(peer.strange()).toEqual([]);
  });

  test.skipIf("missing" in fixture.needs)("10,000 characters are cut, and their link is whole", async () => {
    const log = heardLog();
    await using peer = await fixture.open();
    await using channel = channelOf(provider, peer.config, log);
    await peer.ready(log);
    const sent = await channel.send({ ...message, text: "long ".repeat(2_000) }, to, never);
    expect(sent).toMatchObject({ kind: "sent" });
    const heard = await peer.heard(/incidents\/12/u);
    expect(heard.join(" ").length).toBeLessThan(5_000);
    expect(heard.at(-1)).toContain(message.link);
    expect(peer.strange()).toEqual([]);
  });
});
