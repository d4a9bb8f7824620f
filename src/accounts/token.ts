// Bearer tokens: what they may do, how they look, and whether one still counts.
import type { PersonId } from "../config/names.ts";
import { isoSeconds, type Instant } from "../lib/clock.ts";
import type { Actor } from "./actor.ts";

/** From the least to the most; the first line that fits is the one to take. */
export const scopes = {
  changes: "report a change, such as a deploy; read nothing",
  watch: "what `tocsin watch` on another host needs: the public state, who is on duty, how to reach them",
  read: "read everything, drafts included; change nothing",
  respond: "read, and act: incidents, silences, maintenance",
  admin: "all of that, and make and revoke tokens",
} as const;

export type Scope = keyof typeof scopes;
export const scopeNames = ["changes", "watch", "read", "respond", "admin"] as const satisfies readonly Scope[];

/** What one scope brings along. */
const includes: Readonly<Record<Scope, readonly Scope[]>> = {
  changes: ["changes"],
  watch: ["watch"],
  read: ["read"],
  respond: ["respond", "read", "changes"],
  admin: scopeNames,
};

export function allows(given: readonly Scope[], needed: Scope): boolean {
  return given.some((scope) => includes[scope].includes(needed));
}

export type Token = {
  /** Its name is its identity, for good: the timelines speak of it. */
  readonly name: string;
  readonly scopes: readonly Scope[];
  /** Whoever acts with it acts as this person. */
  readonly person?: PersonId;
  readonly createdBy: Actor;
  readonly createdAt: Instant;
  readonly expiresAt?: Instant;
  readonly lastUsedAt?: Instant;
  readonly revokedAt?: Instant;
};

export const tokenName = /^[a-z0-9]+(-[a-z0-9]+)*$/;
export const longestName = 40;

/** The prefix tells a scanner for leaked secrets what it found, and the name which one to revoke. */
export function tokenText(name: string, secret: string): string {
  return `tocsin_${name}_${secret}`;
}

/** The name in what claims to be a token; undefined when it cannot be one. */
export function nameIn(text: string): string | undefined {
  return /^tocsin_([a-z0-9-]{1,40})_[0-9a-f]{48}$/.exec(text)?.[1];
}

/** Why a token that was found and matched still does not count. */
export function outdated(token: Token, now: Instant): string | undefined {
  if (token.revokedAt !== undefined) return "the token was revoked";
  if (token.expiresAt !== undefined && token.expiresAt <= now)
    return `the token expired at ${isoSeconds(token.expiresAt)}`;
  return undefined;
}

export function actorOf(token: Token): Actor {
  return token.person === undefined
    ? { kind: "token", id: token.name }
    : { kind: "person", id: token.person, via: "http" };
}
