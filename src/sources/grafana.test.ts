// What Grafana tells becomes an alert, blindness where Grafana itself saw nothing, and an end where it says so.
import { describe, expect, test } from "vitest";
import { errorsOf, smallest } from "../../test/kit/config.ts";
import type { WebhookSource } from "../alerts/source.ts";
import type { ComponentId, SourceId } from "../config/names.ts";
import { minute } from "../lib/clock.ts";
import { heldClock } from "../lib/held-clock.ts";
import { brand } from "../lib/ids.ts";
import { silentLog } from "../lib/log.ts";
import { macOf } from "../lib/signature.ts";
import { grafana } from "./grafana.ts";

const now = Date.parse("2026-11-22T12:00:00Z");
const secret = "grafana-secret-of-a-test";
const fromLabel = { token: secret, component: { from: "labels.component", default: "api" } };

function source(config: object): WebhookSource {
  const components = ["copr", "api"].map((id) => ({ id: brand<ComponentId>(id), name: id }));
  const made = grafana.make(
    { id: brand<SourceId>("grafana"), config: grafana.config.parse(config) },
    { clock: heldClock(now), log: silentLog, components },
  );
  if (made.kind !== "webhook") throw new Error("a webhook");
  return made;
}

function taken(body: unknown, config: object = fromLabel) {
  const parsed = source(config).parse(body, now, {});
  if (!parsed.ok) throw new Error(parsed.error.join("\n"));
  return parsed.value;
}

const queue = {
  status: "firing",
  labels: { alertname: "Queue too long", component: "copr", severity: "page", grafana_folder: "CI", "team name": "ci" },
  annotations: { summary: "412 builds wait in the queue" },
  startsAt: "2026-11-22T11:40:00.125Z",
  endsAt: "0001-01-01T00:00:00Z",
  generatorURL: "https://grafana.example.org/alerting/grafana/q1/view?orgId=1",
  fingerprint: "b4c0ffee00c0ffee",
  silenceURL: "https://grafana.example.org/alerting/silence/new",
  dashboardURL: "https://grafana.example.org/d/ci?orgId=1",
  panelURL: "https://grafana.example.org/d/ci?orgId=1&viewPanel=4",
  values: { A: 412, C: 1 },
  valueString: "[ var='A' labels={} value=412 ]",
};

const group = (alerts: readonly object[], status = "firing", more: object = {}) => ({
  receiver: "tocsin",
  status,
  alerts,
  groupLabels: { alertname: "Queue too long" },
  commonLabels: {},
  commonAnnotations: {},
  externalURL: "https://grafana.example.org/",
  version: "1",
  groupKey: '{}:{alertname="Queue too long"}',
  truncatedAlerts: 0,
  orgId: 1,
  title: "[FIRING:1] Queue too long",
  state: "alerting",
  message: "**Firing**",
  ...more,
});

describe("unified alerting", () => {
  test("an alert has the rule's words, its labels, what it measured, and the panel where one sees it", () => {
    expect(taken(group([queue]))).toMatchObject({
      warnings: [],
      alerts: [
        {
          key: "grafana/b4c0ffee00c0ffee",
          kind: "other",
          status: "firing",
          severity: "critical",
          component: "copr",
          summary: "412 builds wait in the queue",
          labels: { alertname: "Queue too long", "team name": "ci" },
          annotations: { values: "A=412, C=1" },
          startsAt: Date.parse("2026-11-22T11:40:00.125Z"),
          link: "https://grafana.example.org/d/ci?orgId=1&viewPanel=4",
        },
      ],
    });
  });

  test("without a panel the link is the dashboard, without both the rule", () => {
    const linkOf = (more: object) => taken(group([{ ...queue, ...more }])).alerts[0]?.link;
    expect(linkOf({ panelURL: "" })).toBe(queue.dashboardURL);
    expect(linkOf({ panelURL: "", dashboardURL: "" })).toBe(queue.generatorURL);
  });

  test("its end resolves it, and the end of a group ends what is not listed", () => {
    const over = { ...queue, status: "resolved", endsAt: "2026-11-22T11:58:00Z" };
    const { alerts, groupsOver } = taken(group([over], "resolved"));
    expect(alerts).toMatchObject([{ status: "resolved", endsAt: Date.parse("2026-11-22T11:58:00Z") }]);
    expect(groupsOver).toEqual([taken(group([queue])).alerts[0]?.group]);
  });

  test.each([
    ["DatasourceNoData", {}, 'Grafana finds no data for "Queue too long"'],
    [
      "DatasourceError",
      { Error: "dial tcp:\n refused" },
      'Grafana cannot evaluate "Queue too long": dial tcp: refused',
    ],
  ])("%s is blindness, whatever the rule's own words say", (alertname, annotations, summary) => {
    const labels = { ...queue.labels, alertname, rulename: "Queue too long", datasource_uid: "p1" };
    const { alerts } = taken(group([{ ...queue, labels, annotations: { ...queue.annotations, ...annotations } }]));
    expect(alerts).toMatchObject([{ kind: "blind", summary, component: "copr" }]);
  });

  test("no data is an alert as any where the rule says that it shall be", () => {
    const annotations = { ...queue.annotations, grafana_state_reason: "NoData" };
    expect(taken(group([{ ...queue, annotations }])).alerts).toMatchObject([{ kind: "other", summary: queue.annotations.summary }]); // prettier-ignore
  });

  test("the test of a contact point is not urgent, and ends by itself", () => {
    const labels = { alertname: "TestAlert", instance: "Grafana" };
    const { alerts } = taken(group([{ ...queue, labels }]));
    expect(alerts).toMatchObject([{ severity: "info", expiresAt: now + 5 * minute }]);
    expect(alerts[0]?.group).toBeUndefined();
  });

  test("what a contact point leaves out is told to the sender", () => {
    expect(taken(group([queue], "firing", { truncatedAlerts: 3 })).warnings).toEqual([
      "$.truncatedAlerts: 3 alerts are not listed; set Max Alerts of the contact point to 0",
    ]);
  });

  test("names of labels may be any text, and are shown on one line", () => {
    const labels = { ...queue.labels, "a\u001b[2J\nb": "x", "\u0007": "y" };
    const names = Object.keys(taken(group([{ ...queue, labels }])).alerts[0]?.labels ?? {});
    expect(names).toContain("a[2J b");
    expect(names).not.toContain("");
  });
});

