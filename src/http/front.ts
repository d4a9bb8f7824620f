// The listening end of a door. It stays, with its connections, while the app behind it is changed for another.
import type { IncomingMessage, Server, ServerResponse } from "node:http";
import type { Server as TlsServer } from "node:https";
import type { Duplex } from "node:stream";
import type { FastifyInstance } from "fastify";
import { second } from "../lib/clock.ts";
import { createServer, httpsServer } from "../lib/node-http.ts";

export type TlsFiles = { readonly cert: string; readonly key: string };

export type Front = {
  readonly server: Server;
  /** From now on this app, which is ready, answers. Resolves when the one before has answered what it was asked. */
  show(app: FastifyInstance, basePath?: string): Promise<void>;
  /** Answers what is being asked, and nothing more. */
  close(): Promise<void>;
  /** New connections get this certificate; open ones stay. */
  renew(tls: TlsFiles): void;
};

/** A request that takes longer to arrive is a slow-loris. */
const limits = { requestTimeout: 30_000, keepAliveTimeout: 65_000 };

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

/** At the end, a request that is still arriving after this long never will. */
const lastRequests = 2 * second;

/** Half a year: long enough to count, short enough to leave TLS again. */
const hsts = "max-age=15768000";

type Stage = {
  readonly app: FastifyInstance;
  /** Without the slash at the end: "" or "/status". */
  readonly prefix: string;
  busy: number;
  /** Set when another has taken its place. */
  leaving?: () => void;
};

export function makeFront(tls?: TlsFiles): Front {
  let stage: Stage | undefined;

  function answer(request: IncomingMessage, response: ServerResponse): void {
    const mine = stage;
    if (mine === undefined) return void response.writeHead(503).end();
    if (tls !== undefined) response.setHeader("Strict-Transport-Security", hsts);
    if (mine.prefix !== "" && redirected(request, response, mine.prefix)) return;
    mine.app.server.emit("request", request, response);
    // Most pages have been answered by now.
    if (response.writableEnded) return;
    mine.busy += 1;
    response.once("close", () => {
      mine.busy -= 1;
      if (mine.busy === 0) mine.leaving?.();
    });
  }

  const secure: TlsServer | undefined =
    tls === undefined ? undefined : httpsServer({ ...limits, ...tls, minVersion: "TLSv1.2" }, answer);
  const server: Server = secure ?? createServer(limits, answer);
  server.on("clientError", answerGarbage);
  return {
    server,
    async show(app, basePath = "/") {
      const before = stage;
      stage = { app, prefix: basePath.replace(/\/$/, ""), busy: 0 };
      if (before === undefined) return;
      if (before.busy > 0) await new Promise<void>((resolve) => (before.leaving = resolve));
      await before.app.close();
    },
    async close() {
      const cut = setTimeout(() => server.closeAllConnections(), lastRequests);
      if (server.listening) await new Promise((resolve) => server.close(resolve));
      clearTimeout(cut);
      await stage?.app.close();
    },
    renew: (files) => secure?.setSecureContext({ ...files, minVersion: "TLSv1.2" }),
  };
}

/**
 * Takes the prefix off the address; a proxy may have done so already. The prefix alone is sent on to the one with the
 * slash, from which relative links count.
 */
function redirected(request: IncomingMessage, response: ServerResponse, prefix: string): boolean {
  const url = request.url ?? "/";
  if (!url.startsWith(prefix)) return false;
  const rest = url.slice(prefix.length);
  if (rest.startsWith("/")) request.url = rest;
  else if (rest === "" || rest.startsWith("?")) {
    response.writeHead(308, { Location: `${prefix}/${rest}`, "Content-Length": "0" }).end();
    return true;
  }
  return false;
}
