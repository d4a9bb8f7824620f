// Puts the declared routes on a door: who asks, may they, is it well-formed; then the route's own answer.
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import type { Actor } from "../accounts/actor.ts";
import { allows, type Scope } from "../accounts/token.ts";
import type { Desk } from "../engine/desk.ts";
import { makeOnce, type Once } from "../engine/once.ts";
import { nearest } from "../lib/nearest.ts";
import { failed, ok, type Result } from "../lib/result.ts";
import { sha256 } from "../lib/signature.ts";
import { oneLine } from "../lib/text.ts";
import { routes } from "./api/routes.ts";
import { problem, type Refused } from "./problem.ts";
import { problemCodes } from "./problem-codes.ts";
import type { Route, Said } from "./route.ts";

/** Who asks. `id` tells callers apart whose actor is the same person. */
export type Caller = { readonly actor: Actor; readonly id: string; readonly scopes: readonly Scope[] };

/** Says who is asking, or why they may not. */
export type Door = (request: FastifyRequest, reply: FastifyReply) => Promise<Result<Caller, Refused>>;

/** Registers `/api/v1`, on an app that answers nothing else. */
export function apiRoutes(app: FastifyInstance, desk: Desk, door: Door): void {
  const once = makeOnce(desk);
  void app.register(async (scope) => {
    takeOnlyJson(scope);
    for (const each of routes) mount(scope, { desk, door, once }, each);
  });
  app.setNotFoundHandler((_request, reply) => nothingThere(reply, door));
}

/** A body that is not there is none, whatever its Content-Type says. */
function takeOnlyJson(scope: FastifyInstance): void {
  const parse = scope.getDefaultJsonParser("error", "error");
  scope.removeAllContentTypeParsers();
  scope.addContentTypeParser("application/json", { parseAs: "string" }, (request, body, done) =>
    body === "" ? done(null) : parse(request, String(body), done),
  );
}

type Ground = { readonly desk: Desk; readonly door: Door; readonly once: Once };

function mount(scope: FastifyInstance, { desk, door, once }: Ground, each: Route): void {
  const callers = new WeakMap<FastifyRequest, Caller>();
  scope.route({
    method: each.method,
    url: each.path.replaceAll(/\{(\w+)\}/g, ":$1"),
    ...(each.bodyLimit === undefined ? {} : { bodyLimit: each.bodyLimit }),
    // Before the body is read: what comes from nobody is not taken in.
    onRequest: async (request, reply) => {
      const caller = await door(request, reply);
      if (!caller.ok) return refuse(reply, caller.error);
      if (!allows(caller.value.scopes, each.scope)) {
        reply.header("WWW-Authenticate", `Bearer realm="tocsin", error="insufficient_scope", scope="${each.scope}"`);
        return refuse(reply, { code: "forbidden", detail: `this needs a token with the scope "${each.scope}"` });
      }
      callers.set(request, caller.value);
      return undefined;
    },
    handler: async (request, reply) => {
      const caller = callers.get(request);
      if (caller === undefined) throw new Error("a request came past the door");
      const version = versionOf(each, request);
      if (!version.ok) return refuse(reply, version.error);
      const { params, query, body } = request;
      const seen = version.value === undefined ? {} : { version: version.value };
      const prepared = each.prepare({ actor: caller.actor, params, query, body, ...seen });
      if (!prepared.ok) return refuse(reply, prepared.error);
      const key = keyOf(each, request);
      if (!key.ok) return refuse(reply, key.error);
      const said =
        key.value === undefined
          ? await prepared.value(desk)
          : await repeatable(reply, once, { caller: caller.id, key: key.value }, prepared.value);
      return said.ok ? answer(reply, said.value) : refuse(reply, said.error);
    },
  });
}

