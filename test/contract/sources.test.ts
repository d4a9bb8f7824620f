// What every source promises, held against each entry of the registry: a new one is tested from its first day.
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer as createHttpServer } from "node:http";
import { createServer, type Server, type Socket } from "node:net";
import { DatabaseSync } from "node:sqlite";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { z } from "zod";
import { alertKinds, alertSeverities, type Alert } from "../../src/alerts/alert.ts";
import {
  lookingPart,
  type Headers,
  type LookingSource,
  type Source,
  type SourceProvider,
  type WebhookSource,
} from "../../src/alerts/source.ts";
import type { ComponentId, SourceId } from "../../src/config/names.ts";
import { parseBody } from "../../src/engine/receive.ts";
import { day, isoSeconds, minute, second, wallClock } from "../../src/lib/clock.ts";
import { brand } from "../../src/lib/ids.ts";
import { reasonOf } from "../../src/lib/result.ts";
import { macOf } from "../../src/lib/signature.ts";
import { sources } from "../../src/sources/registry.ts";
import { huge, mangled } from "../kit/mangled.ts";
import { eventAlert, issue, issueWebhook, legacyBody, metricAlert, signatureOf } from "../kit/sentry-bodies.ts";
import { webhookDoor, type WebhookDoor } from "../kit/webhook-door.ts";
import { feedServer, healthyFeeds } from "../peers/feeds.ts";
import { heardLog, type HeardLog } from "../peers/heard-log.ts";
import { freePort } from "../peers/ngircd.ts";
import { fakeSentry } from "../peers/sentry.ts";

const secret = "s3cret-of-the-fixture";
const now = Date.parse("2026-11-22T12:00:04Z");

type Peer = AsyncDisposable & { readonly config: object };
type Common = {
  readonly config: object;
  /** Configs that are wrong, with the secret in them. */
  readonly wrong: readonly object[];
};
type WebhookFixture = Common & {
  readonly kind: "webhook";
  /** As a sender does who knows `shown`. */
  headers(shown: string, body: Uint8Array): Headers;
  /** Bodies that are nearly right, and often right. */
  readonly bodies: fc.Arbitrary<unknown>;
  /** Bodies that are right. */
  readonly right: readonly unknown[];
};
type LookingFixture = Common & {
  readonly kind: "looking";
  /** Something to look at. */
  open(): Promise<Peer>;
  /** A config with its secrets filled, whose peer answers nothing at this port. Not for one that is only spoken to. */
  readonly at?: (port: number) => object;
};

const line = fc.oneof(
  fc.string({ unit: "binary", maxLength: 40 }),
  fc.constantFrom("a\r\nb", "\u001b[2J", "\u202ex", "../..", "__proto__", "x".repeat(2_000), "\0"),
);
const time = fc.oneof(
  fc.integer({ min: now - 400 * day, max: now + 400 * day }).map(isoSeconds),
  fc.constantFrom(null, "", "1970-01-01T00:00:00Z", "9999-12-31T23:59:59+14:00", 0, "yesterday"),
);
const seldom = <T>(value: fc.Arbitrary<T>): fc.Arbitrary<T | null | undefined> =>
  fc.oneof(value, fc.constantFrom(null, undefined));
const plain = fc.record(
  {
    fingerprint: line,
    summary: line,
    status: fc.constantFrom("firing", "resolved"),
    component: seldom(fc.oneof(line, fc.constant("copr"))),
    severity: seldom(fc.constantFrom(...alertSeverities)),
    kind: seldom(fc.constantFrom(...alertKinds)),
    starts_at: time,
    ends_at: time,
    link: seldom(fc.constantFrom("https://x.test/a b", "javascript:1", "http://x.test/\n", "ftp://x.test")),
    labels: seldom(fc.dictionary(line, fc.oneof(line, fc.integer(), fc.boolean()))),
  },
  { requiredKeys: ["fingerprint", "summary", "status"] },
);

const labelSet = fc.dictionary(fc.oneof(fc.constantFrom("alertname", "component", "severity"), line), line);
const sentAlert = fc.record(
  {
    labels: labelSet,
    annotations: seldom(labelSet),
    startsAt: seldom(time),
    endsAt: seldom(fc.oneof(time, fc.constant("0001-01-01T00:00:00Z"))),
    generatorURL: seldom(
      fc.constantFrom("https://x.test/a b", "javascript:1", "http://x.test/\n", "", "https://x.test/g?a=1"),
    ),
    status: seldom(fc.constantFrom("firing", "resolved", "x")),
    fingerprint: seldom(line),
  },
  { requiredKeys: ["labels"] },
);
const groupNotice = fc.record(
  {
    version: fc.constant("4"),
    groupKey: line,
    receiver: line,
    status: fc.constantFrom("firing", "resolved"),
    truncatedAlerts: seldom(fc.oneof(fc.nat(), fc.constant(-1))),
    alerts: fc.array(sentAlert, { maxLength: 4 }),
  },
  { requiredKeys: ["status", "alerts"] },
);

