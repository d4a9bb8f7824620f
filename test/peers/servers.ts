// Small servers on loopback that behave as badly as a test wants.
import { createServer as createHttpServer, type RequestListener } from "node:http";
import { createServer as createHttpsServer } from "node:https";
import { createServer, type Server, type Socket } from "node:net";
import { createServer as createTlsServer } from "node:tls";
import type { Pair } from "./authority.ts";

export type Listening = AsyncDisposable & { readonly host: string; readonly port: number };

export async function listening(server: Server, host = "127.0.0.1"): Promise<Listening> {
  const sockets = new Set<Socket>();
  server.on("connection", (socket: Socket) => {
    socket.on("error", () => {});
    sockets.add(socket);
  });
  await new Promise<void>((resolve, reject) => server.once("error", reject).listen(0, host, resolve));
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("no TCP port");
  return {
    host,
    port: address.port,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

export const http = (listener: RequestListener): Promise<Listening> => listening(createHttpServer(listener));

export const https = (pair: Pair, listener: RequestListener): Promise<Listening> =>
  listening(createHttpsServer(pair, listener));

/** Shakes hands, and no more. */
export const tls = (pair: Pair): Promise<Listening> => listening(createTlsServer(pair).on("tlsClientError", () => {}));

/** Does this with each connection. */
export const tcp = (greet: (socket: Socket) => void): Promise<Listening> => listening(createServer(greet));

/** Answers the first bytes of a request with these of its own. */
export const raw = (answer: (socket: Socket) => void): Promise<Listening> =>
  tcp((socket) => void socket.once("data", () => answer(socket)));

/** A port where nobody listens any more. */
export async function refusing(): Promise<Listening> {
  const gone = await tcp(() => {});
  await gone[Symbol.asyncDispose]();
  return { ...gone, [Symbol.asyncDispose]: async () => {} };
}
