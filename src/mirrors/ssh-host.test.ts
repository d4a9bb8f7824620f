// Through a real OpenSSH server: only to a host that is known, by rsync, sftp and git alike.
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { noSshd, startSshd, type Sshd } from "../../test/peers/sshd.ts";
import type { MirrorChange, MirrorFile, MirrorHost } from "./mirror-host.ts";
import { mirrorHost, MirrorPlace } from "./mirror-place.ts";

const never = new AbortController().signal;
const folder = mkdtempSync(join(tmpdir(), "tocsin-ssh-"));
const file = (path: string, body: string): MirrorFile => ({ path, body, contentType: "" });

function change(token: string, files: readonly MirrorFile[], seq: number, gone: readonly string[] = []): MirrorChange {
  async function* all(): AsyncIterable<readonly MirrorFile[]> {
    yield files;
  }
  return { files: all(), gone, token, state: async () => file("state.json", `{"epoch":1,"seq":${seq}}`) };
}

async function write(host: MirrorHost, files: readonly MirrorFile[], seq: number, gone: readonly string[] = []) {
  const read = await host.read(never);
  return read.ok ? host.write(change(read.value.token, files, seq, gone), never) : read;
}

describe.skipIf(noSshd !== undefined)("behind ssh", { timeout: 60_000 }, () => {
  let sshd: Sshd;
  beforeAll(async () => {
    sshd = await startSshd();
  });
  afterAll(async () => {
    await sshd[Symbol.asyncDispose]();
    rmSync(folder, { recursive: true, force: true });
  });

  const hostOf = (kind: "rsync" | "sftp", name: string, more: object = {}): MirrorHost => {
    const there = join(folder, name);
    mkdirSync(there, { recursive: true });
    const way = { port: sshd.port, private_key: sshd.privateKey, host_key: sshd.hostKey, ...more };
    const place = MirrorPlace.parse({ [kind]: `${sshd.who}:${there}`, ...way });
    return mirrorHost(place, { folder: join(folder, `kept-${name}`) });
  };

  test.each(["rsync", "sftp"] as const)(
    "%s sends what changed, takes away what is gone, and lists what lies there",
    async (kind) => {
      const name = `site-${kind}`;
      const host = hostOf(kind, name);
      const files = [file("index.html", "home"), file("api/v2/status.json", "{}"), file("incidents/7.html", "seven")];
      expect(await write(host, files, 1)).toMatchObject({ kind: "written", changed: 4 });
      writeFileSync(join(folder, name, "CNAME"), "theirs");
      const before = statSync(join(folder, name, "index.html")).mtimeMs;
      const next = [file("index.html", "home"), file("api/v2/status.json", "{1}")];
      expect(await write(host, next, 2, ["incidents/7.html", "incidents/8.html"])).toMatchObject({ changed: 2 });
      expect(readFileSync(join(folder, name, "api/v2/status.json"), "utf8")).toBe("{1}");
      expect(statSync(join(folder, name, "index.html")).mtimeMs).toBe(before);
      // As when the data directory was lost: nothing is known of what lies there.
      rmSync(join(folder, `kept-${name}`), { recursive: true });
      const listed = await hostOf(kind, name).list(never);
      expect(listed.ok && listed.value.toSorted()).toEqual(["CNAME", "api/v2/status.json", "index.html", "state.json"]);
    },
  );

  test.each(["rsync", "sftp"] as const)("%s goes to no host but the one whose key it was given", async (kind) => {
    const host_key = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIOMqqnkVzrm0SdG6UOoqKLsabgH5C9okWi0dh2l9GKJl";
    const read = await hostOf(kind, `stranger-${kind}`, { host_key }).read(never);
    expect(read).toMatchObject({ ok: false, error: expect.stringMatching(/host key|identification/iu) });
  });

  test("a folder that is not there is said to be missing, not taken for an empty one", async () => {
    const host = hostOf("sftp", "gone");
    rmSync(join(folder, "gone"), { recursive: true });
    expect(await host.read(never)).toMatchObject({ ok: false, error: expect.stringMatching(/gone/u) });
  });

  test("git comes through with the same keys", async () => {
    const remote = join(folder, "remote.git");
    execFileSync("git", ["init", "--quiet", "--bare", remote]);
    const way = { private_key: sshd.privateKey, host_key: sshd.hostKey };
    const git = `ssh://${sshd.who}:${sshd.port}${remote}`;
    const host = mirrorHost(MirrorPlace.parse({ git, branch: "gh-pages", ...way }), {
      folder: join(folder, "kept-git"),
    });
    expect(await write(host, [file("index.html", "one")], 1)).toMatchObject({ kind: "written" });
    expect(await write(host, [file("index.html", "two")], 2)).toMatchObject({ kind: "written", changed: 2 });
    const log = execFileSync("git", ["--git-dir", remote, "log", "--format=%s", "gh-pages"], { encoding: "utf8" });
    expect(log.trim().split("\n")).toHaveLength(1);
    expect(execFileSync("git", ["--git-dir", remote, "show", "gh-pages:index.html"], { encoding: "utf8" })).toBe("two");
  });
});
