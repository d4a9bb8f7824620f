// Subscriptions by webhook, Slack, Discord and mail: what is asked first, what is sent then, and where nothing ever goes.
import type { ServerResponse } from "node:http";
import { expect, test } from "vitest";
import { Webhook } from "standardwebhooks";
import { z } from "zod";
import { smtpLine } from "../../src/channels/smtp-line.ts";
import type { Desk } from "../../src/engine/desk.ts";
import { makeLetterWriter } from "../../src/engine/post-letters.ts";
import { makeTeller } from "../../src/engine/tell-subscribers.ts";
import { day, minute, second } from "../../src/lib/clock.ts";
import { insertSubscriber, listSubscribers } from "../../src/subscribers/subscriber-store.ts";
import { queueLetter } from "../../src/subscribers/letter-store.ts";
import type { Subscriber, SubscriberKind } from "../../src/subscribers/subscriber.ts";
import { apiDesk, type ApiDesk } from "../kit/api-desk.ts";
import { smtpSink, type SmtpSink } from "../peers/smtp-sink.ts";
import { startReceiver, type Came, type Receiver } from "../peers/webhook-receiver.ts";

const config = (allowed: string, language: string): string => `
site: { name: Packit, url: "https://status.example.org", language: ${language} }
components: [{ id: api, name: Packit API }, { id: copr, name: Copr builds }]
people: [{ id: alice, name: Alice }]
channels: [{ id: team, type: stdout, audience: team }, { id: mail, type: email, audience: users, smtp: "smtp://127.0.0.1:1", from: status@example.org }]
subscriptions: { allow_private: [${allowed}] }
`;

const signal = new AbortController().signal;
const form = { "content-type": "application/x-www-form-urlencoded" };

type SubscribersDesk = ApiDesk & {
  /** Sends what is due, as the loops do. */
  turn(): Promise<void>;
  post(
    path: string,
    fields: Readonly<Record<string, string>>,
    from?: string,
  ): Promise<{ status: number; text: string }>;
  publish(title?: string): Promise<void>;
  subscribers(): Promise<readonly Subscriber[]>;
};

/** `sink`: where mail goes, in place of the server of the config. */
async function open(allowed = "127.0.0.0/8", sink?: SmtpSink, language = "en"): Promise<SubscribersDesk> {
  const own = await apiDesk(undefined, config(allowed, language));
  const desk = sink === undefined ? own.desk : withMail(own.desk, sink);
  const [letters, teller] = [makeLetterWriter(desk), makeTeller(desk)];
  return {
    ...own,
    async turn() {
      await teller(signal);
      await letters(signal);
    },
    async post(url, fields, remoteAddress = "192.0.2.1") {
      const payload = new URLSearchParams(fields).toString();
      const answer = await own.open.inject({ method: "POST", url, headers: form, payload, remoteAddress });
      return { status: answer.statusCode, text: answer.body };
    },
    async publish(title = "Copr builds fail") {
      const body = { title, impact: { copr: "major_outage" }, scope: "No build starts.", affected: "Everybody.", alternatives: ["wait"], eta: "unknown", retrigger: "no", publish: true }; // prettier-ignore
      expect((await own.askSocket("POST", "/api/v1/incidents", { body })).status).toBe(201);
      await own.clock.advance(20 * second);
    },
    subscribers: () => listSubscribers(own.desk.db, { limit: 100 }),
  };
}

function withMail(desk: Desk, { port }: SmtpSink): Desk {
  const server = { host: "127.0.0.1", port, secure: false, starttls: "never", timeoutMs: 5 * second } as const;
  const line = () => smtpLine(server, { from: "status@example.org" });
  const channels = [...desk.channels].map(([id, one]) => [id, { ...one, channel: { ...one.channel, ...(one.audience === "users" ? { postbox: { lines: 2, open: line } } : {}) } }] as const); // prettier-ignore
  return { ...desk, channels: new Map(channels) };
}

const Challenge = z.strictObject({
  type: z.literal("subscription.confirm"),
  challenge: z.string().min(20),
  confirm: z.url(),
  signing_secret: z.string().startsWith("whsec_"),
});