const legacyRule = fc.record(
  {
    ruleName: line,
    state: fc.constantFrom("alerting", "ok", "no_data", "paused", "pending", "else"),
    ruleId: fc.oneof(line, fc.integer(), fc.constant({})),
    ruleUrl: line,
    message: line,
    tags: seldom(fc.dictionary(line, fc.oneof(line, fc.integer(), fc.constant({})))),
    evalMatches: seldom(fc.array(fc.record({ metric: line, value: fc.double(), tags: fc.constant(null) }))),
  },
  { requiredKeys: ["ruleName", "state"] },
);

const sentryIssue = fc.record(
  {
    id: fc.oneof(line, fc.integer()),
    title: seldom(line),
    level: seldom(line),
    status: seldom(fc.constantFrom("unresolved", "resolved", "ignored", "__proto__")),
    project: seldom(fc.oneof(line, fc.record({ slug: line }))),
    issueCategory: seldom(fc.oneof(line, fc.constantFrom("performance", "constructor"))),
    firstSeen: time,
    lastSeen: time,
    permalink: seldom(fc.constantFrom("https://x.test/a b", "javascript:1", "http://x.test/\n")),
  },
  { requiredKeys: ["id"] },
);
const sentryEvent = fc.record(
  {
    issue_id: fc.oneof(line, fc.integer()),
    title: seldom(line),
    level: seldom(line),
    datetime: time,
    tags: fc.array(fc.oneof(fc.tuple(fc.oneof(line, fc.constant("component")), line), fc.jsonValue()), {
      maxLength: 3,
    }),
    url: seldom(line),
  },
  { requiredKeys: ["issue_id"] },
);
const sentryAction = fc.constantFrom(
  "created",
  "resolved",
  "unresolved",
  "archived",
  "assigned",
  "critical",
  "warning",
);
const sentryBody = fc.oneof(
  fc.record({ action: sentryAction, data: fc.record({ issue: sentryIssue }) }),
  fc.record({ action: sentryAction, data: fc.record({ event: sentryEvent, triggered_rule: line }) }),
  fc.record({
    action: sentryAction,
    data: fc.record({
      metric_alert: fc.record({ id: line, date_started: time, date_closed: time, title: seldom(line) }),
      description_text: seldom(line),
    }),
  }),
  fc.record({ id: line, message: line, url: line, event: seldom(sentryEvent) }),
);

const jobLine = (n: number): string =>
  `${JSON.stringify({ id: n, type: "copr_build", project: `p${n % 7}`, status: n % 3 === 0 ? "failure" : "success", created_at: now - n * 60_000, finished_at: now - n * 30_000 })}\n`;

const jobsQuery = "select * from jobs where id > :after_id or id = any(:open_ids)";

