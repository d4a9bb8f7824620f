// `POST /hooks/SOURCE`, answered before the router: the body as raw bytes into the inbox, then the answer.
import type { IncomingMessage, ServerResponse } from "node:http";
import type { SourceId } from "../config/names.ts";
import type { Desk } from "../engine/desk.ts";
import { webhookOf, type Receipt, type Receiver } from "../engine/receive.ts";
import { second } from "../lib/clock.ts";
import { brand } from "../lib/ids.ts";
import { suggest } from "../lib/nearest.ts";
import { mebi, saySize } from "../lib/size.ts";
import { oneLine } from "../lib/text.ts";
import { problemCodes, type ProblemCode } from "./problem-codes.ts";
import { problemOf } from "./problem.ts";

/** A larger body is refused with 413: no alert is a megabyte. A source may have a limit of its own. */
export const bodyLimit = 1_048_576;

type Next = (request: IncomingMessage, response: ServerResponse) => void;

const path = /^\/hooks\/([^/?#]{1,100})\/?(?:\?.*)?$/;

/** The source that a webhook is for; undefined when the router shall say what is wrong with the address. */
function sourceIn(url: string): SourceId | undefined {
  const name = path.exec(url)?.[1];
  try {
    return name === undefined ? undefined : brand<SourceId>(decodeURIComponent(name));
  } catch {
    return undefined;
  }
}

/** Takes webhooks, and leaves everything else to `next`. Never throws. */
export function webhookSurface(desk: Desk, receiver: Receiver, next: Next): Next {
  return (request, response) => {
    const source = request.url?.startsWith("/hooks/") === true ? sourceIn(request.url) : undefined;
    if (source === undefined) return next(request, response);
    if (request.method !== "POST") {
      const headers = ["Allow", "POST", "Connection", "close"];
      sayProblem(response, "wrong-method", "a webhook is a POST; nothing was taken", { headers });
      return void request.resume();
    }
    const limit = webhookOf(desk, source)?.bodyLimit ?? bodyLimit;
    readBody(request, limit, (body) => {
      if (typeof body === "string") return refuseBody(request, response, body, limit);
      receiver.receive(source, request.headers, body).then(
        (receipt) => answer(desk, source, receipt, response),
        () => response.destroy(),
      );
    });
  };
}

/** What the bodies that are coming in may hold of the memory together: they come from anybody, and a secret is looked at after. */
const mostHeld = 64 * mebi;
/** So much of each is let in all the same: most alerts are small, and no stranger shall keep them out. */
const alwaysHeld = mebi / 16;
let held = 0;

type ReadBody = Buffer | "too large" | "too many";

/** Calls back with the whole body, or with why not as soon as that is known; never, when the sender goes away. */
export function readBody(request: IncomingMessage, limit: number, done: (body: ReadBody) => void): void {
  if (Number(request.headers["content-length"] ?? 0) > limit) return done("too large");
  let chunks: Buffer[] | undefined = [];
  let size = 0;
  const drop = (): void => {
    if (chunks !== undefined) held -= size;
    chunks = undefined;
  };
  request.on("data", (chunk: Buffer) => {
    // What it still sends is read and dropped until the answer closes the connection.
    if (chunks === undefined) return;
    const sum = size + chunk.length;
    const trouble = sum > limit ? "too large" : sum > alwaysHeld && held + chunk.length > mostHeld ? "too many" : undefined; // prettier-ignore
    if (trouble !== undefined) {
      drop();
      return done(trouble);
    }
    size = sum;
    held += chunk.length;
    chunks.push(chunk);
  });
  request.on("end", () => {
    if (chunks === undefined) return;
    const [first] = chunks;
    const body = chunks.length === 1 && first !== undefined ? first : Buffer.concat(chunks);
    drop();
    done(body);
  });
  request.on("close", drop);
}

function refuseBody(
  request: IncomingMessage,
  response: ServerResponse,
  why: "too large" | "too many",
  limit: number,
): void {
  const [code, detail] =
    why === "too large"
      ? (["too-large", `a body is at most ${limit} bytes (${saySize(limit)}); nothing was taken`] as const)
      : (["unavailable", "too many large bodies come in at once; nothing was taken, send it again"] as const);
  const retry = why === "too large" ? [] : ["Retry-After", "5"];
  sayProblem(response, code, detail, { headers: ["Connection", "close", ...retry], open: true });
  linger(request, response);
}

/** Real time: a sender that goes on for longer is cut off. */
const lingering = 2 * second;

/** A connection that is closed under a sender takes the answer along: what it still sends is read and dropped first. */
function linger(request: IncomingMessage, response: ServerResponse): void {
  const end = (): void => {
    clearTimeout(late);
    if (!response.writableEnded) response.end();
  };
  const late = setTimeout(end, lingering);
  request.once("end", end).once("close", end).resume();
}

/** `open`: all is said, and whoever asked ends the answer. */
type More = { readonly errors?: readonly string[]; readonly headers?: readonly string[]; readonly open?: true };

export function sayProblem(response: ServerResponse, code: ProblemCode, detail: string, more: More = {}): void {
  const { status } = problemCodes[code];
  const body = JSON.stringify(problemOf(status, code, detail, more.errors));
  const type = "application/problem+json; charset=utf-8";
  if (more.open !== true) return send(response, status, body, type, more.headers);
  begin(response, status, body, type, more.headers);
  response.write(body);
}

function begin(
  response: ServerResponse,
  status: number,
  body: string,
  type: string,
  headers: readonly string[] = [],
): void {
  response.writeHead(status, ["Content-Type", type, "Content-Length", String(Buffer.byteLength(body)), ...headers]);
}

function send(response: ServerResponse, status: number, body: string, type: string, headers?: readonly string[]): void {
  begin(response, status, body, type, headers);
  response.end(body);
}

const json = "application/json; charset=utf-8";

function later(response: ServerResponse, code: ProblemCode, detail: string, retryAfterMs: number): void {
  const headers = ["Retry-After", String(Math.max(1, Math.ceil(retryAfterMs / second)))];
  sayProblem(response, code, detail, { headers });
}

function answer(desk: Desk, source: SourceId, receipt: Receipt, response: ServerResponse): void {
  switch (receipt.kind) {
    case "accepted": {
      const { alerts, wrong = [] } = receipt;
      const warnings = [...wrong.map((each) => `${each}; it was not taken, the rest was`), ...receipt.warnings];
      const body = { status: "accepted", alerts, ...(warnings.length === 0 ? {} : { warnings }) };
      return send(response, 202, JSON.stringify(body), json);
    }
    case "rejected": {
      const detail = `the body was kept, but is not what "${source}" takes`;
      return sayProblem(response, "not-understood", detail, { errors: receipt.problems });
    }
    case "unauthorized": {
      const headers = ["WWW-Authenticate", receipt.asks.challenge];
      return sayProblem(response, "unauthorized", receipt.asks.words, { headers });
    }
    case "unknown-source": {
      const known = [...desk.sources.values()].filter((each) => each.source.kind === "webhook").map((each) => each.id);
      // Ids of sources are not secrets: they stand in the sender's own settings.
      const detail = `there is no webhook source "${oneLine(source, 64)}"; ${suggest(source, known)}`;
      return sayProblem(response, "unknown-source", detail);
    }
    case "too-fast": {
      const detail = `"${source}" sends faster than its rate allows; nothing was taken, send it again`;
      return later(response, "too-fast", detail, receipt.retryAfterMs);
    }
    case "full": {
      const detail = "too many webhooks wait to be taken in; nothing was taken, send it again";
      return later(response, "inbox-full", detail, receipt.retryAfterMs);
    }
    case "unavailable":
      return later(response, "unavailable", "this could not be kept; send it again", receipt.retryAfterMs);
  }
}
