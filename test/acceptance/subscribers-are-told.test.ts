// From the form to the letter, and out again with one click; killed in the midst of many, everybody is told.
import { describe, expect, test } from "vitest";
import { addSubscribers } from "../kit/subscribers.ts";
import { tocsinProcess, type TocsinProcess } from "../kit/tocsin-process.ts";
import { smtpSink, type SmtpSink } from "../peers/smtp-sink.ts";
import { freshDatabase, postgresMissing } from "../peers/postgres.ts";
import type { Kind } from "../kit/outage-desk.ts";

const config = (sink: SmtpSink, database: string | undefined) => `
site: { name: Packit, url: "https://status.example.org" }
server: { port: 0 }
${database === undefined ? "" : `database: { url: "${database}" }`}
components: [{ id: api, name: Packit API }, { id: copr, name: Copr builds }]
people: [{ id: alice, name: Alice }]
channels:
  - { id: mail, type: email, audience: users, smtp: "${sink.url}", from: "Packit status <status@example.org>", connections: 4 }
subscriptions: { allow_private: ["127.0.0.0/8"] }
`;

const tokenIn = (text: string | undefined): string => /\/subscriptions\/([\w-]+)/u.exec(text ?? "")?.[1] ?? "";
const form = { "Content-Type": "application/x-www-form-urlencoded" };

async function publish(tocsin: TocsinProcess, title = "Copr builds fail"): Promise<void> {
  const body = { title, impact: { copr: "major_outage" }, scope: "No build starts.", affected: "Everybody.", alternatives: ["wait"], eta: "unknown", retrigger: "no", publish: true }; // prettier-ignore
  const answer = await tocsin.ask("POST", "/api/v1/incidents", body, "as:alice");
  expect(answer.status, answer.body).toBe(201);
}

async function subscribed(tocsin: TocsinProcess, sink: SmtpSink, email: string, more = ""): Promise<string> {
  const asked = await tocsin.post("/subscribe", `email=${encodeURIComponent(email)}${more}`, form);
  expect(asked.status, asked.body).toBe(202);
  const [letter] = await sink.letters(email);
  const token = tokenIn(letter?.text);
  // A program that looks at each link confirms nothing; the button does.
  expect((await tocsin.get(`/subscriptions/${token}`)).body).toContain("Yes, tell me");
  const confirmed = await tocsin.post(`/subscriptions/${token}`, "do=confirm", form);
  expect(confirmed.body).toContain("You are subscribed");
  return tokenIn(confirmed.body.replaceAll('action="', "/subscriptions/"));
}

describe.each<Kind>(["sqlite", "postgres"])("on %s", (kind) => {
  const skip = kind === "postgres" && postgresMissing !== undefined;

  test.skipIf(skip)("whoever subscribes and confirms is told, and one click ends it", { timeout: 60_000 }, async () => {
    await using sink = await smtpSink();
    await using database = kind === "postgres" ? await freshDatabase() : undefined;
    await using tocsin = await tocsinProcess(() => config(sink, database?.url));
    await tocsin.start();
    await subscribed(tocsin, sink, "user@example.com");
    await subscribed(tocsin, sink, "api@example.com", "&component=api");
    // Who never confirms hears nothing, and who asks for somebody else learns nothing.
    await tocsin.post("/subscribe", "email=never@example.com", form);
    await sink.letters("never@example.com");
    const [known, unknown] = [
      await tocsin.post("/subscribe", "email=user@example.com", form),
      await tocsin.post("/subscribe", "email=nobody@example.com", form),
    ];
    expect(known).toEqual(unknown);

    await publish(tocsin);
    await tocsin.advance(19_000);
    expect(sink.taken.filter(({ to }) => to.includes("user@example.com"))).toHaveLength(1);
    await tocsin.until("the letter came", () => sink.taken.filter(({ to }) => to.includes("user@example.com")).length === 2); // prettier-ignore
    const [, letter] = await sink.letters("user@example.com", 2);
    expect(letter?.subject).toBe("Copr builds fail (major outage)");
    expect(letter?.text).toContain("What is broken: No build starts.");
    expect(letter?.text).toContain("https://status.example.org/incidents/1.html");
    expect(letter?.headers.get("auto-submitted")).toBe("auto-generated");
    const list = letter?.headers.get("list") as { unsubscribe?: { url?: string } } | undefined;
    const link = list?.unsubscribe?.url ?? "";
    expect(letter?.headerLines.find(({ key }) => key === "list-unsubscribe-post")?.line).toBe("List-Unsubscribe-Post: List-Unsubscribe=One-Click"); // prettier-ignore

    // As a mail provider does it: one POST, without a page before it.
    const ended = await tocsin.post(`/subscriptions/${tokenIn(link)}`, "List-Unsubscribe=One-Click", form);
    expect(ended.status).toBe(200);
    expect((await tocsin.get(`/subscriptions/${tokenIn(link)}`)).status).toBe(404);
    await tocsin.ask("POST", "/api/v1/incidents/1/resolve", { text: "It works again." }, "as:alice");
    await tocsin.advance(30_000);
    await publish(tocsin, "Again");
    await tocsin.until("all is told", async () => (await tocsin.ask("GET", "/api/v1/deliveries?waiting=true")).body === "[]"); // prettier-ignore
    expect(sink.taken.filter(({ to }) => to.includes("user@example.com"))).toHaveLength(2);
    for (const address of ["api@example.com", "never@example.com", "nobody@example.com"])
      expect(await sink.letters(address), address).toHaveLength(1);
    expect(tocsin.output()).not.toContain("user@example.com");
  });

  test.skipIf(skip)(
    "killed twice in the midst of 80, nobody is left out, and repeats are few and marked",
    { timeout: 90_000 },
    async () => {
      await using sink = await smtpSink();
      await using database = kind === "postgres" ? await freshDatabase() : undefined;
      await using tocsin = await tocsinProcess(() => config(sink, database?.url));
      await addSubscribers(database?.url ?? `sqlite:${tocsin.dataDir}/tocsin.db`, 80, tocsin.now());
      await tocsin.start("fan-out.sent:20");
      await publish(tocsin);
      await tocsin.until("it is killed", () => !tocsin.alive());
      // The term of who died is over.
      tocsin.pass(60_000);
      let killed = false;
      sink.meanwhile(async (nth) => {
        if (nth < 50 || killed) return;
        killed = true;
        await tocsin.kill();
      });
      await tocsin.start();
      await tocsin.until("it is killed again", () => !tocsin.alive());
      tocsin.pass(60_000);
      await tocsin.start();
      const reached = (): number => new Set(sink.taken.flatMap(({ to }) => to)).size;
      await tocsin.until("all are told", async () => reached() === 80 && (await tocsin.ask("GET", "/api/v1/deliveries?waiting=true")).body === "[]"); // prettier-ignore
      const again = sink.taken.filter(({ to }, i) => sink.taken.findIndex((other) => other.to[0] === to[0]) !== i);
      expect(again.length, "at most one for each connection and crash").toBeLessThanOrEqual(2 * 4);
      for (const { raw } of again) expect(raw.toString()).toContain("(possibly repeated)");
    },
  );
});
