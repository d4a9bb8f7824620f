// The listening end of a door. It stays, with its connections, while the app behind it is changed for another.
import type { IncomingMessage, Server, ServerResponse } from "node:http";
import type { Server as TlsServer } from "node:https";
import { BlockList, isIP } from "node:net";
import type { Duplex } from "node:stream";
import type { FastifyInstance } from "fastify";
import { second } from "../lib/clock.ts";
import { createServer, httpsServer } from "../lib/node-http.ts";
import { streams } from "./live.ts";

/** What stands between us and the readers. */
export type Surroundings = {
  readonly basePath: string;
  readonly trustedProxies: readonly string[];
  /** Some page asks for a token: then it counts who reads, too. */
  readonly doors?: boolean;
};

export type TlsFiles = { readonly cert: string; readonly key: string };

export type Front = {
  readonly server: Server;
  /** From now on this app, which is ready, answers. Resolves when the one before has answered what it was asked. */
  show(app: FastifyInstance, around?: Surroundings): Promise<void>;
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
  readonly trusted: BlockList | undefined;
  readonly doors: boolean;
  busy: number;
  /** Answers without an end of their own: when it leaves, they are ended, and whoever reads comes again. */
  readonly streams: Set<ServerResponse>;
  /** Set when another has taken its place. */
  leaving?: () => void;
};

export function makeFront(tls?: TlsFiles): Front {
  let stage: Stage | undefined;

  function answer(request: IncomingMessage, response: ServerResponse): void {
    const mine = stage;
    if (mine === undefined) return void response.writeHead(503).end();
    if (tls !== undefined) response.setHeader("Strict-Transport-Security", hsts);
    // What is only read has no need to know who reads it.
    if (request.method !== "GET" || mine.doors) believe(request, mine.trusted);
    if (mine.trusted !== undefined) believeHost(request, mine.trusted);
    if (mine.prefix !== "" && redirected(request, response, mine.prefix)) return;
    mine.app.server.emit("request", request, response);
    // Most pages have been answered by now.
    if (response.writableEnded) return;
    if (streams.has(response)) {
      mine.streams.add(response);
      return void response.once("close", () => mine.streams.delete(response));
    }
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
    async show(app, { basePath, trustedProxies, doors = false } = { basePath: "/", trustedProxies: [] }) {
      const before = stage;
      stage = {
        app,
        prefix: basePath.replace(/\/$/, ""),
        trusted: networks(trustedProxies),
        doors,
        busy: 0,
        streams: new Set(),
      };
      if (before === undefined) return;
      endAll(before.streams);
      if (before.busy > 0) await new Promise<void>((resolve) => (before.leaving = resolve));
      await before.app.close();
    },
    async close() {
      endAll(stage?.streams ?? []);
      const cut = setTimeout(() => server.closeAllConnections(), lastRequests);
      if (server.listening) await new Promise((resolve) => server.close(resolve));
      clearTimeout(cut);
      await stage?.app.close();
    },
    renew: (files) => secure?.setSecureContext({ ...files, minVersion: "TLSv1.2" }),
  };
}

function endAll(streams: Iterable<ServerResponse>): void {
  for (const stream of streams) stream.end();
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

function networks(list: readonly string[]): BlockList | undefined {
  if (list.length === 0) return undefined;
  const trusted = new BlockList();
  for (const each of list) {
    const [address = "", bits] = each.split("/");
    const family = isIP(address) === 6 ? "ipv6" : "ipv4";
    trusted.addSubnet(address, Number(bits ?? (family === "ipv6" ? 128 : 32)), family);
  }
  return trusted;
}

/** On a socket that listens to both, IPv4 comes as `::ffff:10.0.0.1`. */
function plainAddress(address: string): string {
  return address.replace(/^::ffff:(?=\d+\.)/i, "");
}

const isTrusted = (address: string, trusted: BlockList): boolean =>
  isIP(address) !== 0 && trusted.check(address, isIP(address) === 6 ? "ipv6" : "ipv4");

/** Which page is asked for, a proxy of ours knows better than the connection to us: the last of several names is its own. */
function believeHost(request: IncomingMessage, trusted: BlockList): void {
  const host = request.headers["x-forwarded-host"];
  const peer = request.socket.remoteAddress;
  if (host === undefined || peer === undefined || !isTrusted(plainAddress(peer), trusted)) return;
  request.headers.host = String(host).split(",").at(-1)?.trim() ?? "";
}

/** The right-most address that is none of our proxies': what stands to the left of it, anybody may have written. */
function believe(request: IncomingMessage, trusted: BlockList | undefined): void {
  const peer = request.socket.remoteAddress;
  if (peer === undefined) return;
  const mine = plainAddress(peer);
  const said = trusted === undefined ? "" : String(request.headers["x-forwarded-for"] ?? "");
  const hops = [...said.split(",").flatMap((hop) => hop.trim() || []), mine].map(plainAddress).toReversed();
  const client = trusted === undefined ? mine : (hops.find((hop) => !isTrusted(hop, trusted)) ?? hops.at(-1) ?? mine);
  request.headers["x-forwarded-for"] = isIP(client) === 0 ? mine : client;
}
