import { expect, test } from "vitest";
import { readAddress } from "./address.ts";

test.each([
  ["  User@Example.ORG ", "user@example.org"],
  ["a.b+c@mail.example.org", "a.b+c@mail.example.org"],
  ["user@bücher.example", "user@xn--bcher-kva.example"],
])("%s is the mailbox %s", (text, address) => {
  expect(readAddress("email", text, [])).toEqual({ ok: true, value: address });
});

test.each([
  "", "user", "user@", "@example.org", "user@localhost", "a@b@example.org", "a b@example.org", "a@example.org\nBcc: b@example.org",
  "a..b@example.org", ".a@example.org", "a@example.org, b@example.org", "<a@example.org>", "a@[127.0.0.1]", `${"a".repeat(65)}@example.org`,
  "ü@example.org", "a@example.org/path", "a@example.org:25",
])("%s is no mailbox", (text) => {
  expect(readAddress("email", text, []).ok).toBe(false);
}); // prettier-ignore

test.each([
  "http://127.0.0.1/", "http://localhost:8080/", "http://10.1.2.3/", "http://172.16.0.1/", "http://192.168.0.1/", "http://169.254.169.254/latest/meta-data",
  "http://0.0.0.0/", "http://100.64.0.1/", "http://[::1]/", "http://[fe80::1]/", "http://[fd00::1]/", "http://[::ffff:127.0.0.1]/",
  "http://2130706433/", "http://0x7f.1/", "http://127.1/", "http://127.0.0.1./",
  "ftp://example.org/", "file:///etc/passwd", "javascript:alert(1)", "example.org", "https://user:password@example.org/", `https://example.org/${"a".repeat(1_000)}`,
])("no webhook leads to %s", (text) => {
  expect(readAddress("webhook", text, []).ok).toBe(false);
}); // prettier-ignore

test("a network inside that the operator names may be led to, and no other", () => {
  expect(readAddress("webhook", "http://10.1.2.3/hook", ["10.0.0.0/8"]).ok).toBe(true);
  expect(readAddress("webhook", "http://192.168.0.1/hook", ["10.0.0.0/8"]).ok).toBe(false);
});

test.each([
  ["slack", "https://hooks.slack.com/services/T0/B0/key", true],
  ["slack", "http://hooks.slack.com/services/T0/B0/key", false],
  ["slack", "https://hooks.slack.com.example.org/services/T0/B0/key", false],
  ["slack", "https://hooks.slack.com:8443/services/T0/B0/key", false],
  ["slack", "https://hooks.slack.com/elsewhere", false],
  ["discord", "https://discord.com/api/webhooks/1/key", true],
  ["discord", "https://canary.discord.com/api/v10/webhooks/1/key", true],
  ["discord", "https://discord.com/channels/1", false],
  ["discord", "https://hooks.slack.com/services/T0/B0/key", false],
] as const)("as %s, %s: %s", (kind, text, taken) => {
  expect(readAddress(kind, text, []).ok).toBe(taken);
});
