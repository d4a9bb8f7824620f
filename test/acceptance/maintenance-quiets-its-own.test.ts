// Alerts of what is under maintenance are kept and quiet; everything else pages as ever.
import { describe, expect, test } from "vitest";
import { minute } from "../../src/lib/clock.ts";
import { alert, hears, outageDesk, withToken } from "../kit/outage-desk.ts";
import { skipped } from "../peers/install.ts";
import { ngircd } from "../peers/ngircd.ts";

const missing = skipped(ngircd, "acceptance: maintenance quiets its own alerts");

describe.skipIf(missing).each(["sqlite", "postgres"] as const)("a running window, on %s", (database) => {
  test(
    "quiets alerts of its own component, extended too; when it ends and one still fires, a draft opens and says so",
    { timeout: 90_000 },
    async () => {
      await using desk = await outageDesk({ database });
      const { tocsin, team } = desk;
      await tocsin.start();
      await tocsin.ask("POST", "/api/v1/maintenance", { title: "Copr moves", components: ["copr"], for: "1h" });
      await hears(desk, "team", /^Maintenance 1 has begun/u);
      await tocsin.post("/hooks/hook", alert("firing"), withToken);
      await tocsin.post("/hooks/hook", alert("firing", { fingerprint: "tests-down", component: "tests" }), withToken);
      await hears(desk, "team", /^alice: Incident 1: Tests: major outage/u);
      expect((await tocsin.cli("alert", "list", "--firing")).out).toMatch(/copr-down +firing/u);
      await tocsin.ask("POST", "/api/v1/maintenance/1/extend", { for: "30m" });
      await tocsin.advance(80 * minute);
      expect(team.messages.filter((line) => /Incident \d+: Copr builds/u.test(line))).toEqual([]);
      await tocsin.advance(11 * minute);
      await hears(desk, "team", /^alice: Incident 2: Copr builds: major outage\. .*maintenance 1/iu);
    },
  );

  test("that is canceled is quiet no longer, at once", { timeout: 60_000 }, async () => {
    await using desk = await outageDesk({ database });
    const { tocsin } = desk;
    await tocsin.start();
    await tocsin.ask("POST", "/api/v1/maintenance", { title: "Copr moves", components: ["copr"], for: "1h" });
    await tocsin.post("/hooks/hook", alert("firing"), withToken);
    await tocsin.until("the alert is kept", async () =>
      (await tocsin.ask("GET", "/api/v1/alerts?firing=true")).body.includes("copr-down"),
    );
    await tocsin.ask("POST", "/api/v1/maintenance/1/cancel", {});
    await hears(desk, "team", /^alice: Incident 1: Copr builds: major outage/u);
  });
});
