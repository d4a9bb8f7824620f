// From what Sentry says to alerts. Pure. An issue is one alert, whether a rule, the issue itself or the API speaks of it.
import { alertKey, type Alert, type AlertKind, type AlertSeverity } from "../alerts/alert.ts";
import { chooseComponent, type ComponentChoice } from "../alerts/component-choice.ts";
import type { ComponentId, SourceId } from "../config/names.ts";
import type { Instant } from "../lib/clock.ts";
import { oneLine } from "../lib/text.ts";
import type { Event, Issue, LegacyWebhook, MetricAlertWebhook } from "../shapes/sentry-json.ts";

/** What the alerts of one source have in common. */
export type Around = {
  readonly source: SourceId;
  readonly choice: ComponentChoice | undefined;
  readonly known: readonly { readonly id: ComponentId }[];
  /** When we heard of it. */
  readonly now: Instant;
};

export type Said = { readonly alerts: readonly Alert[]; readonly warnings: readonly string[] };

export const nothing: Said = { alerts: [], warnings: [] };

const issuePrefix = "issue:";
const metricPrefix = "metric:";
/** The label under which the API knows a metric alert. */
export const identifierLabel = "identifier";

/** The id of the issue that an alert is about; undefined for a metric alert. */
export function issueOf(fingerprint: string): string | undefined {
  return fingerprint.startsWith(issuePrefix) ? fingerprint.slice(issuePrefix.length) : undefined;
}

/** A foreign word may be `__proto__`. */
function wordIn<T>(words: Readonly<Record<string, T>>, word: string | undefined): T | undefined {
  return word !== undefined && Object.hasOwn(words, word) ? words[word] : undefined;
}

/** `error` is what nearly all of Sentry is: critical is what its sender calls fatal. */
const severities: Readonly<Record<string, AlertSeverity>> = {
  fatal: "critical",
  error: "warning",
  warning: "warning",
  info: "info",
  debug: "info",
  sample: "info",
};

function severityOf(level: string | undefined): AlertSeverity {
  return wordIn(severities, level?.toLowerCase()) ?? "warning";
}

/** Of the categories of issues those that are no failure. An event has none, but a transaction is about time. */
const kinds: Readonly<Record<string, AlertKind>> = {
  performance: "slow",
  db_query: "slow",
  http_client: "slow",
  frontend: "slow",
  mobile: "slow",
  profile: "slow",
  transaction: "slow",
  cron: "silent",
  uptime: "down",
  outage: "down",
};

function kindOf(category: string | undefined): AlertKind {
  return wordIn(kinds, category) ?? "failing";
}

function linkOf(...links: readonly (string | undefined)[]): string | undefined {
  const found = links.find((link) => link !== undefined && /^https?:\/\/\S+$/u.test(link) && link.length <= 2_000);
  return found === undefined || !URL.canParse(found) ? undefined : new URL(found).href;
}

function labelsOf(all: Readonly<Record<string, string | undefined>>): Alert["labels"] {
  const said = Object.entries(all).flatMap(([name, value]) => {
    const line = oneLine(value ?? "", 300);
    return line === "" ? [] : [[name, line] as const];
  });
  return Object.fromEntries(said);
}

/** What both kinds of alerts are made of. */
type Told = {
  readonly fingerprint: string;
  readonly kind: AlertKind;
  readonly severity: AlertSeverity;
  readonly summary: string;
  readonly labels: Readonly<Record<string, string | undefined>>;
  readonly tags?: ReadonlyMap<string, string>;
  readonly link: string | undefined;
} & (
  | { readonly status: "firing"; readonly startsAt: Instant | undefined }
  | { readonly status: "resolved"; readonly endsAt: Instant | undefined; readonly startsAt?: Instant | undefined }
);

const tagPrefix = "tags.";

/** The paths that `component.from` knows, and their values. */
export const fromForm = /^(tags\.\S+|project|environment|level|rule)$/u;

function toSaid(told: Told, { source, choice, known, now }: Around): Said {
  const labels = labelsOf(told.labels);
  const read = (path: string): string | undefined =>
    path.startsWith(tagPrefix) ? told.tags?.get(path.slice(tagPrefix.length)) : labels[path];
  const { component, warning } = chooseComponent(choice, read, known);
  const startsAt = Math.min(told.startsAt ?? now, now);
  const alert: Alert = {
    key: alertKey(source, told.fingerprint),
    kind: told.kind,
    status: told.status,
    severity: told.severity,
    ...(component === undefined ? {} : { component }),
    summary: oneLine(told.summary, 500),
    labels,
    startsAt,
    observedAt: now,
    ...(told.link === undefined ? {} : { link: told.link }),
  };
  const warnings = warning === undefined ? [] : [warning];
  if (told.status === "firing") return { alerts: [alert], warnings };
  const endsAt = Math.min(told.endsAt ?? now, now);
  return { alerts: [{ ...alert, startsAt: Math.min(startsAt, endsAt), endsAt }], warnings: [] };
}