// Of https://support.atlassian.com/statuspage/docs/enable-webhook-notifications/, in a schema of our own.
const Told = z.object({
  meta: z.object({ unsubscribe: z.url(), documentation: z.url() }),
  page: z.object({
    id: z.string(),
    status_indicator: z.enum(["none", "minor", "major", "critical", "maintenance"]),
    status_description: z.string(),
  }),
  incident: z.object({
    id: z.string(),
    name: z.string(),
    status: z.enum(["investigating", "identified", "monitoring", "resolved"]),
    impact: z.enum(["none", "minor", "major", "critical"]),
    created_at: z.iso.datetime(),
    updated_at: z.iso.datetime(),
    incident_updates: z
      .array(
        z.object({ id: z.string(), incident_id: z.string(), body: z.string(), status: z.string(), created_at: z.iso.datetime() }), // prettier-ignore
      )
      .min(1),
  }),
});

/** As https://www.standardwebhooks.com says it, by its own library: whoever has the secret can check it. */
function expectSigned({ headers, body }: Came, secret: string): void {
  const at = new Date(Number(headers["webhook-timestamp"]) * 1_000);
  expect(headers["webhook-signature"]).toBe(new Webhook(secret).sign(headers["webhook-id"] ?? "", at, body));
}

const repeatChallenge = (response: ServerResponse, _: unknown, body: string): void => {
  const { challenge } = z.object({ challenge: z.string().default("") }).parse(JSON.parse(body));
  response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify({ challenge }));
};

const last = ({ came }: Receiver): Came => came.at(-1) ?? expect.fail("nothing came");
const tokenIn = (text: string): string => /\/subscriptions\/([\w-]+)/u.exec(text)?.[1] ?? "";

test("a webhook that repeats its challenge is told in Statuspage's shape, signed, until it unsubscribes", async () => {
  await using receiver = await startReceiver();
  await using desk = await open();
  receiver.answer(repeatChallenge);
  expect((await desk.post("/subscribe", { kind: "webhook", address: receiver.url })).status).toBe(202);
  await desk.turn();
  const asked = Challenge.parse(JSON.parse(last(receiver).body));
  expectSigned(last(receiver), asked.signing_secret);
  expect(await desk.subscribers()).toMatchObject([{ state: "confirmed" }]);

  await desk.publish();
  await desk.turn();
  expect(receiver.came).toHaveLength(2);
  expectSigned(last(receiver), asked.signing_secret);
  const told = Told.parse(JSON.parse(last(receiver).body));
  expect(told.incident).toMatchObject({ name: "Copr builds fail", impact: "critical" });
  expect(told.page.status_indicator).toBe("critical");

  const ended = await desk.post(`/subscriptions/${tokenIn(told.meta.unsubscribe)}`, {
    "List-Unsubscribe": "One-Click",
  });
  expect(ended.status).toBe(200);
  expect(await desk.subscribers()).toEqual([]);
  await desk.publish("Another");
  await desk.turn();
  expect(receiver.came).toHaveLength(2);
});

test("a webhook that answers well but not with the challenge hears nothing until somebody presses the button", async () => {
  await using receiver = await startReceiver();
  await using desk = await open();
  await desk.post("/subscribe", { kind: "webhook", address: receiver.url });
  await desk.turn();
  await desk.publish();
  await desk.turn();
  expect(receiver.came).toHaveLength(1);
  const { confirm } = Challenge.parse(JSON.parse(last(receiver).body));
  expect((await desk.get(`/subscriptions/${tokenIn(confirm)}`)).text).toContain("Yes, tell me");
  expect(await desk.subscribers()).toMatchObject([{ state: "unconfirmed" }]);
  expect((await desk.post(`/subscriptions/${tokenIn(confirm)}`, { do: "confirm" })).text).toContain(
    "You are subscribed",
  );
  expect((await desk.get(`/subscriptions/${tokenIn(confirm)}`)).status, "a link confirms once").toBe(404);
  await desk.publish("Another");
  await desk.turn();
  expect(Told.parse(JSON.parse(last(receiver).body)).incident.name).toBe("Another");
});

