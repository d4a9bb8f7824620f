// The two doors on one set of verbs: the public port, and the socket for the CLI.
import type { IncomingMessage, RequestListener, Server, ServerResponse } from "node:http";
import type { Duplex } from "node:stream";
import Fastify, { type FastifyInstance } from "fastify";
import type { Desk } from "../engine/desk.ts";
import type { Pulse } from "../engine/loops.ts";
import { createServer } from "../lib/node-http.ts";
import { plainText } from "../lib/text.ts";
import { reasonOf } from "../lib/result.ts";
import { renderMissing } from "../status/page/missing.ts";
import { apiRoutes, type Door } from "./api.ts";
import { healthRoutes } from "./health.ts";
import type { Metrics } from "./metrics.ts";
import { makePageCache } from "./page-cache.ts";
import { problem } from "./problem.ts";
import { publicSurface, secureHeaders } from "./public.ts";
import { teamRoutes } from "./team.ts";
import { bodyLimit, webhookRoutes } from "./webhooks.ts";

type Handler = (request: IncomingMessage, response: ServerResponse) => void;

/** A request that takes longer to arrive is a slow-loris. */
const requestTimeout = 30_000;

function makeApp(desk: Desk, wrap: (next: Handler) => Handler): FastifyInstance {
  const app = Fastify({
    bodyLimit,
    routerOptions: { maxParamLength: 100 },
    forceCloseConnections: "idle",
    serverFactory: (handler: RequestListener): Server =>
      createServer({ requestTimeout, keepAliveTimeout: 65_000 }, wrap(handler)),
    clientErrorHandler: answerGarbage,
    frameworkErrors: (error, _request, reply) =>
      void problem(reply, error.statusCode ?? 400, "bad-request", "this address is not well-formed"),
  });
  app.setErrorHandler((thrown, _request, reply) => {
    const status =
      typeof thrown === "object" && thrown !== null && "statusCode" in thrown && typeof thrown.statusCode === "number"
        ? thrown.statusCode
        : 500;
    if (status === 413)
      return problem(reply, status, "too-large", `a body is at most ${bodyLimit} bytes (1 MiB); nothing was taken`);
    if (status < 500) return problem(reply, status, "bad-request", plainText(reasonOf(thrown)));
    desk.log.error({ reason: reasonOf(thrown) }, "a request failed");
    return problem(
      reply.header("Retry-After", "5"),
      503,
      "unavailable",
      "this could not be done now; nothing was lost, try again",
    );
  });
  return app;
}

const garbage: Readonly<Record<string, string>> = {
  HPE_HEADER_OVERFLOW: "431 Request Header Fields Too Large",
  ERR_HTTP_REQUEST_TIMEOUT: "408 Request Timeout",
};

/** A reset or malformed connection is the peer's trouble, never ours. */
function answerGarbage(error: Error & { readonly code?: unknown }, socket: Duplex): void {
  if (!socket.writable) return void socket.destroy();
  const status = garbage[String(error.code)] ?? "400 Bad Request";
  socket.end(`HTTP/1.1 ${status}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n`);
}

/** The public port: pages, webhooks, health. Nothing here changes an incident. */
export async function makePublicServer(desk: Desk, pulse: Pulse, metrics: Metrics): Promise<FastifyInstance> {
  const cache = makePageCache(desk);
  const app = makeApp(desk, (next) => publicSurface(cache, next));
  healthRoutes(app, desk, pulse, metrics);
  teamRoutes(app, desk);
  await webhookRoutes(app, desk);
  app.setNotFoundHandler((request, reply) => {
    const page = (request.method === "GET" || request.method === "HEAD") && !/^\/(api|hooks)\//.test(request.url);
    if (!page) return problem(reply, 404, "not-found", "there is nothing here");
    return reply.code(404).headers(secureHeaders).type("text/html; charset=utf-8").send(renderMissing(desk.site));
  });
  return app;
}

/** The CLI's door: everything, for whoever may open the socket (mode 0600). */
export function makeSocketServer(desk: Desk, door: Door, more: (app: FastifyInstance) => void): FastifyInstance {
  const app = makeApp(desk, (next) => next);
  apiRoutes(app, desk, door);
  more(app);
  app.setNotFoundHandler((_request, reply) => problem(reply, 404, "not-found", "there is nothing here"));
  return app;
}
