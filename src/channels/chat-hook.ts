// One POST to the webhook of a chat, and what its answer means: Slack's and Discord's are alike.
import { z } from "zod";
import { duration } from "../config/fields.ts";
import type { Channel, ChannelContext, ChannelEntry, Sent } from "../delivery/channel.ts";
import type { Message } from "../delivery/message.ts";
import { minute, second } from "../lib/clock.ts";
import { httpClient, type Asked } from "../lib/http-client.ts";
import { failed, ok } from "../lib/result.ts";

const longestPatience = 10 * minute;

export const ChatHook = z.strictObject({
  url: z
    .url({ protocol: /^https?$/u, error: "a URL begins with https:// or http://" })
    .describe("The webhook's address, as the chat gave it out. It is a secret: only its host is ever shown."),
  timeout: duration(second)
    .refine((ms) => ms <= minute, `must be at most ${minute / second}s`)
    .prefault("10s")
    .describe("How long an answer may take. After that nobody knows, and the message goes again, marked."),
});
export type ChatHook = z.output<typeof ChatHook>;

/** Slack says so in a header, in seconds; Discord, too: https://docs.discord.com/developers/topics/rate-limits */
function patience(retryAfter: string | undefined): { readonly afterMs?: number } {
  const seconds = Number(retryAfter);
  if (retryAfter === undefined || !Number.isFinite(seconds)) return {};
  return { afterMs: Math.min(longestPatience, Math.max(0, seconds * second)) };
}

function outcome(asked: Asked, host: string): Sent {
  if (asked.kind === "unreached") return { kind: "retry", because: `${host}: ${asked.because}` };
  if (asked.kind === "unknown") return { kind: "unknown", because: `${host}: ${asked.because}` };
  const { status, body } = asked;
  if (status >= 200 && status < 300) return { kind: "sent" };
  const because = `${host} answered ${status}${body === "" ? "" : `: ${body}`}`;
  if (status === 502 || status === 504) return { kind: "unknown", because };
  if (status === 429 || status >= 500) return { kind: "retry", because, ...patience(asked.retryAfter) };
  return { kind: "reject", because };
}

export function chatHook(
  { id, config }: ChannelEntry<ChatHook>,
  context: ChannelContext,
  write: (message: Message, names: readonly string[]) => object,
): Channel {
  const client = httpClient(config.url);
  const { host } = new URL(config.url);
  let trouble: string | undefined;
  return {
    connection: id,
    async send(message, _to, signal) {
      const names = message.mentions.map((person) => context.nameOf(person, "chat"));
      const body = JSON.stringify(write(message, names));
      const headers = { "Content-Type": "application/json" };
      const sent = outcome(
        await client.ask({ method: "POST", headers, body, timeoutMs: config.timeout }, signal),
        host,
      );
      trouble = sent.kind === "sent" ? undefined : sent.because;
      return sent;
    },
    async reach(signal) {
      const asked = await client.ask({ method: "HEAD", headers: {}, timeoutMs: config.timeout }, signal);
      return asked.kind === "answer"
        ? ok(`${host} answers ${asked.status} to a HEAD; no message was sent`)
        : failed(`${host}: ${asked.because}`);
    },
    trouble: () => trouble,
    close: async () => client.close(),
  };
}
