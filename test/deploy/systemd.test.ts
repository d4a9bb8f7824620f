// The unit file, judged by systemd's own tools. It is not started here: that needs a systemd that runs.
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { repositoryFile } from "../kit/containerfile.ts";
import { findProgram, skipped } from "../peers/install.ts";

const unit = repositoryFile("deploy/systemd/tocsin.service");
const manifest: { scripts: { start: string } } = JSON.parse(repositoryFile("package.json"));

function valueOf(key: string): string {
  return new RegExp(`^${key}=(.*)$`, "mu").exec(unit)?.[1] ?? "";
}

describe("the unit", () => {
  test("starts the pinned Node as npm start does, and tells it where its config and its data are", () => {
    const [node = "", ...words] = valueOf("ExecStart").split(" ");
    expect(node).toBe(`${valueOf("WorkingDirectory")}/node_modules/.bin/node`);
    expect(`node ${words.slice(0, 2).join(" ")}`).toBe(manifest.scripts.start.replace(/ start$/u, ""));
    expect(words.join(" ")).toContain(`--data /var/lib/${valueOf("StateDirectory")}`);
    expect(words.at(-1)).toBe("serve");
  });

  test("lets it finish what it promises to finish within ten seconds", () => {
    expect(Number(valueOf("TimeoutStopSec"))).toBeGreaterThan(10);
    expect(valueOf("ExecReload")).toBe("/bin/kill -HUP $MAINPID");
  });
});

const analyze = findProgram("systemd-analyze", "systemd");
describe.skipIf(skipped(analyze, "systemd-analyze on the unit"))("systemd-analyze", () => {
  let folder = "";
  beforeAll(() => (folder = mkdtempSync(join(tmpdir(), "tocsin-unit-"))));
  afterAll(() => rmSync(folder, { recursive: true }));

  function run(text: string, ...words: readonly string[]): { readonly status: number | null; readonly said: string } {
    if ("missing" in analyze) throw new Error(analyze.missing);
    const file = join(folder, "tocsin.service");
    // Nothing is installed in /opt here; verify asks whether the program is there.
    writeFileSync(file, text.replace(/^ExecStart=\S+/mu, `ExecStart=${process.execPath}`));
    const ran = spawnSync(analyze.path, [...words, file], { encoding: "utf8", env: { ...process.env, LC_ALL: "C" } });
    return { status: ran.status, said: `${ran.stdout}${ran.stderr}` };
  }

  test("knows every key and every value, and would say so if it did not", () => {
    expect(run(unit, "verify", "--man=no")).toEqual({ status: 0, said: "" });
    expect(run(unit.replace("PrivateTmp=yes", "PrivateTemp=yes"), "verify", "--man=no").said).toContain("PrivateTemp");
    expect(run(unit.replace("ProtectSystem=strict", "ProtectSystem=strong"), "verify", "--man=no").said).toContain(
      "strong",
    );
  });

  test("rates its exposure at most 1.5 of 10", () => {
    const judged = run(unit, "security", "--offline=true", "--threshold=15", "--no-pager");
    expect(judged.said).toMatch(/Overall exposure level for tocsin\.service: [\d.]+/u);
    expect(judged.status).toBe(0);
    const open = run(
      unit.replaceAll(/^(Protect|Private|Restrict|SystemCall|Capability)\w+=.*$/gmu, ""),
      "security",
      "--offline=true",
      "--threshold=15",
    );
    expect(open.status).toBe(1);
  });
});

const sysusers = findProgram("systemd-sysusers", "systemd");
test.skipIf(skipped(sysusers, "systemd-sysusers on the user"))(
  "systemd-sysusers makes the user that the unit runs as",
  () => {
    if ("missing" in sysusers) return;
    const root = mkdtempSync(join(tmpdir(), "tocsin-users-"));
    const file = new URL("../../deploy/systemd/tocsin.sysusers.conf", import.meta.url).pathname;
    const ran = spawnSync(sysusers.path, [`--root=${root}`, "--dry-run", file], { encoding: "utf8" });
    rmSync(root, { recursive: true });
    expect(ran.status).toBe(0);
    expect(`${ran.stdout}${ran.stderr}`).toContain(`Creating user '${valueOf("User")}'`);
  },
);
