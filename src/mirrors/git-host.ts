// A branch of a git remote that holds one commit, ever: the page as it is, without its past. Two writers cannot both win.
import { hash } from "node:crypto";
import { mkdir, rm, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import { fault } from "../lib/fault.ts";
import { failed, ok, reasonOf, type Result } from "../lib/result.ts";
import { runCommand, type Ran, type Run } from "../lib/run-command.ts";
import { oneLine } from "../lib/text.ts";
import {
  mirrorState,
  stateFile,
  type MirrorChange,
  type MirrorHost,
  type MirrorHostContext,
  type MirrorState,
  type Written,
} from "./mirror-host.ts";
import { outerEnvironment, shellWord, sshFields, sshOptions } from "./ssh-access.ts";

export const GitPlace = z.strictObject({
  git: z
    .string()
    .check((check) => {
      const wrong = gitTrouble(check.value);
      if (wrong !== undefined) check.issues.push({ code: "custom", message: wrong, input: "" });
    })
    .describe("The remote: git@host:path.git, ssh://…, https://… or a path."),
  branch: z
    .string()
    .regex(
      /^(?!.*(\.\.|\.lock$|\/\/|\/$))[A-Za-z0-9_][\w./-]*$/,
      "a branch is called by a plain name, such as gh-pages",
    )
    .describe("The branch. It is Tocsin's own: it holds one commit, which each publication replaces."),
  token: z.string().min(1).optional().describe("For https: a token that may write the repository; usually token_file."),
  user: z
    .string()
    .min(1)
    .default("x-access-token")
    .describe("For https: the name that goes with the token. GitHub and GitLab take any."),
  ...sshFields,
});
export type GitPlace = z.output<typeof GitPlace>;

function gitTrouble(remote: string): string | undefined {
  if (remote === "" || remote.startsWith("-") || /[\s\0]/u.test(remote))
    return "name a remote: git@host:path.git, ssh://…, https://… or a path";
  if (/^\w+::/u.test(remote)) return "only ssh, https, http and paths are known";
  const scheme = /^([a-z][a-z0-9+.-]*):\/\//iu.exec(remote)?.[1]?.toLowerCase();
  if (scheme === undefined) return undefined;
  if (!["ssh", "https", "http", "file"].includes(scheme)) return "only ssh, https, http and paths are known";
  const url = URL.canParse(remote) ? new URL(remote) : undefined;
  if (url === undefined) return "this is no URL";
  const named = url.password !== "" || (url.username !== "" && scheme !== "ssh");
  return named ? "no password belongs into an address: write it as token or token_file" : undefined;
}

const none = "none";
/** After so many publications what nothing points to any more is swept out. */
const sweepEvery = 100;
/** The names of all files: ten thousand of them are a megabyte. */
const longestList = 64_000_000;

export function gitHost(place: GitPlace, { folder }: MirrorHostContext): MirrorHost {
  const { git: remote, branch, token, user } = place;
  const repository = join(folder, "repository.git");
  const heads = `refs/heads/${branch}`;
  const basic = token === undefined ? "" : Buffer.from(`${user}:${token}`).toString("base64");
  let environment: Readonly<Record<string, string>> | undefined;
  let writes = 0;

  const tame = (said: string): string => {
    const plain = [token ?? "", basic]
      .filter((secret) => secret !== "")
      .reduce((left, secret) => left.replaceAll(secret, "…"), said);
    const lines = plain.split("\n").filter((line) => /\S/u.test(line) && !/^(hint:|To |Done$|remote: *$)/u.test(line));
    return oneLine(lines.slice(0, 4).join("; "), 300);
  };

  async function around(): Promise<Readonly<Record<string, string>>> {
    if (environment !== undefined) return environment;
    const ssh = ["ssh", ...(await sshOptions(place, join(folder, "ssh")))].map(shellWord).join(" ");
    const settings: readonly (readonly [string, string])[] = [
      ["gc.auto", "0"],
      ["core.hooksPath", "/dev/null"],
      ["advice.graftFileDeprecated", "false"],
      // In the environment, which only we may read, not among the arguments, which everybody may.
      ...(token === undefined
        ? []
        : ([
            ["credential.helper", ""],
            [`http.${new URL(remote).origin}/.extraHeader`, `Authorization: Basic ${basic}`],
          ] as const)),
    ];
    return (environment = {
      ...outerEnvironment(),
      GIT_TERMINAL_PROMPT: "0",
      GIT_ALLOW_PROTOCOL: "ssh:https:http:file",
      GIT_SSH_COMMAND: ssh,
      GIT_CONFIG_COUNT: String(settings.length),
      ...Object.fromEntries(
        settings.flatMap(([key, value], n) => [
          [`GIT_CONFIG_KEY_${n}`, key],
          [`GIT_CONFIG_VALUE_${n}`, value],
        ]),
      ),
    });
  }

  async function git(args: readonly string[], signal: AbortSignal, run: Run = {}): Promise<Ran> {
    return runCommand("git", ["--git-dir", repository, ...args], signal, { ...run, env: await around() });
  }

  /** Throws with what it said. */
  async function must(args: readonly string[], signal: AbortSignal, run: Run = {}): Promise<string> {
    const ran = await git(args, signal, run);
    signal.throwIfAborted();
    if (ran.code === 0) return ran.out;
    if (ran.notStarted !== undefined) throw new Error(`git cannot be started: ${ran.notStarted}`);
    throw new Error(tame(ran.said) || `git ${args[0]} failed`);
  }

  async function ready(signal: AbortSignal): Promise<void> {
    if (await stat(join(repository, "HEAD")).catch(() => undefined)) return;
    await mkdir(folder, { recursive: true });
    await must(["init", "--quiet", "--bare", "--template=", repository], signal);
  }

  /** Whatever breaks here can be made anew from the remote. */
  async function fresh<T>(work: () => Promise<T>, signal: AbortSignal): Promise<T> {
    try {
      await ready(signal);
      return await work();
    } catch (thrown) {
      await rm(repository, { recursive: true, force: true }).catch(() => undefined);
      throw thrown;
    }
  }

  async function head(signal: AbortSignal): Promise<string> {
    const told = await must(["ls-remote", remote, heads], signal);
    return /^([0-9a-f]{40,64})\s/mu.exec(told)?.[1] ?? none;
  }

  async function state(signal: AbortSignal): Promise<MirrorState> {
    const commit = await head(signal);
    if (commit === none) return mirrorState(none, undefined);
    if ((await git(["cat-file", "-e", `${commit}^{tree}`], signal)).code !== 0)
      await must(["fetch", "--quiet", "--no-tags", "--depth=1", remote, `+${heads}:refs/tocsin/there`], signal);
    const file = await git(["cat-file", "blob", `${commit}:${stateFile}`], signal, { longestOut: longestList });
    return mirrorState(commit, file.code === 0 ? file.out : undefined);
  }

  async function tree(commit: string, signal: AbortSignal): Promise<ReadonlyMap<string, string>> {
    if (commit === none) return new Map();
    const told = await must(["ls-tree", "-r", "-z", commit], signal, { longestOut: longestList });
    return new Map(
      told.split("\0").flatMap((line) => {
        const [, code, path] = /^\d+ blob ([0-9a-f]+)\t(.*)$/su.exec(line) ?? [];
        return code === undefined || path === undefined ? [] : [[path, code] as const];
      }),
    );
  }

  /** Makes the commit without a parent, from the tree that lies there. */
  async function commit(
    change: MirrorChange,
    signal: AbortSignal,
  ): Promise<{ readonly commit: string; readonly changed: number }> {
    const there = await tree(change.token, signal);
    let changed = 0;
    async function* words(): AsyncIterable<string> {
      yield "commit refs/tocsin/next\nmark :1\ncommitter Tocsin <tocsin@localhost> now\ndata 8\nThe page\n";
      if (change.token !== none)
        yield `M 040000 ${await must(["rev-parse", `${change.token}^{tree}`], signal).then((id) => id.trim())} ""\n`;
      for (const path of change.gone) {
        if (!there.has(path)) continue;
        changed += 1;
        yield `D ${JSON.stringify(path)}\n`;
      }
      // Without it GitHub Pages asks Jekyll, who knows better which files are published.
      if (!there.has(".nojekyll")) yield put(".nojekyll", "");
      for await (const batch of change.files)
        for (const { path, body } of batch)
          if (there.get(path) !== blobCode(body)) {
            changed += 1;
            yield put(path, body);
            fault("site.file-written");
          }
      const { path, body } = await change.state();
      if (there.get(path) !== blobCode(body)) {
        changed += 1;
        yield put(path, body);
      }
      yield "get-mark :1\n";
    }
    const made = await must(["fast-import", "--quiet", "--force", "--date-format=now"], signal, { input: words() });
    return { commit: made.trim(), changed };
  }

  /** The remote compares and swaps. */
  async function push(old: string, made: string, signal: AbortSignal): Promise<"raced" | undefined> {
    // Where the branch has been cut off, git looks at all of it for what need not be sent (ADR 0030).
    if (old !== none) await writeFile(join(repository, "shallow"), `${old}\n`);
    const lease = `--force-with-lease=${heads}:${old === none ? "" : old}`;
    const ran = await git(["push", "--porcelain", "--quiet", lease, remote, `${made}:${heads}`], signal);
    if (ran.code === 0) return undefined;
    signal.throwIfAborted();
    if (
      /\(stale info\)|cannot lock ref|reference already exists|failed to update ref|incorrect old value/u.test(ran.said)
    )
      return "raced";
    throw new Error(tame(ran.said) || "git push failed");
  }

  async function write(change: MirrorChange, signal: AbortSignal): Promise<Written> {
    const { token: old } = change;
    const { commit: made, changed } = await commit(change, signal);
    if (changed === 0)
      return (await head(signal)) === old ? { kind: "written", token: old, changed } : { kind: "raced" };
    fault("site.before-state");
    if ((await push(old, made, signal)) === "raced") return { kind: "raced" };
    fault("site.after-state");
    await must(["update-ref", "refs/tocsin/there", made], signal);
    writes += 1;
    if (writes % sweepEvery === 0) await must(["gc", "--quiet", "--prune=now"], signal);
    return { kind: "written", token: made, changed };
  }

  const tried = async <T>(work: () => Promise<T>, signal: AbortSignal): Promise<Result<T, string>> => {
    try {
      return ok(await fresh(work, signal));
    } catch (thrown) {
      return failed(signal.aborted ? "stopped" : tame(reasonOf(thrown)));
    }
  };

  return {
    coordinates: true,
    read: (signal) => tried(() => state(signal), signal),
    async write(change, signal) {
      const wrote = await tried(() => write(change, signal), signal);
      return wrote.ok ? wrote.value : { kind: "failed", because: wrote.error };
    },
    list: (signal) => tried(async () => [...(await tree(await head(signal), signal)).keys()], signal),
    reach: (signal) =>
      tried(async () => {
        const commit = await head(signal);
        const probe = "commit refs/tocsin/probe\ncommitter Tocsin <tocsin@localhost> now\ndata 0\n";
        async function* words(): AsyncIterable<string> {
          yield probe;
        }
        await must(["fast-import", "--quiet", "--force", "--date-format=now"], signal, { input: words() });
        await must(["push", "--quiet", "--dry-run", "--force", remote, `refs/tocsin/probe:${heads}`], signal);
        return commit === none
          ? `the branch ${branch} is made by the first publication`
          : `the branch ${branch} can be written`;
      }, signal),
  };
}

/** As git itself names a file. A remote of SHA-256 is told all of them anew each time, which is right all the same. */
function blobCode(body: string): string {
  return hash("sha1", `blob ${Buffer.byteLength(body)}\0${body}`, "hex");
}

function put(path: string, body: string): string {
  return `M 100644 inline ${JSON.stringify(path)}\ndata ${Buffer.byteLength(body)}\n${body}\n`;
}
