// Bearer tokens: list, make, revoke.
import { z } from "zod";
import { listTokens } from "../../accounts/token-store.ts";
import type { Token } from "../../accounts/token.ts";
import { createToken, revoke } from "../../engine/tokens.ts";
import { isoSeconds, type Instant } from "../../lib/clock.ts";
import { failed } from "../../lib/result.ts";
import { oneLine } from "../../lib/text.ts";
import { TokenInput, TokenItem, TokenMade } from "../contract.ts";
import { optionalWhen } from "../orders.ts";
import { answered, nothing, route, type Route } from "../route.ts";
import { pageOf, pageQuery, pagingOf } from "./paging.ts";

const time = (at: Instant | undefined): string | null => (at === undefined ? null : isoSeconds(at));

function present(token: Token): TokenItem {
  return {
    name: token.name,
    scopes: [...token.scopes],
    person: token.person ?? null,
    created: isoSeconds(token.createdAt),
    created_by: { kind: token.createdBy.kind, id: token.createdBy.id },
    expires: time(token.expiresAt),
    last_used: time(token.lastUsedAt),
    revoked: time(token.revokedAt),
  };
}

const list = route({
  method: "GET",
  path: "/api/v1/tokens",
  tag: "tokens",
  summary: "List tokens by name; the secrets are not kept",
  scope: "admin",
  params: nothing,
  query: z.strictObject(pageQuery),
  body: nothing,
  answers: { 200: z.array(TokenItem) },
  problems: ["bad-query", "bad-cursor"],
  async answer(desk, { query }) {
    const paging = pagingOf("tokens", z.tuple([z.string()]), query);
    if (!paging.ok) return paging;
    const { limit, after } = paging.value;
    const found = await listTokens(desk.db, { limit: limit + 1, ...(after === undefined ? {} : { above: after[0] }) });
    const { page, ...beside } = pageOf("tokens", found, limit, (last) => [last.name]);
    return answered(200, page.map(present), beside);
  },
});

const create = route({
  method: "POST",
  path: "/api/v1/tokens",
  tag: "tokens",
  summary: "Make a token; this answer alone shows it",
  scope: "admin",
  secret: true,
  params: nothing,
  query: nothing,
  body: TokenInput,
  answers: { 201: TokenMade },
  problems: ["name-taken", "unknown-name"],
  async answer(desk, { actor, body }) {
    const expires = optionalWhen(body.expires, desk.clock.now(), "future");
    if (!expires.ok) return expires;
    const made = await createToken(desk, actor, {
      name: body.name,
      scopes: body.scopes,
      ...(body.person === undefined ? {} : { person: body.person }),
      ...(expires.value === undefined ? {} : { expiresAt: expires.value }),
    });
    if (!made.ok) return made;
    return answered(201, { ...present(made.value.token), token: made.value.text });
  },
});

const end = route({
  method: "POST",
  path: "/api/v1/tokens/{name}/revoke",
  tag: "tokens",
  summary: "Revoke a token, for good",
  scope: "admin",
  params: z.strictObject({ name: z.string().min(1).max(100).describe("The name of the token.") }),
  query: nothing,
  body: nothing,
  answers: { 200: TokenItem },
  problems: ["not-found"],
  async answer(desk, { params }) {
    const token = await revoke(desk, params.name);
    if (token !== undefined) return answered(200, present(token));
    return failed({ code: "not-found", detail: `there is no token "${oneLine(params.name, 64)}"` });
  },
});

export const tokenRoutes: readonly Route[] = [list, create, end];
