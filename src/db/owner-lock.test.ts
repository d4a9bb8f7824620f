import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { DatabaseOwned, lockOwner } from "./owner-lock.ts";

function folder(): Disposable & { readonly url: string; readonly file: string } {
  const made = mkdtempSync(join(tmpdir(), "tocsin-lock-"));
  const file = join(made, "deep", "tocsin.db");
  return { file, url: `sqlite:${file}`, [Symbol.dispose]: () => rmSync(made, { recursive: true, force: true }) };
}

/** Another process that takes the lock, says so, and holds it until it is killed. */
async function holder(url: string): Promise<AsyncDisposable & { kill(): Promise<void> }> {
  const module = new URL("owner-lock.ts", import.meta.url).href;
  const program = `import { lockOwner } from ${JSON.stringify(module)};
    globalThis.lock = lockOwner(${JSON.stringify(url)});
    console.log("held");
    setInterval(() => {}, 1_000);`;
  const child = spawn(process.execPath, ["--input-type=module", "--eval", program], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const gone = once(child, "exit");
  const said: readonly unknown[] = await Promise.race([once(child.stdout.setEncoding("utf8"), "data"), gone]);
  expect(said).toEqual(["held\n"]);
  const kill = async (): Promise<void> => {
    child.kill("SIGKILL");
    await gone;
  };
  return { kill, [Symbol.asyncDispose]: kill };
}

test("a second owner is refused at once, until the first gives the lock back", () => {
  using at = folder();
  const first = lockOwner(at.url);
  expect(() => lockOwner(at.url)).toThrow(DatabaseOwned);
  expect(() => lockOwner(at.url)).toThrow(`another tocsin owns ${at.file}`);
  first[Symbol.dispose]();
  using again = lockOwner(at.url);
  expect(again).toBeDefined();
  expect(() => lockOwner(at.url)).toThrow(DatabaseOwned);
});

test("another process that owns the file is refused to, and its kill -9 leaves no lock behind", async () => {
  using at = folder();
  await using other = await holder(at.url);
  expect(() => lockOwner(at.url)).toThrow(DatabaseOwned);
  await other.kill();
  using mine = lockOwner(at.url);
  expect(mine).toBeDefined();
});

test("each file has its own lock; a server and memory have none", () => {
  using at = folder();
  using first = lockOwner(at.url);
  using second = lockOwner(`${at.url}2`);
  for (const url of ["postgres://127.0.0.1/none", "sqlite::memory:"]) {
    using one = lockOwner(url);
    using other = lockOwner(url);
    expect([first, second, one, other]).toHaveLength(4);
  }
});

test("a lock file that is broken is called that, not somebody else's", () => {
  using at = folder();
  lockOwner(at.url)[Symbol.dispose]();
  writeFileSync(`${at.file}.lock`, "this is no database at all, but somebody's letter ".repeat(100));
  expect(() => lockOwner(at.url)).toThrow(/not a database/u);
  expect(() => lockOwner(at.url)).not.toThrow(DatabaseOwned);
});
