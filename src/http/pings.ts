// `/ping/SOURCE/TOKEN`, `…/start`, `…/fail`, `…/7`: answered before the router, so that the token meets nothing that repeats it.
import type { IncomingMessage, ServerResponse } from "node:http";
import type { SourceId } from "../config/names.ts";
import type { Desk } from "../engine/desk.ts";
import { hearingOf, type PingReceiver, type PingReceipt } from "../engine/receive-ping.ts";
import { second } from "../lib/clock.ts";
import { brand } from "../lib/ids.ts";
import { suggest } from "../lib/nearest.ts";
import { longestLog, pingNamed } from "../monitors/ping.ts";
import type { ProblemCode } from "./problem-codes.ts";
import { sayProblem } from "./webhooks.ts";

type Next = (request: IncomingMessage, response: ServerResponse) => void;

const form = "an address is /ping/ID/TOKEN, and /start, /fail or an exit code from 0 to 255 after it";
const path = /^\/ping\/([^/?#]{1,100})\/([^/?#]{1,200})(?:\/([^/?#]{0,20}))?\/?(?:\?.*)?$/u;

/** Of a body only the end is kept, and a longer one than this is not even read to its end. */
const longestBody = 10_000_000;

/**
 * Who fetches an address only because somebody wrote it into a chat or a mail: no sign of life of any job.
 * A list can never be whole; `post_only` is the cure.
 */
const previewers =
  /bot\b|crawler|spider|preview|facebookexternalhit|whatsapp|slack|discord|mattermost|embedly|outlook|safelinks|barracuda/iu;

function isPreview({ method, headers }: IncomingMessage): boolean {
  if (method !== "GET") return false;
  const prefetch = headers["sec-purpose"] ?? headers["purpose"] ?? "";
  return /prefetch|preview/iu.test(String(prefetch)) || previewers.test(headers["user-agent"] ?? "");
}

/** Takes pings, and leaves everything else to `next`. Never throws. */
export function pingSurface(desk: Desk, receiver: PingReceiver, next: Next): Next {
  return (request, response) => {
    const { url = "", method = "" } = request;
    if (!url.startsWith("/ping/")) return next(request, response);
    const refuse = (code: ProblemCode, detail: string, headers: readonly string[] = []): void => {
      sayProblem(response, code, detail, { headers: ["Cache-Control", "no-store", "Connection", "close", ...headers] });
      request.resume();
    };
    if (method !== "GET" && method !== "POST")
      return refuse("wrong-method", "a ping is a GET or a POST; nothing was counted", ["Allow", "GET, POST"]);
    const [, id = "", token = "", word = ""] = path.exec(url) ?? [];
    const ping = pingNamed(word);
    if (id === "" || ping === undefined) return refuse("not-found", `${form}; nothing was counted`);
    const source = brand<SourceId>(id);
    const refused = receiver.refuses(source, token, method);
    if (refused !== undefined) return sayRefusal(refused, id, desk, refuse);
    if (isPreview(request))
      return refuse("forbidden", "this looks like a preview of a link, which is no ping; send a POST");
    readEnd(request, (log) => {
      receiver.receive(source, { ...ping, log }).then(
        (receipt) => (receipt.kind === "kept" ? thank(response) : sayRefusal(receipt, id, desk, refuse)),
        () => response.destroy(),
      );
    });
  };
}

function thank(response: ServerResponse): void {
  const headers = { "Content-Type": "text/plain; charset=utf-8", "Cache-Control": "no-store", "Content-Length": "3" };
  response.writeHead(200, { ...headers, "X-Robots-Tag": "noindex" }).end("OK\n");
}

function sayRefusal(
  receipt: PingReceipt,
  id: string,
  desk: Desk,
  refuse: (code: ProblemCode, detail: string, headers?: readonly string[]) => void,
): void {
  switch (receipt.kind) {
    case "unknown": {
      const known = [...desk.sources.keys()].filter((each) => hearingOf(desk, each) !== undefined);
      // What stands in the place of the id is not repeated: it may be a token.
      return refuse("unknown-source", `there is no such heartbeat; ${suggest(id, known)}`);
    }
    case "unauthorized":
      return refuse("unauthorized", "the token is wrong; nothing was counted", ["WWW-Authenticate", "Bearer"]);
    case "post-only":
      return refuse("wrong-method", "this heartbeat counts POST alone; nothing was counted", ["Allow", "POST"]);
    case "too-fast":
      return refuse("too-fast", "it pings more than 120 times a minute; nothing was counted", later(receipt));
    case "unavailable":
      return refuse("unavailable", "this ping could not be kept; send it again", later(receipt));
    case "kept":
      return undefined;
  }
}

function later({ retryAfterMs }: { readonly retryAfterMs: number }): readonly string[] {
  return ["Retry-After", String(Math.max(1, Math.ceil(retryAfterMs / second)))];
}

/** Calls back with the end of the body as text; never, when the sender goes away before its own end. */
function readEnd(request: IncomingMessage, done: (log: string) => void): void {
  let end = Buffer.alloc(0);
  let size = 0;
  const finish = (): void => done(end.subarray(-4 * longestLog).toString("utf8").slice(-longestLog)); // prettier-ignore
  const grow = (chunk: Buffer): void => {
    size += chunk.length;
    end = Buffer.concat([end, chunk]);
    if (end.length > 8 * longestLog) end = end.subarray(-4 * longestLog);
    if (size <= longestBody) return;
    request.off("data", grow).off("end", finish).resume();
    finish();
  };
  request.on("data", grow).once("end", finish);
}