function named(title: string | undefined, project: string | undefined, id: string): string {
  const line = oneLine(title ?? "", 400);
  const what = line === "" ? `issue ${id}` : line;
  return project === undefined ? what : `${what} (${project})`;
}

/** How an issue ended, by its status or by the action of its webhook; undefined while it has not. */
const endings: Readonly<Record<string, string>> = { resolved: "resolved", ignored: "archived", archived: "archived" };

export function endingOf(word: string | undefined): string | undefined {
  return wordIn(endings, word);
}

export function issueFires(issue: Issue, startsAt: Instant | undefined, around: Around, rule?: string): Said {
  return toSaid({ ...issueWords(issue, rule), status: "firing", startsAt }, around);
}

/** `key`: of the alert that ends, where Sentry has since put the issue into another. */
export function issueEnded(issue: Issue, how: string, endsAt: Instant | undefined, around: Around): Said {
  const words = issueWords(issue);
  return toSaid({ ...words, summary: `${words.summary}: ${how} in Sentry`, status: "resolved", endsAt }, around);
}

function issueWords(issue: Issue, rule?: string): Omit<Told & { status: "firing" }, "status" | "startsAt"> {
  const { id, title, project, level, shortId, issueCategory: category } = issue;
  return {
    fingerprint: `${issuePrefix}${id}`,
    kind: kindOf(category),
    severity: severityOf(level),
    summary: named(title, project, shortId ?? id),
    labels: { project, level, issue: shortId, rule },
    link: linkOf(issue.web_url, issue.permalink),
  };
}

/** `…/api/0/projects/ORG/PROJECT/events/…`: the only place where an event names its project. */
const projectIn = /\/projects\/[^/]+\/([^/]+)\//u;
const issueIn = /\/issues\/(\d+)(?:\/|$)/u;

/** Undefined when it does not say of which issue it is: then nothing could ever end it. */
export function eventFires(event: Event, around: Around, rule?: string): Said | undefined {
  const id = event.issue_id ?? issueIn.exec(event.issue_url ?? "")?.[1] ?? issueIn.exec(event.web_url ?? "")?.[1];
  if (id === undefined) return undefined;
  const project = projectIn.exec(event.url ?? "")?.[1];
  const level = event.level ?? event.tags.get("level");
  const environment = event.environment ?? event.tags.get("environment");
  return toSaid(
    {
      fingerprint: `${issuePrefix}${id}`,
      status: "firing",
      kind: kindOf(event.type),
      severity: severityOf(level),
      summary: named(event.title, project, id),
      labels: { project, level, environment, rule },
      tags: event.tags,
      startsAt: event.datetime ?? event.timestamp,
      link: linkOf(event.web_url),
    },
    around,
  );
}

export function legacyFires({ id, event, url, message, ...body }: LegacyWebhook, around: Around): Said {
  const project = body.project_slug ?? body.project;
  const level = body.level ?? event?.level;
  const environment = event?.environment ?? event?.tags.get("environment");
  return toSaid(
    {
      fingerprint: `${issuePrefix}${id}`,
      status: "firing",
      kind: kindOf(event?.type),
      severity: severityOf(level),
      summary: named(message ?? event?.title, project, id),
      labels: { project, level, environment },
      ...(event === undefined ? {} : { tags: event.tags }),
      startsAt: event?.datetime ?? event?.timestamp,
      link: linkOf(url),
    },
    around,
  );
}

/** What a rule measures says what kind of trouble it is: a time, or a number that is too small or too large. */
function kindOfMetric(rule: MetricAlertWebhook["data"]["metric_alert"]["alert_rule"]): AlertKind {
  if (/duration|measurements\.|apdex/u.test(rule?.aggregate ?? "")) return "slow";
  const below = rule?.threshold_type === 1;
  return below && /^count(_unique)?\(/u.test(rule?.aggregate ?? "") ? "silent" : "failing";
}

export function metricSaid({ action, data }: MetricAlertWebhook, around: Around): Said {
  const { metric_alert: metric, description_text: text, description_title: title } = data;
  const name = metric.alert_rule?.name ?? metric.title ?? title ?? `metric alert ${metric.id}`;
  const project = metric.projects.length === 1 ? metric.projects[0] : undefined;
  const words = {
    fingerprint: `${metricPrefix}${metric.id}`,
    kind: kindOfMetric(metric.alert_rule),
    severity: action === "critical" ? ("critical" as const) : ("warning" as const),
    labels: {
      project,
      environment: metric.alert_rule?.environment,
      rule: name,
      [identifierLabel]: metric.identifier,
    },
    startsAt: metric.date_started,
    link: linkOf(data.web_url),
  };
  const detail = text === undefined ? "" : `: ${text.replaceAll("\\n", ", ")}`;
  if (action !== "resolved") return toSaid({ ...words, summary: `${name}${detail}`, status: "firing" }, around);
  const summary = `${name}: resolved in Sentry`;
  return toSaid({ ...words, summary, status: "resolved", endsAt: metric.date_closed }, around);
}
