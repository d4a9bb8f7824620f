// Prometheus, Alertmanager and amtool as Debian has them, with Tocsin in the place of Alertmanager, and behind it.
import { writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { z } from "zod";
import { tocsinProcess, type TocsinProcess } from "../kit/tocsin-process.ts";
import { alertmanagerProgram, amtool, amtoolProgram, startAlertmanager, type Said } from "../peers/alertmanager.ts";
import { skipped } from "../peers/install.ts";
import { prometheus, startPrometheus } from "../peers/prometheus.ts";

const token = "alertmanager-test-token";
const minute = 60_000;

const Alerts = z.array(
  z.object({ key: z.string(), status: z.string(), component: z.string().nullable(), summary: z.string() }),
);

type Desk = TocsinProcess & {
  alerts(): Promise<z.output<typeof Alerts>>;
  keepUp(): Promise<void>;
  /** amtool at the source `prometheus`. */
  amtool(...args: readonly string[]): Promise<Said>;
};

/** Its clock goes on when the test says so: `keepUp` sets it to the real one, which the peers have. */
async function desk(more = ""): Promise<Desk> {
  const tocsin = await tocsinProcess(
    () => `
site: { name: CI, url: "http://127.0.0.1:8080" }
server: { port: 0 }
components: [{ id: copr, name: Copr builds }]
sources:
  - { id: prometheus, type: alertmanager, token: ${token}, component: { from: labels.component } }
  - { id: am, type: alertmanager, basic: { user: am, password: ${token} }, component: copr${more} }
`,
    Date.now(),
  );
  await tocsin.start();
  const http = join(tocsin.folder, "http.yml");
  writeFileSync(http, `authorization: { credentials: ${token} }\n`);
  const keepUp = (): Promise<void> => tocsin.advance(Math.max(0, Date.now() - tocsin.now()));
  return {
    ...tocsin,
    keepUp,
    alerts: async () => Alerts.parse(JSON.parse((await tocsin.ask("GET", "/api/v1/alerts")).body)),
    async amtool(...args) {
      await keepUp();
      const said = await amtool(`${tocsin.url()}/alertmanager/prometheus`, http, ...args);
      await keepUp();
      return said;
    },
  };
}

/** In real time: what is waited for is another program. */
async function eventually(tocsin: Desk, what: string, check: () => Promise<boolean>): Promise<void> {
  for (const limit = performance.now() + 40_000; !(await check());) {
    if (performance.now() > limit) throw new Error(`${what}: not within 40 s`);
    await tocsin.keepUp();
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

async function failedTasks() {
  let failed = 0;
  const server = createServer((_, response) => void response.end(`ci_tasks_failed_total ${failed}\n`));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  return {
    target: `127.0.0.1:${typeof address === "object" ? address?.port : 0}`,
    fail: (count: number) => void (failed = count),
    [Symbol.asyncDispose]: async () => void server.close(),
  };
}

const rules = `
groups:
  - name: ci
    rules:
      - alert: TasksFail
        expr: ci_tasks_failed_total > 10
        labels: { component: copr, severity: page }
        annotations: { summary: "Most builds fail" }
`;

const alertmanagerFor = (tocsin: Desk): string =>
  JSON.stringify({
    route: {
      receiver: "tocsin",
      group_by: ["component"],
      group_wait: "0s",
      group_interval: "1s",
      repeat_interval: "1h",
    },
    receivers: [
      {
        name: "tocsin",
        webhook_configs: [
          {
            url: `${tocsin.url()}/hooks/am`,
            send_resolved: true,
            http_config: { basic_auth: { username: "am", password: token } },
          },
        ],
      },
    ],
  });

const missing = [alertmanagerProgram, amtoolProgram, prometheus].map((found) => skipped(found, "Alertmanager")).includes(true); // prettier-ignore

describe.skipIf(missing)("with real peers", () => {
  test(
    "what Prometheus finds reaches Tocsin directly and through Alertmanager, and ends both ways",
    { timeout: 120_000 },
    async () => {
      await using tocsin = await desk();
      await using tasks = await failedTasks();
      await using peer = await startAlertmanager({ config: alertmanagerFor(tocsin) });
      await using _server = await startPrometheus(tasks.target, rules, [
        {
          path_prefix: "/alertmanager/prometheus",
          authorization: { credentials: token },
          static_configs: [{ targets: [new URL(tocsin.url()).host] }],
        },
        { static_configs: [{ targets: [new URL(peer.url).host] }] },
      ]);
      tasks.fail(11);
      const all = async (status: string): Promise<boolean> => {
        const alerts = await tocsin.alerts();
        return alerts.length === 2 && alerts.every((alert) => alert.status === status);
      };
      await eventually(tocsin, "both fire", () => all("firing"));
      const alerts = await tocsin.alerts();
      const fingerprints = new Set(alerts.map(({ key }) => key.split("/")[1]));
      expect(fingerprints.size).toBe(1);
      for (const alert of alerts) expect(alert).toMatchObject({ component: "copr", summary: "Most builds fail" });
      expect(JSON.parse((await tocsin.ask("GET", "/api/v1/incidents?open=true")).body)).toHaveLength(1);
      tasks.fail(0);
      await eventually(tocsin, "both are over", () => all("resolved"));
    },
  );

  test(
    "amtool adds, asks and silences; a silence of either side is one of the other",
    { timeout: 60_000 },
    async () => {
      await using tocsin = await desk();
      const done = async (...args: readonly string[]): Promise<string> => {
        const { code, out, err } = await tocsin.amtool(...args);
        expect([code, err]).toEqual([0, ""]);
        return out;
      };
      await done("alert", "add", "ApiDown", "component=copr", "severity=page", "--annotation=summary=The API is down");
      await done("alert", "add", "Slow", "component=copr", "severity=ticket");
      expect(await done("alert", "query", "severity=~p.*")).toMatch(/ApiDown .* The API is down\s+active/u);
      expect(await done("alert", "query", "severity=~p.*")).not.toContain("Slow");
      const id = (await done("silence", "add", "alertname=~Api.*", 'severity!="ticket"', "-c", "we know", "-a", "bob")).trim(); // prettier-ignore
      expect(await done("alert", "query")).not.toContain("ApiDown");
      expect(await done("alert", "query", "--silenced")).toContain("suppressed");
      expect(await done("silence", "query", "alertname=~Api.*")).toMatch(new RegExp(`${id} .*bob +we know`, "u"));
      const listed = await tocsin.cli("silence", "list");
      expect(listed.out).toContain('alertname=~"Api.*" severity!=ticket');
      expect(listed.out).toMatch(/prometheus:bob/u);
      expect((await done("silence", "update", "--comment=still", id)).includes(id)).toBe(true);
      await done("silence", "expire", id);
      expect(await done("alert", "query")).toContain("ApiDown");
      const again = await tocsin.amtool("silence", "expire", id);
      expect([again.code, again.err]).toEqual([1, expect.stringContaining("ended already")]);
      const ours = await tocsin.cli("silence", "add", "alertname=Slow", "--for", "1h", "--reason", "known");
      expect(ours).toMatchObject({ code: 0 });
      expect(await done("silence", "query")).toMatch(/alertname="Slow" .*known/u);
      expect(await done("alert", "query")).not.toContain("Slow");
      const refused = await tocsin.amtool("silence", "add", "alertname=~.*", "-c", "everything");
      expect([refused.code, refused.err]).toEqual([1, expect.stringContaining("must not match the empty string")]);
      const wrong = await amtool(`${tocsin.url()}/alertmanager/am`, join(tocsin.folder, "http.yml"), "alert", "query");
      expect([wrong.code, wrong.err]).toEqual([1, expect.stringContaining("401")]);
      expect(await done("config", "show")).toContain("receiver: tocsin");
      expect(await done("cluster", "show")).toContain("disabled");
      const two = [
        { status: "firing", labels: { alertname: "Good" } },
        { status: "firing", labels: { alertname: 7 } },
      ];
      const notice = { version: "4", status: "firing", receiver: "r", groupKey: "g", alerts: two };
      const answered = await tocsin.post("/hooks/prometheus/", notice, { authorization: `Bearer ${token}` });
      expect(answered.status).toBe(202);
      const looked = await fetch(`${tocsin.url()}/hooks/prometheus`);
      expect([looked.status, looked.headers.get("allow")]).toEqual([405, "POST"]);
      expect(answered.body).toContain("$.alerts[1].labels.alertname: must be a text; it was not taken, the rest was");
    },
  );

  test("what Alertmanager forgets to resolve is closed by asking it", { timeout: 60_000 }, async () => {
    const config = "route: { receiver: none }\nreceivers: [{ name: none }]";
    await using peer = await startAlertmanager({ config });
    await using tocsin = await desk(`, url: "${peer.url}"`);
    const labels = { alertname: "ApiDown", component: "copr" };
    const tell = async (): Promise<void> => {
      const endsAt = new Date(Date.now() + 60 * minute).toISOString();
      const posted = await fetch(`${peer.url}/api/v2/alerts`, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify([{ labels, endsAt }]),
      });
      expect(posted.status).toBe(200);
    };
    await tell();
    const shown = z
      .array(z.object({ fingerprint: z.string() }))
      .parse(await (await fetch(`${peer.url}/api/v2/alerts`)).json());
    const notice = (fingerprint: string, alertname: string): object => ({
      status: "firing",
      labels: { ...labels, alertname },
      annotations: {},
      startsAt: new Date(tocsin.now()).toISOString(),
      endsAt: "0001-01-01T00:00:00Z",
      fingerprint,
    });
    // The second one never fired there, as far as it remembers.
    const body = { version: "4", status: "firing", receiver: "tocsin", groupKey: "{}:{}", alerts: [notice(shown[0]?.fingerprint ?? "", "ApiDown"), notice("00000000000000aa", "Forgotten")] }; // prettier-ignore
    const basic = { authorization: `Basic ${Buffer.from(`am:${token}`).toString("base64")}` };
    expect(await tocsin.post("/hooks/am", body, basic)).toMatchObject({ status: 202 });
    const state = async (key: string): Promise<string | undefined> =>
      (await tocsin.alerts()).find((alert) => alert.key === key)?.status;
    await tocsin.until(
      "the orphan is closed",
      async () => (await state("am/00000000000000aa")) === "resolved",
      60 * minute,
    );
    expect(await state(`am/${shown[0]?.fingerprint}`)).toBe("firing");
    const why = await tocsin.cli("alert", "why", "am/00000000000000aa");
    expect(why.out).toContain("source no longer reports it");
    await peer[Symbol.asyncDispose]();
    const kept = async (): Promise<boolean> =>
      (await tocsin.cli("alert", "why", `am/${shown[0]?.fingerprint}`)).out.includes("cannot be asked");
    for (let turn = 0; turn < 3; turn++) await tocsin.advance(2 * minute);
    await eventually(tocsin, "it says once that it stays open", kept);
    expect(await state(`am/${shown[0]?.fingerprint}`)).toBe("firing");
  });
});
