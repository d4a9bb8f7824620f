// How we come through ssh: with a key of our own, and only to a host whose key is known.
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import type { Ran } from "../lib/run-command.ts";
import { oneLine } from "../lib/text.ts";

/** Keys of the config that every place behind ssh has. */
export const sshFields = {
  private_key: z
    .string()
    .regex(/-----BEGIN [A-Z ]*PRIVATE KEY-----/, "holds no private key (-----BEGIN … PRIVATE KEY-----)")
    .optional()
    .describe(
      "The key that opens it, without a passphrase; usually private_key_file. Without: the agent's or the user's own.",
    ),
  host_key: z
    .string()
    .regex(
      /^(ssh|ecdsa|sk)-[\w@.-]+ [A-Za-z0-9+/=]+/,
      "a host key is written ssh-ed25519 AAAA…, as ssh-keyscan prints it",
    )
    .optional()
    .describe(
      "The public key of the host, as ssh-keyscan prints it after the name. Without: it must stand in ~/.ssh/known_hosts.",
    ),
};

export type SshAccess = { readonly private_key?: string | undefined; readonly host_key?: string | undefined };

/** Options of ssh. Its files are written into `folder`, readable by us alone. */
export async function sshOptions(
  { private_key: key, host_key: hostKey }: SshAccess,
  folder: string,
): Promise<readonly string[]> {
  const options = [
    "BatchMode=yes",
    "ConnectTimeout=10",
    "ServerAliveInterval=10",
    "ServerAliveCountMax=3",
    "StrictHostKeyChecking=yes",
  ];
  await mkdir(folder, { recursive: true, mode: 0o700 });
  if (key !== undefined) {
    const file = join(folder, "key");
    await writeFile(file, `${key.trim()}\n`, { mode: 0o600 });
    options.push(`IdentityFile=${quoted(file)}`, "IdentitiesOnly=yes");
  }
  if (hostKey !== undefined) {
    const file = join(folder, "known_hosts");
    await writeFile(file, `* ${hostKey.trim()}\n`, { mode: 0o600 });
    options.push(`UserKnownHostsFile=${quoted(file)}`, "GlobalKnownHostsFile=/dev/null");
  }
  return options.flatMap((option) => ["-o", option]);
}

/** As ssh reads an option: a space in a path would begin another. */
const quoted = (path: string): string => (/\s/u.test(path) ? `"${path}"` : path);

/** As a shell reads one word. */
export function shellWord(text: string): string {
  return /^[\w@%+=:,./-]+$/u.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
}

/** So that ssh finds the agent, and git its proxy. */
export function outerEnvironment(): Readonly<Record<string, string>> {
  const names = [
    "SSH_AUTH_SOCK",
    "XDG_CONFIG_HOME",
    "http_proxy",
    "https_proxy",
    "HTTPS_PROXY",
    "no_proxy",
    "NO_PROXY",
  ];
  return Object.fromEntries(
    names.flatMap((name) => (process.env[name] === undefined ? [] : [[name, process.env[name] ?? ""]])),
  );
}

/** `address` is `user@host:folder`. */
export type SshTarget = SshAccess & { readonly address: string; readonly port: number };

/** `paths` and `last` lie in the folder `from`, and `last` goes last; `gone` are deleted, if they are there. */
export type Load = {
  readonly from: string;
  readonly paths: readonly string[];
  readonly gone: readonly string[];
  readonly last: string;
};

/** Carries files. Throws with what the program said. */
export type Courier = {
  /** False: the host was reached, and there is no such file. */
  fetch(path: string, into: string, signal: AbortSignal): Promise<boolean>;
  send(load: Load, signal: AbortSignal): Promise<void>;
  list(signal: AbortSignal): Promise<readonly string[]>;
};

/** Why it did not work, in its own words. */
export function saidOf(program: string, { said, notStarted, code }: Ran): string {
  if (notStarted !== undefined) return `${program} cannot be started: ${notStarted}`;
  const lines = said.split("\n").filter((line) => /\S/u.test(line) && !/^(sftp>|Warning: Permanently)/u.test(line));
  return oneLine(lines.slice(0, 4).join("; "), 300) || `${program} ended with ${code}`;
}
