import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  errorCreated,
  eventAlert,
  issueWebhook,
  legacyBody,
  metricAlert,
  otherWebhook,
  signatureOf,
  type Sent,
} from "../../test/kit/sentry-bodies.ts";
import { heardLog } from "../../test/peers/heard-log.ts";
import type { Alert } from "../alerts/alert.ts";
import type { WebhookSource } from "../alerts/source.ts";
import type { ComponentId, SourceId } from "../config/names.ts";
import { minute, wallClock } from "../lib/clock.ts";
import { brand } from "../lib/ids.ts";
import { sentry } from "./sentry.ts";

const secret = "it-is-a-secret";
const now = Date.parse("2026-11-22T12:00:00Z");
const usual = { secret, component: { from: "tags.component", default: "api" } };

function sourceOf(config: object = usual): WebhookSource {
  const components = ["api", "copr", "workers"].map((id) => ({ id: brand<ComponentId>(id), name: id }));
  const entry = { id: brand<SourceId>("sentry"), config: sentry.config.parse(config) };
  const made = sentry.make(entry, { clock: wallClock, log: heardLog().log, components });
  if (made.kind !== "webhook") throw new Error("Sentry is a webhook source");
  return made;
}

function hear(sent: Sent, config: object = usual, at = now): { alerts: readonly Alert[]; warnings: readonly string[] } {
  const parsed = sourceOf(config).parse(sent.body, at, sent.headers);
  return parsed.ok ? parsed.value : expect.fail(parsed.error.join("\n"));
}

function one(sent: Sent, config: object = usual, at = now): Alert {
  const { alerts } = hear(sent, config, at);
  expect(alerts).toHaveLength(1);
  return alerts[0] ?? expect.fail("no alert");
}

const legacy = (more: object = {}): Sent => ({ headers: {}, body: legacyBody(more) });

describe("the signature", () => {
  const verify = (body: Uint8Array, headers: Record<string, string>, config: object = usual): boolean =>
    sourceOf(config).verify({ headers, body });
  const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

  // Each was computed with `printf '%s' "$BODY" | openssl dgst -sha256 -hmac "$SECRET"`.
  test.each([
    [
      "a body",
      secret,
      '{"action":"created","data":{}}',
      "3c179b384232af5067d5789d7a6cd14b80255673dd096e2cfc59567003cf9fa6",
    ],
    ["an empty body", secret, "", "e971dbb926b329a128e16f7a9267ec9e431d31a6503fc5e22f81b8052151a036"],
    [
      "other letters than ASCII, in body and secret",
      "tajemství",
      '{"text":"žluťoučký ☃"}',
      "a5075dd89c574cd6d1b8d01028472067bb23d1241a3a88799ea197dd37d533a0",
    ],
  ])("of %s is the one that openssl makes", (_, key, body, hex) => {
    for (const header of ["sentry-hook-signature", "sentry-app-signature"]) {
      expect(verify(bytes(body), { [header]: hex }, { secret: key })).toBe(true);
      expect(verify(bytes(`${body} `), { [header]: hex }, { secret: key })).toBe(false);
    }
    expect(signatureOf(body, key)).toBe(hex);
  });

  test("is over the bytes, not over the JSON that they mean", () => {
    const raw = '{"a":1,  "b":"\\u00e9"}';
    const again = JSON.stringify(JSON.parse(raw));
    expect(verify(bytes(raw), { "sentry-hook-signature": signatureOf(raw, secret) })).toBe(true);
    expect(verify(bytes(again), { "sentry-hook-signature": signatureOf(raw, secret) })).toBe(false);
  });

  test("may be of the old or of the new secret while it changes", () => {
    const both = { secret: ["the-old-secret", "the-new-secret"] };
    for (const key of both.secret) expect(verify(bytes("{}"), { "sentry-hook-signature": signatureOf("{}", key) }, both)).toBe(true); // prettier-ignore
    expect(verify(bytes("{}"), { "sentry-hook-signature": signatureOf("{}", secret) }, both)).toBe(false);
  });

  test("must be right where there is one, whatever else is shown; the older plug-in shows its password", () => {
    const config = { secret, basic: { user: "sentry", password: "sixteen-characters" } };
    const authorization = `Basic ${Buffer.from("sentry:sixteen-characters").toString("base64")}`;
    expect(verify(bytes("{}"), { authorization }, config)).toBe(true);
    expect(verify(bytes("{}"), { authorization, "sentry-hook-signature": "00" }, config)).toBe(false);
    expect(verify(bytes("{}"), { authorization }, { secret })).toBe(false);
    expect(sourceOf(config).asks.words).toMatch(/signature in sentry-hook-signature .*, and user and password/u);
  });

  test("without any secret there is no start", () => {
    expect(sentry.config.safeParse({}).error?.issues[0]?.message).toMatch(/^missing: the client secret/u);
    expect(sentry.config.safeParse({ secret: "" }).success).toBe(false);
  });
});

