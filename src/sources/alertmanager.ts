// Alertmanager: its webhook, version 4, and the alerts that Prometheus and amtool post as they would to Alertmanager itself.
import { z } from "zod";
import { alertKey, fingerprintOf, type Alert, type AlertKey } from "../alerts/alert.ts";
import { admission, askForSecret, webhookKeys } from "../alerts/authentication.ts";
import { componentsNamed } from "../alerts/component-choice.ts";
import { groupOf, isOver, labelKeys, labelReader, type Group } from "../alerts/labelled-alert.ts";
import { defineSource, type Heard, type SignOfLife, type StillFiring, type WebhookSource } from "../alerts/source.ts";
import { alertmanagerApi, type AlertmanagerApi } from "../clients/alertmanager-api.ts";
import { duration, webUrl } from "../config/fields.ts";
import type { ComponentId, SourceId } from "../config/names.ts";
import { isoSeconds, minute, type Instant } from "../lib/clock.ts";
import { sayDuration } from "../lib/duration.ts";
import { failed, ok, type Result } from "../lib/result.ts";
import { oneLine } from "../lib/text.ts";
import {
  heldIdentities,
  identityOf,
  readHeld,
  readPosted,
  readWebhook,
  type SentAlert,
} from "../shapes/alertmanager-body.ts";

const Config = z
  .strictObject({
    ...webhookKeys,
    ...labelKeys,
    resolve_timeout: duration(minute)
      .prefault("5m")
      .describe("A posted alert that gives no end is over when it was not posted again for so long."),
    watchdog: z
      .strictObject({
        alertname: z.string().min(1).default("Watchdog").describe("The alert that always fires."),
        after: duration(minute)
          .prefault("15m")
          .describe("Not heard for so long, its sender is dead or cut off: an alert."),
      })
      .optional()
      .describe("A sign of life: an alert that always fires, and whose absence is an alert."),
    url: webUrl()
      .optional()
      .describe(
        "The Alertmanager itself, to ask it what still fires. Without it nothing closes what it forgets to resolve.",
      ),
    url_token: z.string().min(1).optional().describe("Shown to it as Authorization: Bearer; also url_token_file."),
    url_basic: z
      .strictObject({
        user: z.string().min(1).describe("The user's name."),
        password: z.string().min(1).describe("The user's password; also password_file."),
      })
      .optional()
      .describe("Shown to it as HTTP basic authentication."),
  })
  .superRefine(askForSecret)
  .superRefine(({ url, url_token, url_basic }, check) => {
    if (url === undefined && (url_token !== undefined || url_basic !== undefined))
      check.addIssue({
        code: "custom",
        path: ["url"],
        message: "missing: the address that url_token or url_basic is for",
      });
    if (url !== undefined && new URL(url).username !== "")
      check.addIssue({ code: "custom", path: ["url"], message: "holds a user; write it as url_basic" });
  });
type Config = z.output<typeof Config>;

function receiverOf(group: string): string {
  return group.slice(0, Math.max(0, group.indexOf("\n")));
}

const signKey = (id: SourceId): AlertKey => alertKey(id, "watchdog");

/** How one source reads what it is sent. */
function makeReader(id: SourceId, config: Config, components: readonly { readonly id: ComponentId }[]) {
  const { watchdog } = config;
  const read = labelReader(id, config, components);

  function sign(now: Instant): Alert {
    const summary = `${id} shows its sign of life`;
    return { key: signKey(id), kind: "silent", status: "resolved", severity: "critical", summary, labels: { source: id }, startsAt: now, endsAt: now, observedAt: now }; // prettier-ignore
  }

  function alertOf(
    sent: SentAlert,
    now: Instant,
    lives: number | undefined,
    group: Group | undefined,
    warn: (text: string) => void,
  ): Alert | undefined {
    if (watchdog !== undefined && sent.labels["alertname"] === watchdog.alertname)
      return isOver(sent, now) ? undefined : sign(now);
    return read(sent, now, lives, group, warn);
  }

  const mostWarnings = 20;

  function heard(sent: readonly SentAlert[], now: Instant, lives: number | undefined, group?: Group): Heard {
    const warnings = new Set<string>();
    const warn = (text: string): void => void (warnings.size < mostWarnings && warnings.add(text));
    const alerts = sent.flatMap((each) => alertOf(each, now, lives, group, warn) ?? []);
    return { alerts, warnings: [...warnings] };
  }

  function posted(raw: readonly unknown[], now: Instant): Result<Heard, readonly string[]> {
    const { value, problems } = readPosted(raw);
    if (value.length === 0 && problems.length > 0) return failed(problems);
    const said = heard(value, now, config.resolve_timeout);
    return ok(problems.length === 0 ? said : { ...said, wrong: problems });
  }

  /** What the door asks: no alert is made. */
  function check(raw: unknown): ReturnType<NonNullable<WebhookSource["check"]>> {
    if (!Array.isArray(raw)) return undefined;
    const { value, problems } = readPosted(raw);
    if (value.length === 0 && problems.length > 0) return failed(problems);
    return ok({ alerts: value.length, warnings: [], ...(problems.length === 0 ? {} : { wrong: problems }) });
  }

  function webhook(raw: unknown, now: Instant): Result<Heard, readonly string[]> {
    const { value: sent, problems } = readWebhook(raw);
    if (sent === undefined || (sent.alerts.length === 0 && problems.length > 0)) return failed(problems);
    const group = groupOf(sent.receiver, sent.groupKey);
    const known = sent.groupKey !== "";
    const about: Group = { group, ...(sent.truncated > 0 ? { truncated: true as const } : {}) };
    const said = heard(sent.alerts, now, undefined, known ? about : undefined);
    const hidden =
      sent.truncated > 0 && config.url === undefined
        ? [
            `$.truncatedAlerts: ${sent.truncated} alerts are not listed; raise max_alerts of the webhook, or write url here`,
          ]
        : [];
    return ok({
      alerts: said.alerts,
      warnings: [...said.warnings, ...hidden],
      ...(problems.length === 0 ? {} : { wrong: problems }),
      ...(known && sent.status === "resolved" ? { groupsOver: [group] } : {}),
    });
  }

  return { posted, webhook, heard, check };
}

