// What each of Sentry's webhooks says. Pure.
import { z } from "zod";
import type { KeptHeaders, ParseProblems } from "../alerts/source.ts";
import { hour, second, type Instant } from "../lib/clock.ts";
import { failed, ok, type Result } from "../lib/result.ts";
import { oneLine } from "../lib/text.ts";
import {
  ErrorWebhook,
  EventAlertWebhook,
  IssueWebhook,
  LegacyWebhook,
  MetricAlertWebhook,
} from "../shapes/sentry-json.ts";
import {
  endingOf,
  eventFires,
  issueEnded,
  issueFires,
  legacyFires,
  metricSaid,
  nothing,
  type Around,
  type Said,
} from "./sentry-alerts.ts";

/** Understood, and no alert: the last one asks whether a rule may be saved that sends here. */
const quiet = new Set(["installation", "comment", "alert-rule-action"]);

const Envelope = z.looseObject({ data: z.looseObject({}).optional(), installationId: z.string().optional() });

/** What a body is, where nothing says so: a file that was written by hand has no headers. */
function resourceOf(body: unknown, headers: KeptHeaders): string {
  const named = headers["sentry-hook-resource"];
  if (named !== undefined && named !== "") return named.toLowerCase();
  const { data, installationId } = Envelope.safeParse(body).data ?? {};
  if (data === undefined) return installationId === undefined ? "legacy" : "alert-rule-action";
  const [found] = Object.entries({
    metric_alert: "metric_alert",
    event: "event_alert",
    error: "error",
    issue: "issue",
    installation: "installation",
    comment: "comment",
  }).filter(([key]) => Object.hasOwn(data, key));
  return found?.[1] ?? "unnamed";
}

/** The sender's clock, when it is not off by more than a message may be late: what is sent again tells of back then. */
function sentAt(headers: KeptHeaders, now: Instant): Instant {
  const stamp = headers["sentry-hook-timestamp"] ?? "";
  const at = /^\d{1,12}$/u.test(stamp) ? Number(stamp) * second : now;
  return at <= now && at >= now - hour ? at : now;
}

type Heard = Result<Said, ParseProblems>;

function read<T>(form: z.ZodType<T>, body: unknown, say: (read: T) => Said | ParseProblems): Heard {
  const parsed = form.safeParse(body);
  if (!parsed.success) {
    const places = parsed.error.issues
      .slice(0, 20)
      .map((one) => `${["$", ...one.path.map(String)].join(".")}: ${one.message}`);
    return failed(places);
  }
  const said = say(parsed.data);
  return "alerts" in said ? ok(said) : failed(said);
}

function issueSaid(
  { action, data: { issue } }: z.output<typeof IssueWebhook>,
  around: Around,
  sent: Instant,
  newIssues: boolean,
): Said {
  const ending = endingOf(action);
  if (ending !== undefined) return issueEnded(issue, ending, sent, around);
  switch (action) {
    case "created":
      return newIssues ? issueFires(issue, issue.firstSeen ?? sent, around) : nothing;
    case "unresolved":
      return newIssues ? issueFires(issue, sent, around) : nothing;
    case "assigned":
      return nothing;
    default:
      return {
        alerts: [],
        warnings: [`$.action: "${oneLine(action, 40)}" of an issue is not known; nothing was changed`],
      };
  }
}

const nameless: ParseProblems = ["$.data: says of no issue that it is about (issue_id)"];

/** The header says what a body is; the same body under another one is another thing. */
export function parseWebhook(body: unknown, around: Around, headers: KeptHeaders, newIssues: boolean): Heard {
  const resource = resourceOf(body, headers);
  const sent = sentAt(headers, around.now);
  if (quiet.has(resource)) return ok(nothing);
  switch (resource) {
    case "event_alert":
      return read(
        EventAlertWebhook,
        body,
        ({ data }) => eventFires(data.event, around, data.triggered_rule) ?? nameless,
      );
    case "metric_alert":
      return read(MetricAlertWebhook, body, (webhook) => metricSaid(webhook, around));
    case "issue":
      return read(IssueWebhook, body, (webhook) => issueSaid(webhook, around, sent, newIssues));
    case "activity_alert":
      return read(IssueWebhook, body, ({ data: { issue, triggered_rule: rule } }) => {
        const ending = endingOf(issue.status);
        return ending === undefined ? issueFires(issue, sent, around, rule) : issueEnded(issue, ending, sent, around);
      });
    case "error":
      return read(ErrorWebhook, body, ({ data }) =>
        newIssues ? (eventFires(data.error, around) ?? nameless) : nothing,
      );
    case "legacy":
      return read(LegacyWebhook, body, (webhook) => legacyFires(webhook, around));
    default:
      return ok({
        alerts: [],
        warnings: [`the resource "${oneLine(resource, 40)}" is not known; nothing was changed`],
      });
  }
}
