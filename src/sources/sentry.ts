// Sentry: signed webhooks of every resource, and its API for what they lose.
import { z } from "zod";
import { admission, asksForSignature, isSigned, webhookKeys } from "../alerts/authentication.ts";
import { componentChoice, componentsNamed } from "../alerts/component-choice.ts";
import { defineSource, type WebhookSource } from "../alerts/source.ts";
import { sentryApi } from "./sentry-api.ts";
import { duration, webUrl } from "../config/fields.ts";
import { second, type Clock } from "../lib/clock.ts";
import { failed, ok, reasonOf } from "../lib/result.ts";
import { mebi } from "../lib/size.ts";
import { fromForm } from "./sentry-alerts.ts";
import { sentryPoll } from "./sentry-poll.ts";
import { parseWebhook } from "./sentry-webhooks.ts";

const slug = z.string().regex(/^[a-z0-9][a-z0-9_-]{0,99}$/, "is a slug, as in the addresses of Sentry");

const Api = z.strictObject({
  url: webUrl().prefault("https://sentry.io").describe("Where Sentry is."),
  organization: slug.describe("The slug of the organization."),
  projects: z
    .array(slug)
    .min(1)
    .max(50)
    .optional()
    .describe("Slugs of the projects in which new issues are looked for. All that the token may see when not written."),
  token: z.string().min(16).describe("The token of the internal integration, which may read issues and alerts."),
  every: duration(10 * second)
    .prefault("1m")
    .describe("How often it is asked."),
  blind_after: duration(second)
    .prefault("10m")
    .describe("How long it may be impossible to ask before that is an alert."),
});

const { token, basic, body_limit, rate } = webhookKeys;
const oneSecret = z.string({ error: "must be text, or a list of texts" }).min(1, "is empty: without it anybody could raise an outage"); // prettier-ignore

const Config = z
  .strictObject({
    secret: z
      .union([oneSecret, z.array(oneSecret).min(1).max(5)])
      .transform((given) => (Array.isArray(given) ? given : [given]))
      .optional()
      .describe("The client secret of the internal integration, with which Sentry signs. A list while it changes."),
    token,
    basic,
    body_limit: body_limit.describe("A larger body is refused with 413, such as 512KiB. 4MiB when not written."),
    rate,
    component: componentChoice(fromForm, "tags.component or project").optional().describe("What its alerts are about."),
    new_issues: z
      .enum(["alert", "ignore"])
      .default("alert")
      .describe("Whether an issue that no alert rule chose is an alert too."),
    api: Api.optional().describe("Sentry's API, which is asked for what its webhooks lose."),
  })
  .superRefine(({ secret, token, basic }, check) => {
    if (secret !== undefined || token !== undefined || basic !== undefined) return;
    const message = "missing: the client secret with which Sentry signs, also as secret_file; or token or basic for the older plug-in, which cannot sign"; // prettier-ignore
    check.addIssue({ code: "custom", path: ["secret"], message });
  });
type Config = z.output<typeof Config>;

/** An event comes with its whole stack and all that led to it. */
const usualBody = 4 * mebi;

/** https://docs.sentry.io/organization/integrations/integration-platform/webhooks/#headers */
const hookSignature = "sentry-hook-signature";
/** The other one signs what parts of Sentry's own pages send: without it no alert rule could be told to send here. */
const signatures = [hookSignature, "sentry-app-signature"];

function admits(config: Config, clock: Clock): Pick<WebhookSource, "bodyLimit" | "rate" | "asks" | "verify"> {
  const other = admission(config, clock);
  const { secret } = config;
  const limits = { ...other, bodyLimit: other.bodyLimit ?? usualBody };
  if (secret === undefined) return limits;
  const form = (header: string) => ({ secret, header, prefix: "", algorithm: "sha256", encoding: "hex" }) as const;
  const both = [asksForSignature(form(hookSignature)), ...(other.asks.words === "" ? [] : [other.asks])];
  return {
    ...limits,
    asks: {
      challenge: both.map(({ challenge }) => challenge).join(", "),
      words: both.map(({ words }) => words).join(", and "),
    },
    // Who signs must sign right, whatever else it shows.
    verify: (request) =>
      signatures.some((header) => request.headers[header] !== undefined)
        ? signatures.some((header) => isSigned(request, form(header), clock.now()))
        : other.verify(request),
  };
}

export const sentry = defineSource<typeof Config, never>(
  Config,
  (config) => componentsNamed(config.component),
  ({ id, config }, { components, clock }) => {
    const around = { source: id, choice: config.component, known: components };
    const newIssues = config.new_issues === "alert";
    const { api: asked } = config;
    const api = asked === undefined ? undefined : sentryApi(asked, clock);
    const ways = [config.secret && "its secret", config.token && "its token", config.basic && "its password"].filter(
      (way) => typeof way === "string",
    );
    const waits = `waits at POST /hooks/${id}; ${ways.join(" and ")} ${ways.length === 1 ? "is" : "are"} set`;
    return {
      kind: "webhook",
      ...admits(config, clock),
      async reach(signal) {
        if (api === undefined || asked === undefined) return ok(waits);
        try {
          await api.reach(signal);
          return ok(`${waits}; the API answers for ${asked.organization}`);
        } catch (thrown) {
          return failed(`${waits}, but its API cannot be asked: ${reasonOf(thrown)}`);
        }
      },
      parse: (body, now, headers) => parseWebhook(body, { ...around, now }, headers, newIssues),
      ...(api === undefined || asked === undefined
        ? {}
        : { looks: sentryPoll(api, { everyMs: asked.every, blindAfterMs: asked.blind_after, projects: asked.projects, newIssues, around }) }), // prettier-ignore
    };
  },
);