test.each<[SubscriberKind, (body: string) => string]>([
  ["slack", (body) => z.strictObject({ text: z.string(), unfurl_links: z.literal(false), unfurl_media: z.literal(false) }).parse(JSON.parse(body)).text],
  ["discord", (body) => z.strictObject({ content: z.string(), flags: z.literal(4), allowed_mentions: z.strictObject({ parse: z.array(z.string()).length(0) }) }).parse(JSON.parse(body)).content],
])("%s gets a link that confirms, and then each notice in one message", async (kind, textOf) => {
  await using receiver = await startReceiver();
  await using desk = await open();
  // Its real address lies outside: in the list stands the one of a peer.
  await insertSubscriber(desk.desk.db, { kind, address: receiver.url, salt: "salt-of-a-chat-00", components: [], least: "maintenance" }, desk.clock.now()); // prettier-ignore
  const [one] = await desk.subscribers();
  await queueLetter(desk.desk.db, { subscriber: one?.id ?? 0, about: "confirm", dueAt: 0 }, desk.clock.now());
  await desk.turn();
  const token = tokenIn(textOf(last(receiver).body));
  expect(last(receiver).headers["webhook-signature"]).toBeUndefined();
  await desk.publish("Not for who has not confirmed");
  await desk.turn();
  expect(receiver.came).toHaveLength(1);
  expect((await desk.post(`/subscriptions/${token}`, { do: "confirm" })).text).toContain("You are subscribed");
  await desk.publish();
  await desk.turn();
  expect(receiver.came).toHaveLength(2);
  expect(textOf(last(receiver).body)).toContain("Copr builds fail");
  expect(textOf(last(receiver).body)).toContain("https://status.example.org/incidents/2.html");
}); // prettier-ignore

test("nothing is sent inside: not by a name that leads there, and not by a redirect", async () => {
  await using inner = await startReceiver();
  await using barred = await open("");
  const refused = await barred.post("/subscribe", { kind: "webhook", address: inner.url });
  expect([refused.status, refused.text.includes("inside a network")]).toEqual([422, true]);
  // A name passes the form, and is looked at when it leads somewhere.
  for (const host of ["localhost", "127.0.0.1", "[::ffff:7f00:1]"]) {
    const address = `http://${host}:${inner.port}/`;
    await insertSubscriber(barred.desk.db, { kind: "webhook", address, salt: host.padEnd(16, "-"), components: [], least: "minor" }, 0); // prettier-ignore
  }
  for (const { id } of await barred.subscribers())
    await queueLetter(barred.desk.db, { subscriber: id, about: "confirm", dueAt: 0 }, barred.clock.now());
  await barred.turn();
  expect(inner.connections()).toBe(0);

  await using outer = await startReceiver();
  await using desk = await open();
  outer.answer((response) => void response.writeHead(307, { location: inner.url }).end());
  await desk.post("/subscribe", { kind: "webhook", address: outer.url });
  await desk.turn();
  expect([outer.came.length, inner.came.length]).toEqual([1, 0]);
});

test("a webhook that is gone is suspended after three messages; one that is ill is tried again", async () => {
  await using receiver = await startReceiver();
  await using desk = await open();
  receiver.answer(repeatChallenge);
  await desk.post("/subscribe", { kind: "webhook", address: receiver.url });
  await desk.turn();
  receiver.answer((response) => void response.writeHead(503).end());
  await desk.publish();
  await desk.turn();
  expect(receiver.came).toHaveLength(2);
  receiver.answer((response) => void response.writeHead(410).end());
  await desk.clock.advance(5 * minute);
  await desk.turn();
  const ids = receiver.came.slice(1).map(({ headers }) => headers["webhook-id"]);
  expect(ids, "each try has the same id").toEqual([ids[0], ids[0]]);
  for (const title of ["Second", "Third", "Fourth"]) {
    await desk.publish(title);
    await desk.turn();
  }
  expect(await desk.subscribers()).toMatchObject([{ state: "suspended", reason: "it answered 410" }]);
  expect(receiver.came).toHaveLength(1 + 2 + 2);
});