/** A page of each kind that is well, and one that never answers. */
const feeds = Object.fromEntries(
  Object.entries(healthyFeeds(now)).map(([type, { pages, path }]): [string, LookingFixture] => [
    type,
    {
      kind: "looking",
      config: { component: "copr", url: `https://feed:${secret}@status.example.org${path}?key=${secret}` },
      wrong: [
        { component: "copr", url: `ftp://feed:${secret}@status.example.org${path}` },
        { component: "copr", url: [secret] },
        { component: "NO", url: `https://feed:${secret}@status.example.org${path}` },
      ],
      async open() {
        const server = await feedServer();
        for (const [at, body] of Object.entries(pages)) server.serve(at, body);
        return {
          config: { component: "copr", url: `${server.url}${path}` },
          [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
        };
      },
      at: (port) => ({
        component: "copr",
        url: `http://feed:${secret}@127.0.0.1:${port}${path}?key=${secret}`,
        timeout: "25s",
      }),
    },
  ]),
);

const fixtures: Readonly<Record<string, WebhookFixture | LookingFixture>> = {
  ...feeds,
  alertmanager: {
    kind: "webhook",
    config: {
      token: secret,
      component: { from: "labels.component", default: "copr" },
      url: "http://am.example.org:9093",
    },
    wrong: [
      { token: [secret], component: { from: "nowhere" } },
      { token: secret, url_token: secret },
      { token: secret, url: `http://user:${secret}@am.example.org` },
    ],
    headers: (shown) => ({ authorization: `Bearer ${shown}` }),
    bodies: fc.oneof(groupNotice, fc.array(sentAlert, { maxLength: 4 })),
    right: [
      [{ labels: { alertname: "ApiDown" } }],
      [{ labels: { alertname: "ApiDown" }, endsAt: "2026-11-22T10:42:00Z" }],
      {
        version: "4",
        status: "firing",
        groupKey: "{}:{}",
        receiver: "tocsin",
        alerts: [{ status: "firing", labels: { alertname: "ApiDown" }, startsAt: "2027-01-01T00:00:00Z" }],
        new_field: {},
      },
    ],
  },
  generic: {
    kind: "webhook",
    config: { token: secret, component: "copr" },
    wrong: [
      { component: "copr" },
      { token: { is: secret } },
      { token: [] },
      { token: [secret, secret.slice(0, 8)] },
      { token: secret, component: "NO" },
      { token: secret.slice(0, 8) },
      { token: secret, body_limit: "17MiB" },
      { basic: { user: `a:${secret}`, password: secret } },
      { hmac: { secret, header: `X ${secret}` } },
    ],
    headers: (shown) => ({ authorization: `Bearer ${shown}` }),
    bodies: fc.oneof(plain, fc.array(plain, { maxLength: 4 })),
    right: [
      { fingerprint: "a", status: "firing", summary: "Copr is down", starts_at: "2026-11-22T10:42:00Z" },
      { fingerprint: "a", status: "resolved", summary: "Copr is up", ends_at: "2026-11-22T11:42:00Z" },
      { fingerprint: "a", status: "resolved", summary: "Ended before it began", starts_at: "2027-01-01T00:00:00Z" },
    ],
  },
  heartbeat: {
    kind: "looking",
    config: { component: "copr", every: "1d", grace: "2h", token: secret },
    wrong: [
      { component: "copr", every: "1d", token: [secret] },
      { component: "copr", every: "1d", token: `${secret}/` },
      { component: "copr", token: secret },
      { component: "copr", every: "1d", schedule: "30 2 * * *", token: secret },
      { component: "copr", schedule: "30 2 * * * * *", token: secret },
      { component: "copr", schedule: "0 0 30 2 *", token: secret },
    ],
    open: async () => ({
      config: { component: "copr", schedule: "30 2 * * *", time_zone: "Europe/Prague", token: secret },
      [Symbol.asyncDispose]: async () => undefined,
    }),
  },
  grafana: {
    kind: "webhook",
    config: { hmac: { secret }, component: { from: "labels.component", default: "copr" } },
    wrong: [
      { component: "copr" },
      { hmac: { secret, algorithm: "sha1" } },
      { hmac: { secret: secret.slice(0, 8) } },
      { token: secret, component: { from: `tags.${secret}` } },
    ],
    headers: (shown, body) => ({
      "x-grafana-alerting-signature": macOf([body], shown, { algorithm: "sha256", encoding: "hex" }),
    }),
    bodies: fc.oneof(groupNotice, legacyRule),
    right: [
      {
        version: "1",
        orgId: 1,
        title: "[FIRING:1]",
        status: "firing",
        groupKey: "{}:{}",
        receiver: "tocsin",
        alerts: [
          {
            status: "firing",
            labels: { alertname: "Queue too long", "some name": "x" },
            startsAt: "2026-11-22T11:42:00Z",
            fingerprint: "00ff",
            values: { A: 1e300 },
            panelURL: "https://grafana.test/d/1?viewPanel=2",
          },
        ],
      },
      {
        ruleId: 7,
        ruleName: "Queue",
        state: "alerting",
        evalMatches: [{ metric: "q", value: 1 }],
        tags: { component: "copr" },
      },
      { ruleId: 7, ruleName: "Queue", state: "ok", evalMatches: null },
    ],
  },
  "http-probe": {
    kind: "looking",
    config: { component: "copr", url: `https://probe:${secret}@ci.example.org/health?key=${secret}` },
    wrong: [
      { component: "copr", url: `ftp://probe:${secret}@ci.example.org` },
      { component: "copr", url: [secret] },
      { component: "NO", url: `https://probe:${secret}@ci.example.org/` },
    ],
    async open() {
      const server = createHttpServer((_, response) => void response.writeHead(500).end());
      const port = await listening(server);
      return {
        config: { component: "copr", url: `http://127.0.0.1:${port}/`, fail_after: 1 },
        [Symbol.asyncDispose]: async () => void server.close(),
      };
    },
    at: (port) => ({
      component: "copr",
      url: `http://probe:${secret}@127.0.0.1:${port}/health?key=${secret}`,
      timeout: "1s",
      fail_after: 1,
    }),
  },
  canary: {
    kind: "looking",
    config: {
      component: "copr",
      trigger: { url: "https://ci.example.org/trigger", token: secret },
      appears: { url: `https://ci.example.org/jobs?key=${secret}&mark={canary}`, expect: { contains: "{canary}" } },
    },
    wrong: [
      { component: "copr", trigger: { url: [secret] } },
      { component: "copr", trigger: { url: "https://ci.example.org/", token: [secret] } },
      { component: "NO", trigger: { command: [secret] } },
    ],
    async open() {
      const server = createHttpServer((_, response) => void response.writeHead(500).end());
      const port = await listening(server);
      return {
        config: { component: "copr", trigger: { url: `http://127.0.0.1:${port}/` } },
        [Symbol.asyncDispose]: async () => void server.close(),
      };
    },
    at: (port) => ({
      component: "copr",
      timeout: "1s",
      trigger: { url: `http://127.0.0.1:${port}/?key=${secret}`, token: secret },
    }),
  },
  dns: {
    kind: "looking",
    config: { component: "copr", name: "ci.example.org", resolver: "127.0.0.1" },
    wrong: [{ component: "copr", name: "ci.example.org", resolver: secret }],
    open: async () => ({
      config: {
        component: "copr",
        name: "ci.example.org",
        resolver: "127.0.0.1",
        port: await freePort(),
        fail_after: 1,
      },
      [Symbol.asyncDispose]: async () => undefined,
    }),
  },
  ping: {
    kind: "looking",
    config: { component: "copr", host: "ci.example.org" },
    wrong: [{ component: "copr", host: `-f ${secret}` }],
    // A program that says no, whatever the machine has.
    async open() {
      const folder = mkdtempSync(join(tmpdir(), "tocsin-ping-"));
      writeFileSync(join(folder, "ping"), "#!/bin/sh\nexit 1\n", { mode: 0o755 });
      const before = process.env["PATH"];
      process.env["PATH"] = `${folder}:${before ?? ""}`;
      return {
        config: { component: "copr", host: "127.0.0.1", fail_after: 1 },
        async [Symbol.asyncDispose]() {
          process.env["PATH"] = before;
          rmSync(folder, { recursive: true });
        },
      };
    },
  },
  tcp: {
    kind: "looking",
    config: { component: "copr", host: "ci.example.org", port: 22, send: secret, expect: "SSH" },
    wrong: [{ component: "copr", host: "ci.example.org", port: 22, send: [secret] }],
    open: async () => ({
      config: { component: "copr", host: "127.0.0.1", port: await freePort(), fail_after: 1 },
      [Symbol.asyncDispose]: async () => undefined,
    }),
    at: (port) => ({
      component: "copr",
      host: "127.0.0.1",
      port,
      send: secret,
      expect: "SSH",
      timeout: "1s",
      fail_after: 1,
    }),
  },
  tls: {
    kind: "looking",
    config: { component: "copr", host: "ci.example.org" },
    wrong: [{ component: "copr", host: `https://probe:${secret}@ci.example.org` }],
    open: async () => ({
      config: { component: "copr", host: "127.0.0.1", port: await freePort(), fail_after: 1 },
      [Symbol.asyncDispose]: async () => undefined,
    }),
    at: (port) => ({ component: "copr", host: "127.0.0.1", port, timeout: "1s", fail_after: 1 }),
  },
  promql: {
    kind: "looking",
    config: { url: "http://prometheus.example.org", expr: "up == 0", component: "copr", token: secret },
    wrong: [
      { url: `http://user:${secret}@prometheus.example.org`, expr: "up" },
      { url: "http://prometheus.example.org", expr: "up", threshold: "much", token: secret },
      { url: "http://prometheus.example.org", expr: "up", token: secret, basic: { user: "me", password: secret } },
      { url: "http://prometheus.example.org", expr: "up", component: { default: "NO" }, token: secret },
    ],
    async open() {
      const result = ["a", "b", "\u202e\n", "x".repeat(900)].map((job) => ({ metric: { job }, value: [1, "NaN"] }));
      const body = JSON.stringify({ status: "success", data: { resultType: "vector", result } });
      const server = createHttpServer((_, response) => void response.end(body));
      const port = await listening(server);
      return {
        config: { url: `http://127.0.0.1:${port}`, expr: "up", component: { from: "labels.job", default: "copr" } },
        [Symbol.asyncDispose]: async () => void server.close(),
      };
    },
    at: (port) => ({ url: `http://127.0.0.1:${port}`, expr: "up", token: secret, timeout: "50s" }),
  },
  sql: {
    kind: "looking",
    config: { database: `postgres://tocsin:${secret}@127.0.0.1/ci`, query: "select 1", above: 5, component: "copr" },
    wrong: [
      { database: `mysql://tocsin:${secret}@127.0.0.1/ci`, query: "select 1" },
      { database: `postgres://tocsin:${secret}@127.0.0.1/ci`, query: "delete from jobs" },
      { database: `postgres://tocsin:${secret}@127.0.0.1/ci`, query: "select 1; select 2" },
      { database: `postgres://tocsin:${secret}@127.0.0.1/ci`, query: "select 1", above: 1, below: 2 },
    ],
    async open() {
      const folder = mkdtempSync(join(tmpdir(), "tocsin-sql-"));
      const database = new DatabaseSync(join(folder, "ci.db"));
      database.exec("create table wrong (fingerprint, summary, severity, component, place)");
      const insert = database.prepare("insert into wrong values (?, ?, ?, ?, ?)");
      for (const name of ["a", "b", "\u202e\n\0", "x".repeat(900), null]) insert.run(name, name, "critical", "copr", 7);
      database.close();
      return {
        config: { database: `sqlite:${join(folder, "ci.db")}`, query: "select * from wrong", component: "copr" },
        [Symbol.asyncDispose]: async () => rmSync(folder, { recursive: true }),
      };
    },
    at: (port) => ({ database: `postgres://tocsin:${secret}@127.0.0.1:${port}/ci`, query: "select 1", timeout: "50s" }),
  },
  jobs: {
    kind: "looking",
    config: { preset: "packit", database: `postgres://tocsin:${secret}@127.0.0.1/packit` },
    wrong: [
      { preset: "packit", database: `mysql://tocsin:${secret}@127.0.0.1/packit` },
      { preset: "packit", database: [secret] },
      { database: `postgres://tocsin:${secret}@127.0.0.1/packit` },
    ],
    async open() {
      const folder = mkdtempSync(join(tmpdir(), "tocsin-jobs-"));
      const file = join(folder, "jobs.jsonl");
      writeFileSync(file, Array.from({ length: 200 }, (_, n) => jobLine(n)).join(""));
      return {
        config: { file, component: "copr" },
        [Symbol.asyncDispose]: async () => rmSync(folder, { recursive: true }),
      };
    },
    at: (port) => ({ preset: "packit", database: `postgres://tocsin:${secret}@127.0.0.1:${port}/packit` }),
  },
  sentry: {
    kind: "webhook",
    config: { secret, component: { from: "tags.component", default: "copr" } },
    wrong: [
      { secret: { text: secret } },
      { secret, component: { from: secret } },
      { secret, component: { default: "NO" } },
      { secret: "", api: { token: secret } },
    ],
    headers: (shown, body) => ({ "sentry-hook-signature": signatureOf(body, shown) }),
    bodies: sentryBody,
    right: [eventAlert().body, issueWebhook("resolved").body, metricAlert("critical").body, legacyBody()],
  },
};

const plainAlert = { fingerprint: "a", status: "firing", summary: "Copr is down" };
const signed = { algorithm: "sha512", encoding: "base64" } as const;

/** Further ways of a source, each held to all that its type promises. */
const variants: readonly { readonly type: string; readonly fixture: WebhookFixture | LookingFixture }[] = [
  {
    type: "sentry",
    fixture: {
      kind: "looking",
      config: { secret, api: { organization: "acme", token: secret } },
      wrong: [
        { secret, api: { organization: "acme", token: [secret] } },
        { secret, api: { token: secret } },
        { secret, api: { organization: "acme", token: secret, url: `ftp://${secret}@sentry.example.org` } },
      ],
      async open() {
        const peer = await fakeSentry();
        peer.issues.set("1", { ...issue, id: "1", status: "unresolved", firstSeen: isoSeconds(now) });
        const { url, organization, token } = peer;
        return {
          config: { secret, api: { url, organization, token } },
          [Symbol.asyncDispose]: () => peer[Symbol.asyncDispose](),
        };
      },
      at: (port) => ({ secret, api: { url: `http://127.0.0.1:${port}`, organization: "acme", token: secret } }),
    },
  },
  {
    type: "generic",
    fixture: {
      kind: "webhook",
      config: { basic: { user: "ci", password: secret } },
      wrong: [{ basic: { user: "ci", password: secret.slice(0, 8) } }, { basic: { user: secret } }],
      headers: (shown) => ({ authorization: `Basic ${Buffer.from(`ci:${shown}`).toString("base64")}` }),
      bodies: plain,
      right: [plainAlert],
    },
  },
  {
    type: "generic",
    fixture: {
      kind: "webhook",
      config: {
        token: secret,
        component: "copr",
        map: { alerts: "$.items[*]", fingerprint: "$.id", status: "$.is", summary: "$.say", severity: "$.bad", starts_at: "$.at", link: "$.url", labels: "$.tags" }, // prettier-ignore
        values: { status: { "1": "firing", "0": "resolved" } },
      },
      wrong: [
        { token: secret, map: { fingerprint: "$.id" } },
        { token: secret, values: { status: {} } },
      ],
      headers: (shown) => ({ authorization: `Bearer ${shown}` }),
      bodies: fc.record({
        items: fc.array(
          fc.record(
            {
              id: fc.oneof(line, fc.integer(), fc.double()),
              is: fc.constantFrom("1", 1, 0, "firing", "2"),
              say: line,
              bad: line,
              at: fc.oneof(time, fc.integer(), fc.double()),
              url: line,
              tags: fc.oneof(line, fc.dictionary(line, fc.jsonValue())),
            },
            { requiredKeys: ["id", "is", "say"] },
          ),
          { maxLength: 4 },
        ),
      }),
      right: [
        { items: [{ id: 7, is: 1, say: "Copr is down", at: 1_795_345_200, tags: { host: "b1" } }] },
        { items: [{ id: "7", is: "0", say: "Copr is up", bad: "P9", url: "nowhere" }] },
      ],
    },
  },
  {
    type: "generic",
    fixture: {
      kind: "webhook",
      config: { hmac: { secret, header: "X-Signature", prefix: "v1=", ...signed } },
      wrong: [{ hmac: { secret } }, { hmac: { secret, header: "X-Signature", algorithm: secret } }],
      headers: (shown, body) => ({ "x-signature": `v1=${macOf([body], shown, signed)}` }),
      bodies: plain,
      right: [plainAlert],
    },
  },
  {
    type: "jobs",
    fixture: {
      kind: "looking",
      config: { query: jobsQuery, database: `postgres://tocsin:${secret}@127.0.0.1/ci` },
      wrong: [
        { query: "select 1", database: `postgres://tocsin:${secret}@127.0.0.1/ci` },
        { query: jobsQuery, database: `mysql://tocsin:${secret}@127.0.0.1/ci` },
      ],
      async open() {
        const folder = mkdtempSync(join(tmpdir(), "tocsin-jobs-"));
        const database = new DatabaseSync(join(folder, "ci.db"));
        database.exec("create table jobs (id integer primary key, type, project, status, created_at, finished_at)");
        for (let n = 0; n < 200; n++)
          database
            .prepare("insert into jobs values (?, 'build', ?, ?, ?, ?)")
            .run(n, `p${n % 7}`, n % 3 === 0 ? "failure" : "success", now - n * 60_000, now - n * 30_000);
        database.close();
        const query = jobsQuery.replace("= any(:open_ids)", "in (select value from json_each(:open_ids))");
        return {
          config: { query, database: `sqlite:${join(folder, "ci.db")}`, component: "copr" },
          [Symbol.asyncDispose]: async () => rmSync(folder, { recursive: true }),
        };
      },
      at: (port) => ({ query: jobsQuery, database: `postgres://tocsin:${secret}@127.0.0.1:${port}/ci` }),
    },
  },
];

const never = new AbortController().signal;
const feedback = { dismissed: [] };
const id = brand<SourceId>("under-test");

async function listening(server: Server): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("no TCP port");
  return address.port;
}

