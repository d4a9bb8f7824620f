// Asks one address over HTTP, and knows afterwards whether the peer may have heard it. One agent, so connections are kept.
import { Agent as SecureAgent, request as secureRequest } from "node:https";
import { isIP } from "node:net";
import { forbiddenWords, guardedLookup, reachOf } from "./networks.ts";
import { Agent, request as plainRequest } from "./node-http.ts";
import { reasonOf } from "./result.ts";
import { oneLine } from "./text.ts";

export type Asked =
  | { readonly kind: "answer"; readonly status: number; readonly retryAfter?: string; readonly body: string }
  /** The peer certainly did not hear it. */
  | { readonly kind: "unreached"; readonly because: string }
  /** The connection stood, and no answer came. */
  | { readonly kind: "unknown"; readonly because: string };

export type Question = {
  readonly method: "POST" | "GET" | "HEAD";
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
  readonly timeoutMs: number;
  /** So many bytes of a success are read and handed on; none when not given. */
  readonly keep?: number;
  /** Called when the operating system has taken all of it. */
  readonly written?: () => void;
};

export type HttpClient = {
  /** Never rejects. Redirects are not followed. What is said of a failure holds nothing of the URL but its host. */
  ask(question: Question, signal: AbortSignal): Promise<Asked>;
  close(): void;
};

/** `all`: whatever the name stands for. Else the networks inside that may be reached; all outside may. */
export type Reachable = "all" | { readonly inside: readonly string[] };

/** Of an answer that is no success, so much is read to say why; of others, so much is let pass to keep the connection. */
const longestReason = 2_048;
const longestAnswer = 65_536;
/** A connection that rested longer may be closed by the peer just as we write on it. */
const longestRest = 30_000;

function secretsOf(url: URL): readonly string[] {
  const given = [url.username, url.password, url.search.slice(1), ...url.searchParams.values(), url.pathname.slice(1)];
  const all = given.flatMap((text) => [text, decodeLoosely(text)]);
  return [...new Set(all)].filter((text) => text.length >= 4).toSorted((a, b) => b.length - a.length);
}

function decodeLoosely(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

export function httpClient(address: string, reachable: Reachable = "all"): HttpClient {
  const url = new URL(address);
  const secure = url.protocol === "https:";
  const keeping = { keepAlive: true, maxFreeSockets: 1, timeout: longestRest };
  const agent = secure ? new SecureAgent(keeping) : new Agent(keeping);
  const secrets = secretsOf(url);
  const tame = (text: string): string =>
    oneLine(
      secrets.reduce((left, secret) => left.replaceAll(secret, "…"), text),
      200,
    );
  const reach = reachable === "all" ? undefined : reachOf(reachable.inside);
  const guard = reach === undefined ? {} : { lookup: guardedLookup(reach) };
  const literal = url.hostname.replace(/^\[|\]$/gu, "");

  function ask(question: Question, signal: AbortSignal): Promise<Asked> {
    if (signal.aborted) return Promise.resolve({ kind: "unreached", because: "stopped" });
    if (reach !== undefined && isIP(literal) !== 0 && !reach(literal))
      return Promise.resolve({ kind: "unreached", because: forbiddenWords });
    return new Promise((done) => {
      const late = AbortSignal.timeout(question.timeoutMs);
      const cut = AbortSignal.any([signal, late]);
      const send = secure ? secureRequest : plainRequest;
      const { body } = question;
      const length = body === undefined ? {} : { "Content-Length": String(Buffer.byteLength(body)) };
      const asking = send(url, {
        method: question.method,
        headers: { "User-Agent": "tocsin", ...question.headers, ...length },
        agent,
        signal: cut,
        ...guard,
      });
      // From the moment the connection stands, bytes may have left, whatever node has told us of them.
      let stands = false;
      asking.on("socket", (socket) => {
        if (asking.reusedSocket) stands = true;
        else socket.once(secure ? "secureConnect" : "connect", () => (stands = true));
      });
      asking.on("finish", () => question.written?.());
      asking.on("error", (error) => {
        const timedOut = `no answer within ${question.timeoutMs / 1_000} s`;
        const because = signal.aborted ? "stopped" : late.aborted ? timedOut : tame(reasonOf(error));
        done({ kind: stands ? "unknown" : "unreached", because });
      });
      asking.on("upgrade", (response, socket) => {
        socket.destroy();
        done({ kind: "answer", status: response.statusCode ?? 101, body: "" });
      });
      asking.on("response", (response) => {
        const status = response.statusCode ?? 0;
        const well = status >= 200 && status < 300;
        const after = response.headers["retry-after"];
        let heard = Buffer.alloc(0);
        let size = 0;
        const answer = (): void =>
          done({
            kind: "answer",
            status,
            ...(after === undefined ? {} : { retryAfter: after }),
            body: tame(heard.toString("utf8")),
          });
        response.on("data", (bytes: Buffer) => {
          size += bytes.length;
          const most = well ? (question.keep ?? 0) : longestReason;
          if (heard.length < most) heard = Buffer.concat([heard, bytes]).subarray(0, most);
          if (size > (well ? longestAnswer : longestReason)) response.destroy();
        });
        response.on("error", answer);
        response.on("close", answer);
        if (well && question.keep === undefined) answer();
      });
      asking.end(body);
    });
  }

  return { ask, close: () => agent.destroy() };
}
