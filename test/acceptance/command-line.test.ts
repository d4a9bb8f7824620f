// The command line, as a person and as a script meet it: exit codes, words, a server or none, and the demo.
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { z } from "zod";
import { DeliveryItem, IncidentDetail } from "../../src/http/contract.ts";
import { minute, second } from "../../src/lib/clock.ts";
import { runTocsin, tocsinProcess, type Ran, type TocsinProcess } from "../kit/tocsin-process.ts";
import { freePort } from "../peers/ngircd.ts";

const token = "hook-token-hook-token";
const auth = { Authorization: `Bearer ${token}` };

const config = (folder: string, port = 0): string => `
site: { name: Packit, url: "https://status.example.org" }
server: { port: ${port} }
components: [{ id: api, name: Packit API }, { id: copr, name: Copr builds }]
people: [{ id: alice, name: Alice }, { id: bob, name: Bob }]
roles: [{ id: outage-master, people: [alice] }]
channels: [{ id: team, type: stdout, audience: team }, { id: users, type: stdout, audience: users }]
sources: [{ id: hook, type: generic, token: ${token} }]
publish: { targets: [{ id: folder, type: static-site, to: { directory: "${folder}/mirror" } }] }
`;

const folders: string[] = [];
afterAll(() => folders.forEach((folder) => rmSync(folder, { recursive: true, force: true })));

type Place = { readonly folder: string; readonly run: (...args: readonly string[]) => Promise<Ran> };

/** A folder of one's own, in which nothing runs; `text` becomes its tocsin.yaml. */
function place(text?: string | ((folder: string) => string), env: NodeJS.ProcessEnv = {}): Place {
  const folder = mkdtempSync(join(tmpdir(), "tocsin-cli-"));
  folders.push(folder);
  if (text !== undefined) writeFileSync(join(folder, "tocsin.yaml"), typeof text === "string" ? text : text(folder));
  const cache = join(tmpdir(), "tocsin-test-compile-cache");
  const all = { PATH: process.env["PATH"], HOME: folder, NODE_COMPILE_CACHE: cache, NO_COLOR: "1", COLUMNS: "200" };
  return { folder, run: (...args) => runTocsin(args, { cwd: folder, env: { ...all, ...env } }) };
}

function read<S extends z.ZodType>(schema: S, ran: Ran): z.output<S> {
  expect([ran.code, ran.err]).toEqual([0, ""]);
  return schema.parse(JSON.parse(ran.out));
}

const shown = async (run: Place["run"], number = 1): Promise<IncidentDetail> =>
  read(IncidentDetail, await run("--json", "incident", "show", String(number)));

const opening = ["incident", "open", "--title", "Copr is down", "--component", "copr=major_outage"] as const;

/** Everything that a notice needs before it can go out. */
const complete = [
  "--scope=Builds fail.",
  "--affected=All pull requests",
  "--alternative=none known",
  "--retrigger=no",
  "--eta=unknown",
] as const;

// Every wrong usage and every refusal stands in src/cli/program.test.ts; here are those that end a process.
describe("what it needs and cannot have exits 3 with a word, and ends", () => {
  const unreachable = 'database: { url: "postgres://tocsin:pass-of-mine@127.0.0.1:1/t" }';

  test.concurrent.each<readonly [string, string | undefined, NodeJS.ProcessEnv, RegExp]>([
    ["serve", undefined, {}, /there is no tocsin\.yaml here; name one with --config or TOCSIN_CONFIG/u],
    ["serve", "site: { name: x }\ncomponents: [{ id: a, nmae: A }]\n", {}, /tocsin\.yaml:2:\d+: .*nmae.*"name"/u],
    ["serve", config("/tmp"), { PORT: "65536" }, /PORT is "65536", which is no port/u],
    ["serve", config("/tmp"), { HOST: "no.such.host.invalid" }, /no\.such\.host\.invalid/u],
    ["serve", `${config("/tmp")}\n${unreachable}`, {}, /ECONNREFUSED/u],
    ["incident list", `${config("/tmp")}\n${unreachable}`, {}, /cannot open the database: .*ECONNREFUSED/u],
  ])("tocsin %s", async (line, text, env, words) => {
    const { code, out, err } = await place(text, env).run(...line.split(" "));
    expect([code, out]).toEqual([3, ""]);
    expect(err).toMatch(words);
    expect(err).not.toMatch(/\n {4}at |pass-of-mine/u);
  });
});

