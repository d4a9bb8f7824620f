// How we come through ssh: with a key of our own, and only to a host whose key is known.
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";

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