describe("an issue", () => {
  const key = "sentry/issue:7001";

  test("is one alert, whether a rule, the issue, an error or the older plug-in speaks of it", () => {
    const ways = [eventAlert(), errorCreated(), issueWebhook("created"), issueWebhook("resolved"), legacy()];
    expect(ways.map((sent) => one(sent).key)).toEqual(ways.map(() => key));
  });

  test("fires when a rule chose it, with all that it says", () => {
    expect(one(eventAlert())).toEqual({
      key,
      kind: "failing",
      status: "firing",
      severity: "warning",
      component: "copr",
      summary: "TimeoutError: build queue did not answer (workers)",
      labels: { project: "workers", level: "error", environment: "production", rule: "Many timeouts" },
      startsAt: Date.parse("2026-11-22T11:58:30.120Z"),
      observedAt: now,
      link: "https://sentry.example.org/organizations/acme/issues/7001/events/5d41402abc4b2a76b9719d911017c592/",
    });
  });

  test("names its issue also where only an address says it; an event of no issue is not understood", () => {
    expect(one(eventAlert({ issue_id: undefined })).key).toBe(key);
    expect(one(eventAlert({ issue_id: 7001 })).key).toBe(key);
    const none = eventAlert({ issue_id: undefined, issue_url: undefined, web_url: undefined });
    const parsed = sourceOf().parse(none.body, now, none.headers);
    expect(parsed).toEqual({ ok: false, error: [expect.stringMatching(/issue_id/u)] });
  });

  test("begins when it was first seen, and again when it is unresolved", () => {
    expect(one(issueWebhook("created"))).toMatchObject({ status: "firing", startsAt: Date.parse("2026-11-22T11:50:00Z"), component: "api" }); // prettier-ignore
    expect(one(issueWebhook("unresolved", { substatus: "regressed" }))).toMatchObject({ status: "firing", startsAt: now }); // prettier-ignore
  });

  test.each([
    ["resolved", "resolved in Sentry"],
    ["archived", "archived in Sentry"],
    ["ignored", "archived in Sentry"],
  ])("ends when it is %s, and says so", (action, words) => {
    const alert = one(issueWebhook(action));
    expect(alert).toMatchObject({ key, status: "resolved", endsAt: now });
    expect(alert.summary).toContain(words);
  });

  test("ends when Sentry says that it ended, not when the message came", () => {
    const sent = issueWebhook("resolved");
    const late = {
      ...sent,
      headers: { ...sent.headers, "sentry-hook-timestamp": String((now - 15 * minute) / 1_000) },
    };
    expect(one(late).endsAt).toBe(now - 15 * minute);
    for (const stamp of ["yesterday", "0", String(now), "99999999999999"])
      expect(one({ ...sent, headers: { ...sent.headers, "sentry-hook-timestamp": stamp } }).endsAt).toBe(now);
  });

  test("that is assigned changes nothing; an action that nobody knows says so", () => {
    expect(hear(issueWebhook("assigned"))).toEqual({ alerts: [], warnings: [] });
    expect(hear(issueWebhook("teleported"))).toEqual({
      alerts: [],
      warnings: [expect.stringMatching(/"teleported"/u)],
    });
  });

  test("that no rule chose is no alert where new issues are ignored, and still ends what a rule began", () => {
    const config = { ...usual, new_issues: "ignore" };
    for (const sent of [issueWebhook("created"), issueWebhook("unresolved"), errorCreated()])
      expect(hear(sent, config)).toEqual({ alerts: [], warnings: [] });
    expect(one(eventAlert(), config).status).toBe("firing");
    expect(one(issueWebhook("resolved"), config).status).toBe("resolved");
  });

  test("that an activity rule chose fires or ends by its status", () => {
    const { body } = issueWebhook("triggered");
    const activity = { headers: { "sentry-hook-resource": "activity_alert" }, body };
    expect(one(activity)).toMatchObject({ key, status: "firing" });
    const over = issueWebhook("triggered", { status: "resolved" });
    expect(one({ ...activity, body: over.body })).toMatchObject({ key, status: "resolved" });
  });

  test.each([
    ["fatal", "critical"],
    ["error", "warning"],
    ["warning", "warning"],
    ["info", "info"],
    ["debug", "info"],
    ["sample", "info"],
    ["__proto__", "warning"],
    [undefined, "warning"],
  ])("of level %s is %s", (level, severity) => {
    expect(one(issueWebhook("created", { level })).severity).toBe(severity);
    expect(one(eventAlert({ level, tags: [] })).severity).toBe(severity);
  });

  test.each([
    ["error", "failing"],
    ["performance", "slow"],
    ["cron", "silent"],
    ["uptime", "down"],
    ["outage", "down"],
    ["constructor", "failing"],
    [undefined, "failing"],
  ])("of category %s is of kind %s", (issueCategory, kind) => {
    expect(one(issueWebhook("created", { issueCategory })).kind).toBe(kind);
  });
});

