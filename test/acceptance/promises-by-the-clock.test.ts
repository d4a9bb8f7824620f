// What Tocsin does when people do not: the careful notice, the end that nobody wrote, the promise that is due.
import { describe, expect, test } from "vitest";
import { hour, minute, second } from "../../src/lib/clock.ts";
import { ngircd } from "../peers/ngircd.ts";
import { skipped } from "../peers/install.ts";
import { alert, hears, outageDesk, withToken, type OutageDesk } from "../kit/outage-desk.ts";

const missing = skipped(ngircd, "acceptance: promises by the clock");

const spoken = "automatic_notice: { after: 15m, after_ack: 45m }\n  automatic_resolve: { after: 30m }";

/** Time goes on, but never faster than the network confirms what was said. */
async function pass({ tocsin }: OutageDesk, ms: number): Promise<void> {
  await tocsin.until("what was said is confirmed", async () => {
    const rows = JSON.parse((await tocsin.ask("GET", "/api/v1/deliveries?waiting=true")).body) as readonly {
      kind: string;
    }[];
    return rows.every((row) => row.kind !== "channel");
  });
  await tocsin.advance(ms);
}

describe.skipIf(missing)("by the clock", () => {
  test(
    "an outage that nobody publishes is told in careful words after 15 minutes, and ended when its evidence has ended",
    { timeout: 60_000 },
    async () => {
      await using desk = await outageDesk({ database: "sqlite", publish: spoken });
      const { tocsin, users } = desk;
      await tocsin.start();
      await tocsin.post("/hooks/hook", alert("firing", { component: "tests" }), withToken);
      await hears(desk, "team", /^alice: Incident 1: Tests: major outage/u);
      await pass(desk, 14 * minute);
      await users.silent();
      await pass(desk, 2 * minute);
      await hears(
        desk,
        "users",
        /^Tests: not reachable \(major outage\)\. .*Affected: Not known yet\. What you can do: none known\..*Next update by \d\d:\d\d UTC/u,
      );
      expect((await tocsin.get("/incidents/1")).body).toMatch(/automatic/iu);
      await tocsin.post("/hooks/hook", alert("resolved", { component: "tests" }), withToken);
      await hears(desk, "team", /^alice: Incident 1: the evidence has ended/u);
      await pass(desk, 29 * minute);
      expect((await tocsin.get("/status.txt")).body).toMatch(/^OUTAGE /u);
      await pass(desk, 2 * minute);
      await hears(desk, "users", /^Tests: not reachable · resolved\. What we measure has been normal again/u);
      expect((await tocsin.get("/status.txt")).body).toMatch(/^OK /u);
    },
  );

  test("an acknowledgement stops the paging, not the promise to the users", { timeout: 60_000 }, async () => {
    await using desk = await outageDesk({ database: "sqlite", publish: spoken });
    const { tocsin, users } = desk;
    await tocsin.start();
    await tocsin.post("/hooks/hook", alert("firing"), withToken);
    await hears(desk, "team", /^alice: Incident 1/u);
    await tocsin.ask("POST", "/api/v1/incidents/1/ack", { for: "20m" }, "as:bob");
    await pass(desk, 21 * minute);
    await hears(desk, "team", /^alice: Incident 1 is still open\. It was acknowledged until/u);
    await users.silent();
    await pass(desk, 26 * minute);
    await hears(desk, "users", /^Copr builds: not reachable \(major outage\)/u);
    // What only Tocsin said, a human takes over; then it is theirs to end.
    expect((await tocsin.ask("POST", "/api/v1/incidents/1/take", {}, "as:alice")).status).toBe(200);
    await tocsin.post("/hooks/hook", alert("resolved"), withToken);
    await hears(desk, "team", /the evidence has ended/u);
    await pass(desk, 2 * hour);
    expect((await tocsin.get("/status.txt")).body).toMatch(/^OUTAGE /u);
    expect((await tocsin.get("/incidents/1")).body).not.toMatch(/written by Tocsin itself|automatic notice/iu);
  });

  test(
    "a promised update that does not come is asked for once, and is overdue in public",
    { timeout: 60_000 },
    async () => {
      await using desk = await outageDesk({ database: "sqlite" });
      const { tocsin, team } = desk;
      await tocsin.start();
      await tocsin.post("/hooks/hook", alert("firing"), withToken);
      await hears(desk, "team", /^alice: Incident 1/u);
      await tocsin.ask("POST", "/api/v1/incidents/1/publish", {}, "as:alice");
      await hears(desk, "team", /is public/u);
      // Past the promise, but by less than the 30 s in which the line must be confirmed.
      await pass(desk, 30 * minute + 16 * second);
      await hears(desk, "team", /^alice: Incident 1: an update is overdue\. Users were promised one by/u);
      expect((await tocsin.get("/")).body).toMatch(/overdue/iu);
      await pass(desk, 2 * hour);
      await team.silent();
    },
  );

  test(
    "a dismissed draft holds while its alert fires, and two who act at once are both told the truth",
    { timeout: 60_000 },
    async () => {
      await using desk = await outageDesk({ database: "sqlite" });
      const { tocsin, team, users } = desk;
      await tocsin.start();
      await tocsin.post("/hooks/hook", alert("firing"), withToken);
      await hears(desk, "team", /^alice: Incident 1/u);
      const [first, second] = await Promise.all([
        tocsin.ask("POST", "/api/v1/incidents/1/ack", { expect: 1 }, "as:alice"),
        tocsin.ask("POST", "/api/v1/incidents/1/ack", { expect: 1 }, "as:bob"),
      ]);
      expect([first.status, second.status].sort()).toEqual([200, 409]);
      expect([first, second].find((answer) => answer.status === 409)?.body).toContain("has changed since you looked");
      await hears(desk, "team", /has acknowledged it/u);
      await tocsin.ask(
        "POST",
        "/api/v1/incidents/1/dismiss",
        { reason: "a test of the hook", hold: "12h" },
        "as:alice",
      );
      await hears(desk, "team", /^Incident 1 is dismissed\. Alice: a test of the hook\./u);
      for (let turn = 0; turn < 3; turn++) {
        await tocsin.post("/hooks/hook", alert("firing", { summary: `still, ${turn}` }), withToken);
        await pass(desk, hour);
      }
      await team.silent();
      await users.silent();
      expect((await tocsin.get("/incidents/1")).status).toBe(404);
    },
  );
});
