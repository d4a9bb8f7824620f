// Making, checking and revoking bearer tokens.
import { randomBytes } from "node:crypto";
import type { Actor } from "../accounts/actor.ts";
import { insertToken, noteUse, readToken, revokeToken } from "../accounts/token-store.ts";
import { nameIn, outdated, tokenText, type Scope, type Token } from "../accounts/token.ts";
import type { PersonId } from "../config/names.ts";
import { brand } from "../lib/ids.ts";
import { suggest } from "../lib/nearest.ts";
import { failed, ok, type Result } from "../lib/result.ts";
import type { Instant } from "../lib/clock.ts";
import { sameSecret, sha256 } from "../lib/signature.ts";
import type { Desk } from "./desk.ts";

export type NewToken = {
  readonly name: string;
  readonly scopes: readonly Scope[];
  readonly person?: string;
  readonly expiresAt?: Instant;
};

type NotMade = { readonly code: "unknown-name" | "invalid" | "name-taken"; readonly detail: string };

/** `text` is the token itself, which nobody can read again. */
export async function createToken(
  desk: Desk,
  by: Actor,
  wanted: NewToken,
): Promise<Result<{ readonly token: Token; readonly text: string }, NotMade>> {
  const now = desk.clock.now();
  const { name, scopes, person, expiresAt } = wanted;
  if (expiresAt !== undefined && expiresAt <= now)
    return failed({ code: "invalid", detail: "it would have expired already" });
  if (person !== undefined && !desk.people.has(brand<PersonId>(person)))
    return failed({
      code: "unknown-name",
      detail: `there is no person "${person}"; ${suggest(person, [...desk.people.keys()])}`,
    });
  const text = tokenText(name, randomBytes(24).toString("hex"));
  const token: Token = {
    name,
    scopes: [...new Set(scopes)],
    createdBy: by,
    createdAt: now,
    ...(person === undefined ? {} : { person: brand<PersonId>(person) }),
    ...(expiresAt === undefined ? {} : { expiresAt }),
  };
  if (await insertToken(desk.db, token, sha256(text))) return ok({ token, text });
  const detail = `the name "${name}" is taken, and a name is never given twice: timelines speak of it; try "${name}-2"`;
  return failed({ code: "name-taken", detail });
}

export async function revoke(desk: Desk, name: string): Promise<Token | undefined> {
  await revokeToken(desk.db, name, desk.clock.now());
  return (await readToken(desk.db, name))?.token;
}

/** Compared with when there is no such token: a wrong name takes as long as a wrong secret. */
const noHash = sha256("");

/** The token that this text is, if it still counts; else why not. */
export async function admit(desk: Desk, text: string): Promise<Result<Token, string>> {
  const name = nameIn(text);
  const found = name === undefined ? undefined : await readToken(desk.db, name);
  const same = sameSecret(sha256(text), found?.hash ?? noHash);
  if (found === undefined || !same) return failed("the token is wrong");
  const { token } = found;
  const now = desk.clock.now();
  const because = outdated(token, now);
  if (because !== undefined) return failed(because);
  if (token.person !== undefined && !desk.people.has(token.person))
    return failed("the person whom the token was made for is no longer in the config");
  await noteUse(desk.db, token, now);
  return ok(token);
}