/** The key that makes a request safe to send again. */
function keyOf(each: Route, { headers }: FastifyRequest): Result<string | undefined, Refused> {
  const key = headers["idempotency-key"];
  if (key === undefined || each.method === "GET") return ok(undefined);
  if (each.secret === true)
    return failed({
      code: "bad-request",
      detail: "this answer holds a secret and is never kept: send no Idempotency-Key",
    });
  if (typeof key === "string" && /^[\x21-\x7e]{1,200}$/.test(key)) return ok(key);
  return failed({
    code: "bad-request",
    detail: "an Idempotency-Key is 1 to 200 letters, figures or signs, without spaces",
  });
}

/** The same request under the same key gets the same answer, problems too, and is done once. */
async function repeatable(
  reply: FastifyReply,
  once: Once,
  slot: { readonly caller: string; readonly key: string },
  work: (desk: Desk) => Promise<Result<Said, Refused>>,
): Promise<Result<Said, Refused>> {
  const { method, url, body, headers } = reply.request;
  const request = sha256(JSON.stringify([method, url, body ?? null, headers["if-match"] ?? null]));
  const done = await once(slot, request, work);
  switch (done.kind) {
    case "reused":
      return failed({ code: "key-reused", detail: "this Idempotency-Key came with another request; take a new one" });
    case "in-progress":
      reply.header("Retry-After", "1");
      return failed({ code: "in-progress", detail: "the first request with this Idempotency-Key is being answered" });
    case "done":
      if (done.replayed) reply.header("Idempotent-Replayed", "true");
      return done.value;
  }
}

function refuse(reply: FastifyReply, refused: Refused): FastifyReply {
  const { status } = problemCodes[refused.code];
  return problem(reply.header("Cache-Control", "no-store"), status, refused.code, refused.detail, refused.errors);
}

function answer(reply: FastifyReply, said: Said): FastifyReply {
  if (said.version !== undefined) reply.header("ETag", `"${said.version}"`);
  if (said.next !== undefined) reply.header("Link", nextPage(reply.request, said.next));
  return reply.code(said.status).header("Cache-Control", "no-store").send(said.body);
}

/** Relative to the address that was asked: right behind any proxy and under any base path. */
function nextPage({ url }: FastifyRequest, cursor: string): string {
  const query = new URLSearchParams(url.split("?")[1]);
  query.set("cursor", cursor);
  return `<?${query.toString()}>; rel="next"`;
}

/** The version in `If-Match: "7"`. A proxy that compresses makes it `W/"7"`: the version in it is the same. */
function versionOf(each: Route, { headers }: FastifyRequest): Result<number | undefined, Refused> {
  const asked = headers["if-match"];
  if (asked === undefined || (asked === "*" && each.versioned === true)) return ok(undefined);
  if (each.versioned !== true)
    return failed({ code: "bad-request", detail: "this path has no versions, so it takes no If-Match" });
  const version = /^(?:W\/)?"(\d{1,9})"$/.exec(asked)?.[1];
  if (version !== undefined) return ok(Number(version));
  return failed({ code: "bad-request", detail: 'If-Match takes one version, as the ETag gave it: "7"' });
}

/** For an address of the API that no route answers. Whoever may not ask does not learn that either. */
async function nothingThere(reply: FastifyReply, door: Door): Promise<FastifyReply> {
  const caller = await door(reply.request, reply);
  if (!caller.ok) return refuse(reply, caller.error);
  const { method, url } = reply.request;
  const path = url.split("?")[0] ?? "";
  const here = routes.filter((each) => fits(each.path, path));
  if (here.length > 0) {
    const allow = [...new Set(here.map((each) => each.method))].join(", ");
    return refuse(reply.header("Allow", allow), {
      code: "wrong-method",
      detail: `${method} is not for this path; ${allow} is`,
    });
  }
  const near = nearest(path, [...new Set(routes.map((each) => each.path))]);
  const meant = near === undefined ? "GET /api/openapi.json lists what there is" : `did you mean "${near}"?`;
  return refuse(reply, { code: "not-found", detail: `there is no path "${oneLine(path, 200)}"; ${meant}` });
}

function fits(template: string, path: string): boolean {
  const wanted = template.split("/");
  const given = path.split("/");
  return wanted.length === given.length && wanted.every((part, i) => part.startsWith("{") || part === given[i]);
}
