// How senders show who they are: tokens, passwords, signatures over the bytes as they came.
import { describe, expect, test } from "vitest";
import { z } from "zod";
import { configOf, errorsOf, smallest } from "../../test/kit/config.ts";
import { minute } from "../lib/clock.ts";
import { heldClock } from "../lib/held-clock.ts";
import { admission, askForSecret, webhookKeys } from "./authentication.ts";

const now = Date.parse("2026-11-22T12:00:00Z");
const Config = z.strictObject(webhookKeys).superRefine(askForSecret);
const body = Buffer.from('{"a":1}');
const [token, other, third] = ["token-token-token", "other-other-other", "third-third-third"];

/** `openssl dgst -sha256 -hmac token-token-token` and its like, over the body, or over `1795348800:` and the body. */
const macs = {
  sha256: "bbb427bbde37b38d484d319d5a3e752ce90f678eb91349a19cfdad347ca94933",
  sha1: "2d13754a15d97bb6b3bbd28dd2227bf6de0775d0",
  stamped: "d790445c76362ecafc137e07ce2ccd5202978a2d10dbcfd02ba8b6117bc8402e",
};

function opens(config: z.input<typeof Config>, headers: Readonly<Record<string, string>>): boolean {
  return admission(Config.parse(config), heldClock(now)).verify({ headers, body });
}

const bearer = (shown: string) => ({ authorization: `Bearer ${shown}` });
const basic = (shown: string) => ({ authorization: `Basic ${Buffer.from(shown).toString("base64")}` });

test("while a secret changes, the old and the new one are right", () => {
  for (const shown of [token, other]) {
    expect(opens({ token: [token, other] }, bearer(shown))).toBe(true);
    expect(opens({ basic: { user: "ci", password: [token, other] } }, basic(`ci:${shown}`))).toBe(true);
  }
  expect(opens({ token: [token, other] }, bearer(third))).toBe(false);
});

test("the scheme is written in any case, and must be there", () => {
  expect(opens({ token }, { authorization: `bearer  ${token}` })).toBe(true);
  for (const authorization of [token, `Token ${token}`, `Basic ${token}`, `Bearer ${token} x`, `x Bearer ${token}`])
    expect(opens({ token }, { authorization })).toBe(false);
});

test("another user with the right password is not let in", () => {
  const config = { basic: { user: "ci", password: token } };
  for (const shown of [`CI:${token}`, `:${token}`, `ci:${token}:`, `ci:`, token, `root:${token}`])
    expect(opens(config, basic(shown))).toBe(false);
});

test.each([
  ["sha256 in hex", {}, macs.sha256],
  ["sha1 with a prefix, as old GitHub hooks", { algorithm: "sha1", prefix: "sha1=" }, `sha1=${macs.sha1}`],
] as const)("a signature is known from its vector: %s", (_, more, shown) => {
  const config = { hmac: { secret: token, header: "X-Signature", ...more } };
  expect(opens(config, { "x-signature": shown })).toBe(true);
  expect(opens({ hmac: { ...config.hmac, secret: [other, token] } }, { "x-signature": shown })).toBe(true);
  expect(opens({ hmac: { ...config.hmac, secret: other } }, { "x-signature": shown })).toBe(false);
  expect(opens(config, { "x-signature": shown.toUpperCase() })).toBe(false);
});

describe("a signed time", () => {
  const config = { hmac: { secret: token, header: "X-Signature", timestamp_header: "X-Time" } };
  const stamp = "1795348800";
  const at = (time: number, headers: Readonly<Record<string, string>>): boolean =>
    admission(Config.parse(config), heldClock(time)).verify({ headers, body });

  test("is part of what is signed", () => {
    const headers = { "x-signature": macs.stamped, "x-time": stamp };
    expect(at(now, headers)).toBe(true);
    expect(at(now, { ...headers, "x-time": "1795348801" })).toBe(false);
    expect(at(now, { "x-signature": macs.stamped })).toBe(false);
    expect(at(now, { "x-signature": macs.sha256 })).toBe(false);
  });

  test("is not believed when it is more than five minutes off", () => {
    const headers = { "x-signature": macs.stamped, "x-time": stamp };
    for (const [off, right] of [
      [-5, true],
      [5, true],
      [-6, false],
      [6, false],
    ] as const)
      // prettier-ignore
      expect(at(now + off * minute, headers)).toBe(right);
  });
});

test("of several ways one suffices, and the challenge names them all", () => {
  const config = { token, basic: { user: "ci", password: other }, hmac: { secret: third, header: "X-Signature" } };
  expect(opens(config, bearer(token))).toBe(true);
  expect(opens(config, basic(`ci:${other}`))).toBe(true);
  expect(opens(config, bearer(third))).toBe(false);
  const { asks } = admission(Config.parse(config), heldClock(now));
  expect(asks.challenge).toBe(
    'Bearer, Basic realm="tocsin", HMAC realm="tocsin", header="x-signature", algorithm="sha256"',
  );
  expect(asks.words).toBe(
    "the token is missing or wrong, user and password are missing or wrong and the signature in x-signature is missing or wrong",
  );
});

describe("in a config", () => {
  const hook = (keys: string): string => `${smallest}sources: [ { id: hook, type: generic, ${keys} } ]\n`;

  test("a webhook source without any secret is refused", () => {
    expect(errorsOf(hook("component: api"), { file: "f" })).toEqual([
      expect.stringMatching(
        /sources\.hook\.token: missing: how the sender shows who it is; write token, basic or hmac/u,
      ),
    ]);
  });

  test.each([
    ["token: short", /hook\.token: must have at least 16 characters/u],
    ["token: [token-token-token, short]", /hook\.token\[1\]: must have at least 16 characters/u],
    [`basic: { user: "a:b", password: ${token} }`, /hook\.basic\.user: a user has no colon/u],
    [`basic: { user: ci }`, /hook\.basic\.password: missing: The user's password/u],
    [`hmac: { secret: ${token} }`, /hook\.hmac\.header: missing: The header that holds the signature/u],
    [`hmac: { secret: ${token}, header: X-S, algorithm: md5 }`, /must be one of "sha256", "sha1", "sha512"/u],
    [`token: ${token}, body_limit: 1MB`, /body_limit: a size is a number and KiB or MiB/u],
    [`token: ${token}, body_limit: 17MiB`, /body_limit: must be at most 16 MiB/u],
  ])("%s is refused with a reason", (keys, reason) => {
    expect(errorsOf(hook(keys)).join("\n")).toMatch(reason);
  });

  test("each secret may be a variable of the environment", () => {
    const found = configOf(hook('basic: { user: ci, password: ["${A}", "${B}"] }'), { env: { A: token, B: other } });
    expect(found.sources[0]?.config).toMatchObject({ basic: { password: [token, other] } });
  });
});
