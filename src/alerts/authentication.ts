// How the senders of webhooks show who they are, and how much they may send: the same keys for every webhook source.
import { z } from "zod";
import { rate, size } from "../config/fields.ts";
import { minute, second, type Clock, type Instant } from "../lib/clock.ts";
import { macAlgorithms, macEncodings, macOf, sameSecret, type MacForm } from "../lib/signature.ts";
import { mebi } from "../lib/size.ts";
import { list } from "../lib/text.ts";
import type { Headers, WebhookSource } from "./source.ts";

/** One, or several while senders change from an old one to a new one. */
export const oneOrMore = () => {
  const one = z.string({ error: "must be text, or a list of texts" }).min(16);
  return z.union([one, z.array(one).min(1).max(5)]).transform((given) => (Array.isArray(given) ? given : [given]));
};

export const headerName = () =>
  z
    .string()
    .regex(/^[A-Za-z0-9-]{1,100}$/, "the name of a header is letters, figures and dashes, such as X-Signature")
    .toLowerCase();

const timestampHeader = headerName()
  .optional()
  .describe("The header with the seconds since 1970 that are signed before the body, as SECONDS:BODY.");

export const Hmac = z.strictObject({
  secret: oneOrMore().describe("What the sender signs with. A list while it changes; also secret_file."),
  header: headerName().describe("The header that holds the signature."),
  algorithm: z.enum(macAlgorithms).default("sha256").describe("The hash under it."),
  encoding: z.enum(macEncodings).default("hex").describe("How the signature is written."),
  prefix: z.string().max(40).default("").describe("What stands before the signature, such as sha256=."),
  timestamp_header: timestampHeader,
});

const Basic = z.strictObject({
  user: z
    .string()
    .regex(/^[^:\p{Cc}]{1,200}$/u, "a user has no colon")
    .describe("The user's name."),
  password: oneOrMore().describe("The user's password. A list while it changes; also password_file."),
});

/** An upper bound: what a source may take of the memory, many times at once. */
const largestBody = 16 * mebi;

export const limitKeys = {
  body_limit: size(largestBody)
    .optional()
    .describe("A larger body is refused with 413, such as 512KiB or 4MiB. 1MiB when not written."),
  rate: rate()
    .optional()
    .describe("How many requests it may send, such as 100/s or 60/m; what comes faster is refused with 429."),
};

export const webhookKeys = {
  token: oneOrMore()
    .optional()
    .describe("The sender shows it as Authorization: Bearer TOKEN. A list while it changes."),
  basic: Basic.optional().describe("The sender shows user and password (HTTP basic authentication)."),
  hmac: Hmac.optional().describe("The sender signs each body with a shared secret."),
  ...limitKeys,
};

type Keys = z.output<z.ZodObject<typeof webhookKeys>>;
export type Limits = Pick<Keys, "body_limit" | "rate">;
export type Ways = Pick<Keys, "token" | "basic"> & { readonly hmac?: z.output<typeof Hmac> | undefined };

/** No secret, no start: an open door would let anybody raise an outage. */
export function askForSecret(
  { token, basic, hmac }: Readonly<Partial<Record<keyof Ways, unknown>>>,
  check: z.RefinementCtx,
): void {
  if (token !== undefined || basic !== undefined || hmac !== undefined) return;
  const message = "missing: how the sender shows who it is; write token, basic or hmac, also as token_file";
  check.addIssue({ code: "custom", path: ["token"], message });
}

type Request = { readonly headers: Headers; readonly body: Uint8Array };

/** Replays of what was overheard end here, and clocks may be this far off. */
const fresh = 5 * minute;

function isFresh(stamp: string, now: Instant): boolean {
  return /^\d{1,12}$/.test(stamp) && Math.abs(Number(stamp) * second - now) <= fresh;
}

export type Signing = MacForm & {
  readonly secret: readonly string[];
  readonly header: string;
  readonly prefix: string;
  readonly timestamp_header?: string | undefined;
};

/** Whether the body was signed with one of the secrets, over the bytes as they came. */
export function isSigned({ headers, body }: Request, signing: Signing, now: Instant): boolean {
  const { header, prefix, timestamp_header } = signing;
  const shown = headers[header];
  if (typeof shown !== "string" || !shown.startsWith(prefix)) return false;
  const signature = shown.slice(prefix.length);
  const stamp = timestamp_header === undefined ? undefined : headers[timestamp_header];
  if (timestamp_header !== undefined && (typeof stamp !== "string" || !isFresh(stamp, now))) return false;
  const parts = typeof stamp === "string" ? [`${stamp}:`, body] : [body];
  return signing.secret.some((secret) => sameSecret(signature, macOf(parts, secret, signing)));
}

function shownWith(scheme: string, headers: Headers): string | undefined {
  const [, given, shown] = /^(\w+) +(\S+)$/.exec(String(headers["authorization"] ?? "")) ?? [];
  return given?.toLowerCase() === scheme ? shown : undefined;
}

function showsToken(headers: Headers, tokens: readonly string[]): boolean {
  const shown = shownWith("bearer", headers);
  return shown !== undefined && tokens.some((token) => sameSecret(shown, token));
}

function showsPassword(headers: Headers, { user, password }: z.output<typeof Basic>): boolean {
  const shown = Buffer.from(shownWith("basic", headers) ?? "", "base64").toString("utf8");
  return password.some((one) => sameSecret(shown, `${user}:${one}`));
}

/** What a 401 says of a signature. The challenge is ours: no scheme is registered for signed bodies. */
export function asksForSignature({
  header,
  algorithm,
  timestamp_header,
}: Omit<Signing, "secret">): WebhookSource["asks"] {
  const old = timestamp_header === undefined ? "" : `, or the time in ${timestamp_header} is more than 5 minutes off`;
  const challenge = `HMAC realm="tocsin", header="${header}", algorithm="${algorithm}"`;
  return { challenge, words: `the signature in ${header} is missing or wrong${old}` };
}

export function limitsOf({ body_limit, rate }: Limits): Pick<WebhookSource, "bodyLimit" | "rate"> {
  return { ...(body_limit === undefined ? {} : { bodyLimit: body_limit }), ...(rate === undefined ? {} : { rate }) };
}

/** What a webhook source asks of its senders, by its config. Of several ways that are configured one suffices. */
export function admission(
  config: Ways & Limits,
  clock: Clock,
): Pick<WebhookSource, "bodyLimit" | "rate" | "asks" | "verify"> {
  const { token, basic, hmac } = config;
  const asks = [
    ...(token === undefined ? [] : [{ challenge: "Bearer", words: "the token is missing or wrong" }]),
    ...(basic === undefined
      ? []
      : [{ challenge: 'Basic realm="tocsin"', words: "user and password are missing or wrong" }]),
    ...(hmac === undefined ? [] : [asksForSignature(hmac)]),
  ];
  return {
    ...limitsOf(config),
    asks: {
      challenge: asks.map(({ challenge }) => challenge).join(", "),
      words: list(asks.map(({ words }) => words)),
    },
    verify: (request) =>
      (token !== undefined && showsToken(request.headers, token)) ||
      (basic !== undefined && showsPassword(request.headers, basic)) ||
      (hmac !== undefined && isSigned(request, hmac, clock.now())),
  };
}
