// A past that is brought in, on both databases: each entry once, in the order of time, told to nobody, and old links lead on.
import { createServer, type Server } from "node:http";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { fold } from "../../src/incidents/steps.ts";
import { readIncident, readTimeline } from "../../src/incidents/incident-store.ts";
import type { Shown } from "../../src/components/shown-components.ts";
import type { ComponentId } from "../../src/config/names.ts";
import { brand } from "../../src/lib/ids.ts";
import { historyIn, siteOf } from "../../src/status/read-site.ts";
import { readSnapshot } from "../../src/status/read-snapshot.ts";
import { apiDesk, type ApiDesk } from "../kit/api-desk.ts";
import { onEachDatabase } from "../kit/database.ts";

const outage = {
  key: "2024-01-09-copr",
  kind: "incident",
  title: "Copr is down",
  started: "2024-01-09T13:45:00Z",
  ended: "2024-01-09T15:40:00Z",
  impact: { copr: "major_outage" },
  text: "Nothing *works*.",
  updates: [
    { at: "2024-01-09T14:00:00Z", phase: "identified", text: "A disk." },
    { at: "2024-01-09T15:45:00Z", phase: "resolved", text: "A new disk." },
    { at: "2024-01-12T09:00:00Z", phase: "resolved", text: "The post-mortem." },
  ],
  links: [{ url: "https://example.org/1" }],
  old_paths: ["/issues/2024-01-09-Copr/", "https://old.example.org/incidents/abc", "/incidents/1"],
  code: "0123456789ab",
};
const holiday = {
  key: "holiday",
  kind: "maintenance",
  title: "Holidays",
  started: "2023-12-23T00:00:00Z",
  ended: "2024-01-02T00:00:00Z",
  impact: {},
  old_paths: ["/issues/holiday/"],
};

