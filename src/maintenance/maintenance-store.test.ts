import { expect, test } from "vitest";
import { onEachDatabase } from "../../test/kit/database.ts";
import { alice, api, copr, t0 } from "../../test/kit/incidents.ts";
import type { Db } from "../db/schema.ts";
import { hour, minute } from "../lib/clock.ts";
import { statuspageCode } from "../lib/codes.ts";
import { brand } from "../lib/ids.ts";
import type { Maintenance, MaintenancePlan } from "./maintenance.ts";
import { maintain, planMaintenance, type MaintenanceOrder } from "./maintenance-orders.ts";
import {
  insertMaintenance,
  listMaintenances,
  nextMaintenanceNumber,
  openMaintenances,
  readMaintenance,
  runningMaintenances,
  saveMaintenance,
} from "./maintenance-store.ts";

async function plan(db: Db, more: Partial<MaintenancePlan> = {}): Promise<Maintenance> {
  return db.transaction().execute(async (tx) => {
    const number = await nextMaintenanceNumber(tx);
    const ids = {
      id: brand<Maintenance["id"]>(`m-${number}`),
      number,
      code: statuspageCode("maintenance", `m-${number}`),
    };
    const asked = {
      title: "Copr moves",
      components: [copr, api],
      scheduledStart: t0,
      scheduledEnd: t0 + hour,
      ...more,
    };
    const planned = planMaintenance(ids, asked, alice, t0 - hour);
    if (!planned.ok) throw new Error(planned.error.message);
    await insertMaintenance(tx, planned.value.maintenance, t0 - hour);
    return planned.value.maintenance;
  });
}

async function order(db: Db, before: Maintenance, asked: MaintenanceOrder, at: number): Promise<boolean> {
  const done = maintain(before, { by: alice, at, ...asked });
  if (!done.ok) throw new Error(done.error.message);
  return db.transaction().execute((tx) => saveMaintenance(tx, before, done.value.maintenance, at));
}

onEachDatabase("maintenance windows", (database) => {
  test("have running numbers, and come back as they were", async () => {
    await using at = await database.open();
    const first = await plan(at.db, { text: 'It\'s *planned* "well".' });
    const second = await plan(at.db);
    expect([first.number, second.number]).toEqual([1, 2]);
    expect(await readMaintenance(at.db, 1)).toEqual(first);
    expect(await readMaintenance(at.db, 3)).toBeUndefined();
  });

  test("of two who change one at once, the second has written nothing", async () => {
    await using at = await database.open();
    const before = await plan(at.db);
    expect(await order(at.db, before, { do: "extend", byMs: hour }, t0)).toBe(true);
    expect(await order(at.db, before, { do: "cancel" }, t0)).toBe(false);
    const after = await readMaintenance(at.db, 1);
    expect(after?.scheduledEnd).toBe(t0 + 2 * hour);
    expect(after?.state).toBe("in_progress");
  });

  test("run by the clock, from their start until before their end, canceled ones not at all", async () => {
    await using at = await database.open();
    await plan(at.db);
    const canceled = await plan(at.db);
    await plan(at.db, { scheduledStart: t0 + 3 * hour, scheduledEnd: t0 + 4 * hour });
    await order(at.db, canceled, { do: "cancel" }, t0 - minute);
    const running = async (now: number): Promise<readonly number[]> =>
      (await runningMaintenances(at.db, now)).map(({ number }) => number);
    expect(await running(t0 - 1)).toEqual([]);
    expect(await running(t0)).toEqual([1]);
    expect(await running(t0 + hour - 1)).toEqual([1]);
    expect(await running(t0 + hour)).toEqual([]);
    expect(await running(t0 + 3 * hour)).toEqual([3]);
    expect((await openMaintenances(at.db)).map(({ number }) => number)).toEqual([1, 3]);
    expect((await listMaintenances(at.db, { limit: 10 })).map(({ number }) => number)).toEqual([3, 2, 1]);
    expect((await listMaintenances(at.db, { open: true, limit: 1 })).map(({ number }) => number)).toEqual([3]);
  });
});
