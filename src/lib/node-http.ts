// What we use of node:http. An `import` of it reads every export there is, and one (WebSocket) loads all of undici:
// 40 ms and 15 MB of every start.
import type { RequestListener } from "node:http";
import type { Server, ServerOptions } from "node:https";

export const { Agent, createServer, request } = process.getBuiltinModule("node:http");

/** `request` over TLS; loaded when the first one is made. */
export function secureRequest(): typeof request {
  return process.getBuiltinModule("node:https").request;
}

/** Only where the config asks for TLS. */
export function httpsServer(options: ServerOptions, answer: RequestListener): Server {
  return process.getBuiltinModule("node:https").createServer(options, answer);
}
