import { spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import { afterAll, describe, expect, test } from "vitest";
import { sample, smallest } from "../../test/kit/config.ts";

const folder = mkdtempSync(join(tmpdir(), "tocsin-config-"));
afterAll(() => rmSync(folder, { recursive: true }));
const main = fileURLToPath(new URL("../main.js", import.meta.url));

type Said = { readonly code: number; readonly out: string; readonly err: string };

/** One command line in `folder`, in an environment of its own. */
async function tocsin(args: readonly string[], env: Record<string, string> = {}): Promise<Said> {
  const child = spawn(process.execPath, [main, ...args], { cwd: folder, env: { PATH: "", ...env } });
  const ended = new Promise<number>((resolve) => child.on("close", (code) => resolve(code ?? -1)));
  const [out, err] = await Promise.all([text(child.stdout), text(child.stderr)]);
  return { code: await ended, out, err };
}

const write = (name: string, content: string | Uint8Array): string => {
  writeFileSync(join(folder, name), content);
  return name;
};

describe("tocsin config check", () => {
  test("of a config that is right exits 0 and says what is in it", async () => {
    const said = await tocsin(["config", "check", write("right.yaml", sample)], { IRC_PASSWORD: "x" });
    expect(said).toEqual({ code: 0, err: "", out: "right.yaml: ok (2 components, 3 sources, 3 channels)\n" });
  });

  test("of a config that is wrong exits 1 and says FILE:LINE:COL: what, a line each", async () => {
    const file = write("wrong.yaml", `${smallest}peopel: []\nserver:\n  port: \${PORT}\n`);
    expect(await tocsin(["config", "check", file])).toEqual({
      code: 1,
      out: 'wrong.yaml:4:1: peopel: unknown key; did you mean "people"?\nwrong.yaml:6:3: server.port: the environment variable PORT is not set\n',
      err: "tocsin: 2 errors\n",
    });
  });

  test("with --json prints a list, which is empty when all is well", async () => {
    const wrong = await tocsin(["--json", "config", "check", write("wrong2.yaml", `${smallest}x: 1\n`)]);
    expect(wrong.code).toBe(1);
    expect(JSON.parse(wrong.out)).toEqual([
      { file: "wrong2.yaml", line: 4, column: 1, message: expect.stringContaining("x: unknown key; known: ") },
    ]);
    const right = await tocsin(["--json", "config", "check", write("right2.yaml", smallest)]);
    expect([right.code, JSON.parse(right.out)]).toEqual([0, []]);
  });

  test.each([
    ["is not there", "none.yaml", "cannot read none.yaml: there is no such file"],
    ["is a folder", ".", "cannot read .: it is a folder"],
  ])("of a file that %s exits 3 with a word", async (_what, file, word) => {
    expect(await tocsin(["config", "check", file])).toEqual({ code: 3, out: "", err: `tocsin: ${word}\n` });
  });

  test("of a file that is no text exits 1 at the place where it stops being text", async () => {
    const said = await tocsin(["config", "check", write("latin.yaml", Buffer.from("a: \xe9\n", "latin1"))]);
    expect(said.code).toBe(1);
    expect(said.out).toBe("latin.yaml:1:4: this is not UTF-8; save the file as UTF-8\n");
  });

  test("takes the file from --config, from TOCSIN_CONFIG, or tocsin.yaml, and exits 3 when there is none", async () => {
    const none = await tocsin(["config", "check"]);
    expect(none).toEqual({ code: 3, out: "", err: "tocsin: there is no tocsin.yaml here; name a file\n" });
    write("flag.yaml", smallest);
    write("variable.yaml", smallest);
    const flag = await tocsin(["--config", "flag.yaml", "config", "check"], { TOCSIN_CONFIG: "variable.yaml" });
    expect(flag.out).toBe("flag.yaml: ok (1 component, 0 sources, 0 channels)\n");
    const variable = await tocsin(["config", "check"], { TOCSIN_CONFIG: "variable.yaml" });
    expect(variable.out).toMatch(/^variable\.yaml: ok/);
    write("tocsin.yaml", smallest);
    const usual = await tocsin(["config", "check"]);
    expect(usual.out).toMatch(/^tocsin\.yaml: ok/);
  });
});

test("tocsin config schema prints JSON Schema and exits 0", async () => {
  const said = await tocsin(["config", "schema"]);
  expect(said.code).toBe(0);
  expect(JSON.parse(said.out)).toMatchObject({ type: "object", required: ["site", "components"] });
});

test("tocsin config with an unknown word exits 2", async () => {
  expect((await tocsin(["config", "chekc"])).code).toBe(2);
});