/** Takes connections, reads, and never says a word. */
async function silentPeer(): Promise<
  AsyncDisposable & { readonly port: number; readonly asked: Promise<void>; hangUp(): void }
> {
  const sockets = new Set<Socket>();
  const asked = Promise.withResolvers<void>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on("error", () => {});
    socket.once("data", () => asked.resolve());
  });
  const port = await listening(server);
  const hangUp = (): void => sockets.forEach((socket) => socket.resetAndDestroy());
  return {
    port,
    asked: asked.promise,
    hangUp,
    async [Symbol.asyncDispose]() {
      hangUp();
      server.close();
    },
  };
}

function sourceOf(provider: SourceProvider, config: object, log: HeardLog = heardLog()): Source {
  const components = [{ id: brand<ComponentId>("copr"), name: "Copr builds" }];
  return provider.make({ id, config: provider.config.parse(config) }, { clock: wallClock, log: log.log, components });
}

function webhookOf(provider: SourceProvider, config: object): WebhookSource {
  const source = sourceOf(provider, config);
  if (source.kind !== "webhook") throw new Error("the fixture says that it is a webhook");
  return source;
}

function lookingOf(
  provider: SourceProvider,
  config: object,
  log: HeardLog = heardLog(),
): LookingSource<unknown> & AsyncDisposable {
  const source = sourceOf(provider, config, log);
  const part = lookingPart(source);
  if (part === undefined) throw new Error("the fixture says that it looks");
  return { ...part, [Symbol.asyncDispose]: async () => part.close?.() };
}

