// What an upstream says of itself: a draft and a quotation; with evidence of ours, an outage; and never a notice by itself.
import { expect, test } from "vitest";
import { minute } from "../../src/lib/clock.ts";
import { hookToken, withToken } from "../kit/outage-desk.ts";
import { tocsinProcess } from "../kit/tocsin-process.ts";
import { feedServer, statuspage, type FeedServer } from "../peers/feeds.ts";

const config = (forge: FeedServer, match = "Runners"): string => `
site: { name: Packit, url: "https://status.example.org" }
server: { port: 0 }
components:
  - id: copr
    name: Copr builds
    upstream:
      name: Copr
      url: "https://copr.example.org"
      feed: { type: upstream-statuspage, url: "${forge.url}", match: [${match}], every: 30s }
    notice: { affected: "Pull requests", alternatives: ["packit build in-koji"], retrigger: "yes: /packit build" }
  - { id: tests, name: Tests, depends_on: [copr] }
people: [{ id: alice, name: Alice }]
roles: [{ id: outage-master, people: [alice] }]
channels: [{ id: team, type: stdout }]
sources: [{ id: hook, type: generic, token: ${hookToken} }]
routes: [{ match: { source: upstream-copr, severity: critical }, opens: publish }]
publish: { automatic_notice: { after: 15m }, automatic_resolve: { after: 30m } }
`;

const broken = (text: string): string =>
  statuspage({
    incidents: [
      {
        id: "abc",
        name: "Builders <script>alert(1)</script> are away",
        status: "identified",
        impact: "critical",
        shortlink: "https://stspg.example/abc",
        started_at: "2026-01-01T00:00:00Z",
        components: [{ id: "c2", name: "Runners", status: "major_outage" }],
        incident_updates: [{ status: "identified", body: text }],
      },
    ],
  });

const failing = (status: "firing" | "resolved"): object => ({
  fingerprint: "tests",
  status,
  summary: "9 of 10 tests failed",
  component: "tests",
  kind: "failing",
  severity: "warning",
});

test(
  "an upstream alone drafts and speaks to nobody; with evidence of ours it is one outage that quotes it",
  { timeout: 60_000 },
  async () => {
    await using forge = await feedServer();
    forge.serve("/api/v2/summary.json", statuspage());
    await using tocsin = await tocsinProcess(() => config(forge));
    await tocsin.start();
    await tocsin.until("the feed is read", () => forge.asked.length > 1);
    expect(forge.asked.at(-1)).toBe("304 /api/v2/summary.json");
    forge.serve("/api/v2/summary.json", broken("A disk is full. <b>Sorry</b>"));
    await tocsin.until("the draft", () => /Incident 1: Copr builds: major outage/u.test(tocsin.output()));
    expect(tocsin.output()).toMatch(
      /Copr says: "Builders .* are away" \(identified, https:\/\/stspg\.example\/abc\): A disk is full\. Sorry.*nothing of ours has noticed/u,
    );
    expect(tocsin.output()).not.toMatch(/Alice: Incident 1|alice: Incident 1/u);

    await tocsin.advance(20 * minute);
    await tocsin.advance(5 * minute);
    expect((await tocsin.get("/status.txt")).body).toMatch(/^OK /u);
    const draft = JSON.parse((await tocsin.ask("GET", "/api/v1/incidents/1")).body);
    expect(draft).toMatchObject({
      visibility: "draft",
      notice: {
        quotes: [{ by: "Copr", text: "A disk is full. Sorry", url: "https://stspg.example/abc" }],
        links: [{ url: "https://copr.example.org" }, { url: "https://stspg.example/abc" }],
        cause: null,
      },
      attribution: { words: "Probably Copr", suspects: [{ name: "Copr", score: 3 }] },
    });

    await tocsin.post("/hooks/hook", failing("firing"), withToken);
    await tocsin.until("our evidence raises it", () => /lice: Incident 1 grows/u.test(tocsin.output()));
    const raised = JSON.parse((await tocsin.ask("GET", "/api/v1/incidents/1")).body);
    expect(raised).toMatchObject({ visibility: "draft", impact: { copr: "major_outage", tests: "partial_outage" } });
    expect(raised.title).toMatch(/^Copr builds/u);
    expect(JSON.parse((await tocsin.ask("GET", "/api/v1/incidents")).body)).toHaveLength(1);

    await tocsin.advance(10 * minute);
    expect((await tocsin.get("/status.txt")).body).toMatch(/^OK /u);
    await tocsin.advance(6 * minute);
    await tocsin.until("the careful notice", async () => (await tocsin.get("/status.txt")).body.startsWith("OUTAGE "));
    const page = (await tocsin.get("/incidents/1")).body;
    expect(page).toMatch(/<figure class="quote">[\s\S]*Copr[\s\S]*says[\s\S]*A disk is full\. Sorry/u);
    expect(page).toContain('href="https://stspg.example/abc"');
    expect(page).not.toMatch(/<script>alert|Probably Copr/u);

    forge.serve("/api/v2/summary.json", statuspage());
    await tocsin.post("/hooks/hook", failing("resolved"), withToken);
    await tocsin.until("the evidence has ended", () => /Incident 1: the evidence has ended/u.test(tocsin.output()));
  },
);

