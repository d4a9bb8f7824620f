import { expect, test } from "vitest";
import { onEachDatabase } from "../../test/kit/database.ts";
import { alert, jobs, key, t0 } from "../../test/kit/incidents.ts";
import { brand } from "../lib/ids.ts";
import type { SourceId } from "../config/names.ts";
import type { Reader } from "../db/schema.ts";
import { alertKey, type Alert } from "./alert.ts";
import {
  alertsOfIncidents,
  alertsOfSource,
  listAlerts,
  readAlert,
  readAlerts,
  saveAlerts,
  type StoredAlert,
} from "./alert-store.ts";

async function keep(db: Reader, each: Alert, incident: number | undefined, because: string): Promise<void> {
  const more: Partial<StoredAlert> = incident === undefined ? {} : { incident };
  await saveAlerts(db, [{ alert: each, because, fired: [], ...more }]);
}

onEachDatabase("alerts", (database) => {
  test("the last word on each is kept, with its incident, and when it was first heard of", async () => {
    await using at = await database.open();
    expect(await readAlert(at.db, key("failing"))).toBeUndefined();
    const first = alert({ coverage: { jobTypes: ["build"], since: t0 }, link: "https://x.example" });
    await keep(at.db, first, 7, "nobody knew of it");
    const stored = { alert: first, firstSeenAt: t0, incident: 7, because: "nobody knew of it", fired: [] };
    expect(await readAlert(at.db, key("failing"))).toEqual(stored);
    const over = alert({ status: "resolved", endsAt: t0 + 5, observedAt: t0 + 6 });
    await keep(at.db, over, 7, "its last word was firing");
    expect(await readAlert(at.db, key("failing"))).toEqual({
      alert: over,
      firstSeenAt: t0,
      incident: 7,
      because: "its last word was firing",
      fired: [],
    });
    const { component: _, ...nameless } = alert({ key: key("nameless") });
    await keep(at.db, nameless, undefined, "it is late");
    expect(await readAlert(at.db, key("nameless"))).not.toHaveProperty("incident");
  });

  test("a source is told of those that fire, and of those that were over not long ago", async () => {
    await using at = await database.open();
    const over = (name: string, observedAt: number): Alert =>
      alert({ key: key(name), status: "resolved", endsAt: observedAt, observedAt });
    await keep(at.db, alert({ key: key("fires"), observedAt: t0 - 100 }), 1, "");
    await keep(at.db, over("long-over", t0 - 1), 1, "");
    await keep(at.db, over("over", t0), 1, "");
    await keep(at.db, alert({ key: alertKey(brand<SourceId>("other"), "fires") }), 1, "");
    const found = await alertsOfSource(at.db, jobs, t0);
    expect(found.map((one) => one.alert.key)).toEqual([key("fires"), key("over")]);
  });

  test("they are listed newest first, all or only those that fire", async () => {
    await using at = await database.open();
    const other = brand<SourceId>("other");
    await keep(at.db, alert({ key: key("a"), observedAt: t0 }), 1, "");
    await keep(at.db, alert({ key: key("b"), observedAt: t0 + 2, status: "resolved" }), 1, "");
    await keep(at.db, alert({ key: alertKey(other, "c"), observedAt: t0 + 1 }), 2, "");
    const keys = async (which: Parameters<typeof listAlerts>[1]): Promise<readonly string[]> =>
      (await listAlerts(at.db, which)).map(({ alert: each }) => each.key);
    expect(await keys({ limit: 9 })).toEqual(["jobs/b", "other/c", "jobs/a"]);
    expect(await keys({ limit: 1 })).toEqual(["jobs/b"]);
    expect(await keys({ limit: 9, firing: true })).toEqual(["other/c", "jobs/a"]);
    expect((await readAlerts(at.db, [key("a"), key("x"), key("b")])).length).toBe(2);
    expect(await readAlerts(at.db, [])).toEqual([]);
    const of = await alertsOfIncidents(at.db, jobs, [1, 2]);
    expect(of.map((each) => each.key).toSorted()).toEqual(["jobs/a", "jobs/b"]);
    expect(await alertsOfIncidents(at.db, jobs, [])).toEqual([]);
  });

  test("no text that a sender can write stops it from being stored", async () => {
    await using at = await database.open();
    const nasty = alert({ summary: "a\u0000b \ud800 '; drop table alerts; -- 😀", labels: { x: "\u0000" } });
    await keep(at.db, nasty, 7, "");
    expect((await readAlert(at.db, nasty.key))?.alert.summary).toBe(nasty.summary);
  });
});