function expectWellFormed(alert: Alert): void {
  expect(alert.key.startsWith(`${id}/`)).toBe(true);
  expect(alert.key.length).toBeGreaterThan(`${id}/`.length);
  expect(alert.observedAt).toBe(now);
  expect(alert.startsAt).toBeLessThanOrEqual(now);
  expect(alertKinds).toContain(alert.kind);
  expect(alertSeverities).toContain(alert.severity);
  for (const text of [alert.key, alert.summary, ...Object.values(alert.labels)]) {
    expect(text).not.toMatch(/[\p{Cc}\u2028\u2029\u202a-\u202e\u2066-\u2069]/u);
    expect(text.isWellFormed()).toBe(true);
  }
  expect(alert.summary).toMatch(/\S/u);
  if (alert.link !== undefined) expect(alert.link).toMatch(/^https?:\/\/\S+$/u);
  expect(alert.endsAt === undefined).toBe(alert.status === "firing");
  if (alert.endsAt === undefined) return;
  expect(alert.endsAt).toBeLessThanOrEqual(now);
  expect(alert.endsAt).toBeGreaterThanOrEqual(alert.startsAt);
}

/** The keys of a config, and of the objects in it, that nothing is said about. */
function undescribed(schema: z.core.JSONSchema._JSONSchema, path = "$"): readonly string[] {
  if (typeof schema === "boolean") return [];
  return Object.entries(schema.properties ?? {}).flatMap(([key, value]) => [
    ...(typeof value === "boolean" || value.description === undefined ? [`${path}.${key}`] : []),
    ...undescribed(value, `${path}.${key}`),
  ]);
}

