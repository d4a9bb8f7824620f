// A real nginx on a free loopback port, in front of Tocsin.
import { spawn } from "node:child_process";
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { findProgram, type Found } from "./install.ts";

/** The program, for `describe.skipIf(skipped(nginx, "…"))`. */
export const nginx: Found = findProgram("nginx", "nginx-light");

export type Nginx = AsyncDisposable & { readonly url: string };

function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1", () => resolve(true)).once("error", () => resolve(false));
    socket.once("connect", () => socket.destroy());
  });
}

/** `locations`: what stands in the server block. */
export async function startNginx(port: number, locations: string): Promise<Nginx> {
  if ("missing" in nginx) throw new Error(nginx.missing);
  const folder = mkdtempSync(join(tmpdir(), "tocsin-nginx-"));
  chmodSync(folder, 0o755);
  const file = join(folder, "nginx.conf");
  const temporary = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"];
  writeFileSync(
    file,
    `daemon off; worker_processes 1; pid ${folder}/nginx.pid; error_log ${folder}/error.log;
     events { worker_connections 64; }
     http {
       access_log off; ${temporary.map((name) => `${name}_temp_path ${folder}/${name};`).join(" ")}
       server { listen 127.0.0.1:${port}; ${locations} }
     }`,
  );
  const child = spawn(nginx.path, ["-c", file], { stdio: "ignore" });
  const ended = new Promise((resolve) => child.once("exit", resolve));
  while (!(await answers(port))) {
    if (child.exitCode !== null) throw new Error(`nginx did not start; see ${folder}`);
    await new Promise((resolve) => setTimeout(resolve, 30));
  }
  return {
    url: `http://127.0.0.1:${port}`,
    async [Symbol.asyncDispose]() {
      child.kill("SIGTERM");
      await ended;
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
