// The machine that writes the page is gone: another host says so on every mirror, and hands back what it said.
import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createServer, type Server } from "node:http";
import { createServer as plainServer, type AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { minute, second } from "../../src/lib/clock.ts";
import { tocsinProcess, type TocsinProcess } from "../kit/tocsin-process.ts";

const folder = mkdtempSync(join(tmpdir(), "tocsin-watch-"));
const remote = join(folder, "status.git");
const mirror = join(folder, "mirror");
const key = Buffer.alloc(32, 7).toString("base64");

let outside: Server;
let outsidePort: number;
let originPort: number;

async function listening(server: Server): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return (server.address() as AddressInfo).port;
}

async function freePort(): Promise<number> {
  const server = plainServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

beforeAll(async () => {
  execFileSync("git", ["init", "-q", "--bare", remote]);
  mkdirSync(mirror);
  // What everybody can reach; and two components, one of which is down.
  outside = createServer((request, response) => void response.writeHead(request.url === "/copr" ? 503 : 200).end());
  outsidePort = await listening(outside);
  originPort = await freePort();
});
afterAll(async () => {
  await new Promise((resolve) => outside.close(resolve));
  rmSync(folder, { recursive: true, force: true });
});

const places = `
  - { id: git, type: static-site, to: { git: "${remote}", branch: gh-pages }, public_url: "https://pages.example.org" }
  - { id: folder, type: static-site, to: { directory: "${mirror}" }, every: 1m }`;

const originConfig = `
site: { name: Packit, url: "https://status.example.org" }
components: [{ id: api, name: Packit API }, { id: copr, name: Copr builds }, { id: docs, name: Docs }]
people: [{ id: alice, name: Alice }]
roles: [{ id: outage-master, people: [alice] }]
channels: [{ id: users, type: stdout, audience: users }]
publish:
  targets:${places.replaceAll("\n  ", "\n    ")}
`;

const watcherConfig = (id: string, token: string): string => `
id: ${id}
key: ${key}
origin: { url: "http://127.0.0.1:${originPort}", token: ${token} }
update_every: 5m
network_check: ["http://127.0.0.1:${outsidePort}/"]
probes:
  - { component: api, url: "http://127.0.0.1:${outsidePort}/api" }
  - { component: copr, url: "http://127.0.0.1:${outsidePort}/copr" }
mirrors:${places}
channels: [{ id: team, type: stdout, audience: team }, { id: all, type: stdout, audience: users }]
`;

const inFolder = (path: string): string =>
  existsSync(join(mirror, path)) ? readFileSync(join(mirror, path), "utf8") : "";
function inGit(path: string): string {
  try {
    return execFileSync("git", ["-C", remote, "show", `gh-pages:${path}`], { encoding: "utf8", stdio: "pipe" });
  } catch {
    return "";
  }
}
const lines = (watchers: readonly TocsinProcess[], pattern: RegExp): readonly string[] =>
  watchers.flatMap((each) =>
    each
      .output()
      .split("\n")
      .filter((line) => pattern.test(line)),
  );

/** All clocks go on together until it holds. */
async function together(
  what: string,
  all: readonly TocsinProcess[],
  check: () => boolean | Promise<boolean>,
  step = second,
): Promise<void> {
  const limit = performance.now() + 40_000;
  while (!(await check())) {
    if (performance.now() > limit)
      throw new Error(`not in time: ${what}\n${all.map((each) => each.output().slice(-1_500)).join("\n---\n")}`);
    for (const each of all) if (!each.alive()) each.pass(step);
    await Promise.all(all.filter((each) => each.alive()).map((each) => each.advance(step)));
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

describe("kill -9 of the host", () => {
  test(
    "one of two watchers says so on all mirrors within 3 minutes, and the record takes it over",
    { timeout: 120_000 },
    async () => {
      await using origin = await tocsinProcess(() => originConfig, undefined, originPort);
      await origin.start();
      await together(
        "the mirrors are written",
        [origin],
        () => inFolder("state.json") !== "" && inGit("state.json") !== "",
      );
      const token = async (name: string): Promise<string> =>
        (await origin.cli("token", "create", name, "--scope", "watch")).out.split("\n")[0] ?? "";
      const [helsinki, brno] = [await token("helsinki"), await token("brno")];
      await using a = await tocsinProcess(() => watcherConfig("helsinki", helsinki), origin.now(), undefined, "watch");
      await using b = await tocsinProcess(() => watcherConfig("brno", brno), origin.now(), undefined, "watch");
      const watchers = [a, b];
      await Promise.all(watchers.map((each) => each.start()));
      const kept = watchers.map(({ dataDir }) => join(dataDir, "watch.sealed"));
      await together("the watchers know enough", [origin, a, b], () => kept.every((file) => existsSync(file)));
      for (const file of kept) expect(readFileSync(file).toString("latin1")).not.toMatch(/Packit|alice|tocsin_/u);

      await origin.kill();
      const died = a.now();
      await together("both mirrors say so", [origin, a, b], () =>
        [inFolder("index.html"), inGit("index.html")].every((page) => page.includes("cannot be reached")),
      );
      expect(a.now() - died).toBeLessThanOrEqual(3 * minute);
      const state = JSON.parse(inGit("state.json")) as { epoch: number; writer: string };
      expect(["helsinki", "brno"]).toContain(state.writer);
      const page = inFolder("index.html");
      const name = /incidents\/(w-\d+)\.html/u.exec(page)?.[1] ?? "";
      expect(inFolder(`incidents/${name}.html`)).toContain("What we know of the components is as of");
      expect(inFolder(`incidents/${name}.html`)).toContain("Packit API answers; Copr builds does not answer.");
      expect(inFolder("status.txt")).toMatch(/^OUTAGE Copr builds: major outage/u);
      expect(inFolder("status.txt")).toMatch(/Docs +.*unknown/iu);
      await together("people are told", [origin, a, b], () => lines(watchers, /\[all\]/u).length > 0);
      // The promised update, and no second word of anybody.
      await together("it goes on for a while", [origin, a, b], () => a.now() - died > 8 * minute, 5 * second);
      expect(inFolder(`incidents/${name}.html`)).toContain("Still no answer");
      expect(
        lines(
          watchers,
          /\[team\] Alice: Tocsin's own host cannot be reached \(Packit\)\..*https:\/\/pages\.example\.org\/incidents\/w-/u,
        ),
      ).toHaveLength(1);
      expect(lines(watchers, /\[all\]/u)).toHaveLength(1);

      await origin.start();
      await together("the origin has its mirrors again", [origin, a, b], () =>
        [inFolder("state.json"), inGit("state.json")].every(
          (text) => JSON.parse(text || "{}").writer === "origin" && JSON.parse(text || "{}").epoch > state.epoch,
        ),
      );
      const known = JSON.parse((await origin.cli("--json", "incident", "list")).out) as { number: number }[];
      expect(known).toHaveLength(1);
      for (const read of [inFolder, inGit]) {
        expect(read("incidents/1.html")).toContain("Another host speaks in its place");
        expect(read("incidents/1.html")).toContain("Still no answer");
        expect(read(`incidents/${name}.html`)).toContain('href="1.html"');
      }
      expect((await origin.get(`/incidents/${name}`)).body).toContain('href="1.html"');
      await together(
        "the team hears that it is back",
        [origin, a, b],
        () => lines(watchers, /\[team\] Tocsin's own host answers again/u).length > 0,
      );
      for (const each of watchers) expect(each.output()).not.toMatch(/"level":50/u);
      expect(await Promise.all(watchers.map((each) => each.stop()))).toEqual([0, 0]);
    },
  );
});
