// Whatever comes through the front door: it is answered, what is accepted is kept, and nothing of it breaks out.
import { copyScript } from "../../src/status/page/copy-script.ts";
import { liveScript, timesScript } from "../../src/status/page/scripts.ts";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { z } from "zod";
import { AlertItem, IncidentDetail, Problem } from "../../src/http/contract.ts";
import { day, minute } from "../../src/lib/clock.ts";
import { macOf } from "../../src/lib/signature.ts";
import { askRaw, dial, readAnswer, sendRaw, untilClosed, type RawAnswer } from "../kit/raw-http.ts";
import { tocsinProcess, type TocsinProcess } from "../kit/tocsin-process.ts";
import { skipped } from "../peers/install.ts";
import { joinAs, ngircd, startNgircd, type Ngircd, type Observer } from "../peers/ngircd.ts";

const missing = skipped(ngircd, "acceptance: bad input");
const token = "hook-token-of-the-front-door";
const secrets = [token, "irc-password-of-ours", "db-password-of-theirs", "probe-password-of-theirs"];
const megabyte = 1_048_576;

/** What must never reach a reader: controls, and what turns the direction of text. Line breaks and tabs may stand in a text. */
function steeringIn(text: string): readonly string[] {
  const steering =
    /.{0,20}[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff].{0,20}/gu;
  return [...text.matchAll(steering)].map(([found]) => JSON.stringify(found));
}

function config(folder: string, server: Ngircd): string {
  const irc = `type: irc, host: ${server.host}, port: ${server.port}, tls: false, nick: tocsin, pace: { burst: 50, every: 1s }`;
  return `
site: { name: Packit, url: "https://status.example.org" }
server: { port: 0 }
components: [{ id: api, name: Packit API }, { id: copr, name: Copr builds }, { id: tests, name: Tests }]
people: [{ id: alice, name: Alice }]
roles: [{ id: outage-master, people: [alice] }]
channels:
  - { id: team-irc, audience: team, ${irc}, join: "#team" }
  - { id: users-irc, type: irc, audience: users, same_connection_as: team-irc, join: "#users" }
  - { id: refused, type: irc, audience: users, host: ${server.host}, port: ${server.port}, tls: false, nick: refused, password: irc-password-of-ours, join: "#refused" }
  - { id: terminal, type: stdout, audience: team }
sources:
  - { id: hook, type: generic, token: ${token} }
  - { id: small, type: generic, basic: { user: ci, password: ${token} }, body_limit: 1KiB }
  - { id: signed, type: generic, hmac: { secret: ${token}, header: X-Signature }, body_limit: 2MiB }
  - { id: builds, type: jobs, preset: packit, database: "postgres://tocsin:db-password-of-theirs@127.0.0.1:1/jobs", blind_after: 30d, component: copr }
  - { id: probe, type: http-probe, url: "http://probe:probe-password-of-theirs@127.0.0.1:1/", component: tests, fail_after: 100 }
publish:
  targets: [{ id: folder, type: static-site, to: { directory: "${folder}/mirror" }, every: 1m }]
`;
}

let server: Ngircd;
let team: Observer;
let users: Observer;
let tocsin: TocsinProcess;
/** All that was ever answered, to look for what must not be in it. */
const answered: string[] = [];
/** Requests that were answered with 202 or 422: as many rows has the inbox. */
let kept = 0;

beforeAll(async () => {
  if (missing) return;
  server = await startNgircd();
  team = await joinAs(server, "watcher1", "#team");
  users = await joinAs(server, "watcher2", "#users");
  tocsin = await tocsinProcess((folder) => config(folder, server));
  await tocsin.start();
});

afterAll(async () => {
  if (missing) return;
  await tocsin[Symbol.asyncDispose]();
  await team[Symbol.asyncDispose]();
  await users[Symbol.asyncDispose]();
  await server[Symbol.asyncDispose]();
});

const auth = `Authorization: Bearer ${token}`;

async function hookRaw(body: string | Uint8Array, headers: readonly string[] = [auth], source = "hook") {
  const length = `Content-Length: ${Buffer.byteLength(body)}`;
  const answer = await askRaw(tocsin.url(), `POST /hooks/${source}`, [...headers, length], body);
  answered.push(answer.body);
  if (answer.status === 202 || answer.status === 422) kept += 1;
  return answer;
}

/** Alerts of one source that name no component, less than 5 min apart, are one incident: later ones are one of their own. */
const apart = (): Promise<void> => tocsin.advance(6 * minute);

const Accepted = z.object({ alerts: z.number(), warnings: z.array(z.string()).default([]) });

/** Sends what must be accepted; the warnings. */
async function accepted(body: unknown): Promise<readonly string[]> {
  const answer = await hookRaw(JSON.stringify(body));
  expect(answer).toMatchObject({ status: 202 });
  return Accepted.parse(JSON.parse(answer.body)).warnings;
}

function problemIn(answer: RawAnswer): Problem {
  expect(answer.headers.get("content-type")).toMatch(/^application\/problem\+json/u);
  const problem = Problem.parse(JSON.parse(answer.body));
  expect(problem.status).toBe(answer.status);
  return problem;
}

async function problemsOf(body: string | Uint8Array): Promise<readonly string[]> {
  const answer = await hookRaw(body);
  expect(answer.status).toBe(422);
  return problemIn(answer).errors ?? [];
}

/** Straight from the file: what is stored, not what is told about it. */
function stored(sql: string): readonly Record<string, unknown>[] {
  using database = new DatabaseSync(join(tocsin.dataDir, "tocsin.db"), { readOnly: true, timeout: 5_000 });
  return database.prepare(sql).all();
}

const InboxRow = z.object({ status: z.string(), reason: z.string().nullable(), body: z.instanceof(Uint8Array) });