test("every source of the registry has a fixture here", () => {
  expect(Object.keys(fixtures).sort()).toEqual(Object.keys(sources).sort());
});

const tested = Object.entries(sources).flatMap(([type, provider]) => {
  const fixture = fixtures[type];
  const more = variants.filter((variant) => variant.type === type);
  return fixture === undefined ? [] : [{ type, fixture }, ...more].map((one) => ({ ...one, provider }));
});
const webhooks = tested.flatMap(({ fixture, ...rest }) => (fixture.kind === "webhook" ? [{ ...rest, fixture }] : []));
const looking = tested.flatMap(({ fixture, ...rest }) => (fixture.kind === "looking" ? [{ ...rest, fixture }] : []));

describe.each(tested)("the config of $type", ({ provider, fixture }) => {
  test("an unknown key is refused", () => {
    expect(provider.config.safeParse(fixture.config).error).toBeUndefined();
    const refused = provider.config.safeParse({ ...fixture.config, surely_unknown: 1 });
    expect(JSON.stringify(refused.error?.issues)).toMatch(/surely_unknown/u);
  });

  test("every key has a description", () => {
    expect(undescribed(z.toJSONSchema(provider.config, { io: "input", unrepresentable: "any" }))).toEqual([]);
  });

  test("a mistake does not repeat a secret", () => {
    for (const config of fixture.wrong) {
      const { error } = provider.config.safeParse(config);
      expect(error).toBeDefined();
      const told = JSON.stringify([error, error?.issues, String(error)]);
      expect(told).not.toContain(secret);
      expect(told).not.toContain(secret.slice(0, 8));
    }
  });

  test("every component it names has its place in the config", () => {
    for (const { component, path } of provider.names(provider.config.parse(fixture.config))) {
      const found = path.reduce<unknown>((value, step) => Object(value)[step], fixture.config);
      expect(found).toBe(component);
    }
  });
});

