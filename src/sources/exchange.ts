// One question over HTTP and what its answer must be like, as the config writes it: for what probes by HTTP.
import { z } from "zod";
import { askHttp } from "../clients/http-ask.ts";
import { reachOf } from "../lib/networks.ts";
import { Expectation, needsBody, unmet } from "../monitors/expectation.ts";
import { familyOf, misread, reaching, sayTook, type Asking, type Reading } from "./probe.ts";

/** Names of headers, as in https://www.rfc-editor.org/rfc/rfc9110#section-5.1 */
const headerName = z.string().regex(/^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/u, "that is no name of a header");
const headerValue = z.string().regex(/^[\t\x20-\x7e\x80-\xff]*$/u, "a header has no line breaks");
/** These are ours: with others, no one answer could be told from the next. */
const ours = new Set(["host", "content-length", "transfer-encoding", "connection", "upgrade", "expect"]);

export const question = {
  url: z.url({ protocol: /^https?$/, error: "a URL begins with https:// or http://" }).describe("What to ask."),
  method: z
    .enum(["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"])
    .optional()
    .describe("GET unless given; POST when there is a body."),
  headers: z
    .record(headerName, headerValue)
    .default({})
    .refine((headers) => Object.keys(headers).every((name) => !ours.has(name.toLowerCase())), `these are set by itself: ${[...ours].join(", ")}`)
    .describe("Headers to send."),
  body: z.string().optional().describe("What to send; write its Content-Type into headers."),
  token: headerValue.min(1).optional().describe("Sent as `Authorization: Bearer …`, to the host of the URL only."),
  user: z.string().min(1).optional().describe("With password: sent as Basic authorization, to the host of the URL only."),
  password: z.string().min(1).optional().describe("The password of user."),
  follow_redirects: z
    .int()
    .min(0)
    .max(20)
    .default(0)
    .describe("How many redirects are followed, and the last answer counts. 0: none, a 301 is a 301."),
  verify_certificate: z
    .boolean()
    .default(true)
    .describe("false: any certificate is good enough; what is sent may then be read by others."),
  body_limit_kb: z
    .int()
    .min(1)
    .max(10_240)
    .default(256)
    .describe("So much of the body is read, unpacked, when something is expected of it."),
  expect: Expectation.default({}).describe("What a healthy answer is like."),
  ...reaching,
}; // prettier-ignore

export type Question = z.output<z.ZodObject<typeof question>>;

/** Keys that exclude or need each other. */
export function checkQuestion(
  { url, token, user, password, expect, follow_redirects }: Question,
  check: z.RefinementCtx,
): void {
  const wrong = (path: string, message: string): void => check.addIssue({ code: "custom", path: [path], message });
  if ((user === undefined) !== (password === undefined)) wrong("user", "user and password belong together");
  // A URL that is none is told by its own field.
  const inUrl = URL.canParse(url) && new URL(url).username !== "";
  if ([token !== undefined, user !== undefined, inUrl].filter(Boolean).length > 1)
    wrong(token === undefined ? "user" : "token", "authorize in one way: token, user and password, or in the URL");
  if (expect.redirect_to !== undefined && follow_redirects > 0)
    wrong("follow_redirects", "a redirect that is expected (expect.redirect_to) is not followed");
}

/** The same with `value` wherever the question or what is expected says `word`. */
export function filledIn(config: Question, word: string, value: string): Question {
  const put = (text: string): string => text.replaceAll(word, value);
  const putAny = <T>(one: T): T | string => (typeof one === "string" ? put(one) : one);
  const { contains, json, ...rest } = config.expect;
  const places = json === undefined ? undefined : [json].flat().map(({ is, path, ...more }) => ({ ...more, path: put(path), ...(is === undefined ? {} : { is: [is].flat().map(putAny) }) })); // prettier-ignore
  return {
    ...config,
    url: put(config.url),
    headers: Object.fromEntries(Object.entries(config.headers).map(([name, text]) => [name, put(text)])),
    ...(config.body === undefined ? {} : { body: put(config.body) }),
    expect: {
      ...rest,
      ...(contains === undefined ? {} : { contains: put(contains) }),
      ...(places === undefined ? {} : { json: places }),
    },
  };
}

const basic = (user: string, password: string): string =>
  `Basic ${Buffer.from(`${user}:${password}`).toString("base64")}`;

function authorization({ url, token, user, password }: Question): { readonly Authorization?: string } {
  if (token !== undefined) return { Authorization: `Bearer ${token}` };
  if (user !== undefined && password !== undefined) return { Authorization: basic(user, password) };
  const there = new URL(url);
  if (there.username === "") return {};
  return { Authorization: basic(unescaped(there.username), unescaped(there.password)) };
}

/** `%40` is @; a % that escapes nothing is itself. */
function unescaped(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** What asks it, once. */
export function exchangeOf(config: Question): (asking: Asking) => Promise<Reading> {
  const reach = reachOf(config.allow_private);
  const limit = config.body_limit_kb * 1_024;
  const asked = {
    url: config.url,
    method: config.method ?? (config.body === undefined ? "GET" : "POST"),
    headers: { ...authorization(config), ...config.headers },
    ...(config.body === undefined ? {} : { body: config.body }),
    ...familyOf(config.family),
    verify: config.verify_certificate,
    redirects: config.follow_redirects,
    bodyLimit: needsBody(config.expect) ? limit : undefined,
    // Who answers may send us elsewhere, but inside only where the operator has named the network.
    redirectReach: reachOf(typeof config.allow_private === "boolean" ? false : config.allow_private),
  };
  return async ({ now, signal, timeoutMs }) => {
    const started = performance.now();
    const answered = await askHttp(asked, { now, signal, timeoutMs, reach });
    if (!answered.ok) return misread(answered.error);
    const { status, location, url, body } = answered.value;
    const to = location === undefined ? undefined : URL.parse(location, url.href)?.href;
    const shown = { status, ...(to === undefined ? {} : { location: to }), ...(body === undefined ? {} : { body }) };
    const trouble = unmet(config.expect, shown, `${config.body_limit_kb} kB`);
    const words = `answered ${status} in ${sayTook(performance.now() - started)}`;
    return {
      well: trouble === undefined,
      words: trouble === undefined ? words : `${words}, ${trouble}`,
      reached: true,
    };
  };
}