function lastInInbox(): z.infer<typeof InboxRow> {
  return InboxRow.parse(stored("select status, reason, body from inbox order by id desc limit 1")[0]);
}

async function worksOffInbox(): Promise<void> {
  await tocsin.until(
    "the inbox is worked off",
    () => stored("select 1 from inbox where status = 'new' limit 1").length === 0,
  );
}

async function everythingIsSaid(): Promise<void> {
  await worksOffInbox();
  await tocsin.until(
    "everything is said",
    () =>
      stored("select 1 from deliveries where status in ('pending', 'claimed') and target <> 'refused' limit 1")
        .length === 0,
  );
}

async function alertOf(fingerprint: string): Promise<AlertItem | undefined> {
  await worksOffInbox();
  const answer = await tocsin.ask("GET", "/api/v1/alerts?limit=200");
  return z
    .array(AlertItem)
    .parse(JSON.parse(answer.body))
    .find(({ key }) => key === `hook/${fingerprint}`);
}

async function incident(number: number): Promise<IncidentDetail> {
  return IncidentDetail.parse(JSON.parse((await tocsin.ask("GET", `/api/v1/incidents/${number}`)).body));
}

/** The number of the incident that an alert belongs to. */
async function incidentOf(fingerprint: string): Promise<number> {
  const found = await alertOf(fingerprint);
  expect(found?.incident, `${fingerprint} has an incident`).toEqual(expect.any(Number));
  return found?.incident ?? 0;
}

async function order(path: string, body: object): Promise<void> {
  const answer = await tocsin.ask("POST", path, body);
  answered.push(answer.body);
  expect(answer).toMatchObject({ status: path === "/api/v1/incidents" ? 201 : 200 });
}

function alert(fingerprint: string, more: Readonly<Record<string, unknown>> = {}): Record<string, unknown> {
  return { fingerprint, status: "firing", summary: `${fingerprint} is broken`, ...more };
}

async function get(path: string, headers: readonly string[] = [], method = "GET"): Promise<RawAnswer> {
  const answer = await askRaw(tocsin.url(), `${method} ${path}`, headers);
  answered.push(answer.body);
  return answer;
}

