// What Alertmanager is asked and what of it is believed; and which alerts are taken.
import { createServer } from "node:http";
import { describe, expect, test } from "vitest";
import { alertKey, type Alert } from "../alerts/alert.ts";
import type { WebhookSource } from "../alerts/source.ts";
import type { SourceId } from "../config/names.ts";
import { hour } from "../lib/clock.ts";
import { heldClock } from "../lib/held-clock.ts";
import { brand } from "../lib/ids.ts";
import { silentLog } from "../lib/log.ts";
import { alertmanager } from "./alertmanager.ts";

const now = Date.parse("2026-11-22T12:00:00Z");
const id = brand<SourceId>("am");

function source(more: object = {}): WebhookSource {
  const config = alertmanager.config.parse({ token: "alertmanager-of-a-test", ...more });
  const made = alertmanager.make({ id, config }, { clock: heldClock(now), log: silentLog, components: [] });
  if (made.kind !== "webhook") throw new Error("a webhook");
  return made;
}

const firing = (fingerprint: string): Alert => ({
  key: alertKey(id, fingerprint),
  kind: "down",
  status: "firing",
  severity: "critical",
  summary: "it is down",
  labels: {},
  startsAt: now - hour,
  observedAt: now - hour,
});

/** An Alertmanager that has run for long and holds these. */
async function holding(alerts: readonly object[]) {
  const status = { uptime: new Date(now - hour).toISOString(), versionInfo: { version: "0.25.0" } };
  const server = createServer(({ url }, response) => {
    response.end(JSON.stringify(url?.startsWith("/api/v2/status") === true ? status : alerts));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  return {
    url: `http://127.0.0.1:${typeof address === "object" ? address?.port : 0}`,
    [Symbol.asyncDispose]: async () => void server.close(),
  };
}

describe("asked what still fires", () => {
  const ask = (url: string) =>
    source({ url }).stillFiring?.([firing("aa"), firing("bb")], { now, signal: AbortSignal.timeout(10_000) });

  test("an Alertmanager that holds tens of thousands has forgotten none of them", async () => {
    const many = Array.from({ length: 20_000 }, (_, i) => ({ fingerprint: `f${i}`, labels: { alertname: "A" } }));
    await using peer = await holding([...many, { fingerprint: "aa", labels: { alertname: "A" } }]);
    expect(await ask(peer.url)).toEqual({ ok: true, value: { gone: ["am/bb"], missed: [] } });
  });

  test("what it holds counts also where its labels cannot be read", async () => {
    await using peer = await holding([{ fingerprint: "aa", labels: { alertname: 7 } }]);
    expect(await ask(peer.url)).toEqual({ ok: true, value: { gone: ["am/bb"], missed: [] } });
  });

  test("a list that does not tell which alerts it means closes nothing", async () => {
    await using peer = await holding([{ labels: { alertname: "A" } }]);
    expect(await ask(peer.url)).toMatchObject({ ok: false, error: expect.stringContaining("fingerprint") });
  });
});

describe("an alert whose labels have names of Prometheus 3", () => {
  const labels = { alertname: "DbDown", "k8s.pod.name": "db-0", místo: "Brno" };

  test("is taken, posted or by webhook, as one and the same", () => {
    const posted = source().parse([{ labels }], now, {});
    const sent = { version: "4", status: "firing", receiver: "r", groupKey: "g", alerts: [{ status: "firing", labels }] }; // prettier-ignore
    const told = source().parse(sent, now, {});
    if (!posted.ok || !told.ok) throw new Error("not taken");
    expect(posted.value.alerts).toMatchObject([{ labels }]);
    expect(told.value.alerts.map(({ key }) => key)).toEqual(posted.value.alerts.map(({ key }) => key));
  });

  test("may name its component in one of them", () => {
    const component = { from: "labels.service.name", map: { pg: "db" } };
    expect(alertmanager.config.safeParse({ token: "alertmanager-of-a-test", component }).success).toBe(true);
  });

  test("is refused where a name is no text at all", () => {
    const refused = source().parse([{ labels: { "": "x" } }, { labels: { "\ud800": "x" } }], now, {});
    expect(refused).toMatchObject({ ok: false, error: { length: 2 } });
  });
});
