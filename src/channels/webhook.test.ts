import { readFileSync } from "node:fs";
import { createServer, type Socket } from "node:net";
import { Webhook } from "standardwebhooks";
import { expect, test } from "vitest";
import { freePort } from "../../test/peers/ngircd.ts";
import { startReceiver, webhookSecret, type Receiver } from "../../test/peers/webhook-receiver.ts";
import type { PersonId } from "../config/names.ts";
import type { Channel } from "../delivery/channel.ts";
import type { Message } from "../delivery/message.ts";
import { minute, second, wallClock } from "../lib/clock.ts";
import { brand } from "../lib/ids.ts";
import { silentLog } from "../lib/log.ts";
import { WebhookMessage } from "../shapes/webhook-message.ts";
import { webhook } from "./webhook.ts";

const never = new AbortController().signal;
const to = { key: "m8k2_17", subject: "incident:12" };
const message: Message = {
  event: "alert-attached",
  lead: "Copr builds fail (major outage)",
  text: "17 of 19 builds failed.",
  link: "https://status.example.org/incidents/12",
  mentions: [brand<PersonId>("alice")],
  saidAt: Date.parse("2026-11-22T10:42:00Z"),
  priority: "page",
  possiblyRepeated: false,
};

function channel(config: object, audience: "team" | "users" = "team"): Channel & AsyncDisposable {
  const entry = { id: brand<never>("bot"), audience, config: webhook.config.parse(config) };
  const made = webhook
    .make([entry], { clock: wallClock, log: silentLog, nameOf: (id) => (id === "alice" ? "Alice" : id) })
    .get(entry.id);
  if (made === undefined) throw new Error("no channel");
  return { ...made, [Symbol.asyncDispose]: async () => made.close?.() };
}

const at = (receiver: Receiver, more: object = {}): Channel & AsyncDisposable =>
  channel({ url: receiver.url, secret: webhookSecret, ...more });

/** What is said of a config that is wrong. */
const problems = (config: object): string =>
  webhook.config
    .safeParse(config)
    .error?.issues.map((issue) => issue.message)
    .join("; ") ?? "";

test("a message arrives whole, in the documented form", async () => {
  await using receiver = await startReceiver();
  await using bot = at(receiver);
  expect(await bot.send(message, to, never)).toEqual({ kind: "sent" });
  expect(receiver.strange).toEqual([]);
  const [got] = receiver.received;
  expect(got?.message).toEqual({
    type: "incident.alert_attached",
    timestamp: "2026-11-22T10:42:00.000Z",
    version: 1,
    data: {
      id: "m8k2_17",
      channel: "bot",
      audience: "team",
      priority: "page",
      incident: 12,
      event: "alert_attached",
      lead: message.lead,
      text: message.text,
      link: message.link,
      mentions: [{ id: "alice", name: "Alice" }],
      possibly_repeated: false,
      sent_at: expect.stringMatching(/^\d{4}-/u),
    },
  });
  expect(got?.headers).toMatchObject({ "webhook-id": "m8k2_17", "content-type": "application/json" });
});

test("every try of a message has the same id, and a time and signature of its own", async () => {
  await using receiver = await startReceiver();
  await using bot = at(receiver);
  receiver.answer((response) => void response.writeHead(500).end());
  await bot.send(message, to, never);
  receiver.answer((response) => void response.writeHead(204).end());
  expect(await bot.send({ ...message, possiblyRepeated: true }, to, never)).toEqual({ kind: "sent" });
  expect(receiver.received.map(({ headers }) => headers["webhook-id"])).toEqual(["m8k2_17", "m8k2_17"]);
  expect(receiver.received.map(({ message: { data } }) => data.possibly_repeated)).toEqual([false, true]);
  const [first, again] = receiver.received.map(({ headers }) => headers["webhook-signature"]);
  expect(first).not.toBe(again);
});

test("while the secret is changed, receivers with the old one and with the new one both verify", async () => {
  const fresh = `whsec_${Buffer.from("another-secret-of-32-bytes-xxxxx").toString("base64")}`;
  for (const known of [webhookSecret, fresh]) {
    await using receiver = await startReceiver(known);
    for (const secret of [[webhookSecret, fresh], `${webhookSecret} ${fresh}\n`]) {
      await using bot = at(receiver, { secret });
      expect(await bot.send(message, to, never)).toEqual({ kind: "sent" });
    }
    expect(receiver.strange).toEqual([]);
    expect(receiver.received).toHaveLength(2);
  }
});

