// Files to a host behind ssh by sftp, for hosts that give no shell: each is written beside its place, and renamed.
import { dirname, join } from "node:path";
import { runCommand, type Ran } from "../lib/run-command.ts";
import { outerEnvironment, saidOf, sshOptions, type Courier, type SshTarget } from "./ssh-access.ts";

const longestList = 64_000_000;
const draftEnd = ".tocsin-tmp";

/** As sftp reads a word of a batch. */
const word = (text: string): string => `"${text.replace(/["\\*?[\]]/gu, "\\$&")}"`;

/** Every folder on the way to a file, the outer first. */
function foldersOf(paths: readonly string[]): readonly string[] {
  const all = new Set<string>();
  for (const path of paths)
    for (let at = path.indexOf("/"); at !== -1; at = path.indexOf("/", at + 1)) all.add(path.slice(0, at));
  return [...all].toSorted((a, b) => a.length - b.length);
}

export function sftpCourier(target: SshTarget, folder: string): Courier {
  const colon = target.address.indexOf(":");
  const [who, root] = [target.address.slice(0, colon), target.address.slice(colon + 1).replace(/\/$/u, "")];
  const there = (path: string): string => word(join(root, path));

  const placing = (from: string, path: string): readonly string[] => [
    `put ${word(join(from, path))} ${there(`${path}${draftEnd}`)}`,
    `rename ${there(`${path}${draftEnd}`)} ${there(path)}`,
  ];

  async function sftp(lines: readonly string[], signal: AbortSignal): Promise<Ran> {
    async function* input(): AsyncIterable<string> {
      yield lines.map((line) => `${line}\n`).join("");
    }
    const options = await sshOptions(target, join(folder, "ssh"));
    const args = ["-b", "-", "-P", String(target.port), ...options, who];
    const ran = await runCommand("sftp", args, signal, {
      env: outerEnvironment(),
      input: input(),
      longestOut: longestList,
    });
    signal.throwIfAborted();
    return ran;
  }

  return {
    async fetch(path, into, signal) {
      // The folder is asked for too: a wrong address must not look like an empty one.
      const ran = await sftp([`cd ${word(root)}`, `get ${there(path)} ${word(into)}`], signal);
      if (ran.code === 0) return true;
      if (ran.code === 1 && /state\.json" not found|state\.json: No such file/u.test(ran.said)) return false;
      throw new Error(saidOf("sftp", ran));
    },
    async send({ from, paths, gone, last }, signal) {
      const ran = await sftp(
        [
          ...foldersOf(paths).map((path) => `-mkdir ${there(path)}`),
          ...paths.flatMap((path) => placing(from, path)),
          ...gone.map((path) => `-rm ${there(path)}`),
          ...placing(from, last),
        ],
        signal,
      );
      if (ran.code !== 0) throw new Error(saidOf("sftp", ran));
    },
    async list(signal) {
      const found: string[] = [];
      let folders = [""];
      while (folders.length > 0) {
        const ran = await sftp(
          folders.map((path) => `ls -la ${there(path)}`),
          signal,
        );
        if (ran.code !== 0) throw new Error(saidOf("sftp", ran));
        const next: string[] = [];
        for (const part of ran.out.split(/^sftp> /mu).slice(1)) {
          const [, listed = ""] = /^ls -la "(.*)"$/mu.exec(part) ?? [];
          const inside = listed.slice(root.length).replace(/^\//u, "");
          for (const [, kind, name = ""] of part.matchAll(/^([d-])[rwxsStT-]{9}.*\s(\S+)$/gmu)) {
            const path = join(inside, name.slice(name.lastIndexOf("/") + 1));
            if (kind === "d" && !/^\.{1,2}$/u.test(name.slice(name.lastIndexOf("/") + 1))) next.push(path);
            if (kind === "-") found.push(path);
          }
        }
        folders = next;
      }
      return found.filter((path) => !path.endsWith(draftEnd) && dirname(path) !== "..");
    },
  };
}
