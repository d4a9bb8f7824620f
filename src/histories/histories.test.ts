// What is behind each kind of source: addresses that answer in pages, folders with traps in them, a database.
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, truncateSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import { DatabaseSync } from "node:sqlite";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { heldClock } from "../lib/held-clock.ts";
import type { Past } from "../shapes/past.ts";
import { histories } from "./registry.ts";

const clock = heldClock(Date.parse("2026-11-22T10:00:00Z"));
let folder: string;
let server: Server;
let base: string;
let answers: Readonly<Record<string, unknown>> = {};
let asked: { readonly url: string; readonly token: string | undefined }[] = [];

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "tocsin-past-"));
  server = createServer((request, response) => {
    const url = request.url ?? "";
    asked.push({ url, token: request.headers.authorization });
    const found = answers[url];
    response.writeHead(found === undefined ? 404 : 200, { connection: "close" });
    response.end(JSON.stringify(found ?? {}));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  base = `http://127.0.0.1:${typeof address === "object" ? address?.port : 0}`;
});
afterAll(async () => {
  await new Promise((resolve) => server.close(resolve));
  rmSync(folder, { recursive: true, force: true });
});
beforeEach(() => {
  answers = {};
  asked = [];
});

async function ask(kind: string, source: string, token?: string) {
  const plug = histories[kind] ?? expect.fail(`no ${kind}`);
  const asking = { source, clock, signal: new AbortController().signal, tell: () => {} };
  return plug.read(token === undefined ? asking : { ...asking, token });
}

async function read(kind: string, source: string, token?: string): Promise<Past> {
  const past = await ask(kind, source, token);
  return past.ok ? past.value : expect.fail(past.error);
}

const incident = (id: string) => ({ id, name: id, status: "resolved", impact: "minor", created_at: "2024-03-05T13:00:00Z", resolved_at: "2024-03-05T14:00:00Z", incident_updates: [] }); // prettier-ignore

test("a Statuspage is read with what only its history still names", async () => {
  answers = {
    "/api/v2/incidents.json": { incidents: [incident("new1")] },
    "/api/v2/scheduled-maintenances.json": { scheduled_maintenances: [] },
    "/history.json?page=1": { months: [{ incidents: [{ code: "new1" }, { code: "old1" }] }] },
    "/history.json?page=2": { months: [{ incidents: [{ code: "old2" }, { code: "gone" }] }] },
    "/history.json?page=3": { months: [{ incidents: [] }] },
    "/incidents/old1.json": incident("old1"),
    "/incidents/old2.json": { incident: incident("old2") },
  };
  const past = await read("statuspage", `${base}/history`);
  expect(past.entries.map(({ key }) => key).toSorted()).toEqual(["new1", "old1", "old2"]);
  expect(past.unread).toEqual([{ place: "/incidents/gone.json", because: expect.stringContaining("404") }]);
});

test("the issues of a repository are read page by page, with the token", async () => {
  const issue = (number: number) => ({ number, title: "🛑 Copr is down", state: "open", created_at: "2024-03-05T13:00:00Z", labels: [{ name: "status" }], comments: 0 }); // prettier-ignore
  const repository = "/repos/o/r/issues";
  answers = {
    [`${repository}?state=all&per_page=100&page=1`]: [issue(1)],
    [`${repository}?state=all&per_page=100&page=2`]: [issue(2)],
    [`${repository}?state=all&per_page=100&page=3`]: [],
    [`${repository}/comments?per_page=100&page=1`]: [{ issue_url: "x/issues/2", body: "Hm.", created_at: "2024-03-05T13:01:00Z" }], // prettier-ignore
    [`${repository}/comments?per_page=100&page=2`]: [],
  };
  const past = await read("upptime", `${base}/repos/o/r`, "s3cret");
  expect(past).toMatchObject({ entries: [{ key: "1" }, { key: "2", updates: [{ text: "Hm." }] }], unread: [] });
  expect(new Set(asked.map(({ token }) => token))).toEqual(new Set(["Bearer s3cret"]));
  const refused = await ask("upptime", `${base}/repos/o/none`);
  expect(refused).toMatchObject({ ok: false, error: expect.stringMatching(/404.*TOCSIN_IMPORT_TOKEN/u) });
  expect(await ask("corestatus", `${base}/other`)).toMatchObject({ ok: false });
});