onEachDatabase("an import", (database) => {
  let api: ApiDesk;
  let admin: string;
  let server: Server;
  beforeAll(async () => {
    api = await apiDesk(database);
    admin = await api.token("root", "admin");
    server = createServer((request, response) => void api.open.server.emit("request", request, response));
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  });
  afterAll(async () => {
    await new Promise((resolve) => server.close(resolve));
    await api[Symbol.asyncDispose]();
  });
  /** As a browser asks: past the pages that lie ready, too. */
  const get = async (path: string): Promise<{ status: number; text: string; location: string | null }> => {
    const address = server.address();
    const port = typeof address === "object" ? address?.port : undefined;
    const answer = await fetch(`http://127.0.0.1:${port}${path}`, { redirect: "manual", headers: { connection: "close" } }); // prettier-ignore
    return { status: answer.status, text: await answer.text(), location: answer.headers.get("location") };
  };
  const send = async (...entries: readonly object[]): Promise<unknown> =>
    (await api.ask("POST", "/api/v1/imports", { token: admin, body: { from: "cstate", entries } })).body;
  const rows = async (): Promise<number> =>
    (await api.desk.db.selectFrom("incidents").select("number").execute()).length;

  test("comes in once, with its own times, words and code", async () => {
    const came = await send(outage, holiday);
    expect(came).toEqual([
      { key: outage.key, kind: "incident", number: 1, was: "added", taken: ["incidents/1"] },
      { key: "holiday", kind: "maintenance", number: 1, was: "added", taken: [] },
    ]);
    expect(await send(outage, holiday)).toMatchObject([{ number: 1, was: "there" }, { number: 1, was: "there" }]); // prettier-ignore
    expect(await send({ ...outage, title: "Other" }, outage)).toMatchObject([{ was: "changed" }, { was: "there" }]);
    expect(await send({ ...outage, impact: { api: "major_outage" } })).toMatchObject([{ was: "there" }]);
    expect(await rows()).toBe(1);
    const timeline = await readTimeline(api.desk.db, 1);
    expect(fold(timeline)).toEqual(await readIncident(api.desk.db, 1));
    expect(timeline.map(({ kind, at }) => [kind, new Date(at).toISOString().slice(0, 16)])).toEqual([
      ["opened", "2024-01-09T13:45"],
      ["published", "2024-01-09T13:45"],
      ["updated", "2024-01-09T14:00"],
      ["resolved", "2024-01-09T15:45"],
      ["updated", "2024-01-12T09:00"],
    ]);
    expect(await readIncident(api.desk.db, 1)).toMatchObject({
      state: "resolved",
      phase: "resolved",
      visibility: "published",
      imported: "cstate",
      clocks: { resolved: Date.parse(outage.ended) },
    });
    const listed = await get("/api/v2/incidents.json");
    expect(JSON.parse(listed.text).incidents).toMatchObject([{ id: "0123456789ab", impact: "critical" }]);
  });

  test("the page of it shows when it was, and claims nothing that nobody knows", async () => {
    const page = (await get("/incidents/1")).text;
    expect(page).toContain("The post-mortem.");
    expect(page).toContain("lasted 1 h 55 min");
    expect(page).not.toMatch(/Detected|Acknowledged|told users/u);
    expect((await get("/maintenance/1")).text).toContain("Holidays");
  });

  test("nobody is told, and no feed takes it for news of today", async () => {
    const deliveries = await api.desk.db.selectFrom("deliveries").select(["kind", "message"]).execute();
    expect(deliveries.filter(({ kind }) => kind === "channel")).toEqual([]);
    const [row] = await api.desk.db.selectFrom("incidents").select("updated_at").execute();
    expect(row?.updated_at).toBe(Date.parse("2024-01-12T09:00:00Z"));
  });

  test("a slip in its title can be mended without the six answers of a new notice", async () => {
    const path = "/api/v1/incidents/1/edit";
    expect(await api.ask("POST", path, { token: admin, body: { title: "Copr was down" } })).toMatchObject({ status: 200 }); // prettier-ignore
  });

  describe("an old link", () => {
    test.each([
      ["/issues/2024-01-09-copr/", "incidents/1.html"],
      ["/issues/2024-01-09-Copr?from=mail", "incidents/1.html"],
      ["/issues//2024-01-09-copr/index.html", undefined],
      ["/incidents/ABC", "incidents/1.html"],
      ["/issues/holiday/index.html", "maintenance/1.html"],
      ["/issues/", undefined],
      ["//evil.example/issues/holiday", undefined],
    ])("%s leads to %s", async (path, to) => {
      const answer = await get(path);
      expect([answer.status, answer.location]).toEqual(
        to === undefined ? [404, null] : [301, `https://status.example.org/${to}`],
      );
    });

    test("leads on at a mirror, too, unless the page does not show what it leads to", async () => {
      const { db, pages } = api.desk;
      const pathsOf = async (shown: Shown): Promise<readonly string[]> => {
        const snapshot = await readSnapshot(api.desk, { site: pages[0].site, shown }, api.clock.now(), 60_000);
        const site = siteOf(snapshot, historyIn(db, shown), false);
        const old = (await site.plan()).map(({ path }) => path).filter((path) => path.endsWith("/index.html"));
        for await (const files of site.files(old))
          for (const { path, body } of files) expect(body, path).toContain("url=../../");
        return old;
      };
      expect(await pathsOf(pages[0].shown)).toEqual(["incidents/abc/index.html", "issues/2024-01-09-copr/index.html", "issues/holiday/index.html"]); // prettier-ignore
      expect(await pathsOf({ except: [brand<ComponentId>("copr")] })).toEqual(["issues/holiday/index.html"]);
    });

    test("never takes the place of a page of ours", async () => {
      expect(await send({ ...holiday, key: "two", old_paths: ["/", "/history", "/api/v1/incidents", "/issues/holiday"] })) // prettier-ignore
        .toMatchObject([{ number: 2, taken: ["history", "api/v1/incidents", "issues/holiday"] }]);
      expect((await get("/history")).status).toBe(200);
    });
  });

  test("what goes on stays open, and what is to come is planned", async () => {
    const now = api.clock.now();
    const iso = (ms: number): string => new Date(now + ms).toISOString();
    await send({ ...outage, key: "open", code: undefined, started: iso(-60_000), ended: undefined, updates: [], old_paths: [] }); // prettier-ignore
    await send({ ...holiday, key: "next", started: iso(3_600_000), ended: iso(7_200_000), old_paths: [] });
    const home = JSON.parse((await get("/api/v2/summary.json")).text);
    expect(home).toMatchObject({ incidents: [{ name: "Copr is down" }], scheduled_maintenances: [{ status: "scheduled" }] }); // prettier-ignore
  });

  test("two at once bring each entry in once", async () => {
    const many = Array.from({ length: 30 }, (_, i) => ({ ...holiday, key: `m${i}`, old_paths: [] }));
    const both = await Promise.all([send(...many), send(...many)]);
    const numbers = both.map((one) => (Array.isArray(one) ? one.map((each: unknown) => Reflect.get(Object(each), "number")) : [])); // prettier-ignore
    expect(numbers[0]).toEqual(numbers[1]);
    expect(new Set(numbers[0]).size).toBe(30);
  });
});