describe.skipIf(missing)("a body", () => {
  test("that is too large is refused, and the sender is told how large it may be", async () => {
    const before = stored("select 1 from inbox").length;
    const declared = await hookRaw("x".repeat(megabyte + 1));
    expect(declared.status).toBe(413);
    expect(problemIn(declared).code).toBe("too-large");
    expect(problemIn(declared).detail).toMatch(/1048576 bytes/u);
    const size = (megabyte + 1).toString(16);
    const streamed = readAnswer(
      await sendRaw(
        tocsin.url(),
        `POST /hooks/hook HTTP/1.1\r\nHost: x\r\n${auth}\r\nTransfer-Encoding: chunked\r\n\r\n${size}\r\n`,
        Buffer.alloc(megabyte + 1, "x"),
        "\r\n0\r\n\r\n",
      ),
    );
    expect(streamed.status).toBe(413);
    expect(stored("select 1 from inbox").length).toBe(before);
  });

  test("is as large as its source allows, and no larger", async () => {
    const basic = [`Authorization: Basic ${Buffer.from(`ci:${token}`).toString("base64")}`];
    const large = await hookRaw(JSON.stringify(alert("small", { padding: "x".repeat(1_024) })), basic, "small");
    expect(large.status).toBe(413);
    expect(problemIn(large).detail).toBe("a body is at most 1024 bytes (1 KiB); nothing was taken");
    expect((await hookRaw(JSON.stringify(alert("small")), basic, "small")).status).toBe(202);
    const body = JSON.stringify(alert("signed", { padding: "x".repeat(megabyte) }));
    const signature = macOf([body], token, { algorithm: "sha256", encoding: "hex" });
    expect((await hookRaw(body, [`X-Signature: ${signature}`], "signed")).status).toBe(202);
    expect((await hookRaw(`${body} `, [`X-Signature: ${signature}`], "signed")).status).toBe(401);
  });

  test("as large as it may be is taken", async () => {
    const padding = "x".repeat(megabyte - Buffer.byteLength(JSON.stringify(alert("large", { padding: "" }))));
    expect(await accepted(alert("large", { padding }))).toEqual([]);
  });

  test.each([
    "application/json",
    "text/plain",
    "text/xml; charset=ebcdic",
    "application/x-www-form-urlencoded",
    "json",
    ";;;",
    "a/b/c",
    "é/è",
  ])("is JSON whatever its sender calls it: %s", async (type) => {
    const answer = await hookRaw(JSON.stringify(alert("called")), [auth, `Content-Type: ${type}`]);
    expect(answer.status).toBe(202);
  });

  test("without a content type is JSON too", async () => {
    expect((await hookRaw(JSON.stringify(alert("called")))).status).toBe(202);
  });

  test.each<readonly [string, string, RegExp]>([
    ["nothing", "", /^not JSON: .*end of JSON input/u],
    ["a word", "hello", /^not JSON: .*'h', "hello"/u],
    ["cut off", '{"fingerprint": "f"', /^not JSON: .*position 19 \(line 1 column 20\)/u],
    ["wrong in the middle", '{"fingerprint": "f",\n "status": oops }', /^not JSON: .*'o', .*oops/u],
    ["a form", "payload=%7B%7D&token=x", /^not JSON: .*"payload=/u],
  ])("that is no JSON (%s) is refused with its place, and kept", async (_, body, words) => {
    expect(await problemsOf(body)).toEqual([expect.stringMatching(words)]);
    expect(lastInInbox().status).toBe("rejected");
    expect(lastInInbox().reason).toMatch(words);
    expect(Buffer.from(lastInInbox().body).toString()).toBe(body);
  });

  test("in broken UTF-8 is refused, and kept byte by byte", async () => {
    const body = Buffer.concat([
      Buffer.from('{"fingerprint":"'),
      Buffer.from([0xff, 0xc0, 0x80, 0xed, 0xa0, 0x80]),
      Buffer.from('"}'),
    ]);
    expect(await problemsOf(body)).toEqual(["not UTF-8"]);
    expect(Buffer.from(lastInInbox().body)).toEqual(body);
  });

  test.each<readonly [string, string, unknown, RegExp]>([
    ["fingerprint", "a number", 1, /^\$\.fingerprint: .*expected string, received number/u],
    ["fingerprint", "missing", undefined, /^\$\.fingerprint: /u],
    ["fingerprint", "empty", "", /^\$\.fingerprint: /u],
    ["fingerprint", "invisible", "\u0000\u202e", /^\$\.fingerprint: /u],
    ["fingerprint", "too long", "x".repeat(501), /^\$\.fingerprint: /u],
    ["status", "unknown", "burning", /^\$\.status: "burning" is neither firing nor resolved/u],
    ["status", "a list", ["firing"], /^\$\.status: /u],
    ["summary", "null", null, /^\$\.summary: .*received null/u],
    ["summary", "invisible", "\u001b\u0007", /^\$\.summary: /u],
    ["summary", "too long", "x".repeat(2_001), /^\$\.summary: /u],
    ["component", "a number", 4, /^\$\.component: /u],
    ["severity", "unknown", "fatal", /^\$\.severity: .*"critical"\|"warning"\|"info"/u],
    ["kind", "unknown", "__proto__", /^\$\.kind: .*"failing"/u],
    ["starts_at", "a number", 1_764_000_000, /^\$\.starts_at: a time is written 2026-11-22T10:42:00Z/u],
    ["starts_at", "no date", "2026-13-01T00:00:00Z", /^\$\.starts_at: a time is written/u],
    ["starts_at", "a sender's zero", "1970-01-01T00:00:00Z", /^\$\.starts_at: that is before 2015/u],
    ["ends_at", "a word", "yesterday", /^\$\.ends_at: a time is written/u],
    ["link", "a script", "javascript:alert(1)", /^\$\.link: a link begins with https:\/\/ or http:\/\//u],
    ["link", "relative", "/relative", /^\$\.link: /u],
    ["labels", "a list", [], /^\$\.labels: /u],
    ["labels", "nested", { a: { b: 1 } }, /^\$\.labels\.a: /u],
  ])("whose %s is wrong (%s) is refused with the place of it, and kept", async (field, _, value, words) => {
    const before = kept;
    expect(await problemsOf(JSON.stringify(alert("wrong", { [field]: value })))).toEqual([
      expect.stringMatching(words),
    ]);
    expect(kept).toBe(before + 1);
    expect(lastInInbox().status).toBe("rejected");
    expect(lastInInbox().reason).toMatch(words);
  });

  test.each(["null", "true", "7", '"text"', "[]", "[[]]", "[null]"])(
    "that is %s is refused, and kept",
    async (body) => {
      expect(await problemsOf(body)).toEqual([expect.stringMatching(/^\$/u)]);
      expect(lastInInbox()).toMatchObject({ status: "rejected" });
    },
  );

  test("with every mistake at once is told of all of them", async () => {
    const problems = await problemsOf(
      JSON.stringify({ fingerprint: 1, status: "x", summary: 2, severity: 3, kind: 4 }),
    );
    expect(problems.map((problem) => problem.split(":")[0])).toEqual([
      "$.fingerprint",
      "$.status",
      "$.summary",
      "$.severity",
      "$.kind",
    ]);
  });

  test("with one bad alert among good ones is refused whole, and kept whole", async () => {
    const many = [alert("good-1"), alert("good-2"), alert("bad", { status: "on fire" }), alert("good-3")];
    expect(await problemsOf(JSON.stringify(many))).toEqual([expect.stringMatching(/^\$\[2\]\.status: /u)]);
    expect(Buffer.from(lastInInbox().body).toString()).toBe(JSON.stringify(many));
    expect(await alertOf("good-1")).toBeUndefined();
  });

  test("with more than 1,000 alerts is refused", async () => {
    const many = Array.from({ length: 1_001 }, () => alert("one-too-many"));
    expect(await problemsOf(JSON.stringify(many))).toEqual(["$: between 1 and 1,000 alerts in one request, not 1001"]);
  });

  test("that is nested 100,000 deep is refused where it should be flat, and passed over where nobody reads it", async () => {
    const deep = `${"[".repeat(100_000)}${"]".repeat(100_000)}`;
    expect(await problemsOf(deep)).toEqual([expect.stringMatching(/^\$\[0\]: .*expected object, received array/u)]);
    const labelled = JSON.stringify(alert("deep", { labels: { a: "DEEP" } })).replace('"DEEP"', deep);
    expect(await problemsOf(labelled)).toEqual([expect.stringMatching(/^\$\.labels\.a: /u)]);
    const aside = JSON.stringify(alert("deep", { aside: "DEEP" })).replace('"DEEP"', deep);
    expect(await hookRaw(aside)).toMatchObject({ status: 202 });
    expect(await alertOf("deep")).toMatchObject({ status: "firing" });
  });

  test("with the names of prototypes is taken as what it says", async () => {
    const body = `{"__proto__": {"status": "resolved"}, "constructor": {"prototype": {"polluted": 1}}, "toString": 1,
      "fingerprint": "__proto__", "status": "firing", "summary": "constructor", "component": "constructor",
      "labels": {"__proto__": "a", "constructor": "b", "hasOwnProperty": "c"}}`;
    const answer = await hookRaw(body);
    expect(answer.status).toBe(202);
    expect(answer.body).toContain('there is no component \\"constructor\\"');
    expect(await alertOf("__proto__")).toMatchObject({ status: "firing", component: null, summary: "constructor" });
    const impact = `{"title": "Prototypes", "impact": {"__proto__": "major_outage", "constructor": "major_outage"}}`;
    const opened = await tocsin.ask("POST", "/api/v1/incidents", JSON.parse(impact));
    expect(opened.status).toBeGreaterThanOrEqual(400);
    expect(opened.status).toBeLessThan(500);
  });
});

describe.skipIf(missing)("a sender", () => {
  test.each<readonly [string, readonly string[]]>([
    ["none", []],
    ["a wrong one", ["Authorization: Bearer wrong-token-wrong-token"]],
    ["an empty one", ["Authorization: Bearer "]],
    ["half of it", [`Authorization: Bearer ${token.slice(0, -1)}`]],
    ["more than it", [`Authorization: Bearer ${token}x`]],
    ["another scheme", [`Authorization: Basic ${token}`]],
    ["two", ["Authorization: Bearer wrong-token-wrong-token", auth]],
    ["the right one in another place", [`X-Token: ${token}`]],
  ])("whose token is %s gets 401, and nothing is stored", async (_, headers) => {
    const before = stored("select 1 from inbox").length;
    const answer = await hookRaw(JSON.stringify(alert("stranger")), headers);
    expect(answer.status).toBe(401);
    expect(problemIn(answer).code).toBe("unauthorized");
    expect(answer.headers.get("www-authenticate")).toBe("Bearer");
    expect(stored("select 1 from inbox").length).toBe(before);
  });

  test.each<readonly [string, string, string]>([
    ["small", 'Basic realm="tocsin"', "user and password are missing or wrong"],
    ["signed", 'HMAC realm="tocsin", header="x-signature", algorithm="sha256"', "the signature in x-signature is missing or wrong"], // prettier-ignore
  ])("of %s is told by what it shows who it is", async (source, challenge, words) => {
    const answer = await hookRaw(JSON.stringify(alert("stranger")), [auth], source);
    expect(answer.status).toBe(401);
    expect(answer.headers.get("www-authenticate")).toBe(challenge);
    expect(problemIn(answer).detail).toBe(words);
  });

  test.each<readonly [string, RegExp]>([
    ["hok", /there is no webhook source "hok"; did you mean "hook"\?/u],
    ["grafana", /there is no webhook source "grafana"; known: hook/u],
    ["builds", /there is no webhook source "builds"; known: hook/u],
    ["__proto__", /there is no webhook source "__proto__"/u],
    ["%1b%5b31mred%C2%9b%E2%80%AE", /there is no webhook source "\[31mred"/u],
  ])("of the unknown source %s gets 404 with the nearest", async (source, words) => {
    const answer = await hookRaw(JSON.stringify(alert("lost")), [auth], source);
    expect(answer.status).toBe(404);
    expect(problemIn(answer).code).toBe("unknown-source");
    expect(problemIn(answer).detail).toMatch(words);
    expect(steeringIn(answer.body)).toEqual([]);
  });

  test("who misspells a component is warned with the nearest, and the incident opens all the same", async () => {
    await apart();
    expect(await accepted(alert("misspelt", { component: "corp" }))).toEqual([
      '$.component: there is no component "corp"; did you mean "copr"?; the alert was taken without it',
    ]);
    expect(await accepted([alert("fine"), alert("odd", { component: "nothing-like-it" })])).toEqual([
      '$[1].component: there is no component "nothing-like-it"; known: api, copr, tests; the alert was taken without it',
    ]);
    expect(await incident(await incidentOf("misspelt"))).toMatchObject({ visibility: "draft", impact: {} });
    await team.expects(/misspelt is broken/u);
  });

  test("whose clock is far ahead is warned, and the time of receipt is taken", async () => {
    const future = new Date(tocsin.now() + 30 * 365 * day).toISOString();
    expect(await accepted(alert("tomorrow", { starts_at: future }))).toEqual([
      "$.starts_at: that is in the future; the time of receipt was taken",
    ]);
    const { clocks } = await incident(await incidentOf("tomorrow"));
    expect(Date.parse(clocks.started)).toBeLessThanOrEqual(tocsin.now());
    expect(await accepted(alert("tomorrow", { status: "resolved", ends_at: "9999-12-31T23:59:59Z" }))).toEqual([
      "$.ends_at: that is in the future; the time of receipt was taken",
    ]);
    expect(await alertOf("tomorrow")).toMatchObject({ status: "resolved" });
  });

  test("whose clock is a little ahead is not nagged", async () => {
    const soon = new Date(tocsin.now() + 4 * minute).toISOString();
    expect(await accepted(alert("soon", { starts_at: soon }))).toEqual([]);
    expect(Date.parse((await incident(await incidentOf("soon"))).clocks.started)).toBeLessThanOrEqual(tocsin.now());
  });

  test("who sends the same webhook twice has one incident, and two rows in the inbox", async () => {
    await apart();
    const before = stored("select 1 from inbox").length;
    for (let turn = 0; turn < 2; turn++) await accepted(alert("twice"));
    const number = await incidentOf("twice");
    expect(stored("select 1 from inbox").length).toBe(before + 2);
    const { timeline } = await incident(number);
    expect(timeline.map(({ kind }) => kind)).toEqual(["opened"]);
    await everythingIsSaid();
    expect(team.messages.filter((text) => text.includes("twice is broken"))).toHaveLength(1);
  });

  test("whose words come out of order does not reopen what is over, nor end what is new", async () => {
    const at = (minutes: number): string => new Date(tocsin.now() + minutes * minute).toISOString();
    await accepted(alert("late", { status: "resolved", starts_at: at(-20), ends_at: at(-10) }));
    expect(await alertOf("late")).toMatchObject({ status: "resolved", incident: null });
    await accepted(alert("late", { starts_at: at(-20) }));
    expect(await alertOf("late")).toMatchObject({ status: "resolved", incident: null });
    await accepted(alert("late", { starts_at: at(-2) }));
    const number = await incidentOf("late");
    await accepted(alert("late", { status: "resolved", starts_at: at(-20), ends_at: at(-10) }));
    expect(await alertOf("late")).toMatchObject({ status: "firing", incident: number });
    expect(await incident(number)).toMatchObject({ state: "triggered" });
  });
});

const hostile = {
  script: "<script>alert('SCRIPT')</script><img src=x onerror=alert(1)>",
  style: "</style></title></textarea><svg/onload=alert(1)>",
  link: "[click](javascript:alert(1)) [data](data:text/html,x) <javascript:alert(2)> [odd](JaVa\tScRiPt:alert(3))",
  markdown: "![pixel](https://tracker.example/p.gif) <b onclick=x()>bold</b> &#x202e;&#8235; `code`",
  attribute: '" onmouseover="alert(1)" x=\'',
  irc: "word\r\nQUIT :gone\r\nPRIVMSG #users :forged\u0001ACTION\u0001",
  terminal: "\u001b]0;owned\u0007\u001b[2J\u001b[31mred\u009b1A\u0008\u0000",
  bidi: "\u202eexe.gpj\u2066 \u200f\u061c \ufeff",
  zalgo: `Z${"\u0335\u0301".repeat(100)}algo`,
  word: "w".repeat(900),
} as const;
const everything = Object.values(hostile).join(" ");

/** Every form in which the public, the team or a program gets to read. */
async function everySurface(number: number): Promise<ReadonlyMap<string, string>> {
  const pages = [
    "/",
    `/incidents/${number}`,
    "/status.txt",
    "/api/v2/summary.json",
    "/api/v2/status.json",
    "/state.json",
  ];
  const files = ["index.html", `incidents/${number}.html`, "status.txt", "api/v2/summary.json", "state.json"];
  const commands = [
    ["incident", "show", String(number)],
    ["incident", "list"],
    ["alert", "list"],
    ["delivery", "list"],
  ];
  const surfaces = new Map<string, string>();
  for (const page of pages) surfaces.set(page, (await get(page)).body);
  for (const file of files) surfaces.set(`mirror/${file}`, readFileSync(join(tocsin.folder, "mirror", file), "utf8"));
  for (const command of commands) {
    const [words, json] = await Promise.all([tocsin.cli(...command), tocsin.cli("--json", ...command)]);
    expect([words.code, json.code]).toEqual([0, 0]);
    surfaces.set(command.join(" "), words.out + words.err);
    surfaces.set(`${command.join(" ")} --json`, json.out + json.err);
    expect(typeof JSON.parse(json.out)).toBe("object");
  }
  surfaces.set("the terminal", tocsin.output());
  for (const text of surfaces.values()) answered.push(text);
  return surfaces;
}

const tags = new Set(
  "a abbr article button form i input label noscript aside b blockquote body br code dd details div dl dt em footer h1 h2 h3 head header hr html li link main meta nav ol p path pre s section span strong style summary svg time title ul use symbol rect circle g table caption thead tbody tr th td".split(
    " ",
  ),
);

/** Tags that we do not write, attributes that act, addresses that are not the web's. */
function breakouts(page: string): readonly string[] {
  const found: string[] = [];
  // Ours are named by their hashes in the policy; any other script is found.
  const html = [timesScript, liveScript, copyScript].reduce(
    (text, script) =>
      text.replace(new RegExp(`<script(?: data-[a-z]+="[^"]*")*>${RegExp.escape(script)}</script>`, "u"), ""),
    page,
  );
  for (const [tag, name = "", attributes = ""] of html.matchAll(/<\/?([a-z0-9]+)((?:[^<>"]|"[^"]*")*)>/giu)) {
    if (!tags.has(name.toLowerCase())) found.push(tag);
    if (/\son\w+\s*=/iu.test(attributes.replace(/"[^"]*"/gu, '""'))) found.push(tag);
    for (const [, address = ""] of attributes.matchAll(/(?:href|src|action)="([^"]*)"/giu))
      if (!/^(https?:\/\/|\.{0,2}\/|#|data:image\/svg|[a-z0-9/.-]+(#|$))/u.test(address)) found.push(tag);
  }
  if ((html.match(/<\/style/giu) ?? []).length !== 1) found.push("more than one </style>");
  return found;
}

describe.skipIf(missing)("hostile words", () => {
  test("in an alert reach the team as one harmless line, and the terminal as text", async () => {
    for (const [name, words] of Object.entries(hostile)) {
      await apart();
      await accepted(
        alert(`hostile ${words}`.slice(0, 400), {
          summary: `${name} ${words}`,
          labels: { [words.slice(0, 90)]: words },
        }),
      );
    }
    await everythingIsSaid();
    for (const name of Object.keys(hostile))
      await team.expects(new RegExp(`^Alice: Incident \\d+: .*${name}( |$)`, "u"));
    expect(team.messages.join("\n")).toContain("[31mred");
    expect(steeringIn(tocsin.output())).toEqual([]);
    // The forged QUIT and PRIVMSG are words in a line; Tocsin is still there, and nobody spoke to the users.
    expect(team.lines.filter((line) => /^:tocsin\S* (QUIT|PART|NICK)/u.test(line))).toEqual([]);
    expect(users.messages).toEqual([]);
  });

  test("of the team, in every field of a notice and in an update, break out nowhere", async () => {
    await accepted(
      alert("public", {
        component: "api",
        severity: "critical",
        summary: everything,
        link: "https://x.example/\u001b[2J",
      }),
    );
    const number = await incidentOf("public");
    const many = (...names: readonly (keyof typeof hostile)[]): string => names.map((name) => hostile[name]).join(" ");
    await order(`/api/v1/incidents/${number}/edit`, {
      title: many("script", "style", "terminal"),
      scope: everything,
      affected: everything,
      not_affected: everything,
      alternatives: [everything, "none known"],
      retrigger: everything,
      cause: everything,
      links: ['https://x.example/?a=<script>&b="onload=', "https://x.example/\u001b[2J\u202e"],
      impact: { api: "major_outage" },
    });
    await order(`/api/v1/incidents/${number}/publish`, { text: everything });
    await order(`/api/v1/incidents/${number}/update`, { text: everything, phase: "identified" });
    await order(`/api/v1/incidents/${number}/note`, { text: everything });
    await everythingIsSaid();
    await tocsin.until("the mirror has the update", () =>
      readFileSync(join(tocsin.folder, "mirror", "status.txt"), "utf8").includes("Identified"),
    );
    const surfaces = await everySurface(number);
    for (const [name, text] of surfaces) {
      expect([name, steeringIn(text)]).toEqual([name, []]);
      if (text.startsWith("<!doctype")) expect([name, breakouts(text)]).toEqual([name, []]);
    }
    expect(surfaces.get(`/incidents/${number}`)).toContain("&lt;script&gt;alert");
    expect(breakouts('<p onclick="x"><img><a href="javascript:x"></style></style>')).toHaveLength(4);
  });

  test("are whole lines of at most 512 bytes on IRC, and none of them is a command", () => {
    for (const observer of [team, users]) {
      expect(observer.said.length).toBeGreaterThan(0);
      for (const { from, text } of observer.said) expect([from, steeringIn(text)]).toEqual(["tocsin", []]);
      for (const line of observer.lines) {
        expect(Buffer.byteLength(line) + 2).toBeLessThanOrEqual(512);
        expect(line).not.toContain("\ufffd");
      }
    }
    expect(users.messages.join(" ")).toContain("QUIT :gone PRIVMSG #users :forged");
  });

  test("cannot be told for lines of ours: what a person wrote on several lines is indented", async () => {
    await order("/api/v1/incidents", {
      title: "One\nIncident 9: forged",
      scope: "One\nClocks\n  started       never",
      impact: { tests: "partial_outage" },
    });
    const listed = await tocsin.cli("--json", "incident", "list");
    const [newest] = z.array(z.object({ number: z.number(), title: z.string() })).parse(JSON.parse(listed.out));
    expect(newest?.title).toBe("One Incident 9: forged");
    const { out } = await tocsin.cli("incident", "show", String(newest?.number));
    expect(out.split("\n").filter((line) => /^(Clocks|Incident|  started)/u.test(line))).toHaveLength(3);
  });
});

describe.skipIf(missing)("a draft", () => {
  const word = "draftworthy-secret-word";

  test("is on no public path, and its address is like one that never was", async () => {
    await apart();
    await accepted(alert("draft", { summary: `${word} is broken`, labels: { word } }));
    const number = await incidentOf("draft");
    await everythingIsSaid();
    for (const suffix of ["", ".html", "?x=1", ".html?x"]) {
      const draft = await get(`/incidents/${number}${suffix}`);
      const never = await get(`/incidents/123456${suffix}`);
      expect(draft.status).toBe(404);
      expect([...draft.headers].filter(([name]) => name !== "date")).toEqual(
        [...never.headers].filter(([name]) => name !== "date"),
      );
      expect(draft.body).toBe(never.body);
    }
    for (const path of [
      "/",
      "/status.txt",
      "/api/v2/summary.json",
      "/api/v2/status.json",
      "/state.json",
      "/metrics",
      "/readyz",
      "/healthz",
    ])
      expect((await get(path)).body).not.toContain(word);
    await tocsin.advance(2 * minute);
    for (const file of readdirSync(join(tocsin.folder, "mirror"), { recursive: true, withFileTypes: true }))
      // A draft of a file may be renamed meanwhile.
      if (file.isFile() && !file.name.endsWith(".tocsin-tmp"))
        expect(readFileSync(join(file.parentPath, file.name), "utf8")).not.toContain(word);
    expect(readdirSync(join(tocsin.folder, "mirror", "incidents"))).not.toContain(`${number}.html`);
  });

  test("opens with the key that the team was told, and a wrong key is the 404 of one that never was", async () => {
    const number = await incidentOf("draft");
    const said = await team.expects(new RegExp(`${word} is broken.*/team/${number}/`, "u"));
    const path = new URL(/https:\S+/u.exec(said)?.[0] ?? "").pathname;
    const page = await get(path);
    expect(page.status).toBe(200);
    expect(page.body).toContain(word);
    expect(page.headers.get("cache-control")).toBe("no-store");
    expect(page.headers.get("x-robots-tag")).toContain("noindex");
    const key = path.split("/").at(-1) ?? "";
    const never = await get("/team/123456/wrong");
    expect(never.status).toBe(404);
    for (const wrong of [
      `/team/${number}/wrong`,
      `/team/${number + 1}/${key}`,
      `/team/0${number}/${key}`,
      `/team/${number}/${key}x`,
      `/team/${number}/${key.slice(0, -1)}`,
      `/team/${number}/%00`,
    ]) {
      const answer = await get(wrong);
      expect([wrong, answer.status]).toEqual([wrong, 404]);
      expect(answer.body).toBe(never.body);
      expect([...answer.headers.keys()]).toEqual([...never.headers.keys()]);
    }
  });
});

describe.skipIf(missing)("a path", () => {
  test.each([
    "/incidents/1%2e%2e",
    "/incidents/%31",
    "/incidents/0",
    "/incidents/01",
    "/incidents/-1",
    "/incidents/1e0",
    "/incidents/99999999999",
    "/incidents/1/",
    "/incidents/",
    "//",
    "//incidents/1",
    "/../../etc/passwd",
    "/%2e%2e/%2e%2e/etc/passwd",
    "/..%5c..%5ctocsin.yaml",
    "/tocsin.yaml",
    "/tocsin.db",
    "/state.json/",
    "/STATE.JSON",
    "/team/1",
    "/\\",
    "http://elsewhere.example/",
  ])("that leads nowhere is answered with the page that says so: %s", async (path) => {
    const answer = await get(path);
    expect(answer.status).toBe(404);
    expect(answer.body).toContain("There is nothing at this address");
    expect(answer.body).not.toContain("elsewhere.example");
    expect(answer.headers.get("content-security-policy")).toContain("default-src 'none'");
  });

  test.each(["/%", "/%E0%A4%A", "/incidents/%zz"])(
    "that is not well-formed is a 400 that does not repeat it: %s",
    async (path) => {
      const answer = await get(path);
      expect(problemIn(answer)).toMatchObject({ status: 400, code: "bad-request" });
      expect(answer.body).not.toContain(path);
    },
  );

  test.each([
    "/api/v1",
    "/api/v1/incidents",
    "/api/v1/alerts?firing=true",
    "/api/v1/nothing",
    "/api/v1/incidents/1/ack",
    "/api/v1/../v1/incidents",
  ])("of the API is a 401 for whoever has no token: %s", async (path) => {
    for (const method of ["GET", "POST", "PUT", "DELETE"]) {
      const answer = await get(path, ["Content-Length: 0"], method);
      expect(answer.status).toBe(401);
      expect(answer.headers.get("www-authenticate")).toBe('Bearer realm="tocsin"');
      expect(problemIn(answer).code).toBe("unauthorized");
    }
  });

  test("of the demo's door is not on the public port", async () => {
    for (const method of ["GET", "POST"]) expect((await get("/demo", ["Content-Length: 0"], method)).status).toBe(404);
  });

  test("with a query is the path without it", async () => {
    const [plain, asked] = [await get("/status.txt"), await get("/status.txt?x=%00&y=<script>")];
    expect(asked).toMatchObject({ status: 200, body: plain.body });
  });

  test.each(["POST", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "PROPFIND"])(
    "%s changes nothing and is a 404",
    async (method) => {
      expect((await get("/", ["Content-Length: 0"], method)).status).toBe(404);
    },
  );
});

describe.skipIf(missing)("a page", () => {
  test.each(["/", "/status.txt", "/state.json", "/incidents/123456", "/healthz", "/nothing"])(
    "answers HEAD as GET, without the body: %s",
    async (path) => {
      const [whole, head] = [await get(path), await get(path, [], "HEAD")];
      expect(head.body).toBe("");
      expect(head.status).toBe(whole.status);
      const told = (answer: RawAnswer): unknown =>
        ["content-type", "content-length", "etag", "vary", "cache-control"].map((name) => answer.headers.get(name));
      expect(told(head)).toEqual(told(whole));
    },
  );

  test("that has not changed is a 304 without a body, however its tag is shown", async () => {
    const etag = (await get("/status.txt")).headers.get("etag") ?? "none";
    for (const shown of [etag, `W/${etag}`, `"other", ${etag}`, "*"]) {
      const answer = await get("/status.txt", [`If-None-Match: ${shown}`]);
      expect([shown, answer.status, answer.body]).toEqual([shown, 304, ""]);
      expect(answer.headers.get("etag")).toBe(etag);
    }
    for (const shown of ['"other"', etag.replaceAll('"', ""), ""])
      expect([shown, (await get("/status.txt", [`If-None-Match: ${shown}`])).status]).toEqual([shown, 200]);
  });

  test.each<readonly [string, string | undefined]>([
    ["br", "br"],
    ["gzip, deflate, br", "br"],
    ["gzip", "gzip"],
    ["GZip;q=0.5", "gzip"],
    ["br;q=0", undefined],
    ["br; Q=0.000 , gzip", "gzip"],
    ["gzip;q=0,br;q=0", undefined],
    ["gzip;q=0, br;q=0.1", "br"],
    ["identity", undefined],
    ["*;q=0", undefined],
    ["x-br, brotli, gzipped", undefined],
    ["", undefined],
    [";;,,=", undefined],
  ])("for Accept-Encoding %j is %s", async (accepted, encoding) => {
    const answer = await get("/status.txt", [`Accept-Encoding: ${accepted}`], "HEAD");
    expect(answer.headers.get("content-encoding")).toBe(encoding);
    expect(answer.headers.get("vary")).toBe("Accept-Encoding");
  });
});

describe.skipIf(missing)("a connection", () => {
  test("that sends half a body and goes leaves nothing behind, and holds up nobody meanwhile", async () => {
    const before = stored("select 1 from inbox").length;
    const slow = await Promise.all(Array.from({ length: 20 }, () => dial(tocsin.url())));
    for (const socket of slow)
      socket.write(`POST /hooks/hook HTTP/1.1\r\nHost: x\r\n${auth}\r\nContent-Length: 500\r\n\r\n{"finger`);
    expect((await get("/status.txt")).status).toBe(200);
    await accepted(alert("meanwhile"));
    for (const socket of slow) socket.resetAndDestroy();
    expect(await alertOf("meanwhile")).toBeDefined();
    expect(stored("select 1 from inbox").length).toBe(before + 1);
  });

  test("that sends half a header and ends gets a 400", async () => {
    const socket = await dial(tocsin.url());
    socket.end("GET / HTTP/1.1\r\nHost: x\r\nX-Slow:");
    expect(await untilClosed(socket)).toMatch(/^(HTTP\/1\.1 400 |$)/u);
  });

  test("that floods headers gets a 431", async () => {
    const headers = Array.from({ length: 3_000 }, (_, i) => `X-Flood-${i}: ${"x".repeat(20)}`);
    expect((await askRaw(tocsin.url(), "GET /", headers)).status).toBe(431);
    expect((await askRaw(tocsin.url(), `GET /${"x".repeat(40_000)}`)).status).toBe(431);
  });

  test.each<readonly [string, string]>([
    ["is no HTTP", "\u0016\u0003\u0001\u0002\u0000garbage\r\n\r\n"],
    ["speaks another version", "GET / HTTP/9.9\r\nHost: x\r\n\r\n"],
    [
      "names two lengths",
      `POST /hooks/hook HTTP/1.1\r\nHost: x\r\n${auth}\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\n{}x`,
    ],
    [
      "smuggles a second request",
      `POST /hooks/hook HTTP/1.1\r\nHost: x\r\n${auth}\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nGET / HTTP/1.1\r\n\r\n`,
    ],
    ["folds its headers", "GET / HTTP/1.1\r\nHost: x\r\nX-A: b\r\n c\u0000\r\n\r\n"],
    ["has no host", "GET / HTTP/1.1\r\n\r\n"],
  ])("that %s gets a 400, and is closed", async (_, bytes) => {
    const before = stored("select 1 from inbox").length;
    expect(readAnswer(await sendRaw(tocsin.url(), bytes)).status).toBe(400);
    expect(stored("select 1 from inbox").length).toBe(before);
  });

  test("that pipelines is answered in order", async () => {
    const one = (path: string, last = ""): string => `GET ${path} HTTP/1.1\r\nHost: x\r\n${last}\r\n`;
    const answers = await sendRaw(
      tocsin.url(),
      one("/healthz") + one("/incidents/123456") + one("/status.txt", "Connection: close\r\n"),
    );
    expect([...answers.matchAll(/HTTP\/1\.1 (\d+)/gu)].map(([, status]) => status)).toEqual(["200", "404", "200"]);
  });

  test("that pipelines garbage after a webhook is closed, and the webhook is in the inbox once or not at all", async () => {
    const body = JSON.stringify(alert("before-garbage"));
    const before = stored("select 1 from inbox").length;
    await sendRaw(
      tocsin.url(),
      `POST /hooks/hook HTTP/1.1\r\nHost: x\r\n${auth}\r\nContent-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}\u0000\u0001\r\n\r\n`,
    );
    expect((await get("/healthz")).status).toBe(200);
    await accepted(alert("after-garbage"));
    const more = stored("select 1 from inbox").length - before - 1;
    expect([0, 1]).toContain(more);
    kept += more;
  });
});

describe.skipIf(missing)("in the end", () => {
  test("1,000 alerts in one request are all taken, into one incident of their component", async () => {
    const many = Array.from({ length: 1_000 }, (_, i) => alert(`many-${i}`, { component: "copr" }));
    expect(await accepted(many)).toEqual([]);
    await worksOffInbox();
    expect(stored("select key from alerts where key like 'hook/many-%'")).toHaveLength(1_000);
    expect(stored("select distinct incident from alerts where key like 'hook/many-%'")).toHaveLength(1);
    await everythingIsSaid();
    expect(team.messages.filter((text) => /many-\d+ is broken/u.test(text)).length).toBeLessThan(5);
  });

  test("no secret has been said: not in a log, not in /metrics or /readyz, not in an answer, not on a page", async () => {
    await tocsin.until("what has a secret has had trouble", () =>
      /could not look[^]*Bad password/u.test(tocsin.output()),
    );
    for (const path of ["/metrics", "/readyz", "/healthz"]) await get(path);
    for (const file of readdirSync(join(tocsin.folder, "mirror"), { recursive: true, withFileTypes: true }))
      if (file.isFile()) answered.push(readFileSync(join(file.parentPath, file.name), "utf8"));
    const all = [
      tocsin.output(),
      ...answered,
      ...team.lines,
      ...users.lines,
      JSON.stringify(stored("select headers, reason from inbox")),
    ].join("\n");
    expect(secrets.filter((secret) => all.includes(secret))).toEqual([]);
    expect(all).toContain("127.0.0.1:1");
  });

  test("it still serves, has everything that it accepted, and stops at once although somebody is still sending", async () => {
    await everythingIsSaid();
    expect((await get("/")).status).toBe(200);
    expect(await accepted(alert("last"))).toEqual([]);
    await worksOffInbox();
    expect(stored("select status from alerts where key = 'hook/last'")).toEqual([{ status: "firing" }]);
    expect(stored("select count(*) as rows from inbox")).toEqual([{ rows: kept }]);
    expect(stored("select count(*) as rows from inbox where status = 'new'")).toEqual([{ rows: 0 }]);
    expect(tocsin.output()).not.toMatch(/"level":(50|60)|Error:|\n {4}at /u);
    const loris = await dial(tocsin.url());
    loris.write(`POST /hooks/hook HTTP/1.1\r\nHost: x\r\n${auth}\r\nContent-Length: 500\r\n\r\n{`);
    const gone = untilClosed(loris);
    expect((await get("/healthz")).status).toBe(200);
    expect(await tocsin.stop()).toBe(0);
    await gone;
  });
});
