import { expect, test } from "vitest";
import { onEachDatabase } from "../../test/kit/database.ts";
import { t0 } from "../../test/kit/incidents.ts";
import { dropLease, leaseFence, leaseRenewal, leaseTtl, takeLease } from "./lease.ts";

test("a holder renews long before it must stop, and stops long before another may begin", () => {
  expect(leaseRenewal * 2).toBeLessThanOrEqual(leaseFence);
  expect(leaseFence).toBeLessThan(leaseTtl);
});

onEachDatabase("a lease", (database) => {
  test("one owner has it; another is refused until it expires", async () => {
    await using at = await database.open();
    expect(await takeLease(at.db, "engine", "a", t0)).toBe(true);
    expect(await takeLease(at.db, "engine", "b", t0)).toBe(false);
    expect(await takeLease(at.db, "engine", "b", t0 + leaseTtl - 1)).toBe(false);
    expect(await takeLease(at.db, "irc", "b", t0)).toBe(true);
    expect(await takeLease(at.db, "engine", "b", t0 + leaseTtl)).toBe(true);
    expect(await takeLease(at.db, "engine", "a", t0 + leaseTtl)).toBe(false);
  });

  test("its owner renews it, and each renewal counts from its own time", async () => {
    await using at = await database.open();
    await takeLease(at.db, "engine", "a", t0);
    expect(await takeLease(at.db, "engine", "a", t0 + leaseRenewal)).toBe(true);
    expect(await takeLease(at.db, "engine", "b", t0 + leaseTtl)).toBe(false);
    expect(await takeLease(at.db, "engine", "b", t0 + leaseRenewal + leaseTtl)).toBe(true);
  });

  test("whoever is known to be alone takes it by force", async () => {
    await using at = await database.open();
    await takeLease(at.db, "engine", "a", t0);
    expect(await takeLease(at.db, "engine", "b", t0, true)).toBe(true);
    expect(await takeLease(at.db, "engine", "a", t0)).toBe(false);
  });

  test("only its owner gives it back", async () => {
    await using at = await database.open();
    await takeLease(at.db, "engine", "a", t0);
    await dropLease(at.db, "engine", "b");
    expect(await takeLease(at.db, "engine", "b", t0)).toBe(false);
    await dropLease(at.db, "engine", "a");
    expect(await takeLease(at.db, "engine", "b", t0)).toBe(true);
  });

  test("of several who ask at once, for a new one or an expired one, one gets it", async () => {
    await using at = await database.open();
    const others = database.name === "PostgreSQL" ? [at.connect().db, at.connect().db] : [at.db, at.db];
    for (const now of [t0, t0 + leaseTtl]) {
      const asked = [at.db, ...others].map((db, n) => takeLease(db, "engine", `${now} ${n}`, now));
      expect((await Promise.all(asked)).filter(Boolean)).toHaveLength(1);
    }
  });
});
