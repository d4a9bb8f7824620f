// What upstreams plan is the team's own until somebody accepts it.
import { expect, test } from "vitest";
import { bareDesk, type BareDesk } from "../../test/kit/bare-desk.ts";
import { onEachDatabase } from "../../test/kit/database.ts";
import { alice, copr, t0 } from "../../test/kit/incidents.ts";
import type { PlannedWork } from "../alerts/planned-work.ts";
import type { SourceId } from "../config/names.ts";
import type { Db } from "../db/schema.ts";
import { listDeliveries } from "../delivery/delivery-store.ts";
import { day, hour } from "../lib/clock.ts";
import { brand } from "../lib/ids.ts";
import { listDrafts } from "../maintenance/draft-store.ts";
import { listMaintenances } from "../maintenance/maintenance-store.ts";
import { transact } from "./commit.ts";
import { acceptDraft, dismissDraft, reviewUpstreamWork } from "./upstream-work.ts";

const source = brand<SourceId>("copr-page");
const from = t0 + day;
const work: PlannedWork = {
  entry: "m1",
  by: "Copr",
  title: "Database upgrade",
  text: "Builds wait.",
  url: "https://copr.example.org/m1",
  components: [copr],
  from,
  until: from + hour,
};

const deskWith = (db: Db): BareDesk => bareDesk(db, [{ id: copr, name: "Copr builds", notice: {} }]);

async function hears({ desk }: BareDesk, ...planned: readonly PlannedWork[]): Promise<void> {
  await transact(desk, (tx) => reviewUpstreamWork(tx, desk, source, planned, desk.clock.now()));
}

async function told(db: Db, who: "team" | "users"): Promise<readonly string[]> {
  const all = await listDeliveries(db, { target: who, limit: 100 });
  return all.flatMap(({ message }) => (message === undefined ? [] : [`${message.lead}. ${message.text}`])).toReversed();
}

onEachDatabase("the work that an upstream plans", (database) => {
  test("is proposed to the team with the command that accepts it, and nobody else hears of it", async () => {
    await using at = await database.open();
    const bare = deskWith(at.db);
    await hears(bare, work);
    await hears(bare, work);
    expect(await told(at.db, "team")).toEqual([
      "Copr plans work: Database upgrade. Copr builds. From 23 Nov, 12:00 UTC to 13:00 UTC. Users are told when somebody accepts it: tocsin maintenance accept 1. https://copr.example.org/m1",
    ]);
    expect(await told(at.db, "users")).toEqual([]);
    expect(await listMaintenances(at.db, { limit: 10 })).toEqual([]);
    await hears(bare);
    expect((await told(at.db, "team")).at(-1)).toMatch(/^Copr no longer plans it: .* Nobody was told of it\./u);
  });

  test("that is accepted is a maintenance once, and what they change afterwards comes with the command that follows", async () => {
    await using at = await database.open();
    const bare = deskWith(at.db);
    await hears(bare, work);
    const both = await Promise.all([acceptDraft(bare.desk, 1, alice), acceptDraft(bare.desk, 1, alice)]);
    expect(both.filter(({ ok }) => ok)).toHaveLength(1);
    expect(await listMaintenances(at.db, { limit: 10 })).toMatchObject([
      { title: "Copr: Database upgrade", components: [copr], scheduledStart: from, scheduledEnd: from + hour },
    ]);
    expect(await told(at.db, "users")).toEqual([
      expect.stringMatching(/^Maintenance planned: Copr: Database upgrade\./u),
    ]);
    await hears(bare, { ...work, from: from + hour, until: from + 2 * hour });
    expect((await told(at.db, "team")).at(-1)).toContain(
      "Users were told otherwise: tocsin maintenance edit 1 --from 2026-11-23T13:00Z --to 2026-11-23T14:00Z.",
    );
    await hears(bare);
    expect((await told(at.db, "team")).at(-1)).toContain("Users were told of it: tocsin maintenance cancel 1.");
  });

  test("without an end needs one, and what was dismissed is not asked again", async () => {
    await using at = await database.open();
    const bare = deskWith(at.db);
    const { until: _until, ...endless } = work;
    await hears(bare, endless, { ...work, entry: "m2" });
    expect(await acceptDraft(bare.desk, 1, alice)).toMatchObject({
      error: { code: "invalid", message: "their page does not say when it ends: accept 1 --for 2h" },
    });
    expect((await acceptDraft(bare.desk, 1, alice, from + 2 * hour)).ok).toBe(true);
    expect((await dismissDraft(bare.desk, 2)).ok).toBe(true);
    const before = (await told(at.db, "team")).length;
    await hears(bare, endless, { ...work, entry: "m2", until: from + 3 * hour });
    expect(await told(at.db, "team")).toHaveLength(before);
    expect((await listDrafts(at.db, { open: true })).map(({ number }) => number)).toEqual([1]);
  });
});
