// POSTs each message as JSON to an address of the operator's, signed as https://www.standardwebhooks.com says.
import { createHmac } from "node:crypto";
import { z } from "zod";
import { duration } from "../config/fields.ts";
import { defineChannel, type Channel, type ChannelContext, type ChannelEntry, type Sent } from "../delivery/channel.ts";
import type { Message } from "../delivery/message.ts";
import { minute, second, type Instant } from "../lib/clock.ts";
import { fault } from "../lib/fault.ts";
import { httpClient, type Asked } from "../lib/http-client.ts";
import { isNetwork } from "../lib/networks.ts";
import { failed, ok } from "../lib/result.ts";
import { oneLine } from "../lib/text.ts";
import type { WebhookMessage } from "../shapes/webhook-message.ts";

const longestTimeout = minute;
/** A peer may ask for patience; but a page must not wait for a day because of one header. */
const longestPatience = 10 * minute;
const longestText = 4_000;

const prefix = "whsec_";

/** At least 24 bytes and at most 64: https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md */
function isSecret(text: string): boolean {
  const body = text.startsWith(prefix) ? text.slice(prefix.length) : "";
  const bytes = Buffer.from(body, "base64");
  return /^[A-Za-z0-9+/]+={0,2}$/u.test(body) && bytes.length >= 24 && bytes.length <= 64;
}

const secretForm =
  'must be whsec_ and 24 to 64 bytes in base64; make one with: echo "whsec_$(openssl rand -base64 32)"';
const Secret = z.string().refine(isSecret, secretForm);

const Config = z.strictObject({
  url: z
    .url({ protocol: /^https?$/u, error: "a URL begins with https:// or http://" })
    .describe("Where to POST. It may hold a user, a password or a key: none of it is ever shown, only the host."),
  secret: z
    .union([z.string().transform((text) => text.trim().split(/\s+/u)), z.array(z.string())])
    .pipe(z.array(Secret).min(1).max(5))
    .describe("What messages are signed with: whsec_…; a list (or several words) while you change it, each signs."),
  timeout: duration(second)
    .refine((ms) => ms <= longestTimeout, `must be at most ${longestTimeout / second}s`)
    .prefault("10s")
    .describe("How long an answer may take. After that nobody knows, and the message goes again, marked."),
  allow_private: z
    .union([z.boolean(), z.array(z.string().refine(isNetwork, "must be a network such as 10.0.0.0/8"))])
    .default(true)
    .describe(
      "Whether the URL may lead inside (loopback, private, link-local): true, false, or the networks that may.",
    ),
});
type Config = z.output<typeof Config>;

/** One signature for each secret; who verifies tries them all. */
function sign(secrets: readonly string[], id: string, at: number, body: string): string {
  return secrets
    .map((secret) => {
      const key = Buffer.from(secret.slice(prefix.length), "base64");
      return `v1,${createHmac("sha256", key).update(`${id}.${at}.${body}`).digest("base64")}`;
    })
    .join(" ");
}

type To = Parameters<Channel["send"]>[1];

function bodyOf(
  entry: ChannelEntry<Config>,
  message: Message,
  to: To,
  context: ChannelContext,
  now: Instant,
): WebhookMessage {
  const [, about = "message", number] = /^([a-z]+):(\d+)?/u.exec(to.subject) ?? [];
  const event = (message.event ?? "said").replaceAll("-", "_");
  return {
    type: `${about}.${event}`,
    timestamp: new Date(message.saidAt).toISOString(),
    version: 1,
    data: {
      id: to.key,
      channel: entry.id,
      audience: entry.audience,
      priority: message.priority,
      incident: about === "incident" && number !== undefined ? Number(number) : null,
      event,
      lead: oneLine(message.lead, 300),
      text: oneLine(message.text, longestText),
      link: message.link === undefined ? null : oneLine(message.link, 2_000),
      mentions: message.mentions.map((id) => ({ id, name: oneLine(context.nameOf(id, "webhook"), 100) })),
      possibly_repeated: message.possiblyRepeated,
      sent_at: new Date(now).toISOString(),
    },
  };
}

/** Seconds, or a date: https://www.rfc-editor.org/rfc/rfc9110#section-10.2.3 */
function patience(retryAfter: string | undefined, now: Instant): { readonly afterMs?: number } {
  if (retryAfter === undefined) return {};
  const ms = /^\s*\d+\s*$/u.test(retryAfter) ? Number(retryAfter) * second : Date.parse(retryAfter) - now;
  return Number.isFinite(ms) ? { afterMs: Math.min(longestPatience, Math.max(0, ms)) } : {};
}

/** These may become well by themselves, or by somebody who mends a password: nothing is given up for them. */
const later = new Set([401, 403, 407, 408, 409, 421, 423, 425, 429]);
/** A gateway speaks: what stands behind it may have heard us. */
const gateways = new Set([502, 504]);

function outcome(asked: Asked, host: string, now: Instant): Sent {
  if (asked.kind === "unreached") return { kind: "retry", because: `${host}: ${asked.because}` };
  if (asked.kind === "unknown") return { kind: "unknown", because: `${host}: ${asked.because}` };
  const { status, body } = asked;
  if (status >= 200 && status < 300) return { kind: "sent" };
  const because = `${host} answered ${status}${body === "" ? "" : `: ${body}`}`;
  if (gateways.has(status)) return { kind: "unknown", because };
  if (status >= 500 || later.has(status)) return { kind: "retry", because, ...patience(asked.retryAfter, now) };
  if (status === 301 || status === 308)
    return {
      kind: "reject",
      because: `${because} (redirects are not followed; write the new address into the config)`,
    };
  if (status < 400) return { kind: "retry", because: `${because} (redirects are not followed)` };
  return { kind: "reject", because };
}

function channelOf(entry: ChannelEntry<Config>, context: ChannelContext): Channel {
  const { url, secret, timeout, allow_private: inside } = entry.config;
  const client = httpClient(url, inside === true ? "all" : { inside: inside === false ? [] : inside });
  const { host } = new URL(url);
  let trouble: string | undefined;
  return {
    connection: entry.id,
    send: async (message, to, signal) => {
      const now = context.clock.now();
      const body = JSON.stringify(bodyOf(entry, message, to, context, now));
      const at = Math.floor(now / second);
      const headers = {
        "Content-Type": "application/json",
        "webhook-id": to.key,
        "webhook-timestamp": String(at),
        "webhook-signature": sign(secret, to.key, at, body),
      };
      const question = { method: "POST", headers, body, timeoutMs: timeout, written: () => fault("channel.written") } as const; // prettier-ignore
      const sent = outcome(await client.ask(question, signal), host, now);
      trouble = sent.kind === "sent" ? undefined : sent.because;
      return sent;
    },
    reach: async (signal) => {
      const asked = await client.ask({ method: "HEAD", headers: {}, timeoutMs: timeout }, signal);
      return asked.kind === "answer"
        ? ok(`${host} answers ${asked.status} to a HEAD; no message was sent`)
        : failed(`${host}: ${asked.because}`);
    },
    trouble: () => trouble,
    close: async () => client.close(),
  };
}

export const webhook = defineChannel(
  Config,
  (entries, context) => new Map(entries.map((entry) => [entry.id, channelOf(entry, context)])),
);
