// The inbox as a record: shown, written to a file, replayed through another config without touching anything, and taken in again.
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { hour, minute } from "../../src/lib/clock.ts";
import { tocsinProcess, type TocsinProcess } from "../kit/tocsin-process.ts";

const token = "hook-token-hook-token";
const headers = { Authorization: `Bearer ${token}` };

const config = (more = ""): string => `
site: { name: Packit, url: "https://status.example.org" }
server: { port: 0 }
components: [{ id: copr, name: Copr builds }, { id: api, name: Packit API }]
people: [{ id: alice, name: Alice }]
roles: [{ id: outage-master, people: [alice] }]
channels:
  - { id: team, type: stdout, audience: team }
  - { id: users, type: stdout, audience: users }
sources: [{ id: hook, type: generic, token: ${token} }]
${more}
`;

const alert = (more: object = {}) => ({ fingerprint: "copr-down", status: "firing", summary: "Copr answers 503", component: "copr", severity: "critical", kind: "down", ...more }); // prettier-ignore

async function rejected(tocsin: TocsinProcess): Promise<number> {
  const rows = JSON.parse((await tocsin.ask("GET", "/api/v1/inbox?rejected=true")).body) as readonly object[];
  return rows.length;
}

/** An outage of 40 minutes, and one body that is not understood. */
async function tellOutage(tocsin: TocsinProcess): Promise<void> {
  expect((await tocsin.post("/hooks/hook", alert(), headers)).status).toBe(202);
  await tocsin.advance(10 * minute);
  expect((await tocsin.post("/hooks/hook", '{"text":"it burns"}', headers)).status).toBe(422);
  await tocsin.advance(30 * minute);
  expect((await tocsin.post("/hooks/hook", alert({ status: "resolved" }), headers)).status).toBe(202);
  await tocsin.until("all is taken in", async () => /^tocsin_inbox\{status="waiting"\} 0$/mu.test((await tocsin.get("/metrics")).body)); // prettier-ignore
}

test(
  "a recorded outage tells what another config would have done, and changes nothing",
  { timeout: 60_000 },
  async () => {
    await using tocsin = await tocsinProcess(() => config());
    await tocsin.start();
    await tellOutage(tocsin);
    const listed = await tocsin.cli("inbox", "list");
    expect(listed.out).toMatch(/rejected/u);
    expect(listed.out.trim().split("\n")).toHaveLength(4);
    const shown = await tocsin.cli("inbox", "show", "2");
    expect(shown.out).toMatch(/^Webhook 2 of hook, rejected: /u);
    expect(shown.out).toContain('{"text":"it burns"}');
    expect(shown.out).not.toContain(token);
    const exported = await tocsin.cli("inbox", "export");
    expect(exported.code, exported.err).toBe(0);
    expect(exported.out).not.toContain(token);
    const file = join(tocsin.folder, "calls.jsonl");
    writeFileSync(file, exported.out);
    const others = join(tocsin.folder, "other.yaml");
    writeFileSync(others, config("publish: { automatic_notice: { after: 15m } }"));
    const before = (await tocsin.cli("--json", "inbox", "list")).out;
    const data = join(tocsin.folder, "nowhere");
    const replayed = await tocsin.cli("--config", others, "--data", data, "--json", "replay", file, "--then", "1h");
    expect(replayed.code, replayed.err).toBe(0);
    const would = JSON.parse(replayed.out) as {
      webhooks: number;
      not_taken: readonly { place: string }[];
      incidents: readonly { number: number; visibility: string; clocks: { published: string | null } }[];
      messages: readonly { to: string; text: string; at: string }[];
    };
    expect(would.webhooks).toBe(3);
    expect(would.not_taken).toMatchObject([{ place: `${file}:2`, source: "hook" }]);
    // By itself, 15 minutes after it was detected: the config that ran had no such rule.
    expect(would.incidents).toMatchObject([{ number: 1, visibility: "published" }]);
    expect(would.messages.some(({ to }) => to === "users")).toBe(true);
    const words = await tocsin.cli("--config", others, "--data", data, "replay", file);
    expect(words.out).toMatch(
      /^3 webhooks, 2026-11-22T10:00:\d\dZ to 2026-11-22T10:4\d:\d\dZ\. Alerts: 1 open, 1 end\./u,
    );
    expect(words.out).toMatch(/calls\.jsonl:2: hook: /u);
    expect(words.out).toMatch(/^Incident 1: /mu);
    expect(existsSync(data), "no data folder is touched").toBe(false);
    expect((await tocsin.cli("--json", "inbox", "list")).out).toBe(before);
  },
);

test("a body as it came is replayed for the source that is named", { timeout: 30_000 }, async () => {
  await using tocsin = await tocsinProcess(() => config());
  const file = join(tocsin.folder, "body.json");
  writeFileSync(file, JSON.stringify(alert()));
  const replayed = await tocsin.cli("replay", file, "--source", "hook");
  expect(replayed.out, replayed.err).toMatch(/Alerts: 1 open\./u);
  expect(replayed.out).toMatch(/team .*Incident 1/u);
  const wrong = await tocsin.cli("replay", file);
  expect(wrong.code).toBe(1);
  expect(wrong.err).toMatch(/body\.json:1: .*\n.*--source/u);
  const unknown = await tocsin.cli("replay", file, "--source", "hok");
  expect(unknown.out).toMatch(/no webhook source "hok"/u);
  expect((await tocsin.cli("replay", "/no/such/file")).code).toBe(3);
});

