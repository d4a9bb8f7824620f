// The API on a database of its own, asked without a network; every answer is held against the OpenAPI document that is served.
import { Ajv2020, type ValidateFunction } from "ajv/dist/2020.js";
import addFormats from "ajv-formats";
import type { FastifyInstance } from "fastify";
import { expect } from "vitest";
import { socketDoor } from "../../src/app/actor-from.ts";
import { makeDesk, openGround } from "../../src/app/make-desk.ts";
import { registries } from "../../src/app/providers.ts";
import { prepare } from "../../src/app/serve.ts";
import { loadConfig } from "../../src/config/load.ts";
import type { Desk } from "../../src/engine/desk.ts";
import type { Pulse } from "../../src/engine/loops.ts";
import { makeFront, type Front } from "../../src/http/front.ts";
import { makeMetrics } from "../../src/http/metrics.ts";
import { makePublicServer, makeSocketServer } from "../../src/http/server.ts";
import { heldClock, type HeldClock } from "../../src/lib/held-clock.ts";
import { silentLog } from "../../src/lib/log.ts";
import { databases, type DatabaseKind } from "./database.ts";

const config = `
site: { name: Packit, url: "https://status.example.org" }
components: [{ id: api, name: Packit API }, { id: copr, name: Copr builds }]
people: [{ id: alice, name: Alice }, { id: bob, name: Bob }]
roles: [{ id: boss, people: [bob] }]
channels: [{ id: team, type: stdout, audience: team }]
sources: [{ id: hook, type: generic, token: hook-token-hook-token }, { id: nightly, type: heartbeat, component: api, every: 1d, token: ping-token-of-nightly }]
publish: { targets: [{ id: folder, type: static-site, to: { directory: ./never } }] }
`;

export type Asking = {
  readonly token?: string;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
  readonly address?: string;
};

export type Heard = {
  readonly status: number;
  readonly headers: Readonly<Record<string, unknown>>;
  /** The JSON of the answer. */
  readonly body: unknown;
  readonly text: string;
};

export type ApiDesk = AsyncDisposable & {
  readonly desk: Desk;
  readonly clock: HeldClock;
  /** The public port itself. */
  readonly open: FastifyInstance;
  /** Through the public port. */
  ask(method: "GET" | "POST", path: string, asking?: Asking): Promise<Heard>;
  /** Through the socket, as the command line asks. */
  askSocket(method: "GET" | "POST", path: string, asking?: Asking): Promise<Heard>;
  /** An answer of the public port that is none of the API. */
  get(path: string): Promise<{ readonly status: number; readonly text: string; readonly type: string }>;
  /** Answers on a port of its own, until the desk is gone: pages are answered before the router. */
  listen(): Promise<string>;
  /** Makes a token, through the socket. */
  token(name: string, ...scopes: readonly string[]): Promise<string>;
};

const pulse: Pulse = {
  leading: () => true,
  troubles: () => new Map(),
  hung: () => [],
  clockOff: () => undefined,
  stopping: () => false,
};

const start = Date.parse("2026-11-22T10:00:00Z");

