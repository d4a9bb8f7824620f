// The tokens of subscribers: a random half that the database knows, and 128 bits made of it and of secrets, which it does not.
import { newSecret } from "../lib/ids.ts";
import { linkKey, sameSecret, sha256 } from "../lib/signature.ts";
import type { Subscriber } from "./subscriber.ts";

export type KeySecrets = {
  /** Of this instance, in the database. */
  readonly record: string;
  /** Of the config, where one is written. */
  readonly config?: string | undefined;
};

const saltLength = 16;

/** 16 letters. */
export function newSalt(): string {
  return newSecret(12);
}

/** For a link that is used once. */
export function newToken(): string {
  return newSecret(16);
}

type Salted = Pick<Subscriber, "id" | "salt">;

/** The token in the links of their letters: it may change and end their subscription, and stays the same. */
export function manageKey({ record, config }: KeySecrets, { id, salt }: Salted): string {
  return `${salt}${linkKey(`${record}\n${config ?? ""}`, `subscription:${id}:${salt}`)}`;
}

/** Whose token it may be. Whether it is, `isKeyOf` says. */
export function saltIn(token: string): string {
  return token.slice(0, saltLength);
}

export function isKeyOf(token: string, secrets: KeySecrets, subscriber: Salted): boolean {
  return sameSecret(token, manageKey(secrets, subscriber));
}

/** What webhooks are signed with, in the form of https://www.standardwebhooks.com: 32 bytes. */
export function signingKey({ record, config }: KeySecrets, { id, salt }: Salted): string {
  const half = (n: number): Buffer =>
    Buffer.from(linkKey(`${record}\n${config ?? ""}`, `signing:${n}:${id}:${salt}`), "base64url");
  return `whsec_${Buffer.concat([half(1), half(2)]).toString("base64")}`;
}

export function hashOf(token: string): string {
  return sha256(token);
}

export function subscriptionLink(url: string, token: string): string {
  return `${url}/subscriptions/${token}`;
}
