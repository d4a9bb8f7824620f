// Webhooks as Sentry writes them, made by us after its documentation.
import { createHmac } from "node:crypto";

const installation = { uuid: "0f4b6d1e-2c1f-4a53-9a55-6d5f6f0f7a11" };
const actor = { type: "application", id: "sentry", name: "Sentry" };

export type Sent = { readonly headers: Readonly<Record<string, string>>; readonly body: object };

const sent = (resource: string, body: object): Sent => ({
  headers: { "sentry-hook-resource": resource },
  body: { actor, installation, ...body },
});

const event = {
  event_id: "5d41402abc4b2a76b9719d911017c592",
  title: "TimeoutError: build queue did not answer",
  level: "error",
  type: "error",
  platform: "python",
  project: 42,
  issue_id: "7001",
  issue_url: "https://sentry.example.org/api/0/issues/7001/",
  url: "https://sentry.example.org/api/0/projects/acme/workers/events/5d41402abc4b2a76b9719d911017c592/",
  web_url: "https://sentry.example.org/organizations/acme/issues/7001/events/5d41402abc4b2a76b9719d911017c592/",
  datetime: "2026-11-22T11:58:30.120000Z",
  tags: [
    ["component", "copr"],
    ["environment", "production"],
    ["level", "error"],
    ["server_name", "worker-3"],
  ],
};

export function eventAlert(more: object = {}): Sent {
  const rule = "Many timeouts";
  const data = { event: { ...event, ...more }, triggered_rule: rule, issue_alert: { title: rule, settings: [] } };
  return sent("event_alert", { action: "triggered", data });
}

export function errorCreated(more: object = {}): Sent {
  return sent("error", { action: "created", data: { error: { ...event, ...more } } });
}

export const issue = {
  id: "7001",
  shortId: "WORKERS-1F",
  title: "TimeoutError: build queue did not answer",
  culprit: "queue.fetch",
  level: "error",
  status: "unresolved",
  substatus: "new",
  issueType: "error",
  issueCategory: "error",
  project: { id: "42", name: "Workers", slug: "workers", platform: "python" },
  firstSeen: "2026-11-22T11:50:00.000000Z",
  lastSeen: "2026-11-22T11:58:30.120000Z",
  count: "12",
  userCount: 0,
  permalink: "https://sentry.example.org/organizations/acme/issues/7001/",
  assignedTo: null,
  metadata: { type: "TimeoutError", value: "build queue did not answer" },
  statusDetails: {},
};

export function issueWebhook(action: string, more: object = {}): Sent {
  const status = { resolved: "resolved", archived: "ignored", ignored: "ignored" }[action] ?? "unresolved";
  return sent("issue", { action, data: { issue: { ...issue, status, ...more } } });
}

export function metricAlert(action: string, more: object = {}, rule: object = {}): Sent {
  const metric = {
    id: "311",
    identifier: "17",
    organization_id: "5",
    status: { resolved: 2, warning: 10 }[action] ?? 20,
    title: "Too many errors",
    projects: ["workers"],
    date_started: "2026-11-22T11:40:00Z",
    date_detected: "2026-11-22T11:41:00Z",
    date_closed: action === "resolved" ? "2026-11-22T11:59:00Z" : null,
    alert_rule: {
      id: "9",
      name: "Too many errors",
      aggregate: "count()",
      threshold_type: 0,
      environment: null,
      ...rule,
    },
    ...more,
  };
  const data = {
    metric_alert: metric,
    description_title: `${action}: Too many errors`,
    description_text: "1200 events in the last 10 minutes\\nFilter: level:error",
    web_url: "https://sentry.example.org/organizations/acme/alerts/rules/details/9/?alert=17",
  };
  return sent("metric_alert", { action, data });
}

export function legacyBody(more: object = {}): object {
  return {
    id: "7001",
    project: "workers",
    project_name: "Workers",
    project_slug: "workers",
    logger: null,
    level: "error",
    culprit: "queue.fetch",
    message: "TimeoutError: build queue did not answer",
    url: "https://sentry.example.org/organizations/acme/issues/7001/?referrer=webhooks_plugin",
    triggering_rules: ["Many timeouts"],
    event: { ...event, timestamp: 1_795_348_710.12, datetime: undefined },
    ...more,
  };
}

export function otherWebhook(resource: string, action: string, data: object): Sent {
  return sent(resource, { action, data });
}

/** As Sentry signs: over the bytes that are sent. */
export function signatureOf(body: string | Uint8Array, secret: string): string {
  return createHmac("sha256", secret).update(body).digest("hex");
}
