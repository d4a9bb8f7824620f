// `POST /hooks/SOURCE`, answered before the router: the body as raw bytes into the inbox, then the answer.
import type { IncomingMessage, ServerResponse } from "node:http";
import type { SourceId } from "../config/names.ts";
import type { Desk } from "../engine/desk.ts";
import { webhookOf, type Receipt, type Receiver } from "../engine/receive.ts";
import { second } from "../lib/clock.ts";
import { brand } from "../lib/ids.ts";
import { suggest } from "../lib/nearest.ts";
import { saySize } from "../lib/size.ts";
import { oneLine } from "../lib/text.ts";
import { problemCodes, type ProblemCode } from "./problem-codes.ts";
import { problemOf } from "./problem.ts";

/** A larger body is refused with 413: no alert is a megabyte. A source may have a limit of its own. */
export const bodyLimit = 1_048_576;

type Next = (request: IncomingMessage, response: ServerResponse) => void;

const path = /^\/hooks\/([^/?#]{1,100})(?:\?.*)?$/;

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
    if (request.method !== "POST" || request.url?.startsWith("/hooks/") !== true) return next(request, response);
    const source = sourceIn(request.url);
    if (source === undefined) return next(request, response);
    const limit = webhookOf(desk, source)?.bodyLimit ?? bodyLimit;
    readBody(request, limit, (body) => {
      if (body === undefined) return tooLarge(request, response, limit);
      receiver.receive(source, request.headers, body).then(
        (receipt) => answer(desk, source, receipt, response),
        () => response.destroy(),
      );
    });
  };
}

/** Calls back with the whole body, or with undefined as soon as it is too large; never, when the sender goes away. */
export function readBody(request: IncomingMessage, limit: number, done: (body: Buffer | undefined) => void): void {
  if (Number(request.headers["content-length"] ?? 0) > limit) return done(undefined);
  const chunks: Buffer[] = [];
  let size = 0;
  request.on("data", (chunk: Buffer) => {
    size += chunk.length;
    if (size <= limit) return void chunks.push(chunk);
    // What it still sends is read and dropped until the answer closes the connection.
    if (chunks.length > 0) done(undefined);
    chunks.length = 0;
  });
  request.on("end", () => {
    const [first] = chunks;
    if (size <= limit) done(chunks.length === 1 && first !== undefined ? first : Buffer.concat(chunks));
  });
}

function tooLarge(request: IncomingMessage, response: ServerResponse, limit: number): void {
  const detail = `a body is at most ${limit} bytes (${saySize(limit)}); nothing was taken`;
  sayProblem(response, "too-large", detail, { headers: ["Connection", "close"] });
  request.resume();
}

type More = { readonly errors?: readonly string[]; readonly headers?: readonly string[] };

export function sayProblem(response: ServerResponse, code: ProblemCode, detail: string, more: More = {}): void {
  const { status } = problemCodes[code];
  const body = JSON.stringify(problemOf(status, code, detail, more.errors));
  send(response, status, body, "application/problem+json; charset=utf-8", more.headers);
}

function send(
  response: ServerResponse,
  status: number,
  body: string,
  type: string,
  headers: readonly string[] = [],
): void {
  response.writeHead(status, ["Content-Type", type, "Content-Length", String(Buffer.byteLength(body)), ...headers]);
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