describe("a metric alert", () => {
  test("fires, worsens and ends under its own id", () => {
    const [warning, critical, over] = ["warning", "critical", "resolved"].map((action) => one(metricAlert(action)));
    expect(warning).toMatchObject({ key: "sentry/metric:311", status: "firing", severity: "warning" });
    expect(critical).toMatchObject({
      key: "sentry/metric:311",
      severity: "critical",
      startsAt: Date.parse("2026-11-22T11:40:00Z"),
      summary: "Too many errors: 1200 events in the last 10 minutes, Filter: level:error",
      labels: { project: "workers", rule: "Too many errors", identifier: "17" },
    });
    expect(over).toMatchObject({ status: "resolved", endsAt: Date.parse("2026-11-22T11:59:00Z") });
  });

  test("with no times is of now, and ends now", () => {
    const none = { date_started: null, date_closed: null };
    expect(one(metricAlert("critical", none)).startsAt).toBe(now);
    expect(one(metricAlert("resolved", none)).endsAt).toBe(now);
  });

  test.each([
    ["count()", 0, "failing"],
    ["count()", 1, "silent"],
    ["failure_rate()", 0, "failing"],
    ["p95(transaction.duration)", 0, "slow"],
    ["apdex(300)", 1, "slow"],
  ])("on %s with threshold type %s is of kind %s", (aggregate, threshold_type, kind) => {
    expect(one(metricAlert("critical", {}, { aggregate, threshold_type })).kind).toBe(kind);
  });
});

describe("what a body is", () => {
  test("is what its header says", () => {
    const { body } = issueWebhook("created");
    const parsed = sourceOf().parse(body, now, { "sentry-hook-resource": "event_alert" });
    expect(parsed).toEqual({ ok: false, error: [expect.stringMatching(/^\$\.data\.event: /u)] });
  });

  test("is seen from its form where no header was kept", () => {
    for (const sent of [eventAlert(), errorCreated(), issueWebhook("created"), metricAlert("critical")])
      expect(hear({ ...sent, headers: {} })).toEqual(hear(sent));
  });

  test("may be one that concerns no alert: the handshake of an installation, a comment", () => {
    const handshake = otherWebhook("installation", "created", { installation: { status: "pending", code: "x" } });
    const comment = otherWebhook("comment", "created", { comment: "on it", issue_id: 7001 });
    for (const sent of [handshake, comment]) {
      expect(hear(sent)).toEqual({ alerts: [], warnings: [] });
      expect(hear({ ...sent, headers: {} })).toEqual({ alerts: [], warnings: [] });
    }
  });

  test("may be the question whether a rule may send here, without which Sentry saves none", () => {
    const asked = { headers: {}, body: { fields: [{ name: "title", value: "x" }], installationId: "0f4b" } };
    expect(hear(asked)).toEqual({ alerts: [], warnings: [] });
  });

  test("may be one that comes later: it is taken with a warning and changes nothing", () => {
    const sent = otherWebhook("size_analysis", "completed", { report: {} });
    expect(hear(sent)).toEqual({ alerts: [], warnings: ['the resource "size_analysis" is not known; nothing was changed'] }); // prettier-ignore
  });

  test("of the older plug-in fires: it knows no end", () => {
    expect(one(legacy())).toMatchObject({
      status: "firing",
      component: "copr",
      summary: "TimeoutError: build queue did not answer (workers)",
      labels: { project: "workers", level: "error", environment: "production" },
    });
    expect(one(legacy({ event: undefined, message: undefined }))).toMatchObject({ component: "api", startsAt: now });
  });
});