test("a Cachet is asked by the API that it has", async () => {
  const list = (...data: readonly object[]) => ({ meta: {}, data });
  const one = { id: 1, component_id: 2, name: "Down", message: "m", status: 4, visible: 1, occurred_at: "2024-03-05 13:00:00", created_at: "2024-03-05 13:00:00", updated_at: "2024-03-05 13:30:00", updates: [] }; // prettier-ignore
  answers = {
    "/api/v1/ping": { data: "Pong!" },
    "/api/v1/components?per_page=100&page=1": list({ id: 2, name: "Copr", link: "" }),
    "/api/v1/components?per_page=100&page=2": list(),
    "/api/v1/incidents?per_page=100&page=1": list(one),
    "/api/v1/incidents?per_page=100&page=2": list(),
  };
  const past = await read("cachet", `${base}/`);
  expect(past.entries).toMatchObject([{ impact: [{ name: "Copr" }] }]);
  expect(past.unread).toEqual([{ place: "schedules", because: expect.stringContaining("404") }]);
});

test("a page that is not there is an error of its host alone", async () => {
  const past = await ask("statuspage", "http://127.0.0.1:1/secret-path?token=x");
  expect(past).toMatchObject({ ok: false, error: expect.not.stringMatching(/secret|token/u) });
});

test("the folder of a cState site is read, and a link that leads out of it is not followed", async () => {
  const site = join(folder, "site");
  const issues = join(site, "content", "issues");
  mkdirSync(issues, { recursive: true });
  mkdirSync(join(site, "themes"), { recursive: true });
  const sound = "---\ntitle: A\ndate: 2024-03-05T13:00:00Z\nresolvedWhen: 2024-03-05T14:00:00Z\nresolved: true\nseverity: down\naffected: [Copr]\n---\nText.\n"; // prettier-ignore
  writeFileSync(join(issues, "a.md"), sound);
  writeFileSync(join(issues, "_index.md"), "---\ntitle: Issues\n---\n");
  writeFileSync(join(folder, "outside.md"), sound);
  writeFileSync(join(issues, "huge.md"), "");
  truncateSync(join(issues, "huge.md"), 2_000_000);
  symlinkSync(join(folder, "outside.md"), join(issues, "out.md"));
  symlinkSync(join(issues, "a.md"), join(issues, "inside.md"));
  symlinkSync(join(issues, "nowhere.md"), join(issues, "broken.md"));
  symlinkSync(site, join(issues, "round"));
  const past = await read("cstate", site);
  expect(past.entries.map(({ place }) => place)).toEqual(["a.md", "inside.md"]);
  expect(past.unread.map(({ place, because }) => `${place}: ${because}`)).toEqual([
    expect.stringMatching(/^broken\.md: there is no file/u),
    expect.stringMatching(/^huge\.md: .*larger/u),
    expect.stringMatching(/^out\.md: a link that leads out/u),
  ]);
  expect(await ask("cstate", join(folder, "none"))).toMatchObject({ ok: false, error: expect.stringContaining("no file or folder") }); // prettier-ignore
  expect((await read("statusfy", join(issues, "a.md"))).entries).toHaveLength(1);
});

test("a folder without anything to read is an error, not an empty past", async () => {
  mkdirSync(join(folder, "empty"));
  for (const kind of ["cstate", "statuspage", "upptime", "cachet", "statusfy", "corestatus"])
    expect(await ask(kind, join(folder, "empty"))).toMatchObject({
      ok: false,
      error: expect.stringContaining("there is "),
    });
});

test("Uptime Kuma's database is read and left as it is; another one is refused", async () => {
  const file = join(folder, "kuma.db");
  {
    using database = new DatabaseSync(file);
    database.exec(`create table monitor (id integer primary key, name text, type text, url text);
      create table incident (id integer primary key, title text, content text, style text, created_date text, last_updated_date text, pin integer, active integer);
      create table maintenance (id integer primary key, title text, description text, strategy text, start_date text, end_date text);
      create table monitor_maintenance (monitor_id integer, maintenance_id integer);
      insert into monitor values (1, 'Copr', 'http', 'https://user:secret@example.org');
      insert into incident values (1, 'Down', 'words', 'danger', '2024-03-05 13:00:00', '2024-03-05 14:00:00', 1, 0);
      insert into maintenance values (1, 'Move', '', 'single', '2024-04-01 10:00:00', '2024-04-01 12:00:00');
      insert into monitor_maintenance values (1, 1);`);
  }
  const past = await read("uptime-kuma", file);
  expect(past.entries).toMatchObject([{ title: "Down" }, { title: "Move", impact: [{ name: "Copr" }] }]);
  expect(JSON.stringify(past)).not.toContain("secret");
  writeFileSync(join(folder, "text.db"), "not a database, but long enough to be looked at".repeat(50));
  expect(await ask("uptime-kuma", join(folder, "text.db"))).toMatchObject({ ok: false });
  {
    using _other = new DatabaseSync(join(folder, "other.db"));
  }
  expect(await ask("uptime-kuma", join(folder, "other.db"))).toMatchObject({ ok: false, error: expect.stringContaining("no database of Uptime Kuma") }); // prettier-ignore
  expect(await ask("uptime-kuma", join(folder, "missing.db"))).toMatchObject({ ok: false });
});
