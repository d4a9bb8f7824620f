import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, describe, expect, test, vi } from "vitest";
import { z } from "zod";
import { AlertItem, DeliveryItem, IncidentDetail, IncidentSummary } from "../http/contract.ts";
import { run } from "./program.ts";

const folder = mkdtempSync(join(tmpdir(), "tocsin-program-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
afterEach(() => void vi.unstubAllEnvs());

const file = join(folder, "tocsin.yaml");
writeFileSync(
  file,
  `
site: { name: Packit, url: "https://status.example.org" }
components: [{ id: api, name: Packit API }, { id: copr, name: Copr builds }]
people: [{ id: alice, name: Alice }, { id: bob, name: Bob }]
channels: [{ id: team, type: stdout }]
templates:
  - id: copr-down
    for: { component: copr, kind: down }
    title: "{component} cannot be reached"
    impact: { copr: major_outage }
    scope: New builds fail.
    affected: everybody who builds
    alternatives: ["none known"]
    retrigger: "no"
publish: { targets: [{ id: folder, type: static-site, to: { directory: "${folder}/mirror" } }] }
`,
);

type Said = { readonly code: number; readonly out: string; readonly err: string };

/** One command line in this process, on the database of `folder`. */
async function tocsin(...args: readonly string[]): Promise<Said> {
  const said = { out: "", err: "" };
  const hear = (where: "out" | "err") => (text: string | Uint8Array) => {
    said[where] += String(text);
    return true;
  };
  const heard = [
    vi.spyOn(process.stdout, "write").mockImplementation(hear("out")),
    vi.spyOn(process.stderr, "write").mockImplementation(hear("err")),
  ];
  try {
    return { code: await run(["--config", file, "--data", join(folder, "data"), ...args]), ...said };
  } finally {
    heard.forEach((spy) => spy.mockRestore());
  }
}

function read<S extends z.ZodType>(schema: S, { code, out, err }: Said): z.output<S> {
  expect([code, err]).toEqual([0, ""]);
  return schema.parse(JSON.parse(out));
}

async function opened(title: string): Promise<string> {
  const flags = ["--title", title, "--component", "copr=major_outage"];
  return String(read(IncidentDetail, await tocsin("--json", "--as", "alice", "incident", "open", ...flags)).number);
}

const shown = async (number: string): Promise<IncidentDetail> =>
  read(IncidentDetail, await tocsin("--json", "incident", "show", number));

describe("what cannot be understood exits 2 and says what would be", () => {
  test.each<readonly [string, RegExp]>([
    ["incdent list --open", /^tocsin: there is no `tocsin incdent`; did you mean "incident"\?\n$/u],
    ["frobnicate", /^tocsin: there is no `tocsin frobnicate`; known: .*incident.*serve/u],
    ["incident shwo 1", /^tocsin: there is no `tocsin incident shwo`; did you mean "show"\?\n$/u],
    ["alert lsit", /^tocsin: there is no `tocsin alert lsit`; did you mean "list"\?\n$/u],
    ["demo brek copr", /^tocsin: there is no `tocsin demo brek`; did you mean "break"\?\n$/u],
    ["--jsn incident list", /unknown option '--jsn'; did you mean "--json"\?/u],
    ["incident list --opne", /unknown option '--opne'\n\(Did you mean --open\?\)/u],
    ["incident show", /missing required argument 'n'/u],
    ["incident show 1 2", /too many arguments/u],
    ["incident show none", /"none" is no incident number/u],
    ["incident show 0", /"0" is no incident number/u],
    ["incident show 99999999999", /"99999999999" is no incident number/u],
    ["incident open --title x", /an incident needs --title and --component/u],
    ["incident open --title x --component a=b=c", /--component a=b=c: write ID=STATUS, such as copr=major_outage/u],
    ["incident open --title x --component =down", /--component =down: write ID=STATUS/u],
    ["incident ack 1 --expect new", /"new" is no version/u],
    ["incident edit 1", /edit what\?/u],
    ["incident edit 1 --expect 3", /edit what\?/u],
    ["incident merge 1 two", /"two" is no incident number/u],
    ["delivery list --incident one", /"one" is no incident number/u],
    ["--as", /argument missing/u],
    ["serve now", /too many arguments for 'serve'/u],
  ])("tocsin %s", async (line, words) => {
    const { code, out, err } = await tocsin(...line.split(" "));
    expect([code, out]).toEqual([2, ""]);
    expect(err).toMatch(words);
    expect(err).not.toMatch(/\n {4}at /u);
  });

  test.each(["", "--help", "incident", "incident ack --help"])(
    "while the help of `tocsin %s` is an answer: exit 0, on stdout",
    async (line) => {
      const { code, out, err } = await tocsin(...line.split(" ").filter((word) => word !== ""));
      expect([code, err]).toEqual([0, ""]);
      expect(out).toMatch(/^Usage: tocsin/u);
    },
  );
});

describe("what it needs and cannot have exits 3 with a word", () => {
  test.each<readonly [string, RegExp]>([
    ["--config nowhere.yaml incident list", /cannot read nowhere\.yaml: there is no such file/u],
    ["--config nowhere.yaml serve", /cannot read nowhere\.yaml: there is no such file/u],
    ["--data /dev/null/data incident list", /cannot open the database: /u],
  ])("tocsin %s", async (line, words) => {
    const { code, out, err } = await tocsin(...line.split(" "));
    expect([code, out]).toEqual([3, ""]);
    expect(err).toMatch(words);
  });

  test.each(["http", "65536", "-1", "80.5", ""])("a PORT that is no port: %j", async (port) => {
    vi.stubEnv("PORT", port);
    expect(await tocsin("serve")).toEqual({ code: 3, out: "", err: `tocsin: PORT is "${port}", which is no port\n` });
  });
});

describe("what is not so exits 1 with the reason, prints nothing to stdout and changes nothing", () => {
  test.each<readonly [string, RegExp]>([
    ["incident show 700", /^tocsin: there is no incident 700\n$/u],
    ["incident ack 700", /^tocsin: there is no incident 700\n$/u],
    ["incident merge N 700", /^tocsin: there is no incident 700\n$/u],
    ["--as alcie incident ack N", /^tocsin: there is no person "alcie"; did you mean "alice"\?\n$/u],
    ["incident edit N --component corp", /^tocsin: there is no component "corp"; did you mean "copr"\?\n$/u],
    ["incident edit N --component copr=on_fire", /there is no status "on_fire"; known: .*major_outage/u],
    ["incident edit N --component constructor", /there is no component "constructor"/u],
    ["incident edit N --link javascript:alert(1)", /\$\.links\.0: /u],
    ["incident ack N soon", /"soon" is no time; write/u],
    ["incident update N --phase burning text", /\$\.phase: .*"investigating"/u],
    ["incident publish N", /affected/u],
    ["incident reopen N", /./u],
    ["--json incident show 700", /^tocsin: there is no incident 700\n$/u],
    ["demo status", /there is nothing here/u],
  ])("tocsin %s", async (line, words) => {
    const number = await opened("Copr is down");
    const before = await shown(number);
    const { code, out, err } = await tocsin(...line.replace(/\bN\b/u, number).split(" "));
    expect([code, out]).toEqual([1, ""]);
    expect(err).toMatch(words);
    expect(await shown(number)).toEqual(before);
  });

  test("--expect of the version that one saw is obeyed, and of an older one is refused with both", async () => {
    const number = await opened("Expected");
    expect((await tocsin("--as", "bob", "incident", "ack", number, "--expect", "1")).code).toBe(0);
    const late = await tocsin("--as", "alice", "incident", "take", number, "--expect", "1");
    expect(late.code).toBe(1);
    expect(late.err).toMatch(/\b2\b.*\b1\b|\b1\b.*\b2\b/u);
    expect((await shown(number)).holder).toEqual({ kind: "person", id: "bob" });
  });
});

describe("a name", () => {
  test("with letters of its own arrives whole, and one that nobody has is refused", async () => {
    expect((await tocsin("--as", "žluťoučký", "incident", "ack", await opened("Names"))).err).toMatch(
      /there is no person "žluťoučký"/u,
    );
    expect((await tocsin("--as", "a\nb%zz", "incident", "ack", await opened("Names"))).err).toMatch(
      /there is no person "a b%zz"/u,
    );
  });

  test("of a login that is no person is written down as that login", async () => {
    const number = await opened("Logins");
    expect((await tocsin("incident", "note", number, "who", "am", "I?")).code).toBe(0);
    const noted = (await shown(number)).timeline.at(-1);
    expect(noted).toMatchObject({ kind: "noted", text: "who am I?", by: { kind: "token" } });
    expect(noted?.by.id).toMatch(/^cli:./u);
  });
});

describe("what is printed", () => {
  test("is a table for people, whose columns stand under their heads", async () => {
    const number = await opened("Printed");
    const [head = "", row = ""] = (await tocsin("incident", "list")).out.split("\n");
    expect(head).toMatch(/^N +visibility +state +phase +since \(UTC\) +held by +title$/u);
    expect(row.slice(0, head.indexOf("visibility")).trim()).toBe(number);
    expect(row.slice(head.indexOf("visibility"))).toMatch(/^draft /u);
    expect(row.slice(head.indexOf("title"))).toBe("Printed");
    expect(row).not.toMatch(/\s$/u);
    expect((await tocsin("alert", "list")).out).toBe("No alerts.\n");
    const deliveries = (await tocsin("delivery", "list", "--incident", number)).out.split("\n");
    expect(deliveries[0]).toMatch(/^id +to +about +status +tries +since \(UTC\) +what$/u);
    expect(deliveries[1]).toMatch(new RegExp(`team +incident:${number} +pending`, "u"));
  });

  test("is an array or an object with --json, wherever --json stands", async () => {
    const number = await opened("As JSON");
    expect(read(z.array(IncidentSummary), await tocsin("--json", "incident", "list", "--open"))[0]?.title).toBe(
      "As JSON",
    );
    expect(read(z.array(AlertItem), await tocsin("--json", "alert", "list", "--firing"))).toEqual([]);
    expect(read(z.array(DeliveryItem), await tocsin("--json", "delivery", "list", "--waiting")).length).toBeGreaterThan(
      0,
    );
    expect(read(z.object({ targets: z.array(z.string()) }), await tocsin("--json", "publish"))).toEqual({
      targets: ["folder"],
    });
    for (const words of [
      ["ack", number],
      ["note", number, "x"],
      ["edit", number, "--scope", "x"],
      ["resolve", number],
    ])
      expect(read(IncidentDetail, await tocsin("--json", "incident", ...words)).number).toBe(Number(number));
  });

  test("steers no terminal, and cannot be told for a line of ours", async () => {
    const hostile = "One\u001b[2J\u009b1A\u202e\u0007\nClocks\n  started       never";
    const number = await opened(hostile);
    await tocsin("incident", "edit", number, "--scope", hostile, "--affected", hostile);
    await tocsin("incident", "note", number, hostile);
    for (const words of [
      ["incident", "show", number],
      ["incident", "list"],
      ["delivery", "list"],
      ["incident", "ack", number],
    ]) {
      const [plain, json] = [await tocsin(...words), await tocsin("--json", ...words)];
      expect(plain.out + plain.err + json.out).not.toMatch(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u202a-\u202e]/u);
    }
    const lines = (await tocsin("incident", "show", number)).out.split("\n");
    expect(lines.filter((line) => /^(Clocks|Incident|  started )/u.test(line))).toHaveLength(3);
  });
});

describe("an incident from a template", () => {
  test("needs no more than its name, and flags come first", async () => {
    const open = [
      "--json",
      "--as",
      "alice",
      "incident",
      "open",
      "--template",
      "copr-down",
      "--affected",
      "me",
      "--publish",
    ];
    const { title, impact, notice, visibility } = read(IncidentDetail, await tocsin(...open));
    expect({ title, impact, visibility }).toEqual({
      title: "Copr builds cannot be reached",
      impact: { copr: "major_outage" },
      visibility: "published",
    });
    expect(notice).toMatchObject({ scope: "New builds fail.", affected: "me", retrigger: "no", eta: "unknown" });
  });

  test("that there is not is refused with the nearest", async () => {
    const { code, err } = await tocsin("incident", "open", "--template", "copr-dwon");
    expect([code, err]).toEqual([
      1,
      expect.stringMatching(/there is no template "copr-dwon"; did you mean "copr-down"\?/u),
    ]);
  });
});

describe("what was over before it was told", () => {
  const times = ["--started", "2026-11-01T10:00Z", "--ended", "2026-11-01T11:30Z"];

  test("is published at once as resolved, at its own time", async () => {
    const open = ["--json", "--as", "alice", "incident", "open", "--template", "copr-down", ...times, "--publish"];
    const one = read(IncidentDetail, await tocsin(...open));
    expect([one.visibility, one.state, one.phase]).toEqual(["published", "resolved", "resolved"]);
    const { started, resolved, detected, published, acknowledged, mitigated } = one.clocks;
    expect([started, resolved]).toEqual(["2026-11-01T10:00:00Z", "2026-11-01T11:30:00Z"]);
    expect(detected).toBe(published);
    expect([acknowledged, mitigated]).toEqual([null, null]);
    // Nothing is promised of what is over.
    expect(one.notice.next_update).toBeNull();
    expect(one.timeline.map(({ kind }) => kind)).toEqual(["opened", "resolved", "published"]);
    const waiting = read(
      z.array(DeliveryItem),
      await tocsin("--json", "delivery", "list", "--incident", String(one.number)),
    );
    expect(waiting.map(({ text }) => text)).toEqual([
      expect.stringMatching(/^Incident \d+ is public\. Alice published what is over/u),
    ]);
  });

  test("cannot end before it began, and nothing is opened", async () => {
    const before = read(z.array(IncidentSummary), await tocsin("--json", "incident", "list")).length;
    const open = [
      "incident",
      "open",
      "--template",
      "copr-down",
      "--started",
      "2026-11-01T10:00Z",
      "--ended",
      "2026-11-01T09:00Z",
    ];
    expect(await tocsin(...open)).toMatchObject({ code: 1, err: "tocsin: it cannot have ended before it started\n" });
    expect(read(z.array(IncidentSummary), await tocsin("--json", "incident", "list"))).toHaveLength(before);
  });
});

describe("the text of an update", () => {
  test("can be changed, and the old one stays in the timeline", async () => {
    const open = ["--json", "--as", "alice", "incident", "open", "--template", "copr-down", "--publish"];
    const number = String(read(IncidentDetail, await tocsin(...open)).number);
    await tocsin("incident", "update", number, "Copr has lost its disc.");
    await tocsin("incident", "note", number, "not for users");
    const edit = ["--json", "--as", "bob", "incident", "edit", number, "--update", "2", "Copr has lost its disk."];
    const { timeline } = read(IncidentDetail, await tocsin(...edit));
    expect(timeline.filter(({ update }) => update !== null).map(({ update, text }) => [update, text])).toEqual([
      [1, "New builds fail."],
      [2, "Copr has lost its disc."],
    ]);
    expect(timeline.at(-1)).toMatchObject({ kind: "revised", by: { id: "bob" }, text: "Copr has lost its disk." });
    const same = await tocsin("incident", "edit", number, "--update", "2", "Copr has lost its disk.");
    expect(same).toMatchObject({ code: 1, err: "tocsin: update 2 says that already\n" });
  });

  test.each<readonly [string, number, RegExp]>([
    ["edit N --update 9 words", 1, /has no public update 9; `show` has them/u],
    ["edit N --update x words", 2, /"x" is no number of an update/u],
    ["edit N --update 1", 2, /what should update 1 say\?/u],
    ["edit N --update 1 --title x words", 2, /one after the other/u],
    ["edit N words", 2, /which update is that for\?/u],
  ])("tocsin incident %s", async (line, exit, words) => {
    const open = ["--json", "incident", "open", "--template", "copr-down", "--publish"];
    const number = String(read(IncidentDetail, await tocsin(...open)).number);
    const { code, err } = await tocsin("incident", ...line.replace("N", number).split(" "));
    expect([code, err]).toEqual([exit, expect.stringMatching(words)]);
  });
});

test("what touches the machine itself is not done here when a server elsewhere is meant", async () => {
  for (const args of [["backup", join(folder, "copy.db")], ["restore", file], ["doctor"]]) {
    vi.stubEnv("TOCSIN_URL", "https://status.example.org");
    expect(await tocsin(...args)).toMatchObject({
      code: 2,
      err: expect.stringMatching(/own machine.*unset TOCSIN_URL/u),
    });
    vi.unstubAllEnvs();
    const flagged = await tocsin("--url", "https://status.example.org", ...args);
    expect(flagged).toMatchObject({ code: 2, err: expect.stringMatching(/own machine.*leave --url out/u) });
  }
});

test("a test message for a server elsewhere is not said from here", async () => {
  vi.stubEnv("TOCSIN_URL", "https://status.example.org");
  expect(await tocsin("send-test", "team")).toMatchObject({
    code: 2,
    out: "",
    err: expect.stringMatching(/wants a token/u),
  });
});
