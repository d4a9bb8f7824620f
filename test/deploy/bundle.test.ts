// The program in a few files: the same program, and never an older one than what stands in src/.
import { execFileSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";

const root = new URL("../..", import.meta.url).pathname;
let folder = "";

const run = (...args: readonly string[]): string =>
  execFileSync(process.execPath, args, {
    cwd: folder,
    encoding: "utf8",
    env: { ...process.env, NODE_COMPILE_CACHE: join(folder, "cache") },
  });

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "tocsin-bundle-"));
  for (const name of ["src", "bin", "package.json"]) cpSync(join(root, name), join(folder, name), { recursive: true });
  symlinkSync(join(root, "node_modules"), join(folder, "node_modules"));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test("says what the program says that it was made of", () => {
  const written = [run("src/main.js", "--version"), run("src/main.js", "config", "schema")];
  run("bin/bundle.js");
  // Only what is bundled can answer now.
  rmSync(join(folder, "src/cli"), { recursive: true });
  expect([run("src/main.js", "--version"), run("src/main.js", "config", "schema")]).toEqual(written);
  cpSync(join(root, "src/cli"), join(folder, "src/cli"), { recursive: true });
});

test("is left aside as soon as a file of src/ is newer", () => {
  const bundled = join(folder, "dist/run/program.js");
  mkdirSync(join(folder, "dist/run"), { recursive: true });
  writeFileSync(bundled, `export const run = async () => { console.log("the bundle"); return 0; };`);
  expect(run("src/main.js", "--version")).toBe("the bundle\n");
  const later = new Date(Date.now() + 60_000);
  utimesSync(join(folder, "src/lib/bell.test.ts"), later, later);
  expect(run("src/main.js", "--version")).toBe("the bundle\n");
  utimesSync(join(folder, "src/lib/html.ts"), later, later);
  expect(run("src/main.js", "--version")).toMatch(/^\d+\.\d+\.\d+\n$/u);
  expect(existsSync(bundled)).toBe(true);
});
