// What was public can be found, corrected and taken back, and never goes away silently: on the page, in the feed, in the JSON, in a mirror.
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { tocsinProcess } from "../kit/tocsin-process.ts";

const config = (folder: string): string => `
site: { name: Packit, url: "https://status.example.org", time_zone: Europe/Prague }
server: { port: 0 }
components: [{ id: api, name: Packit API }, { id: copr, name: Copr builds }]
people: [{ id: alice, name: Alice }]
sources: [{ id: hook, type: generic, token: hook-token-hook-token }]
templates:
  - { id: copr-down, for: { component: copr, kind: other }, title: "{component} are down", impact: { copr: major_outage }, scope: No build starts., affected: everybody who builds, alternatives: [none known], retrigger: "no" }
publish: { targets: [{ id: folder, type: static-site, to: { directory: "${folder}/mirror" }, every: 1m }] }
`;

test(
  "the past is found by month and by search, corrections show what was before, and a mirror tells the same",
  { timeout: 60_000 },
  async () => {
    await using tocsin = await tocsinProcess(config);
    await tocsin.start();
    const mirror = (path: string): string => {
      const file = join(tocsin.folder, "mirror", path);
      return existsSync(file) ? readFileSync(file, "utf8") : "";
    };
    const page = async (path: string): Promise<string> => (await tocsin.get(path)).body;

    // A draft that an alert opened is filled in from the template, and nobody finds it.
    await tocsin.post(
      "/hooks/hook",
      { fingerprint: "1", status: "firing", summary: "x", component: "copr" },
      { Authorization: "Bearer hook-token-hook-token" },
    );
    await tocsin.until("there is a draft", async () => (await tocsin.ask("GET", "/api/v1/incidents/1")).status === 200);
    const draft = JSON.parse((await tocsin.ask("GET", "/api/v1/incidents/1")).body);
    expect(draft).toMatchObject({
      visibility: "draft",
      title: "Copr builds are down",
      notice: { scope: "No build starts." },
    });
    expect(await page("/history?q=copr")).toContain("Nothing was found");

    // What was over before anybody was told stands at its own time.
    const [began, ended] = [new Date(tocsin.now() - 5 * 3_600_000), new Date(tocsin.now() - 4 * 3_600_000)].map((at) => at.toISOString()); // prettier-ignore
    const open = await tocsin.cli("--as", "alice", "incident", "open", "--template", "copr-down", "--title", "Storage gone", "--started", began ?? "", "--ended", ended ?? "", "--publish"); // prettier-ignore
    expect(open).toMatchObject({ code: 0, err: "" });
    expect(await page("/history")).toContain("Storage gone");
    const month = new Intl.DateTimeFormat("sv", {
      timeZone: "Europe/Prague",
      year: "numeric",
      month: "2-digit",
    }).format(Date.parse(began ?? ""));
    expect(await page(`/history/${month}`)).toContain("Storage gone");
    expect((await tocsin.get("/history/1999-01")).status).toBe(404);
    expect(await page("/history?q=STORAGE+gone")).toContain("Storage gone");
    expect(await page("/history?q=%3Cscript%3E%27%22--")).not.toContain("<script>'");
    expect((await tocsin.get("/history?q=")).status).toBe(303);
    await tocsin.until("the mirror has it", () => mirror(`history/${month}.html`).includes("Storage gone"));
    expect(mirror("history.html")).not.toContain("<form");
    expect(mirror("state.json")).not.toContain("Storage gone");

    // A correction moves the feed's entry without another id, and the old words can be opened.
    const idOf = (feed: string): string | undefined => /<entry>\s*<id>([^<]+)</u.exec(feed)?.[1];
    const before = idOf(await page("/history.atom"));
    expect(before).toMatch(/^urn:uuid:/u);
    expect(
      await tocsin.cli("--as", "alice", "incident", "edit", "2", "--update", "1", "No build started."),
    ).toMatchObject({ code: 0 });
    expect(await page("/incidents/2")).toMatch(/Edited [\s\S]*what it said before[\s\S]*No build starts\./u);
    expect(idOf(await page("/history.atom"))).toBe(before);

    // Taken back: said everywhere, gone nowhere.
    expect(await tocsin.cli("--as", "alice", "incident", "dismiss", "2", "It was our own probe.")).toMatchObject({
      code: 0,
    });
    expect(await page("/")).toMatch(/Storage gone[\s\S]*withdrawn/u);
    expect(await page("/incidents/2")).toContain("It was our own probe.");
    expect(await page("/history.atom")).toContain("It was our own probe.");
    const { incidents } = JSON.parse(await page("/api/v2/incidents.json"));
    expect(incidents).toMatchObject([
      {
        name: "Storage gone",
        status: "resolved",
        impact: "none",
        incident_updates: [{ body: "Withdrawn: It was our own probe." }, { body: "No build started." }],
      },
    ]);
    await tocsin.until("the mirror says so too", () => mirror("history.atom").includes("It was our own probe."));
    expect(mirror("incidents/2.html")).toContain("It was our own probe.");
  },
);

test("feed and pages of the past answer 304 to whoever has them, by tag and by date", async () => {
  await using tocsin = await tocsinProcess(config);
  await tocsin.start();
  await tocsin.cli("--as", "alice", "incident", "open", "--template", "copr-down", "--publish");
  await tocsin.cli("--as", "alice", "incident", "resolve", "1", "Over.");
  const later = new Date(tocsin.now() + 60_000).toUTCString();
  for (const path of ["/history.atom", "/incidents/1"]) {
    expect((await tocsin.get(path)).status, path).toBe(200);
    expect((await tocsin.get(path, { "If-Modified-Since": later })).status, path).toBe(304);
    expect((await tocsin.get(path, { "If-Modified-Since": "Thu, 01 Jan 2015 00:00:00 GMT" })).status, path).toBe(200);
    expect((await tocsin.get(path, { "If-Modified-Since": later, "If-None-Match": '"other"' })).status, path).toBe(200);
  }
});
