import { expect, test } from "vitest";
import { onEachDatabase } from "../../test/kit/database.ts";
import { t0 } from "../../test/kit/incidents.ts";
import { dropLease, holdsLease, renewLease, takeLease, usualLease } from "./lease.ts";
import type { Db } from "./schema.ts";

const { ttl, renewal, fence } = usualLease;

test("a holder renews long before it must stop, and stops long before another may begin", () => {
  expect(renewal * 2).toBeLessThanOrEqual(fence);
  expect(fence + 5_000).toBeLessThan(ttl);
});

onEachDatabase("a lease", (database) => {
  const lock = database.name === "PostgreSQL";
  const take = (db: Db, owner: string, now: number, name = "engine"): Promise<boolean> =>
    takeLease(db, name, owner, now, { ttl });

  test("one owner has it; another is refused until it expires", async () => {
    await using at = await database.open();
    expect(await take(at.db, "a", t0)).toBe(true);
    expect(await take(at.db, "b", t0)).toBe(false);
    expect(await take(at.db, "b", t0 + ttl - 1)).toBe(false);
    expect(await take(at.db, "b", t0, "irc")).toBe(true);
    expect(await take(at.db, "b", t0 + ttl)).toBe(true);
    expect(await take(at.db, "a", t0 + ttl)).toBe(false);
  });

  test("its owner renews it, and each renewal counts from its own time", async () => {
    await using at = await database.open();
    await take(at.db, "a", t0);
    expect(await renewLease(at.db, "engine", "a", t0 + renewal + ttl)).toBe(true);
    expect(await take(at.db, "b", t0 + ttl)).toBe(false);
    expect(await take(at.db, "b", t0 + renewal + ttl)).toBe(true);
  });

  test("who lost it does not renew it, even when the next owner is gone too", async () => {
    await using at = await database.open();
    await take(at.db, "a", t0);
    await take(at.db, "b", t0 + ttl);
    expect(await renewLease(at.db, "engine", "a", t0 + 9 * ttl)).toBe(false);
    await dropLease(at.db, "engine", "b");
    expect(await renewLease(at.db, "engine", "a", t0 + 9 * ttl)).toBe(false);
  });

  test("one that a wrong clock wrote into the far future keeps nobody out", async () => {
    await using at = await database.open();
    await take(at.db, "a", t0 + 1_000 * ttl);
    expect(await take(at.db, "b", t0)).toBe(true);
  });

  test("whoever is known to be alone takes it by force", async () => {
    await using at = await database.open();
    await take(at.db, "a", t0);
    expect(await takeLease(at.db, "engine", "b", t0, { ttl, force: true })).toBe(true);
    expect(await take(at.db, "a", t0)).toBe(false);
  });

  test("only its owner gives it back", async () => {
    await using at = await database.open();
    await take(at.db, "a", t0);
    await dropLease(at.db, "engine", "b");
    expect(await take(at.db, "b", t0)).toBe(false);
    await dropLease(at.db, "engine", "a");
    expect(await take(at.db, "b", t0)).toBe(true);
  });

  test("of several who ask at once, for a new one or an expired one, one gets it", async () => {
    await using at = await database.open();
    const others = database.name === "PostgreSQL" ? [at.connect().db, at.connect().db] : [at.db, at.db];
    for (const now of [t0, t0 + ttl]) {
      const asked = [at.db, ...others].map((db, n) => take(db, `${now} ${n}`, now));
      expect((await Promise.all(asked)).filter(Boolean)).toHaveLength(1);
    }
  });

  test("a transaction knows whether it is still held", async () => {
    await using at = await database.open();
    const holds = (owner: string): Promise<boolean> =>
      at.db.transaction().execute((tx) => holdsLease(tx, "engine", owner, lock));
    expect(await holds("a")).toBe(false);
    await take(at.db, "a", t0);
    expect([await holds("a"), await holds("b")]).toEqual([true, false]);
    await take(at.db, "b", t0 + ttl);
    expect([await holds("a"), await holds("b")]).toEqual([false, true]);
  });

  test.runIf(lock)("nobody takes it over in the midst of a transaction that depends on it", async () => {
    await using at = await database.open();
    await take(at.db, "a", t0);
    const order: string[] = [];
    const [held, go] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    const work = at.db.transaction().execute(async (tx) => {
      expect(await holdsLease(tx, "engine", "a", true)).toBe(true);
      held.resolve();
      await go.promise;
      order.push("the work is done");
    });
    await held.promise;
    const other = at.connect();
    const taken = take(other.db, "b", t0 + ttl).then((mine) => order.push(mine ? "b has it" : "b is refused"));
    go.resolve();
    await Promise.all([work, taken]);
    expect(order).toEqual(["the work is done", "b has it"]);
  });
});