describe("alerting before version 9", () => {
  const rule = {
    ruleId: 12,
    ruleName: "Queue too long",
    ruleUrl: "https://grafana.example.org/d/ci?tab=alert",
    state: "alerting",
    title: "[Alerting] Queue too long",
    message: "builds wait",
    evalMatches: [{ metric: "queue", value: 412, tags: null }],
    orgId: 1,
    tags: { component: "copr", severity: "critical" },
  };
  const told = (state: string) => taken({ ...rule, state }).alerts.map(({ key, status, kind }) => [key, status, kind]);
  const [alert, blind] = ["grafana/rule/1/12", "grafana/rule/1/12/blind"];

  test("a rule has its words, its tags and what it measured", () => {
    expect(taken(rule).alerts[0]).toMatchObject({
      key: alert,
      severity: "critical",
      component: "copr",
      summary: "builds wait",
      labels: { alertname: "Queue too long" },
      annotations: { values: "queue=412" },
      link: rule.ruleUrl,
    });
  });

  test.each<readonly [string, readonly (readonly string[])[]]>([
    ["alerting", [[alert, "firing", "other"], [blind, "resolved", "blind"]]], // prettier-ignore
    ["ok", [[alert, "resolved", "other"], [blind, "resolved", "blind"]]], // prettier-ignore
    ["paused", [[alert, "resolved", "other"], [blind, "resolved", "blind"]]], // prettier-ignore
    // What fired goes on: nobody looks.
    ["no_data", [[blind, "firing", "blind"]]],
    ["pending", []],
  ])("of the state %s it says no more than is known", (state, alerts) => {
    expect(told(state)).toEqual(alerts);
  });

  test("an unknown state is refused with its place", () => {
    const parsed = source(fromLabel).parse({ ...rule, state: "burning" }, now, {});
    expect(parsed.ok ? [] : parsed.error).toEqual([expect.stringMatching(/^\$\.state: /u)]);
  });
});

describe("a signature", () => {
  const body = Buffer.from(JSON.stringify(group([queue])));
  const form = { algorithm: "sha256", encoding: "hex" } as const;
  const stamp = String(now / 1_000);

  test("is in Grafana's own header, over the body", () => {
    const headers = { "x-grafana-alerting-signature": macOf([body], secret, form) };
    expect(source({ hmac: { secret } }).verify({ headers, body })).toBe(true);
    expect(source({ hmac: { secret, header: "X-Other" } }).verify({ headers, body })).toBe(false);
    expect(source({ hmac: { secret } }).verify({ headers, body: Buffer.concat([body, body]) })).toBe(false);
  });

  test("is over the time as well, where the contact point names a header for it", () => {
    const signature = macOf([`${stamp}:`, body], secret, form);
    const timed = source({ hmac: { secret, timestamp_header: "X-Grafana-Alerting-Timestamp" } });
    const headers = { "x-grafana-alerting-signature": signature, "x-grafana-alerting-timestamp": stamp };
    expect(timed.verify({ headers, body })).toBe(true);
    expect(timed.verify({ headers: { "x-grafana-alerting-signature": signature }, body })).toBe(false);
    expect(timed.asks.words).toMatch(/more than 5 minutes off/u);
  });
});

test("its component is checked when the config is read", () => {
  const written = (component: string): readonly string[] =>
    errorsOf(`${smallest}sources: [ { id: g, type: grafana, token: ${secret}, component: ${component} } ]\n`);
  expect(written("{ from: tags.component }").join()).toMatch(/is written as labels\.NAME or annotations\.NAME/u);
  expect(written("{ from: labels.component, default: cpr }").join()).toMatch(/there is no component "cpr"/u);
});