test(
  "the draft of an upstream ends when it says so, not when its page is away or lies",
  { timeout: 60_000 },
  async () => {
    await using forge = await feedServer();
    forge.serve("/api/v2/summary.json", broken("Sorry"));
    await using tocsin = await tocsinProcess(() => config(forge));
    await tocsin.start();
    await tocsin.until("the draft", () => /Incident 1: Copr builds/u.test(tocsin.output()));
    for (const lie of ["", "<html>All is well</html>", '{"status":{"indicator":"none"}}', broken("x").slice(0, -9)]) {
      const before = forge.asked.length;
      forge.serve("/api/v2/summary.json", (_, response) => void response.writeHead(200).end(lie));
      await tocsin.until("it is read", () => forge.asked.length > before + 1);
    }
    forge.drop("/api/v2/summary.json");
    await tocsin.advance(40 * minute);
    await tocsin.until("blindness is news", () => /upstream-copr has not been able to look/u.test(tocsin.output()));
    expect(JSON.parse((await tocsin.ask("GET", "/api/v1/incidents/1")).body)).toMatchObject({ state: "triggered" });
    expect((await tocsin.get("/api/v2/components.json")).body).toMatch(/unknown/iu);
    forge.serve("/api/v2/summary.json", statuspage());
    await tocsin.until("the draft ends", () => /Incident 1 is over/u.test(tocsin.output()));
  },
);

test("planned work of an upstream keeps its own alerts quiet, and nothing else", { timeout: 60_000 }, async () => {
  await using forge = await feedServer();
  const work = {
    id: "m1",
    name: "Moving racks",
    status: "in_progress",
    components: [{ id: "c2", name: "Runners" }],
    scheduled_for: "2020-01-01T00:00:00Z",
  };
  const more = JSON.parse(broken("Sorry")) as object;
  forge.serve("/api/v2/summary.json", JSON.stringify({ ...more, scheduled_maintenances: [work] }));
  await using tocsin = await tocsinProcess(() => config(forge));
  await tocsin.start();
  await tocsin.until("it is recorded", async () =>
    /Moving racks/u.test((await tocsin.ask("GET", "/api/v1/alerts")).body),
  );
  const alerts = JSON.parse((await tocsin.ask("GET", "/api/v1/alerts")).body) as readonly { because: string }[];
  expect(alerts.map(({ because }) => because)).toEqual([
    "Copr planned it: Moving racks",
    "Copr planned it: Moving racks",
  ]);
  expect(JSON.parse((await tocsin.ask("GET", "/api/v1/incidents")).body)).toEqual([]);
  await tocsin.post("/hooks/hook", { ...failing("firing"), component: "copr" }, withToken);
  await tocsin.until("ours is heard", () => /lice: Incident 1: Copr builds/u.test(tocsin.output()));
});

test("doctor tells of a component that was renamed upstream, with the nearest name", { timeout: 30_000 }, async () => {
  await using forge = await feedServer();
  forge.serve("/api/v2/summary.json", statuspage());
  await using tocsin = await tocsinProcess(() => config(forge, "Runnrs"));
  const told = await tocsin.cli("doctor");
  expect(told.code).toBe(1);
  expect(told.out).toMatch(
    /failed +source +upstream-copr +the page has no component "Runnrs"; did you mean "Runners"\?/u,
  );
});
