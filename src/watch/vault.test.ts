import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { seal, unseal, vaultIn } from "./vault.ts";

const folder = mkdtempSync(join(tmpdir(), "tocsin-vault-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const key = Buffer.alloc(32, 1);
const path = join(folder, "inner", "watch.sealed");

test("what is kept comes back with the key, and nothing of it can be read without", async () => {
  const vault = vaultIn(path, key);
  expect(await vault.read()).toEqual({ ok: true, value: undefined });
  await vault.write("call alice");
  expect(await vaultIn(path, key).read()).toEqual({ ok: true, value: "call alice" });
  expect(readFileSync(path, "latin1")).not.toContain("alice");
  expect(statSync(path).mode & 0o777).toBe(0o600);
  expect(readdirSync(join(folder, "inner"))).toEqual(["watch.sealed"]);
});

test("another key, a changed byte and a file cut short are refused in words", async () => {
  const wrong = { ok: false, error: expect.stringMatching(/cannot be read with this key/u) };
  expect(await vaultIn(path, Buffer.alloc(32, 2)).read()).toEqual(wrong);
  const sealed = seal("call alice", key);
  for (let at = 0; at < sealed.length; at++) {
    const broken = Buffer.from(sealed);
    broken[at] = (broken[at] ?? 0) ^ 1;
    expect(unseal(broken, key)).toBeUndefined();
    expect(unseal(sealed.subarray(0, at), key)).toBeUndefined();
  }
  writeFileSync(path, "");
  expect(await vaultIn(path, key).read()).toEqual(wrong);
});

test("the same words look different each time", () => {
  expect(seal("x", key).equals(seal("x", key))).toBe(false);
});
