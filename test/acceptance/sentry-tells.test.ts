// Sentry tells of an issue and of its end; what its webhooks lose is found by asking; a recording says the same again.
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { z } from "zod";
import { IncidentDetail } from "../../src/http/contract.ts";
import { isoSeconds, minute } from "../../src/lib/clock.ts";
import { eventAlert, issue, issueWebhook, signatureOf, type Sent } from "../kit/sentry-bodies.ts";
import { tocsinProcess, type Answer, type TocsinProcess } from "../kit/tocsin-process.ts";
import { freshDatabase, postgresMissing } from "../peers/postgres.ts";
import { fakeSentry, type FakeSentry } from "../peers/sentry.ts";

const secret = "the-client-secret-of-sentry";

const config = (peer: FakeSentry, database: string | undefined): string => `
site: { name: Packit }
server: { port: 0 }
${database === undefined ? "" : `database: { url: "${database}" }`}
components: [{ id: api, name: Packit API }, { id: copr, name: Copr builds }]
channels: [{ id: team, type: stdout }]
sources:
  - id: sentry
    type: sentry
    secret: ${secret}
    component: { from: tags.component, default: api }
    new_issues: ignore
    api: { url: "${peer.url}", organization: ${peer.organization}, token: ${peer.token}, blind_after: 3m }
`;

function tell(tocsin: TocsinProcess, { headers, body }: Sent, key = secret): Promise<Answer> {
  const raw = JSON.stringify(body);
  return tocsin.post("/hooks/sentry", raw, { ...headers, "Sentry-Hook-Signature": signatureOf(raw, key) });
}

/** An event alert of this moment. */
const fires = (tocsin: TocsinProcess, issue_id: string): Promise<Answer> =>
  tell(tocsin, eventAlert({ issue_id, datetime: new Date(tocsin.now()).toISOString() }));

async function incident(tocsin: TocsinProcess, number: number): Promise<IncidentDetail | undefined> {
  const { status, body } = await tocsin.ask("GET", `/api/v1/incidents/${number}`);
  return status === 200 ? IncidentDetail.parse(JSON.parse(body)) : undefined;
}

const isIn = (tocsin: TocsinProcess, number: number, state: string): Promise<void> =>
  tocsin.until(`incident ${number} is ${state}`, async () => (await incident(tocsin, number))?.state === state);

async function alert(tocsin: TocsinProcess, key: string): Promise<string> {
  const all = z
    .array(z.looseObject({ key: z.string(), status: z.string(), summary: z.string() }))
    .parse(JSON.parse((await tocsin.ask("GET", "/api/v1/alerts")).body));
  return all.filter((each) => each.key === key).map(({ status, summary }) => `${status}: ${summary}`)[0] ?? "";
}

const databases = (["sqlite", "postgres"] as const).filter(
  (kind) => kind === "sqlite" || postgresMissing === undefined,
);

describe.each(databases)("Sentry, on %s", (kind) => {
  test(
    "opens a draft by a signed rule and ends it; a crash and a lost end lose nothing",
    { timeout: 90_000 },
    async () => {
      await using peer = await fakeSentry();
      const database = kind === "postgres" ? await freshDatabase() : undefined;
      await using _ = { [Symbol.asyncDispose]: async () => database?.[Symbol.asyncDispose]() };
      await using tocsin = await tocsinProcess(() => config(peer, database?.url));
      await tocsin.start();

      // Killed right after the answer: what the body is, the inbox knows.
      expect(await fires(tocsin, "7001")).toMatchObject({ status: 202 });
      await tocsin.kill();
      await tocsin.start();
      await isIn(tocsin, 1, "triggered");
      expect(await incident(tocsin, 1)).toMatchObject({ visibility: "draft", impact: { copr: "partial_outage" } });
      expect(await tell(tocsin, issueWebhook("created"))).toMatchObject({ status: 202 });
      expect(await tell(tocsin, issueWebhook("resolved"))).toMatchObject({ status: 202 });
      await isIn(tocsin, 1, "resolved");

      // Another issue; the word of its end never comes.
      await tocsin.advance(minute);
      peer.issues.set("7002", { ...issue, id: "7002", status: "unresolved" });
      expect(await fires(tocsin, "7002")).toMatchObject({ status: 202 });
      await isIn(tocsin, 2, "triggered");
      await tocsin.advance(2 * minute);
      expect((await incident(tocsin, 2))?.state).toBe("triggered");
      peer.issues.set("7002", { ...issue, id: "7002", status: "resolved" });
      await tocsin.advance(minute);
      await isIn(tocsin, 2, "resolved");
      expect(await alert(tocsin, "sentry/issue:7002")).toMatch(/^resolved: .*: resolved in Sentry$/u);

      // An API that cannot be asked is news; webhooks are heard all the same.
      for (let n = 0; n < 100; n++) peer.instead.push((response) => void response.writeHead(500).end());
      await tocsin.advance(5 * minute);
      await tocsin.until("the team hears of it", async () => /^firing: .*answers 500/u.test(await alert(tocsin, "sentry/blind"))); // prettier-ignore
      peer.instead.length = 0;
      await tocsin.until(
        "it can ask again",
        async () => (await alert(tocsin, "sentry/blind")).startsWith("resolved: "),
        90_000,
      );
      expect(await tocsin.stop()).toBe(0);
      expect(tocsin.output()).not.toContain(secret);
      expect(tocsin.output()).not.toContain(peer.token);
    },
  );
});

test("Sentry is let in by its signature alone, and told what is wrong with a body", { timeout: 60_000 }, async () => {
  await using peer = await fakeSentry();
  await using tocsin = await tocsinProcess(() => config(peer, undefined));
  await tocsin.start();
  const sent = eventAlert({ datetime: isoSeconds(tocsin.now()) });
  expect(await tell(tocsin, sent, "another-secret")).toMatchObject({ status: 401, body: expect.stringMatching(/signature in sentry-hook-signature/u) }); // prettier-ignore
  expect((await tocsin.post("/hooks/sentry", sent.body, sent.headers)).status).toBe(401);
  const half = JSON.stringify(sent.body).slice(0, 500);
  const signed = { ...sent.headers, "Sentry-App-Signature": signatureOf(half, secret) };
  expect(await tocsin.post("/hooks/sentry", half, signed)).toMatchObject({ status: 422, body: expect.stringMatching(/not JSON/u) }); // prettier-ignore
  const odd = { ...sent, headers: { "sentry-hook-resource": "seer" } };
  expect(await tell(tocsin, odd)).toMatchObject({ status: 202, body: expect.stringMatching(/resource \\"seer\\" is not known/u) }); // prettier-ignore
  const large = await tell(tocsin, { ...sent, body: { ...sent.body, pad: "x".repeat(10_000_000) } });
  expect(large).toMatchObject({ status: 413, body: expect.stringMatching(/at most/u) });

  // What was recorded is replayed with the header that says what it is.
  expect((await tell(tocsin, sent)).status).toBe(202);
  expect((await tell(tocsin, issueWebhook("resolved"))).status).toBe(202);
  const exported = await tocsin.cli("inbox", "export");
  const file = join(tocsin.folder, "calls.jsonl");
  writeFileSync(file, exported.out);
  expect(exported.out).toContain('"sentry-hook-resource":"event_alert"');
  const replayed = await tocsin.cli("replay", file);
  expect(replayed.out, replayed.err).toMatch(/Copr builds: many failures/u);
});
