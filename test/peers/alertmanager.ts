// Starts a real Alertmanager, alone and without a cluster; and its amtool.
import { execFile, spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { findProgram, type Found } from "./install.ts";
import { freePort } from "./ngircd.ts";

export const alertmanagerProgram: Found = findProgram("prometheus-alertmanager", "prometheus-alertmanager");
export const amtoolProgram: Found = findProgram("amtool", "prometheus-alertmanager");

export type Alertmanager = AsyncDisposable & { readonly pid: number; readonly url: string };

/** `config` is the text of its configuration. */
export async function startAlertmanager({ config }: { readonly config: string }): Promise<Alertmanager> {
  if ("missing" in alertmanagerProgram) throw new Error(alertmanagerProgram.missing);
  const folder = mkdtempSync(join(tmpdir(), "tocsin-alertmanager-"));
  const port = await freePort();
  const file = join(folder, "alertmanager.yml");
  writeFileSync(file, config);
  const args = [`--config.file=${file}`, `--storage.path=${folder}/data`, `--web.listen-address=127.0.0.1:${port}`, "--cluster.listen-address="]; // prettier-ignore
  const child = spawn(alertmanagerProgram.path, args, { stdio: ["ignore", "ignore", "pipe"] });
  let said = "";
  child.stderr.setEncoding("utf8").on("data", (text: string) => (said = `${said}${text}`.slice(-4_000)));
  const url = `http://127.0.0.1:${port}`;
  const ready = (): Promise<boolean> => fetch(`${url}/-/ready`).then(({ ok }) => ok, () => false); // prettier-ignore
  while (!(await ready())) {
    if (child.exitCode !== null) throw new Error(`Alertmanager did not start:\n${said}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  return {
    pid: child.pid ?? 0,
    url,
    async [Symbol.asyncDispose]() {
      const gone = new Promise((resolve) => child.once("exit", resolve));
      if (child.exitCode === null && child.kill("SIGKILL")) await gone;
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

export type Said = { readonly code: number; readonly out: string; readonly err: string };

/** Runs amtool against this address. */
export function amtool(url: string, httpConfig: string, ...args: readonly string[]): Promise<Said> {
  if ("missing" in amtoolProgram) throw new Error(amtoolProgram.missing);
  const to = [`--alertmanager.url=${url}`, `--http.config.file=${httpConfig}`];
  return new Promise((resolve) => {
    const env = { PATH: process.env["PATH"], HOME: tmpdir() };
    execFile(amtoolProgram.path, [...args, ...to], { env }, (error, out, err) => {
      resolve({ code: error === null ? 0 : Number(error.code ?? 1), out, err });
    });
  });
}