test(
  "whatever the source, each moment is replayed as it was, and the clock does what was due",
  { timeout: 30_000 },
  async () => {
    const sources = `
sources:
  - { id: hook, type: generic, token: ${token} }
  - { id: zabbix, type: generic, token: ${token}, component: api, map: { fingerprint: $.id, status: $.on, summary: $.say }, values: { status: { "1": firing, "0": resolved } } }
  - { id: prometheus, type: alertmanager, token: ${token}, component: copr, watchdog: { after: 15m } }
  - { id: grafana, type: grafana, hmac: { secret: ${token} }, component: api }
  - { id: sentry, type: sentry, secret: ${token}, component: { default: copr } }
`;
    await using tocsin = await tocsinProcess(() => config().replace(/sources: .*\n/u, sources));
    const test = { status: "firing", labels: { alertname: "TestAlert", instance: "Grafana" }, fingerprint: "57c6" };
    const issue = { id: "9", shortId: "API-9", title: "KeyError", status: "unresolved", level: "error", project: { slug: "api" }, web_url: "https://sentry.example.org/9" }; // prettier-ignore
    const lines = [
      { source: "zabbix", at: "10:00", body: { id: 5, on: 1, say: "Queue is long" } },
      { source: "prometheus", at: "10:01", body: [{ labels: { alertname: "CoprDown", severity: "page" } }] },
      { source: "grafana", at: "11:30", body: { receiver: "t", status: "firing", groupKey: "g", alerts: [test] } },
      { source: "sentry", at: "12:00", headers: { "Sentry-Hook-Resource": "issue" }, body: { action: "created", data: { issue } } }, // prettier-ignore
      { source: "zabbix", at: "12:30", body: { id: 5, on: 0, say: "Queue is short" } },
    ];
    const file = join(tocsin.folder, "all.jsonl");
    writeFileSync(file, lines.map(({ at, ...line }) => JSON.stringify({ ...line, received_at: `2026-11-22T${at}:00Z` })).join("\n")); // prettier-ignore
    const replayed = await tocsin.cli("--json", "replay", file, "--then", "20m");
    expect(replayed.code, replayed.err).toBe(0);
    const would = JSON.parse(replayed.out) as {
      not_taken: readonly object[];
      incidents: readonly { summary: string; state: string; clocks: { resolved: string | null } }[];
      messages: readonly { at: string; priority: string; pages: readonly string[]; text: string }[];
    };
    expect(would.not_taken).toEqual([]);
    const endOf = (word: string) => would.incidents.find(({ summary }) => summary.includes(word))?.clocks.resolved;
    expect(endOf("Queue")).toBe("2026-11-22T12:30:00Z");
    // Prometheus posts again as long as it fires; five minutes without it are an end.
    expect(endOf("CoprDown")).toBe("2026-11-22T10:06:00Z");
    expect(endOf("KeyError")).toBeNull();
    expect(would.messages).toContainEqual(expect.objectContaining({ at: "2026-11-22T10:01:00Z", priority: "page", pages: ["alice"] })); // prettier-ignore
    // The sign of life of Prometheus was missed, by the clock of the recording.
    expect(would.messages.find(({ text }) => text.includes("Watchdog"))?.at).toMatch(/^2026-11-22T10:1/u);
    const words = await tocsin.cli("replay", file);
    expect(words.out).toMatch(/10:01:00Z +team +alice +Incident \d+: Copr builds/u);
  },
);

test(
  "what was rejected is taken in again when its source has learnt to understand it",
  { timeout: 60_000 },
  async () => {
    await using tocsin = await tocsinProcess(() => config());
    await tocsin.start();
    // A source that the config then no longer names: its row was accepted, and could not be taken in.
    await tellOutage(tocsin);
    await tocsin.advance(hour);
    await tocsin.stop();
    const yaml = join(tocsin.folder, "tocsin.yaml");
    const right = readFileSync(yaml, "utf8");
    writeFileSync(yaml, right.replace("id: hook, type", "id: other, type"));
    const lost = await tocsin.cli("inbox", "replay", "--source", "hook");
    expect(lost.out, lost.err).toMatch(/^3 webhooks wait again\./u);
    await tocsin.start();
    await tocsin.until("they were looked at", async () => (await rejected(tocsin)) === 3); // prettier-ignore
    await tocsin.stop();
    writeFileSync(yaml, right);
    await tocsin.start();
    const again = await tocsin.cli("inbox", "replay", "--rejected");
    expect(again.out, again.err).toMatch(/^3 webhooks wait again\./u);
    await tocsin.until("they are taken in", async () => (await rejected(tocsin)) === 1); // prettier-ignore
    expect((await tocsin.cli("inbox", "replay")).code).toBe(2);
    expect((await tocsin.cli("inbox", "replay", "--since", "yesterday")).code).toBe(1);
    expect((await tocsin.cli("inbox", "show", "99")).code).toBe(1);
  },
);
