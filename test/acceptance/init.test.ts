// From nothing to a desk that runs: tocsin init, tocsin config check, tocsin start.
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { runTocsin, tocsinProcess } from "../kit/tocsin-process.ts";

function place(): Disposable & { readonly folder: string; run(...args: string[]): ReturnType<typeof runTocsin> } {
  const folder = mkdtempSync(join(tmpdir(), "tocsin-init-"));
  const env = { PATH: process.env["PATH"], NO_COLOR: "1" };
  return {
    folder,
    run: (...args) => runTocsin(args, { env, cwd: folder }),
    [Symbol.dispose]: () => rmSync(folder, { recursive: true, force: true }),
  };
}

test("init --defaults writes a private config that is right, and that a desk runs with", async () => {
  using here = place();
  const file = join(here.folder, "tocsin.yaml");
  const written = await here.run("init", "--defaults");
  expect([written.code, written.err]).toEqual([0, ""]);
  expect(written.out).toContain("config check");
  expect((statSync(file).mode & 0o777).toString(8)).toBe("600");
  expect((await here.run("config", "check")).out).toBe("tocsin.yaml: ok (1 component, 1 source, 1 channel)\n");
  const text = readFileSync(file, "utf8");
  const token = /token: "([\w-]{32})"/u.exec(text)?.[1] ?? "";
  expect(written.out + written.err).not.toContain(token);

  await using tocsin = await tocsinProcess(() => text.replace("port: 8080", "port: 0"));
  await tocsin.start();
  expect((await tocsin.get("/")).body).toContain("My service");
  const fired = { fingerprint: "f", status: "firing", summary: "It is down" };
  expect((await tocsin.post("/hooks/hook", fired, { Authorization: `Bearer ${token}` })).status).toBe(202);
  await tocsin.until("the team is told", () => /^\[team\] .*API.*It is down/mu.test(tocsin.output()));
});

test("init never writes over a config, and asks nobody where nobody can answer", async () => {
  using here = place();
  const file = join(here.folder, "tocsin.yaml");
  const nobody = await here.run("init");
  expect([nobody.code, nobody.out]).toEqual([2, ""]);
  expect(nobody.err).toMatch(/no terminal\. Say `tocsin init --defaults`/u);
  writeFileSync(file, "my own\n");
  const taken = await here.run("init", "--defaults");
  expect([taken.code, taken.err]).toEqual([1, "tocsin: tocsin.yaml is there already, and stays as it is; `tocsin config check` says whether it is right\n"]); // prettier-ignore
  expect(readFileSync(file, "utf8")).toBe("my own\n");
  const nowhere = await here.run("--config", join(here.folder, "none", "tocsin.yaml"), "init", "--defaults");
  expect(nowhere.code).toBe(3);
});
