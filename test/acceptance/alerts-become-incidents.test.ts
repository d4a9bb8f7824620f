// From alerts to incidents through the front door: a storm is one line, what is silenced waits, what was guessed wrong is split.
import { describe, expect, test } from "vitest";
import { z } from "zod";
import { AlertItem, IncidentDetail } from "../../src/http/contract.ts";
import { minute } from "../../src/lib/clock.ts";
import { alert, hears, outageDesk, withToken, type OutageDesk } from "../kit/outage-desk.ts";
import { skipped } from "../peers/install.ts";
import { ngircd } from "../peers/ngircd.ts";
import { postgresMissing } from "../peers/postgres.ts";

const missing = skipped(ngircd, "acceptance: alerts become incidents");

async function alerts({ tocsin }: OutageDesk): Promise<readonly AlertItem[]> {
  return z.array(AlertItem).parse(JSON.parse((await tocsin.ask("GET", "/api/v1/alerts?limit=200")).body));
}

async function incident({ tocsin }: OutageDesk, number: number): Promise<IncidentDetail> {
  return IncidentDetail.parse(JSON.parse((await tocsin.ask("GET", `/api/v1/incidents/${number}`)).body));
}

const databases = (["sqlite", "postgres"] as const).filter(
  (kind) => kind === "sqlite" || postgresMissing === undefined,
);

describe.skipIf(missing).each(databases)("alerts, on %s", (database) => {
  test(
    "1,000 of them by 1,000 requests in a minute are one incident, and one line for each channel that hears of it",
    { timeout: 120_000 },
    async () => {
      await using desk = await outageDesk({ database });
      const { tocsin, team, users } = desk;
      await tocsin.start();
      for (let first = 0; first < 1_000; first += 50) {
        const fifty = Array.from({ length: 50 }, async (_, n) => {
          const fingerprint = `host-${first + n}`;
          const component = "copr";
          return tocsin.post(
            "/hooks/hook",
            alert("firing", { fingerprint, component, summary: `${fingerprint} is down` }),
            withToken,
          );
        });
        expect((await Promise.all(fifty)).every(({ status }) => status === 202)).toBe(true);
        await tocsin.advance(2_000);
      }
      await tocsin.until("all alerts are in", async () => (await incident(desk, 1)).alerts.length === 1_000);
      await hears(desk, "team", /^alice: Incident 1: Copr builds: major outage/u);
      await tocsin.advance(3 * minute);
      expect(team.messages).toHaveLength(1);
      expect(users.messages).toEqual([]);
      expect((await tocsin.cli("incident", "list")).out.trim().split("\n")).toHaveLength(2);
      expect((await tocsin.cli("incident", "show", "1")).code).toBe(0);
    },
  );

  test(
    "silenced by the command line are quiet, are told of when the silence ends, and say why",
    { timeout: 90_000 },
    async () => {
      await using desk = await outageDesk({ database });
      const { tocsin, team } = desk;
      await tocsin.start();
      const added = await tocsin.cli(
        "silence",
        "add",
        "component=copr",
        'severity=~"crit.*"',
        "--reason",
        "we move it",
        "--for",
        "1h",
      );
      expect([added.code, added.out]).toEqual([0, expect.stringMatching(/^silence \S+ \(active\): /u)]);
      await tocsin.post("/hooks/hook", alert("firing"), withToken);
      await tocsin.until("the alert is kept", async () => (await alerts(desk)).length === 1);
      await tocsin.advance(50 * minute);
      expect(team.messages).toEqual([]);
      expect((await tocsin.cli("silence", "list")).out).toMatch(/active .* 1 .*component=copr/u);
      expect((await tocsin.cli("alert", "why", "copr-down")).out).toMatch(/silenced: we move it/u);
      await tocsin.advance(11 * minute);
      await hears(desk, "team", /^alice: Incident 1: Copr builds: major outage\..*it was silenced until now/u);
      expect(team.messages).toHaveLength(1);
      const why = await tocsin.cli("alert", "why", "copr-down");
      expect(why.out).toMatch(/opened/u);
      expect(why.out).toMatch(/quiet/u);
      expect((await tocsin.cli("alert", "why", "copr-dwn")).code).not.toBe(0);
    },
  );

  test("that were put together wrongly are split, and each ends its own incident", { timeout: 90_000 }, async () => {
    await using desk = await outageDesk({ database });
    const { tocsin } = desk;
    await tocsin.start();
    const second = { fingerprint: "copr-slow", kind: "slow", severity: "warning", summary: "Copr is slow" };
    await tocsin.post("/hooks/hook", alert("firing"), withToken);
    await tocsin.post("/hooks/hook", alert("firing", second), withToken);
    await tocsin.until(
      "both are in one",
      async () => (await alerts(desk)).filter((each) => each.incident === 1).length === 2,
    );
    const refused = await tocsin.cli("incident", "split", "1", "copr-slwo");
    expect([refused.code === 0, refused.err]).toEqual([false, expect.stringContaining("copr-slow")]);
    expect(await tocsin.cli("incident", "split", "1", "copr-slow")).toMatchObject({ code: 0 });
    await hears(desk, "team", /split an alert off into incident 2/u);
    expect((await incident(desk, 2)).alerts.map(({ key }) => key)).toEqual(["hook/copr-slow"]);
    await tocsin.post("/hooks/hook", alert("firing", second), withToken);
    await tocsin.post("/hooks/hook", alert("resolved"), withToken);
    await hears(desk, "team", /^Incident 1 is over/u);
    expect(await incident(desk, 2)).toMatchObject({ state: "triggered" });
    await tocsin.post("/hooks/hook", alert("resolved", second), withToken);
    await hears(desk, "team", /^Incident 2 is over/u);
  });
});
