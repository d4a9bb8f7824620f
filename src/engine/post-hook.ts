// One POST to a subscriber's own webhook: Statuspage's shape, signed; or a line in their Slack or Discord.
import { createHmac } from "node:crypto";
import type { Posted } from "../delivery/letter.ts";
import { second } from "../lib/clock.ts";
import { httpClient, type Asked } from "../lib/http-client.ts";
import type { Subscriber } from "../subscribers/subscriber.ts";
import type { Desk } from "./desk.ts";

/** `id`: the same for every try. `key`: signs it; without one, as chats want it, it is not signed. */
export type HookBody = { readonly id: string; readonly body: object; readonly key?: string };

const patience = 10 * second;

/** https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md */
function signed({ id, key }: HookBody, body: string, at: number): Readonly<Record<string, string>> {
  if (key === undefined) return {};
  const bytes = Buffer.from(key.slice("whsec_".length), "base64");
  const mac = createHmac("sha256", bytes).update(`${id}.${at}.${body}`).digest("base64");
  return { "webhook-id": id, "webhook-timestamp": String(at), "webhook-signature": `v1,${mac}` };
}

/** The answer, too: one that is asked to prove itself answers with what it was sent. */
export async function askHook(
  desk: Desk,
  { address }: Pick<Subscriber, "address">,
  hook: HookBody,
  signal: AbortSignal,
): Promise<Asked> {
  // Looked at when the name is resolved, too: whoever owns a name may let it lead inside at any time.
  const client = httpClient(address, { inside: desk.subscriptions?.inside ?? [] });
  try {
    const body = JSON.stringify(hook.body);
    const headers = {
      "Content-Type": "application/json",
      ...signed(hook, body, Math.floor(desk.clock.now() / second)),
    };
    return await client.ask({ method: "POST", headers, body, timeoutMs: patience, keep: 1_024 }, signal);
  } finally {
    client.close();
  }
}

const gone = new Set([404, 410]);

/** Whoever answers badly is a reader of their own: it never holds up the others. */
export async function postHook(
  desk: Desk,
  subscriber: Subscriber,
  hook: HookBody,
  signal: AbortSignal,
): Promise<Posted> {
  if (signal.aborted) return { kind: "retry", because: "stopped" };
  const asked = await askHook(desk, subscriber, hook, signal);
  if (asked.kind === "unreached") return { kind: "later", because: asked.because };
  if (asked.kind === "unknown") return { kind: "unknown", because: asked.because };
  const because = `it answered ${asked.status}`;
  if (asked.status >= 200 && asked.status < 300) return { kind: "sent" };
  if (gone.has(asked.status)) return { kind: "refused", because };
  return { kind: "later", because };
}