test("a body that was changed on the way does not verify", async () => {
  await using receiver = await startReceiver();
  await using bot = at(receiver);
  await bot.send(message, to, never);
  const [got] = receiver.received;
  const body = JSON.stringify(got?.message);
  const headers = got?.headers ?? {};
  expect(new Webhook(webhookSecret).verify(body, headers)).toEqual(got?.message);
  expect(() => new Webhook(webhookSecret).verify(body.replace("17 of 19", "0 of 19"), headers)).toThrow(/signature/u);
});

test.each([
  [200, "sent"],
  [202, "sent"],
  [301, "reject"],
  [302, "retry"],
  [400, "reject"],
  [401, "retry"],
  [404, "reject"],
  [410, "reject"],
  [422, "reject"],
  [429, "retry"],
  [500, "retry"],
  [502, "unknown"],
  [503, "retry"],
  [504, "unknown"],
])("%i means %s", async (status, kind) => {
  await using receiver = await startReceiver();
  await using bot = at(receiver);
  receiver.answer((response) => void response.writeHead(status, { Location: receiver.url }).end("no such bot"));
  const sent = await bot.send(message, to, never);
  expect(sent.kind).toBe(kind);
  if (sent.kind !== "sent") expect(sent.because).toContain(`127.0.0.1:${receiver.port} answered ${status}`);
  // A redirect was not followed.
  expect(receiver.received).toHaveLength(1);
});

test.each<readonly [string, () => string, readonly [number, number]]>([
  ["seconds", () => "7", [7 * second, 7 * second]],
  ["a date", () => new Date(wallClock.now() + 2 * minute).toUTCString(), [minute, 2 * minute]],
  ["a day: ten minutes", () => "86400", [10 * minute, 10 * minute]],
  ["a date that has passed", () => new Date(0).toUTCString(), [0, 0]],
])("Retry-After is honoured: %s", async (_, header, [least, most]) => {
  await using receiver = await startReceiver();
  await using bot = at(receiver);
  for (const status of [429, 503]) {
    receiver.answer((response) => void response.writeHead(status, { "Retry-After": header() }).end());
    const sent = await bot.send(message, to, never);
    const afterMs = sent.kind === "retry" ? sent.afterMs : undefined;
    expect(afterMs).toBeGreaterThanOrEqual(least);
    expect(afterMs).toBeLessThanOrEqual(most);
  }
});

test("a Retry-After that is neither is passed over", async () => {
  await using receiver = await startReceiver();
  await using bot = at(receiver);
  receiver.answer((response) => void response.writeHead(503, { "Retry-After": "soon" }).end());
  expect(await bot.send(message, to, never)).not.toHaveProperty("afterMs");
});

test("a refused connection and an unknown name certainly did not deliver", async () => {
  await using bot = channel({ url: `http://127.0.0.1:${await freePort()}/`, secret: webhookSecret });
  expect(await bot.send(message, to, never)).toMatchObject({
    kind: "retry",
    because: expect.stringContaining("ECONNREFUSED"),
  });
  await using lost = channel({ url: "http://no-such-host.invalid/", secret: webhookSecret });
  expect(await lost.send(message, to, never)).toMatchObject({ kind: "retry" });
});

test("no answer in time, and a connection that is cut before the answer, leave it unknown", async () => {
  await using receiver = await startReceiver();
  await using bot = at(receiver, { timeout: "1s" });
  receiver.answer(() => {});
  expect(await bot.send(message, to, never)).toMatchObject({
    kind: "unknown",
    because: expect.stringContaining("no answer within 1 s"),
  });
  receiver.answer((_, request) => void request.socket.destroy());
  expect(await bot.send(message, to, never)).toMatchObject({ kind: "unknown" });
  expect(receiver.received).toHaveLength(2);
});

test("a TLS handshake that fails certainly did not deliver", async () => {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket.on("error", () => {}));
    socket.once("data", () => socket.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  const port = typeof address === "object" ? address?.port : 0;
  await using bot = channel({ url: `https://127.0.0.1:${port}/`, secret: webhookSecret });
  expect(await bot.send(message, to, never)).toMatchObject({ kind: "retry" });
  sockets.forEach((socket) => socket.destroy());
  server.close();
});

test("what stops while the receiver thinks is unknown, and ends at once", async () => {
  await using receiver = await startReceiver();
  await using bot = at(receiver);
  const stop = new AbortController();
  receiver.answer(() => stop.abort());
  expect(await bot.send(message, to, stop.signal)).toMatchObject({
    kind: "unknown",
    because: expect.stringContaining("stopped"),
  });
});

