// What is due of planned work by the clock: announced, begun, verified and ended, and each of it said once.
import { expect, test } from "vitest";
import { bareDesk, type BareDesk } from "../../test/kit/bare-desk.ts";
import { onEachDatabase } from "../../test/kit/database.ts";
import { alice, copr, t0 } from "../../test/kit/incidents.ts";
import { alertKey, type Alert } from "../alerts/alert.ts";
import type { LookingSource } from "../alerts/source.ts";
import type { SourceId } from "../config/names.ts";
import type { Db } from "../db/schema.ts";
import { listDeliveries } from "../delivery/delivery-store.ts";
import { day, hour, minute, second, type Instant } from "../lib/clock.ts";
import { brand } from "../lib/ids.ts";
import type { Maintenance, MaintenancePlan } from "../maintenance/maintenance.ts";
import { readMaintenance } from "../maintenance/maintenance-store.ts";
import { makeSampleBuffer } from "../monitors/sample-buffer.ts";
import { transact } from "./commit.ts";
import { takeAlerts } from "./correlate-alert.ts";
import { addMaintenance, keepMaintenance, orderMaintenance } from "./maintain.ts";

const components = [{ id: copr, name: "Copr builds", notice: {} }];
const probe = brand<SourceId>("copr-health");
const start = t0 + 10 * day;
const end = start + hour;
const plan: MaintenancePlan = { title: "Copr moves", components: [copr], scheduledStart: start, scheduledEnd: end };

/** It is asked for nothing but what it watches. */
const watching: LookingSource<unknown> = {
  kind: "looking",
  everyMs: 30 * second,
  blindAfterMs: minute,
  components: [copr],
  save: () => new Uint8Array(),
  load: () => undefined,
  look: async () => ({ alerts: [], state: undefined, samples: [] }),
};

function deskWith(db: Db, monitored = false): BareDesk {
  return bareDesk(db, components, {
    promises: {
      updateEvery: { minor: hour, major: hour, critical: hour },
      maintenance: { announce: [7 * day, day, 0], verifyMs: 15 * minute },
    },
    samples: makeSampleBuffer(),
    ...(monitored ? { sources: new Map([[probe, { id: probe, type: "http-probe", source: watching }]]) } : {}),
  });
}

async function add({ desk }: BareDesk, more: Partial<MaintenancePlan> = {}): Promise<void> {
  const added = await addMaintenance(desk, alice, { ...plan, ...more });
  if (!added.ok) throw new Error(added.error.message);
}

async function keptAt(bare: BareDesk, at: Instant): Promise<Maintenance> {
  bare.set(at);
  await keepMaintenance(bare.desk);
  const found = await readMaintenance(bare.desk.db, 1);
  if (found === undefined) throw new Error("there is no maintenance 1");
  return found;
}

async function heard(db: Db, who: "team" | "users"): Promise<readonly string[]> {
  const all = await listDeliveries(db, { limit: 100 });
  return all
    .flatMap(({ target, message }) => (target === who && message !== undefined ? [message.lead] : []))
    .toReversed();
}

function down(at: Instant, status: Alert["status"] = "firing"): Alert {
  return {
    key: alertKey(probe, "down"),
    kind: "down",
    status,
    severity: "critical",
    component: copr,
    summary: "copr answers 503",
    labels: {},
    startsAt: at,
    observedAt: at,
    ...(status === "resolved" ? { endsAt: at } : {}),
  };
}

async function take({ desk }: BareDesk, alert: Alert): Promise<void> {
  await transact(desk, (tx) => takeAlerts(tx, desk, [{ alert }], alert.observedAt));
}

onEachDatabase("planned work", (database) => {
  test("is announced each time once, though two replicas and a crash ask for it", async () => {
    await using at = await database.open();
    // Of a SQLite file one process is the owner.
    const [one, other] = [deskWith(at.db), deskWith(database.name === "SQLite" ? at.db : at.connect().db)];
    await add(one);
    for (const now of [start - 8 * day, start - 7 * day, start - day + 5 * second, start - hour, start, start + 1]) {
      one.set(now);
      other.set(now);
      await Promise.all([keepMaintenance(one.desk), keepMaintenance(other.desk)]);
      await keepMaintenance(other.desk);
    }
    expect(await heard(at.db, "users")).toEqual([
      "Maintenance planned: Copr moves",
      "Maintenance: Copr moves · in 7 d",
      "Maintenance: Copr moves · in 1 d",
      "Maintenance: Copr moves · in progress",
    ]);
    expect(await heard(at.db, "team")).toEqual(["Maintenance 1 is planned", "Maintenance 1 has begun"]);
  });

  test("without a monitor is over at its planned end", async () => {
    await using at = await database.open();
    const bare = deskWith(at.db);
    await add(bare);
    expect(await keptAt(bare, end)).toMatchObject({ state: "completed", endedAt: end });
  });

  test("is verified until its monitors have looked again and all is well", async () => {
    await using at = await database.open();
    const bare = deskWith(at.db, true);
    const { samples } = bare.desk;
    await add(bare);
    await keptAt(bare, start);
    const saw = (looked: Instant, up: boolean): void =>
      samples?.saw({
        source: probe,
        endedAt: looked,
        everyMs: 30 * second,
        samples: [{ component: copr, at: looked, up }],
      });
    saw(end - 10 * second, true);
    expect(await keptAt(bare, end + second)).toMatchObject({ state: "verifying" });
    // Red once is no alert yet, and no proof that all is well.
    saw(end + 20 * second, false);
    expect(await keptAt(bare, end + 25 * second)).toMatchObject({ state: "verifying" });
    saw(end + 50 * second, true);
    expect(await keptAt(bare, end + 55 * second)).toMatchObject({ state: "completed", endedAt: end + 55 * second });
    expect((await heard(at.db, "users")).slice(-2)).toEqual([
      "Maintenance: Copr moves · verifying",
      "Maintenance: Copr moves · over",
    ]);
  });

  test("that is not well in time is asked about once, and its outage is masked no longer", async () => {
    await using at = await database.open();
    const bare = deskWith(at.db, true);
    await add(bare);
    await keptAt(bare, start);
    await take(bare, down(start + minute));
    await keptAt(bare, end + second);
    await keptAt(bare, end + 14 * minute);
    expect(await heard(at.db, "team")).toEqual([
      "Maintenance 1 is planned",
      "Maintenance 1 has begun",
      "Maintenance 1 is verified",
    ]);
    for (let n = 0; n < 3; n++) await keptAt(bare, end + (15 + n) * minute);
    const [asked, ...more] = (await heard(at.db, "team")).slice(3);
    expect(asked).toBe("Maintenance 1 should be over, and is not green");
    expect(more).toEqual([expect.stringMatching(/^Incident 1\b/u)]);

    const longer = await orderMaintenance(bare.desk, 1, alice, { do: "extend", byMs: hour });
    expect(longer.ok && longer.value).toMatchObject({ state: "in_progress" });
    bare.set(end + 30 * minute);
    await take(bare, down(end + 30 * minute, "resolved"));
    expect(await keptAt(bare, end + 90 * minute)).toMatchObject({ state: "verifying" });
  });
});
