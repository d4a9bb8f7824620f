// Opens a connection over TCP or TLS: to no address that may not be reached, in its time, with words for what went wrong.
import { connect as connectPlain, isIP, type Socket } from "node:net";
import type { TLSSocket } from "node:tls";
import { forbiddenCode, guardedLookup, type Reach } from "../lib/networks.ts";
import { troubleOf, type Trouble } from "../lib/network-trouble.ts";
import { failed, ok, type Result } from "../lib/result.ts";

export type Address = {
  readonly host: string;
  readonly port: number;
  /** 4 or 6; whichever answers when not given. */
  readonly family?: 4 | 6;
};

export type Attempt = {
  readonly reach: Reach;
  /** Ends the attempt, and whatever is done over its connection. */
  readonly signal: AbortSignal;
  /** How long all of it may take, to say so. */
  readonly timeoutMs: number;
};

/** Of two addresses, the second is tried when the first has not answered for so long. */
const nextAddressAfter = 1_000;

/** `[::1]` of a URL is `::1` to a socket. */
export const bareHost = (host: string): string => host.replace(/^\[|\]$/gu, "");

export const sayTimeout = (timeoutMs: number): string => `did not answer within ${timeoutMs / 1_000} s`;

const barred = (address: string): Trouble => ({
  of: "us",
  words: `was not asked: ${address} is an address that may not be reached (allow_private)`,
});

/** Connects. The socket has no listeners for data, and errors on it do not throw. */
export function dial(to: Address, { reach, signal, timeoutMs }: Attempt): Promise<Result<Socket, Trouble>> {
  const host = bareHost(to.host);
  if (isIP(host) !== 0 && !reach(host)) return Promise.resolve(failed(barred(host)));
  return new Promise((done) => {
    const socket = connectPlain({
      host,
      port: to.port,
      family: to.family ?? 0,
      ...(isIP(host) === 0
        ? {
            lookup: guardedLookup(reach),
            autoSelectFamilyAttemptTimeout: Math.max(250, Math.min(nextAddressAfter, timeoutMs / 3)),
          }
        : {}),
    });
    const late = (): void => {
      socket.destroy();
      done(failed({ of: "path", words: sayTimeout(timeoutMs) }));
    };
    if (signal.aborted) return late();
    signal.addEventListener("abort", late, { once: true });
    socket.once("connect", () => done(ok(socket)));
    socket.once("close", () => signal.removeEventListener("abort", late));
    socket.on("error", (error) => {
      if (signal.aborted) return;
      const isBarred = "code" in error && error.code === forbiddenCode && "address" in error;
      done(failed(isBarred ? barred(String(error.address)) : troubleOf(error, "TCP")));
    });
  });
}

/**
 * Speaks TLS over a connection, whatever the certificate is like: `src/clients/certificate.ts` says whether it is good. Until
 * somebody has looked, nothing is to be sent.
 */
export function secure(
  socket: Socket,
  { name, alpn }: { readonly name: string; readonly alpn?: string },
  { signal, timeoutMs }: Pick<Attempt, "signal" | "timeoutMs">,
): Promise<Result<TLSSocket, Trouble>> {
  const host = bareHost(name);
  return new Promise((done) => {
    const { connect } = process.getBuiltinModule("node:tls");
    const speaking = connect({
      socket,
      host,
      ...(isIP(host) === 0 ? { servername: host } : {}),
      ...(alpn === undefined ? {} : { ALPNProtocols: [alpn] }),
      rejectUnauthorized: false,
    });
    const give = (trouble: Trouble): void => {
      speaking.destroy();
      done(failed(trouble));
    };
    const late = (): void => give({ of: "peer", words: `took the connection, but ${sayTimeout(timeoutMs)} to TLS` });
    if (signal.aborted) return late();
    signal.addEventListener("abort", late, { once: true });
    speaking.once("secureConnect", () => done(ok(speaking)));
    speaking.once("close", () => {
      signal.removeEventListener("abort", late);
      if (signal.aborted) return late();
      done(failed({ of: "peer", words: "broke the connection off instead of speaking TLS" }));
    });
    speaking.on("error", (error) => give(troubleOf(error, "TLS")));
  });
}