test("an answer without an end neither fills the memory nor holds the line", async () => {
  await using receiver = await startReceiver();
  await using bot = at(receiver);
  for (const status of [200, 500]) {
    receiver.answer((response) => {
      response.writeHead(status);
      const more = (error?: Error | null): void => {
        // In turns, so that the reader has its own.
        if (!error && !response.destroyed) setImmediate(() => void response.write("x".repeat(100_000), more));
      };
      more();
    });
    const sent = await bot.send(message, to, never);
    expect(sent.kind).toBe(status === 200 ? "sent" : "retry");
    if (sent.kind === "retry") expect(sent.because.length).toBeLessThan(300);
  }
});

test("what is wrong is said without a word of the URL but its host, even when the answer repeats it", async () => {
  await using receiver = await startReceiver();
  const [user, password, path, key] = ["user-s3cret", "password-s3cret", "path-s3cret", "key-s3cret"];
  await using bot = channel({
    url: `http://${user}:${password}@127.0.0.1:${receiver.port}/${path}?key=${key}`,
    secret: webhookSecret,
  });
  receiver.answer((response, request) => {
    const told = Buffer.from(String(request.headers.authorization).slice(6), "base64").toString();
    response.writeHead(404).end(`no ${request.url} for ${told}\u001b[2J`);
  });
  const sent = await bot.send(message, to, never);
  expect(sent).toMatchObject({ kind: "reject", because: expect.stringContaining(`127.0.0.1:${receiver.port}`) });
  expect(JSON.stringify([sent, bot.trouble?.()])).not.toMatch(/s3cret|\\u001b/u);
  // The receiver had it all.
  expect(receiver.received[0]?.headers["authorization"]).toMatch(/^Basic /u);
});

test("messages go over one connection", async () => {
  await using receiver = await startReceiver();
  await using bot = at(receiver);
  for (let n = 0; n < 5; n++)
    expect(await bot.send(message, { ...to, key: `m_${n}` }, never)).toEqual({ kind: "sent" });
  expect(receiver.connections()).toBe(1);
});

test("a connection that the receiver closed is opened anew, without a mark", async () => {
  await using receiver = await startReceiver();
  await using bot = at(receiver);
  receiver.answer((response) => void response.writeHead(204, { Connection: "close" }).end());
  for (let n = 0; n < 3; n++) expect(await bot.send(message, to, never)).toEqual({ kind: "sent" });
  expect(receiver.connections()).toBe(3);
});

test("with allow_private: false it does not knock inside, whatever name leads there", async () => {
  await using receiver = await startReceiver();
  const inside = [receiver.url, `http://localhost:${receiver.port}/`, `http://[::ffff:127.0.0.1]:${receiver.port}/`];
  for (const url of [...inside, "http://169.254.169.254/latest", "http://[::1]/", "http://10.1.2.3/"]) {
    await using bot = channel({ url, secret: webhookSecret, allow_private: false });
    expect(await bot.send(message, to, never)).toMatchObject({
      kind: "retry",
      because: expect.stringContaining("the address is inside"),
    });
  }
  expect(receiver.connections()).toBe(0);
  for (const url of inside) {
    await using bot = channel({ url, secret: webhookSecret, allow_private: ["127.0.0.0/8", "::1"] });
    expect((await bot.send(message, to, never)).kind).toBe("sent");
  }
});

test("a message about no incident says so", async () => {
  await using receiver = await startReceiver();
  await using bot = channel({ url: receiver.url, secret: webhookSecret }, "users");
  const { event: _, link: __, ...bare } = message;
  await bot.send({ ...bare, event: "test" }, { key: "k", subject: "message:0190" }, never);
  expect(receiver.received[0]?.message).toMatchObject({
    type: "message.test",
    data: { incident: null, link: null, audience: "users", event: "test" },
  });
});

test("a config that cannot work says why", () => {
  const url = "https://bot.example.org/hook";
  expect(problems({ url, secret: webhookSecret })).toBe("");
  expect(problems({ url, secret: "hunter2" })).toMatch(/must be whsec_ and 24 to 64 bytes in base64; make one with/u);
  expect(problems({ url, secret: "whsec_dG9vIHNob3J0" })).toMatch(/24 to 64 bytes/u);
  expect(problems({ url, secret: [] })).not.toBe("");
  expect(problems({ url: "bot.example.org", secret: webhookSecret })).toMatch(/a URL begins with/u);
  expect(problems({ url, secret: webhookSecret, timeout: "10m" })).toMatch(/at most 60s/u);
  expect(problems({ url, secret: webhookSecret, allow_private: ["10.0.0.0/40"] })).not.toBe("");
});

test("the example in the documents has the documented form", () => {
  const page = readFileSync(new URL("../../docs/providers/webhook.md", import.meta.url), "utf8");
  const example: unknown = JSON.parse(/```json\n([\s\S]*?)```/u.exec(page)?.[1] ?? "");
  expect(WebhookMessage.strict().parse(example)).toEqual(example);
});