describe("without a server", () => {
  const { folder, run } = place(config);

  test("a command opens the database itself, and says what it has done", async () => {
    const { code, out, err } = await run("--as", "alice", ...opening);
    expect([code, err]).toEqual([0, ""]);
    expect(out).toMatch(
      /^Incident 1 \(draft, triggered, investigating\): Copr is down\nhttps:\/\/status\.example\.org\/team\/1\//u,
    );
    expect(existsSync(join(folder, "data", "tocsin.db"))).toBe(true);
  });

  test("several commands at once wait for each other, and all are done", async () => {
    const many = await Promise.all(Array.from({ length: 4 }, (_, i) => run("incident", "note", "1", `note-${i}`)));
    expect(many.map(({ code, err }) => [code, err])).toEqual(many.map(() => [0, ""]));
    const notes = (await shown(run)).timeline.flatMap(({ kind, text }) => (kind === "noted" ? [text] : []));
    expect(notes.toSorted()).toEqual(["note-0", "note-1", "note-2", "note-3"]);
  });

  test("what is misspelt exits 2, what is refused exits 1, and neither prints to stdout", async () => {
    const wrong = await run("incdent", "list", "--open");
    expect(wrong).toEqual({
      code: 2,
      out: "",
      err: 'tocsin: there is no `tocsin incdent`; did you mean "incident"?\n',
    });
    const refused = await run("--json", "incident", "show", "7");
    expect(refused).toEqual({ code: 1, out: "", err: "tocsin: there is no incident 7\n" });
  });
});

async function waitingFor(tocsin: TocsinProcess): Promise<readonly DeliveryItem[]> {
  return z.array(DeliveryItem).parse(JSON.parse((await tocsin.ask("GET", "/api/v1/deliveries?waiting=true")).body));
}

