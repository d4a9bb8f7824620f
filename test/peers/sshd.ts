// A real OpenSSH server on loopback, with a host key and one key that it lets in.
import { execFileSync, spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir, userInfo } from "node:os";
import { join } from "node:path";
import { findProgram } from "./install.ts";

const server = findProgram("sshd", "openssh-server");
const rsync = findProgram("rsync", "rsync");
/** Why there is none. */
export const noSshd: string | undefined =
  "missing" in server ? server.missing : "missing" in rsync ? rsync.missing : undefined;

export type Sshd = AsyncDisposable & {
  /** `user@127.0.0.1` */
  readonly who: string;
  readonly port: number;
  readonly privateKey: string;
  readonly hostKey: string;
};

async function freePort(): Promise<number> {
  const probe = createServer();
  await new Promise<void>((done) => probe.listen(0, "127.0.0.1", done));
  const address = probe.address();
  await new Promise((done) => probe.close(done));
  if (address === null || typeof address === "string") throw new Error("no TCP port");
  return address.port;
}

export async function startSshd(): Promise<Sshd> {
  if ("missing" in server) throw new Error(server.missing);
  const folder = mkdtempSync(join(tmpdir(), "tocsin-sshd-"));
  for (const name of ["host", "user"])
    execFileSync("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-f", join(folder, name)]);
  if (process.getuid?.() === 0) mkdirSync("/run/sshd", { recursive: true });
  const port = await freePort();
  const settings = [
    `ListenAddress 127.0.0.1:${port}`,
    `HostKey ${folder}/host`,
    `AuthorizedKeysFile ${folder}/user.pub`,
    `PidFile ${folder}/pid`,
    "StrictModes no",
    "UsePAM no",
    "PasswordAuthentication no",
    "PermitRootLogin prohibit-password",
    "Subsystem sftp internal-sftp",
  ];
  writeFileSync(join(folder, "config"), settings.map((line) => `${line}\n`).join(""));
  const child = spawn(server.path, ["-D", "-e", "-f", join(folder, "config")], { stdio: ["ignore", "ignore", "pipe"] });
  await new Promise<void>((done, fail) => {
    let said = "";
    child.stderr.setEncoding("utf8").on("data", (text: string) => {
      said += text;
      if (said.includes("Server listening")) done();
    });
    child.once("exit", () => fail(new Error(`sshd ended: ${said}`)));
  });
  return {
    who: `${userInfo().username}@127.0.0.1`,
    port,
    privateKey: readFileSync(join(folder, "user"), "utf8"),
    hostKey: readFileSync(join(folder, "host.pub"), "utf8").trim(),
    async [Symbol.asyncDispose]() {
      child.removeAllListeners("exit");
      const ended = new Promise((done) => child.once("exit", done));
      child.kill();
      await ended;
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