describe("its component", () => {
  test("is one for all where only its id is written", () => {
    expect(one(eventAlert({ tags: [["component", "copr"]] }), { secret, component: "workers" }).component).toBe(
      "workers",
    );
  });

  test("is the default where it is unknown, and the sender hears of it", () => {
    const { alerts, warnings } = hear(eventAlert({ tags: [["component", "corp"]] }));
    expect(alerts[0]?.component).toBe("api");
    expect(warnings).toEqual(['tags.component: there is no component "corp"; did you mean "copr"?; "api" was taken']);
    const bare = hear(eventAlert({ tags: [["component", "corp"]] }), { secret, component: { from: "tags.component" } });
    expect(bare.alerts[0]).not.toHaveProperty("component");
  });

  test("may be its project, by name or by a map", () => {
    const byName = { secret, component: { from: "project" } };
    const byMap = { secret, component: { from: "project", map: { workers: "copr" } } };
    for (const sent of [eventAlert(), issueWebhook("created"), metricAlert("critical"), legacy()]) {
      expect(one(sent, byName).component).toBe("workers");
      expect(one(sent, byMap).component).toBe("copr");
    }
  });

  test("is asked for in a form that is known, or the config is refused", () => {
    for (const component of [{ from: "labels.x" }, {}, { map: { a: "api" }, default: "api" }])
      expect(sentry.config.safeParse({ secret, component }).success, JSON.stringify(component)).toBe(false);
  });
});

describe("mangled", () => {
  const all = [eventAlert(), issueWebhook("created"), issueWebhook("resolved"), metricAlert("critical"), legacy()];
  const source = sourceOf();

  /** Replaces, drops or doubles what stands somewhere inside. */
  function mangle(value: unknown, path: readonly number[], odd: unknown): unknown {
    const [first = 0, ...rest] = path;
    if (Array.isArray(value)) {
      if (value.length === 0 || path.length === 0) return odd;
      return value.map((each: unknown, i) => (i === first % value.length ? mangle(each, rest, odd) : each));
    }
    if (typeof value !== "object" || value === null || path.length === 0) return odd;
    const entries = Object.entries(value);
    const place = first % Math.max(1, entries.length);
    return Object.fromEntries(entries.map(([name, each], i) => [name, i === place ? mangle(each, rest, odd) : each]));
  }

  const odd = fc.oneof(
    fc.jsonValue({ maxDepth: 1 }),
    fc.constantFrom(undefined, null, 1e308, -1, "", "\u0000\u202e", "x".repeat(5_000), "0000-00-00T00:00:00Z", NaN),
  );

  test("a body never makes it throw, and an alert keeps its form and its bounds", () => {
    const paths = fc.array(fc.nat(40), { minLength: 1, maxLength: 4 });
    fc.assert(
      fc.property(fc.constantFrom(...all), paths, odd, (sent, path, value) => {
        const parsed = source.parse(mangle(sent.body, path, value), now, sent.headers);
        if (!parsed.ok) {
          expect(parsed.error.join("\n")).toMatch(/^\$/u);
          return;
        }
        for (const alert of parsed.value.alerts) {
          expect(alert.key).toMatch(/^sentry\/(issue|metric):\S/u);
          expect(alert.startsAt).toBeLessThanOrEqual(now);
          expect(alert.startsAt).toBeGreaterThan(0);
          expect(alert.summary.length).toBeLessThanOrEqual(500);
        }
      }),
      { numRuns: 500 },
    );
  });

  test("fields that nobody knows change nothing", () => {
    for (const sent of all) {
      const more = { ...sent, body: { ...sent.body, from_next_year: { a: [1] }, __proto__: null } };
      expect(hear(more)).toEqual(hear(sent));
    }
  });

  test("the same twice, and later, says the same of when it began", () => {
    for (const sent of [eventAlert(), issueWebhook("created"), metricAlert("critical"), legacy()]) {
      const { observedAt: _, ...first } = one(sent);
      const { observedAt, ...second } = one(sent, usual, now + 10 * minute);
      expect(second).toEqual(first);
      expect(observedAt).toBe(now + 10 * minute);
    }
  });
});
