// A planned window from its announcement to its end, on every surface; and what was changed before an outage.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { minute } from "../../src/lib/clock.ts";
import { StatuspageSummaryAnswer } from "../../src/shapes/statuspage.ts";
import { alert, hears, outageDesk, withToken, type OutageDesk } from "../kit/outage-desk.ts";
import { skipped } from "../peers/install.ts";
import { ngircd } from "../peers/ngircd.ts";

const missing = skipped(ngircd, "acceptance: maintenance in its time");

async function summary({ tocsin }: OutageDesk) {
  return StatuspageSummaryAnswer.parse(JSON.parse((await tocsin.get("/api/v2/summary.json")).body));
}

describe.skipIf(missing)("maintenance", () => {
  test(
    "is told when it is planned, begins and ends by the clock, and every surface says so",
    { timeout: 60_000 },
    async () => {
      await using desk = await outageDesk({ database: "sqlite" });
      const { tocsin } = desk;
      await tocsin.start();
      const wrong = await tocsin.cli("maintenance", "add", "--title", "X", "--component", "cpor", "--for", "2h");
      expect(wrong).toMatchObject({ code: 1, err: 'tocsin: there is no component "cpor"; did you mean "copr"?\n' });
      const added = await tocsin.cli(
        "maintenance",
        "add",
        "--title",
        "Copr moves",
        "--component",
        "copr",
        "--from",
        "11:00",
        "--to",
        "13:00",
        "--text",
        "Builds **wait**.",
      );
      expect(added.err).toBe("");
      expect(added.out).toMatch(
        /^Maintenance 1 \(scheduled\), 2026-11-22T11:00:00Z to 2026-11-22T13:00:00Z: Copr moves\n/u,
      );
      await hears(
        desk,
        "users",
        /^Maintenance planned: Copr moves\. Copr builds\. From 11:00 UTC \(12:00 Prague\) to 13:00 UTC/u,
      );
      await hears(
        desk,
        "team",
        /^Maintenance 1 is planned\. .*Alerts of Copr builds will be quiet\. .*\/maintenance\/1/u,
      );
      expect((await tocsin.get("/status.txt")).body).toMatch(
        /^OK All systems operational\n[^]*Maintenance 1: Copr moves \(planned\)/u,
      );
      expect((await summary(desk)).scheduled_maintenances).toMatchObject([
        { name: "Copr moves", status: "scheduled", impact: "maintenance", scheduled_for: "2026-11-22T11:00:00.000Z" },
      ]);

      await tocsin.advance(Date.parse("2026-11-22T11:00:05Z") - tocsin.now());
      await hears(
        desk,
        "users",
        /^Maintenance: Copr moves · in progress\. Copr builds\. Until 13:00 UTC \(14:00 Prague\)\. Builds wait\./u,
      );
      expect((await tocsin.get("/status.txt")).body).toMatch(/^MAINTENANCE Copr builds: under maintenance\n/u);
      const running = await summary(desk);
      expect(running.status).toEqual({ indicator: "maintenance", description: "Service Under Maintenance" });
      expect(running.scheduled_maintenances).toMatchObject([
        { status: "in_progress", components: [{ status: "under_maintenance" }] },
      ]);
      const page = await tocsin.get("/maintenance/1");
      expect(page.status).toBe(200);
      expect(page.body).toContain("Builds <strong>wait</strong>.");
      expect((await tocsin.get("/maintenance/2")).status).toBe(404);
      await tocsin.until("the mirror has the window", () => {
        const text = readFileSync(join(desk.mirror, "maintenance/1.html"), "utf8");
        return text.includes("in progress");
      });

      await tocsin.cli("maintenance", "extend", "1", "30m");
      await hears(desk, "users", /^Maintenance: Copr moves · takes longer\. Until 13:30 UTC/u);
      await tocsin.advance(Date.parse("2026-11-22T13:10:00Z") - tocsin.now());
      expect((await tocsin.get("/status.txt")).body).toMatch(/^MAINTENANCE /u);
      await tocsin.advance(21 * minute);
      await hears(desk, "users", /^Maintenance: Copr moves · over\. Copr builds\. Its planned time has ended\./u);
      expect((await tocsin.get("/status.txt")).body).toMatch(/^OK All systems operational\n/u);
      expect((await summary(desk)).scheduled_maintenances).toEqual([]);
      expect((await tocsin.cli("maintenance", "list")).out).toBe("No maintenance is planned.\n");
      expect((await tocsin.cli("maintenance", "list", "--all")).out).toMatch(/1 +completed/u);
      expect(await tocsin.cli("maintenance", "cancel", "1")).toMatchObject({
        code: 1,
        err: "tocsin: maintenance 1 is over; nothing is left to do\n",
      });
    },
  );

  test("never masks an outage: the worst wins on every surface", { timeout: 60_000 }, async () => {
    await using desk = await outageDesk({ database: "sqlite" });
    const { tocsin } = desk;
    await tocsin.start();
    await tocsin.ask("POST", "/api/v1/maintenance", { title: "Copr moves", components: ["copr", "tests"], for: "2h" });
    await hears(desk, "users", /^Maintenance: Copr moves · in progress/u);
    const opened = await tocsin.ask("POST", "/api/v1/incidents", {
      title: "Copr lost builds",
      impact: { copr: "major_outage" },
      scope: "Builds",
      eta: "unknown",
      publish: true,
    });
    expect(opened.status).toBe(201);
    expect((await tocsin.get("/status.txt")).body).toMatch(/^OUTAGE Copr builds: major outage, 1 more affected\n/u);
    const { components, status } = await summary(desk);
    expect(status.indicator).toBe("critical");
    const states = components.filter(({ group }) => !group).map(({ name, status: is }) => [name, is]);
    expect(states).toEqual([
      ["Packit API", "operational"],
      ["Copr builds", "major_outage"],
      ["Tests", "under_maintenance"],
    ]);
  });
});

