// Maintenance that repeats, whole: accepted by its next times, announced ahead, begun by the clock, verified by its probe,
// over; on IRC, on the page and on the mirror, and nothing of it twice though the process is killed on the way.
import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { minute } from "../../src/lib/clock.ts";
import { hears, outageDesk } from "../kit/outage-desk.ts";
import { skipped } from "../peers/install.ts";
import { ngircd } from "../peers/ngircd.ts";

const missing = skipped(ngircd, "acceptance: maintenance that repeats");

describe.skipIf(missing)("maintenance that repeats", () => {
  test(
    "is announced, begins, is verified by its probe and is over, each said once on every surface",
    { timeout: 120_000 },
    async () => {
      let status = 200;
      const copr = createServer((_request, response) => response.writeHead(status).end());
      await new Promise<void>((resolve) => copr.listen(0, "127.0.0.1", resolve));
      const { port } = copr.address() as AddressInfo;
      await using _closed = { [Symbol.asyncDispose]: async () => void copr.close() };
      const probe = `{ id: copr-health, type: http-probe, component: copr, url: "http://127.0.0.1:${port}/", every: 30s, fail_after: 1 }`;
      await using desk = await outageDesk({
        database: "sqlite",
        sources: [probe],
        more: "maintenance: { announce: [10m, 0s] }",
      });
      const { tocsin } = desk;
      await tocsin.start();
      const add = ["maintenance", "add", "--title", "Copr restarts", "--component", "copr", "--from", "2026-11-22T11:20", "--for", "10m", "--repeat", "FREQ=WEEKLY;BYDAY=SU"]; // prettier-ignore
      expect((await tocsin.cli(...add, "--zone", "Europe/Pragu")).err).toContain('did you mean "Europe/Prague"?');
      const tried = await tocsin.cli(...add);
      expect(tried).toMatchObject({ code: 1, err: expect.stringContaining("say the same with --yes") });
      expect(tried.out).toMatch(/2026-11-22 11:20 .*\n.*2026-11-29 11:20 .*\n(.*\n){2}.*2026-12-20 11:20/u);
      expect((await tocsin.cli("maintenance", "list")).out).toBe("No maintenance is planned.\n");
      expect((await tocsin.cli(...add, "--yes")).code).toBe(0);
      await hears(
        desk,
        "users",
        /^Maintenance planned: Copr restarts\. Copr builds\. every week on Sunday at 11:20 \(Prague\)\. The first: from 10:20 UTC/u,
      );
      const { body: home } = await tocsin.get("/");
      expect(home).toContain("It repeats: every week on Sunday at 11:20 (Prague).");
      expect(home.match(/Copr restarts/gu)).toHaveLength(1);

      const to = async (time: string): Promise<void> => tocsin.advance(Date.parse(time) - tocsin.now());
      await to("2026-11-22T10:10:05Z");
      await hears(desk, "users", /^Maintenance: Copr restarts · in 10 min\. Copr builds\. From 10:20 UTC/u);
      await tocsin.kill();
      await tocsin.start();
      await to("2026-11-22T10:20:05Z");
      await hears(desk, "users", /^Maintenance: Copr restarts · in progress/u);
      expect((await tocsin.get("/status.txt")).body).toMatch(/^MAINTENANCE Copr builds: under maintenance\n/u);

      status = 503;
      await to("2026-11-22T10:30:05Z");
      await hears(desk, "users", /^Maintenance: Copr restarts · verifying/u);
      await tocsin.until("the mirror verifies it, too", () =>
        readFileSync(join(desk.mirror, "maintenance/1.html"), "utf8").includes("verifying"),
      );
      await tocsin.advance(5 * minute);
      expect((await tocsin.get("/status.txt")).body).toMatch(/^MAINTENANCE /u);
      expect((await tocsin.cli("incident", "list")).out).not.toContain("copr");
      status = 200;
      await hears(desk, "users", /^Maintenance: Copr restarts · over\. Copr builds\. All is well again\./u);
      expect((await tocsin.get("/status.txt")).body).toMatch(/^OK /u);
      expect((await tocsin.cli("maintenance", "series", "show", "1")).out).toMatch(
        /\n {2}2026-11-29 11:20 .* maintenance 2, scheduled\n/u,
      );
      const said = desk.users.messages.filter((line) => line.includes("Copr restarts"));
      expect(said.map((line) => line.split(". ")[0])).toEqual([
        "Maintenance planned: Copr restarts",
        "Maintenance: Copr restarts · in 10 min",
        "Maintenance: Copr restarts · in progress",
        "Maintenance: Copr restarts · verifying",
        "Maintenance: Copr restarts · over",
      ]);
    },
  );
});