test("a mail server that lets strangers wait is asked again; a mailbox that is not there is suspended after three", async () => {
  await using sink = await smtpSink();
  await using desk = await open("", sink);
  for (const email of ["slow@example.com", "gone@example.com"]) {
    await desk.post("/subscribe", { email });
    await desk.turn();
    const [letter] = await sink.letters(email);
    await desk.post(`/subscriptions/${tokenIn(letter?.text ?? "")}`, { do: "confirm" });
  }
  sink.refuse("slow@example.com", "451 4.7.1 greylisted, come back later");
  sink.refuse("gone@example.com", "550 5.1.1 no such user");
  for (const title of ["First", "Second", "Third"]) {
    await desk.publish(title);
    await desk.turn();
  }
  expect(await desk.subscribers()).toMatchObject([{ state: "suspended" }, { state: "confirmed", bounces: 0 }]);
  sink.refuse("slow@example.com", undefined);
  for (let i = 0; i < 6; i++) {
    await desk.clock.advance(10 * minute);
    await desk.turn();
  }
  const came = (await sink.letters("slow@example.com", 4)).slice(1).map(({ subject }) => subject?.split(" (")[0]);
  expect(came, "in order, each once").toEqual(["First", "Second", "Third"]);
});

test("the answer is the same for an address that is known, unknown, or one too many", async () => {
  await using sink = await smtpSink();
  await using desk = await open("", sink);
  const ask = (email: string, from?: string) => desk.post("/subscribe", { email }, from);
  const first = await ask("known@example.com");
  await desk.turn();
  const [letter] = await sink.letters("known@example.com");
  const token = tokenIn(letter?.text ?? "");
  // The database has the hash alone: whoever reads it confirms nothing.
  const stored = JSON.stringify(await desk.desk.db.selectFrom("subscribers").selectAll().execute());
  expect([token.length > 20, stored.includes(token)]).toEqual([true, false]);
  await desk.post(`/subscriptions/${token}`, { do: "confirm" });
  expect([await ask("known@example.com"), await ask("unknown@example.com")]).toEqual([first, first]);
  await desk.turn();
  expect(await sink.letters("known@example.com"), "within a quarter of an hour").toHaveLength(1);
  for (let i = 0; i < 6; i++) {
    await desk.clock.advance(15 * minute);
    await ask("unknown@example.com");
    await desk.turn();
  }
  expect(await sink.letters("unknown@example.com"), "three in a day").toHaveLength(3);
  await desk.clock.advance(day);
  const full = { ...desk.desk.subscriptions, kinds: ["email" as const], most: 0, inside: [] };
  Object.assign(desk.desk, { subscriptions: full });
  const answers = [await ask("known@example.com", "192.0.2.2"), await ask("new@example.com", "192.0.2.2")];
  expect(answers[0]).toEqual(answers[1]);
  expect(answers[0]?.status).toBe(503);
});

test("what is not taken stays in the form, and the pages speak the language of the page", async () => {
  await using desk = await open("", undefined, "cs");
  const again = await desk.post("/subscribe", { kind: "slack", address: "https://example.org/<x>", component: "copr" });
  expect(again.status).toBe(422);
  expect(again.text).toContain("Taková adresa začíná https://hooks.slack.com/services/…");
  expect(again.text).toMatch(/<details class="old" open/u);
  expect(again.text).toContain('value="https://example.org/&lt;x&gt;"');
  expect(again.text).toMatch(/value="copr" checked/u);
  expect(again.text).toMatch(/value="slack" selected/u);
  const asked = await desk.open.inject({ method: "POST", url: "/subscribe", payload: { email: "nonsense" } });
  expect(asked.json()).toEqual({ message: "That is no e-mail address; it looks like name@example.org." });
});

test("one client may ask twenty times in ten minutes", async () => {
  await using desk = await open();
  const wrong = Array.from({ length: 20 }, () => desk.post("/subscribe", { email: "nonsense" }));
  expect(new Set((await Promise.all(wrong)).map(({ status }) => status))).toEqual(new Set([422]));
  expect((await desk.post("/subscribe", { email: "a@example.org" })).status).toBe(429);
  expect((await desk.post("/subscribe", { email: "a@example.org" }, "192.0.2.9")).status).toBe(202);
});