describe("with a server", () => {
  let tocsin: TocsinProcess;
  let port: number;
  const run: Place["run"] = (...args) => tocsin.cli(...args);

  beforeAll(async () => {
    port = await freePort();
    // What is done without it goes by the wall clock; its own is ahead of that, so that all of it is due.
    tocsin = await tocsinProcess((folder) => config(folder, port), Date.now() + 10 * minute);
  });
  afterAll(() => tocsin[Symbol.asyncDispose]());

  test("what was queued while none ran goes out when one starts", async () => {
    expect(await run("--as", "alice", ...opening, ...complete, "--publish")).toMatchObject({ code: 0, err: "" });
    const waiting = read(z.array(DeliveryItem), await run("--json", "delivery", "list", "--waiting"));
    expect(waiting.map(({ status }) => status)).toEqual(waiting.map(() => "pending"));
    await tocsin.start();
    await tocsin.until("both audiences have heard", () =>
      /^\[team\] Alice: Incident 1: [^]*^\[users\] Copr is down/mu.test(tocsin.output()),
    );
    await tocsin.until("the mirror is written", () => existsSync(join(tocsin.folder, "mirror", "state.json")));
    await tocsin.until("nothing waits any more", async () => (await waitingFor(tocsin)).length === 0);
  });

  test("commands go through its socket, which is its user's alone, and their actor is told", async () => {
    expect(await run("--as", "bob", "incident", "ack", "1")).toMatchObject({ code: 0, err: "" });
    await tocsin.until("the team has heard", () => /^\[team\] .*\b[Bb]ob has acknowledged/mu.test(tocsin.output()));
    const { mode } = statSync(join(tocsin.dataDir, "tocsin.sock"));
    expect((mode & 0o777).toString(8)).toBe("600");
    expect((await run("--as", "bbo", "incident", "take", "1")).err).toBe(
      'tocsin: there is no person "bbo"; did you mean "bob"?\n',
    );
    expect((await run("incident", "take", "1", "--expect", "1")).code).toBe(1);
    expect((await run("demo", "status")).code).toBe(1);
  });

  test("a second server on the same database exits 3 and says who has it", async () => {
    const { code, out, err } = await run("serve");
    expect([code, out]).toEqual([3, ""]);
    expect(err).toMatch(/another tocsin owns .*tocsin\.db/u);
    expect((await tocsin.get("/healthz")).status).toBe(200);
  });

  test("a command that looks for it in another folder says where nobody answers", async () => {
    const elsewhere = place(`${config("/tmp")}\ndatabase: { url: "sqlite:${join(tocsin.dataDir, "tocsin.db")}" }`);
    const { code, err } = await elsewhere.run("incident", "list");
    expect(code).toBe(3);
    expect(err).toMatch(
      /another tocsin owns .*does not answer on .*tocsin\.sock; is --data the same as the server's\?/u,
    );
  });

  test("another server on its port exits 3, and leaves nothing running that would keep it", async () => {
    const { folder, run } = place((folder) => config(folder, port));
    const { code, err } = await run("serve");
    expect(code).toBe(3);
    expect(err).toMatch(/EADDRINUSE/u);
    // Its database is free again, and its socket is nobody's.
    expect(existsSync(join(folder, "data", "tocsin.sock"))).toBe(false);
    expect(await run("incident", "list")).toEqual({ code: 0, out: "No incidents.\n", err: "" });
  });

  test("who reads its stdout may go: it serves on, and keeps what it could not say", async () => {
    tocsin.deafen();
    expect(
      (await tocsin.post("/hooks/hook", { fingerprint: "f", status: "firing", summary: "Unheard" }, auth)).status,
    ).toBe(202);
    await tocsin.until("the message waits, with the reason", async () => {
      return (await waitingFor(tocsin)).some(
        ({ target, reason }) => target === "team" && /nobody reads/u.test(reason ?? ""),
      );
    });
    expect((await tocsin.get("/status.txt")).status).toBe(200);
  });

  test("after kill -9 its socket is only a file: commands do without, and it starts again", async () => {
    await tocsin.kill();
    expect(existsSync(join(tocsin.dataDir, "tocsin.sock"))).toBe(true);
    expect(await run("--as", "alice", "incident", "update", "1", "Said while nobody ran.")).toMatchObject({
      code: 0,
      err: "",
    });
    await tocsin.start();
    await tocsin.until("what waited is said, the update too", () =>
      [/^\[team\] .*Unheard/mu, /^\[users\] .*Said while nobody ran\./mu].every((said) => said.test(tocsin.output())),
    );
  });

  test("SIGTERM stops it within 10 s, with exit code 0 and no socket left", async () => {
    const began = performance.now();
    expect(await tocsin.stop()).toBe(0);
    expect(performance.now() - began).toBeLessThan(10 * second);
    expect(existsSync(join(tocsin.dataDir, "tocsin.sock"))).toBe(false);
  });
});

