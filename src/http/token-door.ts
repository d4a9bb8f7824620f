// The public port's door to the API: a bearer token, or nothing.
import type { FastifyReply } from "fastify";
import { actorOf } from "../accounts/token.ts";
import type { Desk } from "../engine/desk.ts";
import { admit } from "../engine/tokens.ts";
import { failed, ok } from "../lib/result.ts";
import { sha256 } from "../lib/signature.ts";
import type { Door } from "./mount.ts";
import { makeTryLimit } from "./try-limit.ts";

const realm = 'Bearer realm="tocsin"';

function ask(reply: FastifyReply, more = ""): FastifyReply {
  return reply.header("WWW-Authenticate", `${realm}${more}`);
}

/** Tokens that were right lately go on working from an address that is being slowed down: behind a proxy all have one. */
const mostKnown = 1_000;

export function tokenDoor(desk: Desk): Door {
  const limit = makeTryLimit();
  const known = new Set<string>();
  return async (request, reply) => {
    const header = request.headers.authorization;
    if (header === undefined) {
      ask(reply);
      return failed({ code: "unauthorized", detail: "send a token: `Authorization: Bearer tocsin_…`" });
    }
    const text = /^Bearer +(\S+)$/i.exec(header)?.[1] ?? "";
    const hash = sha256(text);
    const wait = known.has(hash) ? undefined : limit.wait(request.ip, desk.clock.now());
    if (wait !== undefined) {
      reply.header("Retry-After", String(Math.ceil(wait / 1_000)));
      return failed({ code: "too-many-tries", detail: "too many wrong tokens came from this address" });
    }
    const token = await admit(desk, text);
    if (!token.ok) {
      known.delete(hash);
      limit.failed(request.ip, desk.clock.now());
      ask(reply, ', error="invalid_token"');
      return failed({ code: "unauthorized", detail: token.error });
    }
    if (known.size >= mostKnown) known.clear();
    known.add(hash);
    const { name, scopes } = token.value;
    return ok({ actor: actorOf(token.value), id: `token:${name}`, scopes });
  };
}
