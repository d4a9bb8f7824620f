// A process as a container runs it: a UID that nobody has, group 0, no capabilities, everything read-only but one folder.
import { spawn, spawnSync, type ChildProcess, type StdioOptions } from "node:child_process";
import { randomInt } from "node:crypto";

export type Sandbox = {
  readonly uid: number;
  /** Everything but this folder is read-only. */
  readonly writable: string;
};

/** Why it cannot be done here, for `describe.skipIf`; undefined where it can. */
export function sandboxMissing(): string | undefined {
  if (process.getuid?.() !== 0) return "a random UID and read-only mounts need root";
  const tried = spawnSync("unshare", ["--mount", "setpriv", "--clear-groups", "true"], { encoding: "utf8" });
  if (tried.status === 0) return undefined;
  return `unshare and setpriv do not work here: ${tried.error?.message ?? tried.stderr.trim()}`;
}

/** In the range that OpenShift takes from. */
export function randomUid(): number {
  return randomInt(1_000_000_000, 2_000_000_000);
}

// Everything that is mounted becomes read-only, the folder excepted; what cannot be (proc, sys) is not for us to write anyway.
const readOnly = `
set -e
mount --make-rprivate /
mount --bind "$WRITABLE" "$WRITABLE"
while read -r _ at _; do
  at=$(printf '%b' "$at")
  case "$at" in "$WRITABLE"|/proc|/proc/*|/sys|/sys/*|/dev|/dev/*) continue;; esac
  mount -o remount,bind,ro "$at" 2>/dev/null || true
done < /proc/mounts
exec setpriv --reuid="$AS_UID" --regid=0 --clear-groups --inh-caps=-all --bounding-set=-all --no-new-privs -- "$@"
`;

/** The process is the program itself: a signal sent to it reaches it. */
export function spawnSandboxed(
  sandbox: Sandbox,
  command: readonly string[],
  where: { readonly cwd: string; readonly env: Readonly<Record<string, string>>; readonly stdio?: StdioOptions },
): ChildProcess {
  const env = { ...where.env, WRITABLE: sandbox.writable, AS_UID: String(sandbox.uid) };
  return spawn("/usr/bin/env", ["unshare", "--mount", "sh", "-c", readOnly, "sh", ...command], {
    cwd: where.cwd,
    env,
    stdio: where.stdio ?? ["ignore", "pipe", "pipe"],
  });
}

export type Ended = { readonly code: number | null; readonly out: string; readonly err: string };

/** Until it ends. */
export async function runSandboxed(...given: Parameters<typeof spawnSandboxed>): Promise<Ended> {
  const child = spawnSandboxed(...given);
  let out = "";
  let err = "";
  child.stdout?.setEncoding("utf8").on("data", (text: string) => (out += text));
  child.stderr?.setEncoding("utf8").on("data", (text: string) => (err += text));
  return new Promise((resolve) => child.once("close", (code) => resolve({ code, out, err })));
}
