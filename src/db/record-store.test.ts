import { expect, test } from "vitest";
import { onEachDatabase } from "../../test/kit/database.ts";
import { t0 } from "../../test/kit/incidents.ts";
import { bumpSequence, ensureRecord, readRecord } from "./record-store.ts";

onEachDatabase("the record", (database) => {
  test("it is made once, with a secret of its own", async () => {
    await using at = await database.open();
    await using other = await database.open();
    await Promise.all([ensureRecord(at.db, t0), ensureRecord(at.db, t0)]);
    const made = await readRecord(at.db);
    expect(made).toMatchObject({ epoch: t0 / 1_000, seq: 1, createdAt: t0, changedAt: t0 });
    expect(made.secret).toMatch(/^[0-9a-f]{64}$/u);
    await ensureRecord(at.db, t0 + 9);
    expect(await readRecord(at.db)).toEqual(made);
    await ensureRecord(other.db, t0);
    expect((await readRecord(other.db)).secret).not.toBe(made.secret);
  });

  test("its sequence grows by one with each change that is committed, however many come at once", async () => {
    await using at = await database.open();
    await ensureRecord(at.db, t0);
    await Promise.all(Array.from({ length: 5 }, (_, n) => bumpSequence(at.db, t0 + n)));
    await bumpSequence(at.db, t0 + 9);
    const failed = at.db.transaction().execute(async (tx) => {
      await bumpSequence(tx, t0 + 99);
      throw new Error("no");
    });
    await expect(failed).rejects.toThrow("no");
    expect(await readRecord(at.db)).toMatchObject({ epoch: t0 / 1_000, seq: 7, changedAt: t0 + 9 });
  });
});
