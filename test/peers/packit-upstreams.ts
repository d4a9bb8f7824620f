// Testing Farm and Copr on loopback: they know what the test told them, and refuse whatever the real ones would not take.
// https://api.testing-farm.io/redoc and https://copr.fedorainfracloud.org/api_3/docs
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { z } from "zod";

const TestRequest = z.strictObject({ id: z.uuid() });
const BuildChroot = z.strictObject({ build_id: z.string().regex(/^\d+$/u), chrootname: z.string().min(1) });
const Build = z.strictObject({ id: z.string().regex(/^\d+$/u) });

export type Upstreams = {
  readonly testingFarm: string;
  readonly copr: string;
  /** By request: what Testing Farm says. */
  readonly requests: Map<string, unknown>;
  /** `build` or `build:chroot` → its state. */
  readonly builds: Map<string, string>;
  /** All that was asked, as `path?query`. */
  readonly asked: string[];
  /** From now on: as it should; no answer but an end of the connection; trouble; nonsense; far too much. */
  mood: "well" | "resets" | "fails" | "lies" | "floods";
} & AsyncDisposable;

function answerOf(upstreams: Upstreams, url: URL): { readonly status: number; readonly body: unknown } {
  const query = Object.fromEntries(url.searchParams);
  const [, farm] = /^\/v0\.1\/requests\/([^/]+)$/u.exec(url.pathname) ?? [];
  if (farm !== undefined && TestRequest.safeParse({ id: farm }).success) {
    const known = upstreams.requests.get(farm);
    return known === undefined ? { status: 404, body: { message: "No entity" } } : { status: 200, body: known };
  }
  const [, build] = /^\/api_3\/build\/([^/]+)$/u.exec(url.pathname) ?? [];
  const chroot = BuildChroot.safeParse(query);
  const named =
    url.pathname === "/api_3/build-chroot" && chroot.success
      ? `${chroot.data.build_id}:${chroot.data.chrootname}`
      : build;
  if (named !== undefined && (named !== build || Build.safeParse({ id: build }).success)) {
    const state = upstreams.builds.get(named);
    return state === undefined
      ? { status: 404, body: { error: "no such build" } }
      : { status: 200, body: { state, name: named, ended_on: null } };
  }
  return { status: 400, body: { error: "the real one would not take this" } };
}

export async function startUpstreams(): Promise<Upstreams> {
  const server = createServer((request: IncomingMessage, response: ServerResponse) => {
    upstreams.asked.push(request.url ?? "");
    if (upstreams.mood === "resets") return void request.socket.destroy();
    if (upstreams.mood === "fails") return void response.writeHead(503).end("sorry");
    if (upstreams.mood === "lies") return void response.end("<html>not JSON</html>");
    if (upstreams.mood === "floods") return void response.end(`"${"x".repeat(6_000_000)}"`);
    const { status, body } =
      request.method === "GET"
        ? answerOf(upstreams, new URL(request.url ?? "", "http://here"))
        : { status: 405, body: {} };
    response.writeHead(status, { "Content-Type": "application/json" }).end(JSON.stringify(body));
  });
  await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
  const { port } = server.address() as AddressInfo;
  const upstreams: Upstreams = {
    testingFarm: `http://127.0.0.1:${port}/v0.1`,
    copr: `http://127.0.0.1:${port}/api_3/`,
    requests: new Map(),
    builds: new Map(),
    asked: [],
    mood: "well",
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      await new Promise((closed) => server.close(closed));
    },
  };
  return upstreams;
}