type Reader = ReturnType<typeof makeReader>;

/** An Alertmanager that has just started knows only what Prometheus has told it since. */
const settling = 5 * minute;

function asker(id: SourceId, api: AlertmanagerApi, reading: Reader) {
  /** What it holds of groups of which it told us only a part. */
  async function hidden(
    alerts: readonly Alert[],
    now: Instant,
    signal: AbortSignal,
  ): Promise<Result<readonly Alert[], string>> {
    // prettier-ignore
    const cut = alerts.filter(({ truncated }) => truncated === true);
    if (cut.length === 0) return ok([]);
    const said = await api.groups(signal);
    if (!said.ok) return said;
    const known = new Set<string>(alerts.map(({ key }) => key));
    const missed: Alert[] = [];
    for (const group of said.value) {
      const sent = readHeld(group.alerts);
      const keys = new Set<string>(sent.map((each) => alertKey(id, identityOf(each))));
      const ours = cut.find(({ key, group: told = "" }) => keys.has(key) && receiverOf(told) === oneLine(group.receiver.name, 200)); // prettier-ignore
      if (ours?.group === undefined) continue;
      const { alerts: members } = reading.heard(sent.map((each) => ({ ...each, status: "firing" as const })), now, undefined, { group: ours.group, truncated: true }); // prettier-ignore
      missed.push(...members.filter(({ key, status }) => status === "firing" && !known.has(key)));
    }
    return ok(missed);
  }

  return async (
    alerts: readonly Alert[],
    { now, signal }: { readonly now: Instant; readonly signal: AbortSignal },
  ): Promise<Result<StillFiring, string>> => {
    // What was posted to us expires by itself; Alertmanager never heard of it. The sign of life is ours.
    const asked = alerts.filter(({ expiresAt, key }) => expiresAt === undefined && key !== signKey(id));
    if (asked.length === 0) return ok({ gone: [], missed: [] });
    const status = await api.status(signal);
    if (!status.ok) return status;
    if (now - status.value.since < settling)
      return failed(`it started at ${isoSeconds(status.value.since)}, and may not have heard of everything yet`);
    const held = await api.alerts(signal);
    if (!held.ok) return held;
    const firing = heldIdentities(held.value);
    if (firing === undefined) return failed("it lists alerts without their fingerprint: any of them may be meant");
    const missed = await hidden(asked, now, signal);
    if (!missed.ok) return missed;
    return ok({
      gone: asked.map(({ key }) => key).filter((key) => !firing.has(fingerprintOf(key))),
      missed: missed.value,
    });
  };
}

function signOfLife(
  id: SourceId,
  { alertname, after }: { readonly alertname: string; readonly after: number },
): SignOfLife {
  return {
    key: signKey(id),
    afterMs: after,
    missing: (heard, now) => ({
      key: signKey(id),
      kind: "silent",
      status: "firing",
      severity: "critical",
      summary:
        heard === undefined
          ? `${id} has never sent its ${alertname}: Prometheus, Alertmanager or the way here is broken`
          : `${id} has not sent its ${alertname} for ${sayDuration(now - heard)}: Prometheus, Alertmanager or the way here is broken`,
      labels: { source: id, alertname },
      startsAt: heard ?? now,
      observedAt: now,
    }),
  };
}

async function reach(
  id: SourceId,
  api: AlertmanagerApi | undefined,
  signal: AbortSignal,
): Promise<Result<string, string>> {
  const waits = `waits at POST /hooks/${id} and under /alertmanager/${id}; its secret is set`;
  if (api === undefined) return ok(`${waits}; without url nobody asks what still fires`);
  const status = await api.status(signal);
  return status.ok ? ok(`${waits}; Alertmanager ${oneLine(status.value.version, 40)} answers`) : status;
}

export const alertmanager = defineSource<typeof Config, never>(
  Config,
  (config) => componentsNamed(config.component),
  ({ id, config }, { components, clock }) => {
    const { url, url_token: token, url_basic: basic, watchdog } = config;
    const api = url === undefined ? undefined : alertmanagerApi({ url, token, basic });
    const reading = makeReader(id, config, components);
    return {
      kind: "webhook",
      ...admission(config, clock),
      parse: (raw, now) => (Array.isArray(raw) ? reading.posted(raw, now) : reading.webhook(raw, now)),
      check: (raw) => reading.check(raw),
      ...(watchdog === undefined ? {} : { signOfLife: signOfLife(id, watchdog) }),
      ...(api === undefined ? {} : { stillFiring: asker(id, api, reading) }),
      reach: (signal) => reach(id, api, signal),
    };
  },
);
