// The two doors on one set of verbs: the public port, and the socket for the CLI.
import { inTongueOf } from "../status/tongue.ts";
import type { IncomingMessage, RequestListener, Server, ServerResponse } from "node:http";
import Fastify, { type FastifyInstance } from "fastify";
import type { Desk } from "../engine/desk.ts";
import type { Pulse } from "../engine/loops.ts";
import { makePingReceiver } from "../engine/receive-ping.ts";
import { makeReceiver } from "../engine/receive.ts";
import { createServer } from "../lib/node-http.ts";
import { plainText } from "../lib/text.ts";
import { reasonOf } from "../lib/result.ts";
import { renderMissing } from "../status/page/missing.ts";
import { affectedRoutes } from "./affected.ts";
import { alertmanagerSurface } from "./alertmanager.ts";
import { badgeRoutes } from "./badges.ts";
import { docsRoutes } from "./docs.ts";
import type { Surroundings } from "./front.ts";
import { historyRoutes } from "./history.ts";
import { healthRoutes } from "./health.ts";
import { movedTo } from "./moved.ts";
import { liveReaders } from "./live.ts";
import type { Metrics } from "./metrics.ts";
import type { Door } from "./mount.ts";
import { pageDoor } from "./page-door.ts";
import { makePages } from "./pages.ts";
import { pingSurface } from "./pings.ts";
import { problem } from "./problem.ts";
import { publicSurface, secureHeaders, secureHeadersOf } from "./public.ts";
import { subscribeRoutes } from "./subscribe.ts";
import { teamRoutes } from "./team.ts";
import { tokenDoor } from "./token-door.ts";
import { bodyLimit, webhookSurface } from "./webhooks.ts";

type Handler = (request: IncomingMessage, response: ServerResponse) => void;

function makeApp(
  desk: Desk,
  wrap: (next: Handler) => Handler,
  around?: Pick<Surroundings, "trustedProxies">,
): FastifyInstance {
  const trustProxy = [...(around?.trustedProxies ?? [])];
  const app = Fastify({
    bodyLimit,
    routerOptions: { maxParamLength: 100 },
    // The right-most address in X-Forwarded-For that is none of theirs; from anybody else the header means nothing.
    trustProxy: trustProxy.length === 0 ? false : trustProxy,
    // It never listens: a front (front.ts) hands it the requests.
    serverFactory: (handler: RequestListener): Server => createServer(wrap(handler)),
    frameworkErrors: (error, _request, reply) =>
      void problem(reply, error.statusCode ?? 400, "bad-request", "this address is not well-formed"),
  });
  app.setErrorHandler((thrown, request, reply) => {
    const status =
      typeof thrown === "object" && thrown !== null && "statusCode" in thrown && typeof thrown.statusCode === "number"
        ? thrown.statusCode
        : 500;
    if (status === 413) {
      const most = request.routeOptions.bodyLimit ?? bodyLimit;
      return problem(reply, status, "too-large", `a body is at most ${most} bytes (${most / 1_048_576} MiB); nothing was taken`); // prettier-ignore
    }
    if (status === 415)
      return problem(reply, status, "unsupported-media-type", "send it as Content-Type: application/json");
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

const isApi = (url: string): boolean => /^\/api\/v1(?:[/?]|$)/u.test(url);

/**
 * `/api/v1`, on an app of its own that is made when somebody first asks: who only serves pages and takes webhooks starts
 * without all the schemas of the API.
 */
function lateApi(app: FastifyInstance, desk: Desk, door: Door, around?: Pick<Surroundings, "trustedProxies">): void {
  let api: Promise<FastifyInstance> | undefined;
  const make = async (): Promise<FastifyInstance> => {
    const { apiRoutes } = await import("./mount.ts");
    const made = makeApp(desk, (next) => next, around);
    apiRoutes(made, desk, door);
    await made.ready();
    return made;
  };
  app.addHook("onRequest", async (request, reply) => {
    if (!isApi(request.url)) return;
    const made = await (api ??= make());
    reply.hijack();
    made.routing(request.raw, reply.raw);
  });
  app.addHook("onClose", async () => (await api)?.close());
}

/** The public port: pages, webhooks, health; and the API, for whoever has a token. */
export async function makePublicServer(
  desk: Desk,
  pulse: Pulse,
  metrics: Metrics,
  around: Surroundings,
): Promise<FastifyInstance> {
  const pages = makePages(desk);
  // A replica that nobody has asked yet must have a page, too, when the database goes away.
  for (const { cache } of pages.all) void cache.page("index.html").catch(() => undefined);
  const receiver = makeReceiver(desk);
  const pings = makePingReceiver(desk);
  const live = liveReaders(desk, pages);
  const surface = (next: Handler): Handler =>
    publicSurface(
      pages,
      pageDoor(desk.clock),
      live.surface(webhookSurface(desk, receiver, alertmanagerSurface(desk, receiver, pingSurface(desk, pings, next)))),
    );
  const app = makeApp(desk, surface, around);
  app.addHook("onClose", async () => live.close());
  healthRoutes(app, desk, pulse, metrics);
  teamRoutes(app, desk);
  historyRoutes(app, desk, pages);
  badgeRoutes(app, pages);
  affectedRoutes(app, desk, pages);
  subscribeRoutes(app, desk, pages);
  lateApi(app, desk, tokenDoor(desk), around);
  docsRoutes(app, desk);
  app.setNotFoundHandler(async (request, reply) => {
    const moved = await movedTo(desk, request.method, request.url);
    if (moved !== undefined) return reply.headers(secureHeaders).header("Cache-Control", "public, max-age=3600").redirect(moved, 301); // prettier-ignore
    const page = (request.method === "GET" || request.method === "HEAD") && !/^\/(api|hooks)\//.test(request.url);
    if (!page) return problem(reply, 404, "not-found", "there is nothing here");
    return reply
      .code(404)
      .headers(secureHeadersOf(pages.of(request.raw).page.site))
      .type("text/html; charset=utf-8")
      .send(inTongueOf(pages.of(request.raw).page.site, () => renderMissing(pages.of(request.raw).page.site)));
  });
  return app;
}

/** The public port of a replica that leaves pages and webhooks to others. */
export function makeHealthServer(desk: Desk, pulse: Pulse, metrics: Metrics): FastifyInstance {
  const app = makeApp(desk, (next) => next);
  healthRoutes(app, desk, pulse, metrics);
  app.setNotFoundHandler((_request, reply) =>
    problem(reply, 404, "not-found", "this replica runs the engine alone; pages and webhooks are at the others"),
  );
  return app;
}

/** The CLI's door: everything, for whoever may open the socket (mode 0600). */
export function makeSocketServer(desk: Desk, door: Door, more: (app: FastifyInstance) => void): FastifyInstance {
  const app = makeApp(desk, (next) => next);
  lateApi(app, desk, door);
  more(app);
  app.setNotFoundHandler((_request, reply) => problem(reply, 404, "not-found", "there is nothing here"));
  return app;
}