describe.skipIf(missing)("a recorded change", () => {
  test(
    "is named in the line of the incident that follows, and on its page, never in public",
    { timeout: 60_000 },
    async () => {
      await using desk = await outageDesk({ database: "sqlite" });
      const { tocsin } = desk;
      await tocsin.start();
      const added = await tocsin.cli(
        "change",
        "add",
        "deployed",
        "v1.2.3",
        "--component",
        "copr",
        "--link",
        "https://example.org/v1.2.3",
        "--at",
        "-15m",
      );
      expect(added.out).toMatch(/^Change 1, 2026-11-22T09:4\d:\d\dZ: deployed v1\.2\.3\n$/u);
      await tocsin.cli("change", "add", "rotated a key", "--component", "api");
      expect(await tocsin.cli("change", "add", "x", "--component", "cpr")).toMatchObject({
        code: 1,
        err: 'tocsin: there is no component "cpr"; did you mean "copr"?\n',
      });
      await tocsin.post("/hooks/hook", alert("firing"), withToken);
      await hears(
        desk,
        "team",
        /^alice: Incident 1: .*1\d min before: deployed v1\.2\.3 \(https:\/\/example\.org\/v1\.2\.3\), and 1 more\./u,
      );
      const shown = (await tocsin.cli("incident", "show", "1")).out;
      expect(shown).toMatch(
        /Changes in the 2 h before it started\n.*deployed v1\.2\.3 \(copr\) https.*\n.*rotated a key \(api\)\n/u,
      );
      const { url } = JSON.parse((await tocsin.ask("GET", "/api/v1/incidents/1")).body) as { url: string };
      expect((await tocsin.get(new URL(url).pathname)).body).toContain("deployed v1.2.3");
      await tocsin.ask("POST", "/api/v1/incidents/1/edit", {
        scope: "x",
        affected: "x",
        eta: "unknown",
        retrigger: "no",
      });
      expect((await tocsin.ask("POST", "/api/v1/incidents/1/publish", {})).status).toBe(200);
      for (const path of ["/", "/incidents/1", "/status.txt", "/state.json", "/api/v2/summary.json"])
        expect((await tocsin.get(path)).body).not.toContain("v1.2.3");
      expect((await tocsin.cli("change", "list")).out).toMatch(/rotated a key\n.*deployed v1\.2\.3/u);
    },
  );
});