describe.each(webhooks)("the webhook of $type", ({ provider, fixture }) => {
  const body = new TextEncoder().encode(JSON.stringify(fixture.right[0]));
  const verify = (headers: Headers): boolean => webhookOf(provider, fixture.config).verify({ headers, body });

  test("who knows the secret is let in", () => {
    expect(verify(fixture.headers(secret, body))).toBe(true);
  });

  test("who shows none is not", () => {
    expect(verify({})).toBe(false);
  });

  test.each([
    ["an empty one", ""],
    ["the first half", secret.slice(0, 10)],
    ["all but the last character", secret.slice(0, -1)],
    ["one character more", `${secret}x`],
    ["it twice", `${secret} ${secret}`],
    ["other letters", secret.toUpperCase()],
    ["another of the same length", "x".repeat(secret.length)],
    ["it behind a NUL", `\0${secret}`],
  ])("who shows %s is not", (_, shown) => {
    expect(verify(fixture.headers(shown, body))).toBe(false);
  });

  test("empty, bare and repeated headers are no secret", () => {
    const names = Object.keys(fixture.headers(secret, body));
    expect(names).not.toEqual([]);
    for (const name of names)
      for (const value of ["", "Bearer", "Bearer ", [], ["", secret], undefined])
        expect(verify({ ...fixture.headers(secret, body), [name]: value })).toBe(false);
  });

  test("right bodies are understood", () => {
    for (const right of fixture.right) {
      const parsed = webhookOf(provider, fixture.config).parse(right, now, {});
      if (!parsed.ok) throw new Error(parsed.error.join("\n"));
      expect(parsed.value.alerts.length).toBeGreaterThan(0);
      parsed.value.alerts.forEach(expectWellFormed);
    }
  });

  test("arbitrary JSON never makes it throw, and what it accepts is well-formed", () => {
    const source = webhookOf(provider, fixture.config);
    fc.assert(
      fc.property(fc.oneof(fc.jsonValue(), fixture.bodies, fixture.bodies), (body) => {
        const parsed = source.parse(body, now, {});
        expect(source.parse(body, now, {})).toEqual(parsed);
        expect(JSON.stringify(parsed)).not.toContain(secret);
        if (parsed.ok) parsed.value.alerts.forEach(expectWellFormed);
        else expect(parsed.error.length).toBeGreaterThan(0);
      }),
      { numRuns: 300 },
    );
  });
});

describe.each(webhooks)("behind the door of $type", ({ provider, fixture }) => {
  const open = (): Promise<WebhookDoor> => webhookDoor(id, webhookOf(provider, fixture.config), now);
  const bytesOf = (right: unknown): Uint8Array => Buffer.from(JSON.stringify(right));

  test("whatever was mangled on its way is kept, and taken in or set aside", { timeout: 30_000 }, async () => {
    await using door = await open();
    const receipts = await Promise.all(
      fc.sample(mangled(fixture.right), 150).map(async (body) => {
        const { kind } = await door.receive(body, fixture.headers(secret, body));
        expect(["accepted", "rejected"], Buffer.from(body).toString().slice(0, 2_000)).toContain(kind);
        return kind;
      }),
    );
    const rejected = receipts.filter((kind) => kind === "rejected").length;
    // What is still right is among them, and what no longer is.
    expect(rejected).toBeGreaterThan(0);
    expect(await door.settle()).toEqual({ done: receipts.length - rejected, rejected });
    for (const { alert } of await door.alerts()) expect(alert.key).toMatch(/^under-test\/./u);
    expect({}).not.toHaveProperty("polluted");
  });

  test("what is sent twice, late and out of order makes no more alerts than once", { timeout: 30_000 }, async () => {
    await using door = await open();
    const twice = [...fixture.right, ...fixture.right];
    const orders = fc.sample(fc.shuffledSubarray(twice, { minLength: twice.length }), 4);
    const seen: (readonly string[])[] = [];
    for (const [n, order] of orders.entries()) {
      for (const [m, right] of order.entries()) {
        const body = bytesOf(right);
        door.set(now + (n * order.length + m) * 7 * minute);
        expect((await door.receive(body, fixture.headers(secret, body))).kind).toBe("accepted");
        await door.settle();
      }
      seen.push((await door.alerts()).map(({ alert }) => alert.key).toSorted());
    }
    for (const keys of seen) expect(keys).toEqual(seen[0]);
  });

  test("who does not know the secret leaves no trace, whatever is sent", async () => {
    await using door = await open();
    for (const body of [...fixture.right.map(bytesOf), ...fc.sample(mangled(fixture.right), 50)])
      for (const headers of [{}, fixture.headers(`${secret}x`, body)])
        expect((await door.receive(body, headers)).kind).toBe("unauthorized");
    expect(await door.settle()).toEqual({});
  });
});

