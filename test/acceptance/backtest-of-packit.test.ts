// A backtest on the team's own database: Packit's tables in a real PostgreSQL, and what a server saw of jobs without times.
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { z } from "zod";
import type { SourceId } from "../../src/config/names.ts";
import { connect } from "../../src/db/connect.ts";
import { migrate } from "../../src/db/migrate.ts";
import { keepObserved } from "../../src/jobs/observed-store.ts";
import { day, hour, isoSeconds, minute } from "../../src/lib/clock.ts";
import { brand } from "../../src/lib/ids.ts";
import { runTocsin } from "../kit/tocsin-process.ts";
import { createPackitHistory } from "../peers/packit-db.ts";
import { freshDatabase, postgresMissing } from "../peers/postgres.ts";

const until = Date.parse("2026-11-20T12:00:00Z");
const outage = { from: until - 3 * hour, to: until - hour };

const config = (url: string): string => `
site: { name: Packit, url: "https://status.example.org" }
components: [{ id: copr, name: Copr builds }]
sources:
  - { id: builds, type: jobs, preset: packit, database: "${url}", component: copr, after: { copr_build: srpm_build, testing_farm: copr_build } }
`;

const Data = z.object({
  jobs: z.number(),
  settings: z.array(z.object({ alarms: z.array(z.object({ start: z.string(), type: z.string(), kind: z.string() })) })),
  remarks: z.array(z.string()),
});

test.skipIf(postgresMissing)(
  "the team's database is replayed with what was observed, and nothing is written to it",
  async () => {
    await using database = await freshDatabase();
    await createPackitHistory(database, { targets: 6_000, until, everyMs: 40_000 });
    await database.query(
      `UPDATE copr_build_targets SET status = 'failure' WHERE build_start_time BETWEEN '${isoSeconds(outage.from)}'::timestamp AND '${isoSeconds(outage.to)}'::timestamp`,
    );
    const folder = mkdtempSync(join(tmpdir(), "tocsin-backtest-db-"));
    try {
      writeFileSync(join(folder, "tocsin.yaml"), config(database.url));
      const env = { PATH: process.env["PATH"], NO_COLOR: "1", COLUMNS: "200" };
      const window = ["--from", isoSeconds(until - day), "--to", isoSeconds(until)];
      const ask = async (): Promise<z.output<typeof Data>> => {
        const ran = await runTocsin(["--json", "backtest", "--detector", "builds", ...window], { cwd: folder, env });
        expect([ran.code, ran.err]).toEqual([0, ""]);
        return Data.parse(JSON.parse(ran.out));
      };
      const before = await ask();
      expect(before.jobs).toBe(8_520);
      const [alarm] = before.settings[0]?.alarms.filter(({ type }) => type === "copr_build") ?? [];
      expect(alarm?.kind).toBe("failing");
      expect(Date.parse(alarm?.start ?? "")).toBeGreaterThan(outage.from);
      expect(Date.parse(alarm?.start ?? "")).toBeLessThan(outage.from + 30 * minute);
      // Nobody wrote down when its tests ended.
      expect(before.remarks.join()).toMatch(/1,?200 jobs ended nobody knows when/u);

      const own = connect(`sqlite:${join(folder, "data", "tocsin.db")}`);
      await migrate(own);
      const seen = Array.from({ length: 1_200 }, (_, n) => ({
        job: `testing_farm:${n + 1}`,
        finishedAt: until - (1_200 - n) * 200_000 + 20 * minute,
      }));
      await own.db.transaction().execute((tx) => keepObserved(tx, brand<SourceId>("builds"), seen, until - 2 * day));
      await own.close();
      expect((await ask()).remarks).toEqual([]);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  },
);
