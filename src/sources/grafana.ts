// Grafana's webhook contact point: unified alerting, and the alerting before version 9.
import { z } from "zod";
import type { Alert, Labels } from "../alerts/alert.ts";
import { admission, askForSecret, headerName, Hmac, webhookKeys } from "../alerts/authentication.ts";
import { componentsNamed } from "../alerts/component-choice.ts";
import { groupOf, labelKeys, labelReader, linkOf, type Group } from "../alerts/labelled-alert.ts";
import { defineSource, type Heard } from "../alerts/source.ts";
import type { ComponentId, SourceId } from "../config/names.ts";
import { minute, type Instant } from "../lib/clock.ts";
import { failed, ok, type Result } from "../lib/result.ts";
import { oneLine } from "../lib/text.ts";
import { identityOf, readWebhook, type SentAlert } from "../shapes/alertmanager-body.ts";
import { isLegacy, moreOfAlerts, readLegacy, type LegacyRule } from "../shapes/grafana-body.ts";

const Config = z
  .strictObject({
    ...webhookKeys,
    hmac: Hmac.pick({ secret: true, timestamp_header: true })
      .extend({
        header: headerName()
          .default("x-grafana-alerting-signature")
          .describe("The header that holds the signature, as the contact point names it."),
      })
      .optional()
      .describe("Grafana 12 and later sign each body with a shared secret."),
    ...labelKeys,
  })
  .superRefine(askForSecret);
type Config = z.output<typeof Config>;

/** Grafana signs in this one way: https://github.com/grafana/alerting/blob/main/http/hmac.go */
const signing = { algorithm: "sha256", encoding: "hex", prefix: "" } as const;

/** The button "Test" of a contact point never resolves what it fires. */
const testLasts = 5 * minute;
const isTest = ({ labels }: SentAlert): boolean =>
  labels["alertname"] === "TestAlert" && labels["instance"] === "Grafana";

/** In place of a rule's own alert where Grafana could not look. Its annotations are the rule's, and speak of what nobody saw. */
function blindness({ labels, annotations }: SentAlert): string | undefined {
  const rule = oneLine(labels["rulename"] ?? "", 200) || "a rule";
  if (labels["alertname"] === "DatasourceNoData") return `Grafana finds no data for "${rule}"`;
  if (labels["alertname"] !== "DatasourceError") return undefined;
  const why = oneLine(annotations["Error"] ?? "", 200);
  return `Grafana cannot evaluate "${rule}"${why === "" ? "" : `: ${why}`}`;
}

/** Prometheus' rule for names does not hold here: they may be any text, and are shown. */
function namedPlainly(labels: Labels): Labels {
  return Object.fromEntries(
    Object.entries(labels).flatMap(([name, value]) => {
      const plain = oneLine(name, 100);
      return plain === "" ? [] : [[plain, value]];
    }),
  );
}

const mostWarnings = 20;

function makeReader(id: SourceId, config: Config, components: readonly { readonly id: ComponentId }[]) {
  const read = labelReader(id, config, components);

  function alertOf(sent: SentAlert, now: Instant, group: Group | undefined, warn: (text: string) => void): Alert {
    const test = isTest(sent);
    const alert = read(sent, now, test ? testLasts : undefined, test ? undefined : group, warn);
    if (test) return { ...alert, severity: "info" };
    const blind = blindness(sent);
    return blind === undefined ? alert : { ...alert, kind: "blind", summary: blind };
  }

  function unified(raw: unknown, now: Instant): Result<Heard, readonly string[]> {
    const { value: sent, problems } = readWebhook(raw, "free");
    if (sent === undefined || (sent.alerts.length === 0 && problems.length > 0)) return failed(problems);
    const more = moreOfAlerts(raw);
    const warnings = new Set<string>();
    const warn = (text: string): void => void (warnings.size < mostWarnings && warnings.add(text));
    const group = groupOf(sent.receiver, sent.groupKey);
    const grouped = sent.groupKey !== "";
    const about: Group | undefined = grouped
      ? { group, ...(sent.truncated > 0 ? { truncated: true } : {}) }
      : undefined;
    const alerts = sent.alerts.map((each) => {
      const fingerprint = identityOf(each);
      const { link: seen, values = "" } = more.get(fingerprint) ?? {};
      const annotations = values === "" ? each.annotations : { ...each.annotations, values: oneLine(values, 500) };
      const alert = alertOf({ ...each, fingerprint, labels: namedPlainly(each.labels), annotations }, now, about, warn);
      const link = linkOf(seen) ?? alert.link;
      return link === undefined ? alert : { ...alert, link };
    });
    if (sent.truncated > 0)
      warn(`$.truncatedAlerts: ${sent.truncated} alerts are not listed; set Max Alerts of the contact point to 0`);
    return ok({
      alerts,
      warnings: [...warnings],
      ...(problems.length === 0 ? {} : { wrong: problems }),
      ...(grouped && sent.status === "resolved" ? { groupsOver: [group] } : {}),
    });
  }

  /** A rule that finds no data is not well: what fired goes on, and that nobody sees it is an alert beside it. */
  function legacy(rule: LegacyRule, now: Instant): Heard {
    const warnings = new Set<string>();
    const told = (status: "firing" | "resolved", kind: "alert" | "blind"): Alert => {
      const name = rule.name;
      const blind = kind === "blind";
      const sent: SentAlert = {
        labels: {
          ...namedPlainly(rule.tags),
          ...(blind ? { alertname: "DatasourceNoData", rulename: name } : { alertname: name }),
        },
        annotations: {
          summary: rule.message || name,
          ...(rule.values === "" ? {} : { values: oneLine(rule.values, 500) }),
        },
        fingerprint: oneLine(`rule/${rule.rule}${blind ? "/blind" : ""}`, 500),
        generatorUrl: rule.url,
        status,
      };
      return alertOf(sent, now, undefined, (text) => warnings.add(text));
    };
    const both = (status: "firing" | "resolved"): readonly Alert[] => [
      told(status, "alert"),
      told("resolved", "blind"),
    ];
    const alerts: Readonly<Record<LegacyRule["state"], () => readonly Alert[]>> = {
      alerting: () => both("firing"),
      ok: () => both("resolved"),
      // Nobody will say that it is over.
      paused: () => both("resolved"),
      no_data: () => [told("firing", "blind")],
      pending: () => [],
    };
    return { alerts: alerts[rule.state](), warnings: [...warnings] };
  }

  return (raw: unknown, now: Instant): Result<Heard, readonly string[]> => {
    if (!isLegacy(raw)) return unified(raw, now);
    const rule = readLegacy(raw);
    return "rule" in rule ? ok(legacy(rule, now)) : failed(rule);
  };
}

export const grafana = defineSource<typeof Config, never>(
  Config,
  (config) => componentsNamed(config.component),
  ({ id, config }, { components, clock }) => {
    const { hmac, ...others } = config;
    return {
      kind: "webhook",
      reach: async () => ok(`waits at POST /hooks/${id}; its secret is set`),
      ...admission({ ...others, ...(hmac === undefined ? {} : { hmac: { ...hmac, ...signing } }) }, clock),
      parse: makeReader(id, config, components),
    };
  },
);
