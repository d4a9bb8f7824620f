// `/alertmanager/SOURCE/api/v2/…`: Alertmanager's own API, so that Prometheus and amtool work unchanged. Answered before the
// router. https://github.com/prometheus/alertmanager/blob/main/api/v2/openapi.yaml
import type { IncomingMessage, ServerResponse } from "node:http";
import type { SourceId } from "../config/names.ts";
import type { Desk } from "../engine/desk.ts";
import { webhookOf, type Receipt, type Receiver } from "../engine/receive.ts";
import { second } from "../lib/clock.ts";
import { brand } from "../lib/ids.ts";
import { suggest } from "../lib/nearest.ts";
import { parseForeignJson } from "../lib/foreign-json.ts";
import { ok, reasonOf } from "../lib/result.ts";
import { getAlerts, getGroups, receivers, statusOf } from "./alertmanager-alerts.ts";
import { deleteSilence, getSilence, getSilences, postSilence } from "./alertmanager-silences.ts";
import { tellParts, type Asked, type Told } from "./alertmanager-told.ts";
import { bodyLimit, readBody } from "./webhooks.ts";

type Next = (request: IncomingMessage, response: ServerResponse) => void;

const answers: Readonly<Record<string, (asked: Asked) => Promise<Told>>> = {
  "GET alerts": getAlerts,
  "GET alerts/groups": getGroups,
  "GET status": statusOf,
  "GET receivers": receivers,
  "GET silences": getSilences,
  "POST silences": postSilence,
  "GET silence": getSilence,
  "DELETE silence": deleteSilence,
};
const paths = new Set(Object.keys(answers).map((key) => key.slice(key.indexOf(" ") + 1)));

const place = /^\/alertmanager\/([a-z0-9-]{1,64})\/api\/v2\/([a-z/]{1,20})(?:\/([\w-]{1,100}))?\/?(?:\?(.*))?$/;

function readPlace(url: string): { source: SourceId; path: string; id: string; query: string } | undefined {
  const [, source, path = "", id = "", query = ""] = place.exec(url) ?? [];
  if (source === undefined) return undefined;
  const full = id !== "" && path !== "silence" ? `${path}/${id}` : path;
  return { source: brand<SourceId>(source), path: full, id: path === "silence" ? id : "", query };
}

/** Undefined when there is one of that name. */
function noSuch(desk: Desk, id: SourceId): string | undefined {
  if (desk.sources.get(id)?.type === "alertmanager") return undefined;
  const known = [...desk.sources.values()].filter(({ type }) => type === "alertmanager").map((source) => source.id);
  return `there is no source "${id}" of type alertmanager; ${suggest(id, known)}`;
}

function tell(response: ServerResponse, status: number, body: unknown, headers: readonly string[] = []): void {
  const text = body === undefined ? "" : `${JSON.stringify(body)}\n`;
  const length = String(Buffer.byteLength(text));
  response.writeHead(status, ["Content-Type", "application/json", "Content-Length", length, ...headers]);
  response.end(text);
}

/** What Prometheus is told: it tries again after a 5xx, and drops what a 4xx refused. */
function tellReceipt(response: ServerResponse, receipt: Receipt): void {
  switch (receipt.kind) {
    case "accepted":
      return receipt.wrong === undefined
        ? tell(response, 200, undefined)
        : tell(response, 400, receipt.wrong.join("; "));
    case "rejected":
      return tell(response, 400, receipt.problems.join("; "));
    case "unauthorized":
      return tell(response, 401, receipt.asks.words, ["WWW-Authenticate", receipt.asks.challenge]);
    case "unknown-source":
      return tell(response, 404, "there is no such source");
    default: {
      const wait = String(Math.max(1, Math.ceil(receipt.retryAfterMs / second)));
      tell(response, receipt.kind === "too-fast" ? 429 : 503, `nothing was taken: ${receipt.kind}`, [
        "Retry-After",
        wait,
      ]);
    }
  }
}

/** Takes what is Alertmanager's, and leaves everything else to `next`. Never throws. */
export function alertmanagerSurface(desk: Desk, receiver: Receiver, next: Next): Next {
  const failed = (response: ServerResponse, thrown: unknown): void => {
    desk.log.error({ reason: reasonOf(thrown) }, "a request to the Alertmanager API failed");
    if (response.headersSent) return void response.destroy();
    tell(response, 503, "this could not be done now; try again", ["Retry-After", "5"]);
  };

  async function answer(
    request: IncomingMessage,
    response: ServerResponse,
    at: NonNullable<ReturnType<typeof readPlace>>,
    body: Buffer,
  ): Promise<void> {
    // prettier-ignore
    const { source, path, id, query } = at;
    const own = webhookOf(desk, source);
    if (own?.verify({ headers: request.headers, body }) !== true)
      return tell(response, 401, own?.asks.words, ["WWW-Authenticate", own?.asks.challenge ?? "Bearer"]);
    const make = answers[`${request.method ?? ""} ${path}`];
    if (make === undefined)
      return paths.has(path) ? tell(response, 405, "this path does not take that method") : tell(response, 404, "there is no such path in Alertmanager's API v2"); // prettier-ignore
    const sent = body.length === 0 ? ok(undefined) : parseForeignJson(body);
    if (!sent.ok) return tell(response, 400, sent.error);
    const told = await make({ desk, source, query: new URLSearchParams(query), id, body: sent.value });
    if ("parts" in told) await tellParts(response, told.parts);
    else tell(response, told.status, told.body);
  }

  return (request, response) => {
    const { url = "" } = request;
    const at = url.startsWith("/alertmanager/") ? readPlace(url) : undefined;
    if (at === undefined) return next(request, response);
    const trouble = noSuch(desk, at.source);
    if (trouble !== undefined) {
      tell(response, 404, trouble, ["Connection", "close"]);
      return void request.resume();
    }
    const limit = webhookOf(desk, at.source)?.bodyLimit ?? bodyLimit;
    readBody(request, limit, (body) => {
      if (typeof body === "string") {
        const close = ["Connection", "close"];
        if (body === "too large") tell(response, 413, `a body is at most ${limit} bytes; nothing was taken`, close);
        else tell(response, 503, "too many large bodies come in at once; nothing was taken", [...close, "Retry-After", "5"]); // prettier-ignore
        return void request.resume();
      }
      const done =
        request.method === "POST" && at.path === "alerts"
          ? receiver.receive(at.source, request.headers, body).then((receipt) => tellReceipt(response, receipt))
          : answer(request, response, at, body);
      done.catch((thrown: unknown) => failed(response, thrown));
    });
  };
}