const firstOfType = webhooks.filter(({ type }, n) => webhooks.findIndex((one) => one.type === type) === n);

describe.each(firstOfType)("a huge body for $type", ({ provider, fixture }) => {
  test("of ten megabytes is answered shortly, where the source allows so much", { timeout: 30_000 }, () => {
    const source = webhookOf(provider, { ...fixture.config, body_limit: "16MiB", rate: "10/s" });
    expect(source.bodyLimit).toBe(16 * 1_048_576);
    expect(source.rate).toEqual({ count: 10, perMs: second });
    for (const [what, body] of huge(fixture.right[0])) {
      const parsed = parseBody(source, Buffer.from(body), now, {});
      expect(JSON.stringify(parsed.ok ? parsed.value.warnings : parsed.error).length, what).toBeLessThan(100_000);
      if (parsed.ok) parsed.value.alerts.slice(0, 10).forEach(expectWellFormed);
    }
  });
});

describe.each(looking)("the looks of $type", ({ type, provider, fixture }) => {
  test("its state is the same after it was saved and loaded, and the next look goes on from it", async () => {
    await using peer = await fixture.open();
    await using source = lookingOf(provider, peer.config);
    const first = await source.look({ now, state: undefined, feedback }, never);
    first.alerts.forEach(expectWellFormed);
    const loaded = source.load(source.save(first.state));
    // What was learnt of jobs is saved to a few figures, and without what can be worked out of it again.
    if (type !== "jobs") expect(loaded).toMatchObject(Object(first.state));
    expect(source.load(source.save(loaded))).toEqual(loaded);
    const [kept, reloaded] = [
      await source.look({ now, state: first.state, feedback }, never),
      await source.look({ now, state: loaded, feedback }, never),
    ];
    expect(reloaded.alerts).toEqual(kept.alerts);
    if (type !== "jobs") expect(source.load(source.save(reloaded.state))).toEqual(source.load(source.save(kept.state)));
  });

  test("garbage is no state, and never makes it throw", async () => {
    await using peer = await fixture.open();
    await using source = lookingOf(provider, peer.config);
    for (const text of ["", "null", "{}", "[]", '"x"', "{", "1\n2", "{}\n{}", "\n\n", '{"__proto__":1}'])
      expect(source.load(new TextEncoder().encode(text)), text).toBeUndefined();
    fc.assert(fc.property(fc.uint8Array(), (bytes) => source.load(bytes) === undefined));
  });

  test("half of a state, or one with a broken byte, never makes it throw", async () => {
    await using peer = await fixture.open();
    await using source = lookingOf(provider, peer.config);
    const { state } = await source.look({ now, state: undefined, feedback }, never);
    const bytes = source.save(state);
    fc.assert(
      fc.property(fc.nat(bytes.length - 1), fc.nat(255), (place, value) => {
        source.load(bytes.slice(0, place));
        source.load(Uint8Array.from(bytes).fill(value, place, place + 1));
      }),
      { numRuns: 300 },
    );
  });

  test("a look that was aborted before it began ends soon", { timeout: 8_000 }, async () => {
    await using peer = await silentPeer();
    await using source = lookingOf(provider, fixture.at?.(peer.port) ?? fixture.config);
    const look = source.look({ now, state: undefined, feedback }, AbortSignal.abort());
    await expect(look).rejects.toThrow(/./u);
  });
});

const outward = looking.flatMap(({ fixture, ...rest }) => {
  const { at } = fixture;
  return at === undefined ? [] : [{ ...rest, at }];
});

describe.each(outward)("the looks of $type outside", ({ provider, at }) => {
  test("an aborted look ends soon, and tells no alert", { timeout: 8_000 }, async () => {
    await using peer = await silentPeer();
    await using source = lookingOf(provider, at(peer.port));
    const stop = new AbortController();
    const look = source.look({ now, state: undefined, feedback }, stop.signal).then(
      ({ alerts }) => alerts,
      () => [],
    );
    await peer.asked;
    stop.abort();
    expect(await look).toEqual([]);
  });

  test("with its peer away, whatever is said of it holds no secret", { timeout: 20_000 }, async () => {
    const log = heardLog();
    await using source = lookingOf(provider, at(await freePort()), log);
    const told = await source.look({ now, state: undefined, feedback }, never).catch(reasonOf);
    expect(JSON.stringify([told, log.lines])).not.toContain(secret);
    if (typeof told !== "string") told.alerts.forEach(expectWellFormed);
  });

  test("with a peer that hangs up, whatever is said of it holds no secret", { timeout: 20_000 }, async () => {
    const log = heardLog();
    await using peer = await silentPeer();
    await using source = lookingOf(provider, at(peer.port), log);
    const look = source.look({ now, state: undefined, feedback }, never).catch(reasonOf);
    await peer.asked;
    peer.hangUp();
    expect(JSON.stringify([await look, log.lines])).not.toContain(secret);
  });
});
