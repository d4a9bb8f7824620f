// What a watcher keeps on its disk, encrypted: AES-256-GCM, another nonce for each write, whole or not at all.
import { createCipheriv, createDecipheriv, randomBytes } from "node:crypto";
import { mkdir, open, readFile, rename } from "node:fs/promises";
import { dirname } from "node:path";
import { failed, ok, type Result } from "../lib/result.ts";

/** Of the form; what is encrypted is bound to it. */
const head = Buffer.from("tocsin-watch-1\n");
const nonceBytes = 12;
const tagBytes = 16;

export type Vault = {
  /** Undefined: nothing was kept yet. Failed: it is there, and cannot be read with this key. */
  read(): Promise<Result<string | undefined, string>>;
  write(text: string): Promise<void>;
};

export function seal(text: string, key: Buffer): Buffer {
  const nonce = randomBytes(nonceBytes);
  const cipher = createCipheriv("aes-256-gcm", key, nonce).setAAD(head);
  const body = Buffer.concat([cipher.update(text, "utf8"), cipher.final()]);
  return Buffer.concat([head, nonce, cipher.getAuthTag(), body]);
}

/** Undefined: altered, cut short, or sealed with another key. */
export function unseal(sealed: Buffer, key: Buffer): string | undefined {
  const from = head.length + nonceBytes;
  if (sealed.length < from + tagBytes || !sealed.subarray(0, head.length).equals(head)) return undefined;
  const opener = createDecipheriv("aes-256-gcm", key, sealed.subarray(head.length, from), { authTagLength: tagBytes })
    .setAAD(head)
    .setAuthTag(sealed.subarray(from, from + tagBytes));
  try {
    return Buffer.concat([opener.update(sealed.subarray(from + tagBytes)), opener.final()]).toString("utf8");
  } catch {
    return undefined;
  }
}

export function vaultIn(path: string, key: Buffer): Vault {
  return {
    async read() {
      const sealed = await readFile(path).catch((thrown: unknown) => {
        if (thrown instanceof Error && "code" in thrown && thrown.code === "ENOENT") return undefined;
        throw thrown;
      });
      if (sealed === undefined) return ok(undefined);
      const text = unseal(sealed, key);
      return text === undefined ? failed(`${path} cannot be read with this key`) : ok(text);
    },
    async write(text) {
      await mkdir(dirname(path), { recursive: true, mode: 0o700 });
      const draft = `${path}.tocsin-tmp`;
      const file = await open(draft, "w", 0o600);
      try {
        await file.writeFile(seal(text, key));
        await file.sync();
      } finally {
        await file.close();
      }
      await rename(draft, path);
    },
  };
}
