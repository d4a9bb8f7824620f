import { expect, test } from "vitest";
import { keepSecret, withoutKnownSecrets } from "./redact.ts";

test("a secret is blanked however it is written, and the longer one before its part", () => {
  keepSecret([
    'se"sa me/1',
    "open-sesame",
    "open-sesame-long",
    "abc",
    "-----BEGIN KEY-----\nMIIEvQIBADANBgkqhkiG9w0\nx",
  ]);
  expect(withoutKnownSecrets('{"reason":"se\\"sa me/1"} se%22sa%20me%2F1')).toBe('{"reason":"…"} …');
  expect(withoutKnownSecrets("open-sesame-long, open-sesame, abc")).toBe("…, …, abc");
  expect(withoutKnownSecrets("key MIIEvQIBADANBgkqhkiG9w0")).toBe("key …");
});

test("what looks like a secret is blanked, whoever wrote it", () => {
  expect(withoutKnownSecrets("cannot reach postgres://bob:hunter2@db/packit")).toBe(
    "cannot reach postgres://bob:…@db/packit",
  );
  expect(withoutKnownSecrets("https://ghp_12345@github.com/x postgres://bob@db/packit")).toBe(
    "https://…@github.com/x postgres://bob@db/packit",
  );
  expect(withoutKnownSecrets("Authorization: Bearer abcdefgh12345")).toBe("Authorization: Bearer …");
  expect(withoutKnownSecrets("https://s.example.org/team/12/abcDEF_-12345678")).toBe("https://s.example.org/team/12/…");
  expect(withoutKnownSecrets("mail alice@example.org, see https://example.org/a@b")).toBe("mail alice@example.org, see https://example.org/a@b"); // prettier-ignore
});