/** `yaml`: another config than the usual one; it leaves the database to us. */
export async function apiDesk(
  kind: DatabaseKind = databases[0] ?? expect.fail("no database"),
  yaml = config,
): Promise<ApiDesk> {
  const database = await kind.empty();
  const env = { DATABASE: database.url };
  const read = loadConfig(Buffer.from(`${yaml}database: { url: "\${DATABASE}" }\n`), "tocsin.yaml", env, registries);
  if (!read.ok) throw new Error(JSON.stringify(read.error));
  const clock = heldClock(start);
  const metrics = makeMetrics();
  const parts = { clock, log: silentLog, dataDir: "/nowhere", demo: false, meter: metrics.meter, idle: true };
  const ground = openGround(read.value, parts);
  const desk = makeDesk(read.value, ground);
  await prepare(desk, ground.connection);
  const open = await makePublicServer(desk, pulse, metrics, { trustedProxies: [], basePath: "/" });
  const socket = makeSocketServer(desk, socketDoor(desk.people), () => {});
  const judge = judgeOf((await open.inject("/api/openapi.json")).json());

  async function through(app: typeof open, method: "GET" | "POST", url: string, asking: Asking): Promise<Heard> {
    const { token, body, headers, address } = asking;
    const answer = await app.inject({
      method,
      url,
      remoteAddress: address ?? "192.0.2.1",
      headers: { ...(token === undefined ? {} : { authorization: `Bearer ${token}` }), ...headers },
      ...(body === undefined ? {} : { payload: typeof body === "string" ? body : Object(body) }),
    });
    const heard = {
      status: answer.statusCode,
      headers: answer.headers,
      body: answer.body === "" ? undefined : answer.json<unknown>(),
      text: answer.body,
    };
    judge(method, url, heard);
    return heard;
  }

  const fronts: Front[] = [];
  const self: ApiDesk = {
    desk,
    clock,
    open,
    ask: (method, path, asking = {}) => through(open, method, path, asking),
    askSocket: (method, path, asking = {}) =>
      through(socket, method, path, { ...asking, headers: { "x-tocsin-actor": "as:alice", ...asking.headers } }),
    async get(url) {
      const answer = await open.inject({ url });
      return { status: answer.statusCode, text: answer.body, type: String(answer.headers["content-type"]) };
    },
    async listen() {
      const front = makeFront();
      await front.show(open);
      fronts.push(front);
      await new Promise<void>((resolve) => front.server.listen(0, "127.0.0.1", resolve));
      const address = front.server.address();
      return `http://127.0.0.1:${typeof address === "object" ? address?.port : 0}`;
    },
    async token(name, ...scopes) {
      const made = await self.askSocket("POST", "/api/v1/tokens", { body: { name, scopes } });
      expect(made).toMatchObject({ status: 201, body: { token: expect.stringMatching(/^tocsin_/u) } });
      return /"token":"([^"]+)"/.exec(made.text)?.[1] ?? "";
    },
    async [Symbol.asyncDispose]() {
      for (const front of fronts) front.server.close();
      await open.close();
      await socket.close();
      await ground.connection.close();
      await database[Symbol.asyncDispose]();
    },
  };
  return self;
}

type Json = Readonly<Record<string, unknown>>;

function inside(json: unknown, ...path: readonly string[]): unknown {
  return path.reduce<unknown>(
    (at, step) =>
      typeof at === "object" && at !== null && Object.hasOwn(at, step) ? Reflect.get(at, step) : undefined,
    json,
  );
}

/** Readers must not mind new fields; but a field that is not written down is one that we did not mean to show. */
function strict(schema: unknown): unknown {
  if (Array.isArray(schema)) return schema.map(strict);
  if (typeof schema !== "object" || schema === null) return schema;
  const copy: Json = Object.fromEntries(Object.entries(schema).map(([key, value]) => [key, strict(value)]));
  const closed =
    Object.hasOwn(copy, "properties") && Object.hasOwn(copy, "type") && !Object.hasOwn(copy, "additionalProperties");
  return closed ? { ...copy, additionalProperties: false } : copy;
}

/** Fails the test when an answer is not what the document says of this method, path and status. */
function judgeOf(document: unknown): (method: string, url: string, heard: Heard) => void {
  const ajv = new Ajv2020({ strict: false, allErrors: true });
  addFormats.default(ajv);
  const closed = strict(document);
  const components = inside(closed, "components");
  const compiled = new Map<string, ValidateFunction>();
  const paths = Object.keys(Object(inside(document, "paths")));
  return (method, url, heard) => {
    const given = (url.split("?")[0] ?? "").split("/");
    const fits = (template: string): boolean => {
      const parts = template.split("/");
      return parts.length === given.length && parts.every((part, i) => part.startsWith("{") || part === given[i]);
    };
    const type = String(heard.headers["content-type"]).split(";")[0] ?? "";
    const exact = url.split("?")[0] ?? "";
    const path = paths.includes(exact) ? exact : paths.find(fits);
    const operation = path === undefined ? undefined : inside(document, "paths", path, method.toLowerCase());
    // What is no route answers only that it is none, or that nobody may ask.
    const steps =
      path === undefined || operation === undefined
        ? ["components", "schemas", "Problem"]
        : ["paths", path, method.toLowerCase(), "responses", String(heard.status), "content", type, "schema"];
    expect(
      inside(document, ...steps),
      `${method} ${url} may answer ${heard.status} ${type}: ${heard.text}`,
    ).toBeDefined();
    const place = steps.join(" ");
    const validate = compiled.get(place) ?? ajv.compile({ ...Object(inside(closed, ...steps)), components });
    compiled.set(place, validate);
    validate(heard.body);
    expect(validate.errors ?? [], `${method} ${url} answered ${heard.text}`).toEqual([]);
  };
}
