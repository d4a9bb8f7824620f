// The plain webhook: anybody who can POST JSON can raise an alert.
import { z } from "zod";
import { alertKey, alertKinds, alertSeverities, type Alert } from "../alerts/alert.ts";
import { admission, askForSecret, webhookKeys } from "../alerts/authentication.ts";
import { defineSource } from "../alerts/source.ts";
import { idOf } from "../config/fields.ts";
import type { ComponentId, SourceId } from "../config/names.ts";
import { brand } from "../lib/ids.ts";
import { minute, type Instant } from "../lib/clock.ts";
import { suggest } from "../lib/nearest.ts";
import { failed, ok } from "../lib/result.ts";
import { oneLine } from "../lib/text.ts";

const Config = z
  .strictObject({
    ...webhookKeys,
    component: idOf<ComponentId>().optional().describe("The component of alerts that name none."),
  })
  .superRefine(askForSecret);

/** Senders' clocks are off; more than this in the future is not believed. */
const skew = 5 * minute;
/** Before Tocsin, before its users: a start in 1970 is a sender's zero. */
const earliest = Date.parse("2015-01-01T00:00:00Z");

const time = z.iso
  .datetime({ offset: true, error: "a time is written 2026-11-22T10:42:00Z" })
  .transform((text) => Date.parse(text))
  .refine((at) => at >= earliest, "that is before 2015");

/** Counted as it will be shown: a text of control characters alone is no text. */
const line = (max: number) =>
  z
    .string()
    .overwrite((given) => oneLine(given, given.length + 1))
    .min(1)
    .max(max);

const Body = z.looseObject({
  fingerprint: line(500).describe("Identity of the problem: the same one again is a repeat."),
  status: z.enum(["firing", "resolved"]),
  summary: line(2_000),
  component: z.string().max(64).nullish(),
  severity: z.enum(alertSeverities).nullish(),
  kind: z.enum(alertKinds).nullish(),
  starts_at: time.nullish(),
  ends_at: time.nullish(),
  link: z
    .url({ protocol: /^https?$/, error: "a link begins with https:// or http://", normalize: true })
    .max(2_000)
    .nullish(),
  labels: z
    .record(
      line(100),
      z.union([z.string(), z.number(), z.boolean()]).transform((value) => oneLine(String(value), 300)),
    )
    .nullish(),
});
type Body = z.output<typeof Body>;

type Named = { readonly id: ComponentId; readonly name: string };

function say(issue: z.core.$ZodIssue): string {
  return `${["$", ...issue.path.map(String)].join(".")}: ${issue.message}`;
}

/** A misspelt component must not lose an outage: the alert is taken without it, and the sender is told. */
function componentOf(
  body: Body,
  fallback: ComponentId | undefined,
  known: readonly Named[],
): { readonly component?: ComponentId; readonly warning?: string } {
  const asked = body.component ?? undefined;
  if (asked === undefined) return fallback === undefined ? {} : { component: fallback };
  const found = known.find((component) => component.id === asked);
  if (found !== undefined) return { component: found.id };
  const ids = known.map((component) => component.id);
  return {
    warning: `$.component: there is no component "${oneLine(asked, 64)}"; ${suggest(asked, ids)}; the alert was taken without it`,
  };
}

function toAlert(source: SourceId, body: Body, now: Instant, component: ComponentId | undefined): Alert {
  const startsAt = Math.min(body.starts_at ?? now, now);
  const endsAt = Math.min(body.ends_at ?? now, now);
  const asked = body.component ?? undefined;
  const unknown = asked !== undefined && component === undefined ? { component: oneLine(asked, 64) } : {};
  return {
    key: alertKey(source, body.fingerprint),
    kind: body.kind ?? "other",
    status: body.status,
    severity: body.severity ?? "warning",
    ...(component === undefined ? {} : { component }),
    summary: oneLine(body.summary, 500),
    labels: { ...body.labels, ...unknown },
    startsAt: body.status === "resolved" ? Math.min(startsAt, endsAt) : startsAt,
    ...(body.status === "resolved" ? { endsAt } : {}),
    observedAt: now,
    ...(body.link === null || body.link === undefined ? {} : { link: body.link }),
  };
}

function timeWarnings(body: Body, now: Instant): readonly string[] {
  const times = [
    ["starts_at", body.starts_at],
    ["ends_at", body.ends_at],
  ] as const;
  return times.flatMap(([name, at]) =>
    typeof at === "number" && at > now + skew
      ? [`$.${name}: that is in the future; the time of receipt was taken`]
      : [],
  );
}

export const generic = defineSource<typeof Config, never>(
  Config,
  (config) => (config.component === undefined ? [] : [{ component: config.component, path: ["component"] }]),
  ({ id, config }, { components, clock }) => ({
    kind: "webhook",
    reach: async () => ok(`waits at POST /hooks/${id}; its secret is set`),
    ...admission(config, clock),
    parse: (raw, now) => {
      const many = Array.isArray(raw) ? raw : [raw];
      if (many.length === 0 || many.length > 1_000)
        return failed([`$: between 1 and 1,000 alerts in one request, not ${many.length}`]);
      const alerts: Alert[] = [];
      const warnings: string[] = [];
      const problems: string[] = [];
      many.forEach((each: unknown, i) => {
        const place = (text: string): string => (Array.isArray(raw) ? text.replace("$", `$[${i}]`) : text);
        const body = Body.safeParse(each);
        if (!body.success)
          return void problems.push(...body.error.issues.slice(0, 20).map((issue) => place(say(issue))));
        const { component, warning } = componentOf(
          body.data,
          config.component === undefined ? undefined : brand<ComponentId>(config.component),
          components,
        );
        warnings.push(...[...(warning === undefined ? [] : [warning]), ...timeWarnings(body.data, now)].map(place));
        alerts.push(toAlert(id, body.data, now, component));
      });
      return problems.length > 0 ? failed(problems.slice(0, 50)) : ok({ alerts, warnings });
    },
  }),
);
