// What Sentry sends and answers, as far as we read it. Loose: a field that is missing or odd is one that we do without.
// https://docs.sentry.io/organization/integrations/integration-platform/webhooks/
import { z } from "zod";
import { oneLine } from "../lib/text.ts";

/** Ids are text in one place and numbers in the next. */
const Id = z
  .union([z.string().max(100), z.int()])
  .transform((id) => oneLine(String(id)))
  .pipe(z.string().min(1));
const text = z.string().min(1).optional().catch(undefined);
const slug = z.union([z.string(), z.looseObject({ slug: z.string() }).transform((project) => project.slug)]);
/** Before Tocsin, before its users: a start in 1970 is a sender's zero. */
const earliest = Date.parse("2015-01-01T00:00:00Z");
const latest = Date.parse("2200-01-01T00:00:00Z");
const zoned = /(?:Z|[+-]\d\d:?\d\d)$/u;

/** Text, or seconds since 1970; without a zone it is UTC. */
const time = z
  .union([
    z.string().transform((at) => Date.parse(zoned.test(at) ? at : `${at}Z`)),
    z.number().transform((seconds) => Math.floor(seconds * 1_000)),
  ])
  .pipe(z.number().min(earliest).max(latest))
  .optional()
  .catch(undefined);

/** `[[name, value], …]` on an event, `[{key, value}, …]` elsewhere. What is no tag is left out. */
const tags = z
  .array(
    z.union([
      z.tuple([z.string(), z.unknown()]).rest(z.unknown()),
      z.looseObject({ key: z.string(), value: z.unknown() }).transform(({ key, value }) => [key, value] as const),
      z.unknown().transform(() => undefined),
    ]),
  )
  .transform((all): ReadonlyMap<string, string> => {
    const named = all.flatMap((tag) =>
      tag === undefined || typeof tag[1] !== "string" ? [] : [[tag[0], tag[1]] as const],
    );
    return new Map(named);
  })
  .catch(new Map());

/** https://docs.sentry.io/organization/integrations/integration-platform/webhooks/issues/ and the same object in the API. */
export const Issue = z.looseObject({
  id: Id,
  shortId: text,
  title: text,
  level: text,
  status: text,
  project: slug.optional().catch(undefined),
  issueCategory: text,
  firstSeen: time,
  lastSeen: time,
  permalink: text,
  web_url: text,
});
export type Issue = z.output<typeof Issue>;

const Event = z.looseObject({
  title: text,
  level: text,
  issue_id: Id.optional().catch(undefined),
  issue_url: text,
  datetime: time,
  timestamp: time,
  environment: text,
  type: text,
  url: text,
  web_url: text,
  tags,
});
export type Event = z.output<typeof Event>;

export const IssueWebhook = z.looseObject({
  action: z.string(),
  data: z.looseObject({ issue: Issue, triggered_rule: text }),
});
export const ErrorWebhook = z.looseObject({ data: z.looseObject({ error: Event }) });
export const EventAlertWebhook = z.looseObject({
  data: z.looseObject({ event: Event, triggered_rule: text }),
});

/** https://docs.sentry.io/organization/integrations/integration-platform/webhooks/metric-alerts/ */
export const MetricAlertWebhook = z.looseObject({
  action: z.enum(["critical", "warning", "resolved"]),
  data: z.looseObject({
    description_title: text,
    description_text: text,
    web_url: text,
    metric_alert: z.looseObject({
      id: Id,
      identifier: Id.optional().catch(undefined),
      title: text,
      projects: z.array(z.string()).catch([]),
      date_started: time,
      date_closed: time,
      alert_rule: z
        .looseObject({
          name: text,
          aggregate: text,
          environment: text,
          threshold_type: z.int().optional().catch(undefined),
        })
        .optional()
        .catch(undefined),
    }),
  }),
});
export type MetricAlertWebhook = z.output<typeof MetricAlertWebhook>;

/** The older plug-in "WebHooks": flat, unsigned, without a word on what has ended. */
export const LegacyWebhook = z.looseObject({
  id: Id,
  project_slug: text,
  project: slug.optional().catch(undefined),
  level: text,
  message: text,
  url: text,
  event: Event.optional().catch(undefined),
});
export type LegacyWebhook = z.output<typeof LegacyWebhook>;

/** Of the API: what a metric alert has become. 2 is closed. */
export const MetricIncident = z.looseObject({ id: Id, status: z.int(), dateClosed: time });
