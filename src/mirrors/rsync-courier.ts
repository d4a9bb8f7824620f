// Files to a host behind ssh by rsync: each whole or the old one, as rsync does by itself.
import { join } from "node:path";
import { runCommand } from "../lib/run-command.ts";
import { outerEnvironment, saidOf, shellWord, sshOptions, type Courier, type SshTarget } from "./ssh-access.ts";

/** Some of the files that were asked for are not there. */
const partly = 23;
const longestList = 64_000_000;

export function rsyncCourier(target: SshTarget, folder: string): Courier {
  const there = `${target.address.replace(/\/$/u, "")}/`;

  async function rsync(args: readonly string[], signal: AbortSignal, lines: readonly string[] = []) {
    const ssh = ["ssh", "-p", String(target.port), ...(await sshOptions(target, join(folder, "ssh")))];
    async function* input(): AsyncIterable<string> {
      yield lines.map((line) => `${line}\n`).join("");
    }
    const ran = await runCommand("rsync", ["--timeout=60", "-e", ssh.map(shellWord).join(" "), ...args], signal, {
      env: outerEnvironment(),
      input: input(),
      longestOut: longestList,
    });
    signal.throwIfAborted();
    return ran;
  }

  return {
    async fetch(path, into, signal) {
      const ran = await rsync([`${there}${path}`, into], signal);
      if (ran.code === 0) return true;
      if (ran.code === partly && /No such file/u.test(ran.said)) return false;
      throw new Error(saidOf("rsync", ran));
    },
    async send({ from, paths, gone, last }, signal) {
      const args = ["-rt", "--chmod=D755,F644", "-p", "--files-from=-", "--delete-missing-args", `${from}/`, there];
      for (const load of [[...paths, ...gone], [last]]) {
        const ran = load.length === 0 ? undefined : await rsync(args, signal, load);
        if (ran !== undefined && ran.code !== 0) throw new Error(saidOf("rsync", ran));
      }
    },
    async list(signal) {
      const ran = await rsync(["-r", "--list-only", there], signal);
      if (ran.code !== 0) throw new Error(saidOf("rsync", ran));
      return ran.out.split("\n").flatMap((line) => /^-\S+\s+[\d,.]+\s+\S+\s+\S+\s(.+)$/u.exec(line)?.[1] ?? []);
    },
  };
}
