// Asks a URL once, on a connection of its own: bounded in time, in what it reads, in where redirects may lead.
import type { IncomingMessage } from "node:http";
import type { Socket } from "node:net";
import type { Instant } from "../lib/clock.ts";
import { request } from "../lib/node-http.ts";
import { reachOf, type Reach } from "../lib/networks.ts";
import { troubleOf, type Trouble } from "../lib/network-trouble.ts";
import { failed, ok, type Result } from "../lib/result.ts";
import { readBody, type Body } from "./bounded-body.ts";
import { inspect } from "./certificate.ts";
import { dial, sayTimeout, secure, type Attempt } from "./dial.ts";

export type HttpQuestion = {
  readonly url: string;
  readonly method: string;
  /** With what must not be shown. What authorises goes to the first origin only. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
  readonly family?: 4 | 6;
  readonly verify: boolean;
  /** How many redirects are followed. */
  readonly redirects: number;
  /** The bytes of the body that are read, when it is asked for at all. */
  readonly bodyLimit: number | undefined;
  /** Where redirects to other hosts may lead. */
  readonly redirectReach?: Reach;
};

export type HttpAnswer = {
  readonly status: number;
  /** Where a redirect leads that was not followed. */
  readonly location?: string;
  readonly body?: Body;
  /** The last one asked, when redirects were followed. */
  readonly url: URL;
};

const redirecting = new Set([301, 302, 303, 307, 308]);
/** What must not follow a redirect to another origin. */
const authorising = new Set(["authorization", "cookie", "proxy-authorization"]);

type Step = { readonly url: URL; readonly question: HttpQuestion };
type Timed = Attempt & { readonly now: Instant };

/** Never rejects. */
export async function askHttp(question: HttpQuestion, attempt: Timed): Promise<Result<HttpAnswer, Trouble>> {
  const first = new URL(question.url);
  let step: Step = { url: first, question };
  const been = new Set([first.href]);
  for (let followed = 0; ; followed++) {
    const same = step.url.hostname === first.hostname;
    const reach = same ? attempt.reach : (question.redirectReach ?? reachOf(false));
    const answered = await askOnce(step, { ...attempt, reach });
    if (!answered.ok) return same ? answered : failed(elsewhere(answered.error, step.url));
    const { status, location } = answered.value;
    if (location === undefined || question.redirects === 0) return answered;
    if (followed >= question.redirects)
      return failed({ of: "peer", words: `redirected more than ${question.redirects} times` });
    const to = destination(location, step.url);
    if (to === undefined) return failed({ of: "peer", words: `answered ${status} with a redirect that leads nowhere` });
    if (been.has(to.href)) return failed({ of: "peer", words: `redirects in a circle, over ${to.host}${to.pathname}` });
    been.add(to.href);
    step = nextStep(step, to, status);
  }
}

function elsewhere({ of, words }: Trouble, url: URL): Trouble {
  // It was a peer that sent us there.
  return { of: of === "us" ? "peer" : of, words: `redirected to ${url.host}, which ${words}` };
}

function destination(location: string, from: URL): URL | undefined {
  const to = URL.parse(location, from.href);
  return to !== null && /^https?:$/u.test(to.protocol) ? to : undefined;
}

/** https://www.rfc-editor.org/rfc/rfc9110#section-15.4 */
function nextStep({ url, question }: Step, to: URL, status: number): Step {
  const { body, ...rest } = question;
  const dropsBody = status === 303 || ((status === 301 || status === 302) && question.method === "POST");
  const headers =
    to.origin === url.origin
      ? question.headers
      : Object.fromEntries(Object.entries(question.headers).filter(([name]) => !authorising.has(name.toLowerCase())));
  const method = dropsBody && question.method !== "HEAD" ? "GET" : question.method;
  return { url: to, question: { ...rest, headers, method, ...(dropsBody || body === undefined ? {} : { body }) } };
}

async function askOnce(step: Step, attempt: Timed): Promise<Result<HttpAnswer, Trouble>> {
  const { url, question } = step;
  const isSecure = url.protocol === "https:";
  const port = url.port === "" ? (isSecure ? 443 : 80) : Number(url.port);
  const family = question.family === undefined ? {} : { family: question.family };
  const plain = await dial({ host: url.hostname, port, ...family }, attempt);
  if (!plain.ok || !isSecure) return plain.ok ? converse(plain.value, step, attempt) : plain;
  const secured = await secure(plain.value, { name: url.hostname, alpn: "http/1.1" }, attempt);
  if (!secured.ok) return secured;
  const trouble = question.verify ? inspect(secured.value, url.hostname, attempt.now)?.trouble : undefined;
  if (trouble === undefined) return converse(secured.value, step, attempt);
  secured.value.destroy();
  return failed({ of: "peer", words: trouble });
}

function converse(
  socket: Socket,
  { url, question }: Step,
  { signal, timeoutMs }: Timed,
): Promise<Result<HttpAnswer, Trouble>> {
  const { body } = question;
  return new Promise((done) => {
    const finish = (result: Result<HttpAnswer, Trouble>): void => {
      signal.removeEventListener("abort", late);
      done(result);
      socket.destroy();
    };
    let begun = false;
    const late = (): void => {
      const words = begun ? `did not end its answer within ${timeoutMs / 1_000} s` : `took the connection, but ${sayTimeout(timeoutMs)}`; // prettier-ignore
      finish(failed({ of: "peer", words }));
    };
    if (signal.aborted) return late();
    signal.addEventListener("abort", late, { once: true });
    const asking = request({
      createConnection: () => socket,
      method: question.method,
      path: `${url.pathname}${url.search}`,
      headers: {
        Host: url.host,
        "User-Agent": "tocsin-probe",
        Accept: "*/*",
        ...question.headers,
        ...(body === undefined ? {} : { "Content-Length": String(Buffer.byteLength(body)) }),
      },
    });
    const heard = (response: IncomingMessage): void => {
      begun = true;
      const status = response.statusCode ?? 0;
      const location = redirecting.has(status) ? response.headers.location : undefined;
      const answer = { status, url, ...(location === undefined ? {} : { location }) };
      const follows = location !== undefined && question.redirects > 0;
      // Where only the headers count, they are the answer; however long a body they promise.
      if (question.bodyLimit === undefined || follows) return finish(ok(answer));
      readBody(response, question.bodyLimit, (read) => finish(ok({ ...answer, body: read })));
    };
    asking.on("response", heard);
    // A 101 is no response to node, but an upgrade; without a listener nothing more would be heard of the request.
    asking.on("upgrade", heard);
    asking.on("error", (error) => {
      if (begun) return;
      const hungUp = "code" in error && error.code === "ECONNRESET";
      const words = "broke the connection off before it answered";
      finish(failed(hungUp ? { of: "peer", words } : troubleOf(error, "HTTP")));
    });
    asking.end(body);
  });
}