describe("the demo", () => {
  let tocsin: TocsinProcess;
  let port: number;
  const run: Place["run"] = (...args) => tocsin.cli(...args);
  /** Steps that are large for us and small for it. */
  const until = async (what: string, check: () => Promise<boolean> | boolean, most: number): Promise<void> => {
    const limit = tocsin.now() + most;
    await tocsin.until(what, async () => {
      if (tocsin.now() > limit)
        throw new Error(`not within ${most / second} s of its clock: ${what}\n${tocsin.output()}`);
      return check();
    });
  };

  beforeAll(async () => {
    port = await freePort();
    tocsin = await tocsinProcess(undefined, Date.parse("2026-11-22T10:00:00Z"), port);
    await tocsin.start();
  });
  afterAll(() => tocsin[Symbol.asyncDispose]());

  test("starts in an empty folder with a welcome that says what to type, and a quiet terminal", async () => {
    await until(
      "what is usual has been learnt",
      async () =>
        (await tocsin.get("/metrics")).body.includes('tocsin_look_seconds_count{source="builds",outcome="ok"}'),
      minute,
    );
    const said = tocsin.output();
    expect(said).toMatch(/^\nTocsin, the outage desk: a demo\./u);
    expect(said).toContain(`http://127.0.0.1:${port}/`);
    for (const words of ["demo break copr", "incident show 1", "incident publish 1", "demo fix", "Ctrl-C"])
      expect(said).toContain(words);
    expect(said.split("\n").length).toBeLessThan(20);
    expect(said).not.toMatch(/"level"|^\[/mu);
    expect((await run("demo", "status")).out).toBe("Everything works.\n");
  });

  test("breaks what it is told to, and names the nearest of what it cannot break", async () => {
    const wrong = await run("demo", "break", "corp");
    expect([wrong.code, wrong.err]).toEqual([1, 'tocsin: the demo cannot break "corp"; did you mean "copr"?\n']);
    expect((await run("demo", "break", "../fix")).code).toBe(1);
    expect(await run("demo", "break", "copr")).toEqual({ code: 0, out: "Broken: copr.\n", err: "" });
    expect(read(z.object({ broken: z.array(z.string()) }), await run("--json", "demo", "status"))).toEqual({
      broken: ["copr"],
    });
  });

  test("tells the team within two minutes, with the evidence", async () => {
    await until("a [team] line", () => /^\[team\] .*Copr builds/mu.test(tocsin.output()), 2 * minute);
    expect(/^\[team\] .*$/mu.exec(tocsin.output())?.[0]).toMatch(/\d+ of \d+ Copr builds from \d+ projects failed/u);
    const found = await shown(run);
    expect(found).toMatchObject({ visibility: "draft", state: "triggered", lacks: [] });
    expect(Object.keys(found.impact)).toEqual(["copr"]);
    expect((await tocsin.get("/incidents/1")).status).toBe(404);
  });

  test("publishes at a word, and says DEMO on every page", async () => {
    expect(await run("incident", "publish", "1")).toMatchObject({ code: 0, err: "" });
    await until("users are told", () => /^\[users\] .*Copr builds/mu.test(tocsin.output()), minute);
    for (const path of ["/", "/incidents/1", "/status.txt", "/nothing-here"])
      expect((await tocsin.get(path)).body).toMatch(/DEMO/u);
    expect(JSON.parse((await tocsin.get("/state.json")).body)).toMatchObject({ site: { demo: true } });
    const mirror = join(tocsin.dataDir, "demo", "public");
    await until("its mirror has it", () => existsSync(join(mirror, "incidents", "1.html")), 2 * minute);
    expect(readFileSync(join(mirror, "index.html"), "utf8")).toContain("DEMO");
  });

  test("mends what was broken: the incident is watched, and can be resolved", async () => {
    expect(await run("demo", "fix")).toEqual({ code: 0, out: "Everything works.\n", err: "" });
    await until(
      "the incident is monitored",
      async () => (await tocsin.get("/status.txt")).body.includes("Monitoring"),
      20 * minute,
    );
    expect(await run("incident", "resolve", "1", "Builds work again.")).toMatchObject({ code: 0, err: "" });
    await until(
      "users are told of the end",
      () => /^\[users\] .*resolved.*Builds work again\./mu.test(tocsin.output()),
      minute,
    );
  });

  test("does not start twice in one folder, nor on a port that is taken", async () => {
    const twice = await run("start");
    expect([twice.code, twice.out]).toEqual([3, ""]);
    expect(twice.err).toMatch(/the demo cannot start: another tocsin owns/u);
    const { code, err } = await place(undefined, { PORT: String(port) }).run("start");
    expect(code).toBe(3);
    expect(err).toMatch(/the demo cannot start: .*EADDRINUSE/u);
    expect((await run("demo", "status")).code).toBe(0);
  });

  test("SIGTERM ends it with exit code 0", async () => {
    expect(await tocsin.stop()).toBe(0);
  });

  test("does not start where a real instance keeps its data, and leaves that as it is", async () => {
    const { folder, run } = place(undefined, { PORT: String(port) });
    mkdirSync(join(folder, "data"));
    writeFileSync(join(folder, "data", "tocsin.db"), "a real one");
    const { code, out, err } = await run("start");
    expect([code, out]).toEqual([3, ""]);
    expect(err).toMatch(
      /data belongs to a real instance, but there is no tocsin\.yaml here; name its config with TOCSIN_CONFIG/u,
    );
    expect(readFileSync(join(folder, "data", "tocsin.db"), "utf8")).toBe("a real one");
    expect(existsSync(join(folder, "data", "demo"))).toBe(false);
  });
});
