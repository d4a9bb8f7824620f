import { expect, test } from "vitest";
import { onEachDatabase } from "../../test/kit/database.ts";
import { jobs, t0 } from "../../test/kit/incidents.ts";
import { appendToInbox, countInbox, markInbox, waitingInbox, type Arrival } from "./inbox-store.ts";

const bytes = (...values: readonly number[]): Uint8Array => Uint8Array.from(values);
const arrival = (more: Partial<Arrival> = {}): Arrival => ({
  source: jobs,
  receivedAt: t0,
  headers: { "content-type": "application/json" },
  body: bytes(1),
  ...more,
});

onEachDatabase("the inbox", (database) => {
  test("bodies come back byte for byte, in the order in which they came", async () => {
    await using at = await database.open();
    const every = Uint8Array.from({ length: 256 }, (_, n) => n);
    await appendToInbox(at.db, [arrival({ body: every }), arrival({ receivedAt: t0 - 5, body: bytes() })]);
    await appendToInbox(at.db, [arrival({ body: bytes(0, 255) })]);
    const waiting = await waitingInbox(at.db, 10);
    expect(waiting.map(({ body }) => [...body])).toEqual([[...every], [], [0, 255]]);
    expect(waiting[1]).toMatchObject({ source: "jobs", receivedAt: t0 - 5 });
    expect(await waitingInbox(at.db, 2)).toHaveLength(2);
  });

  test("what was refused is kept and counted, but never waits", async () => {
    await using at = await database.open();
    await appendToInbox(at.db, [arrival({ rejected: 'not JSON: "\u0000" is no token' }), arrival()]);
    expect(await countInbox(at.db)).toEqual({ waiting: 1, rejected: 1 });
    expect(await waitingInbox(at.db, 9)).toHaveLength(1);
  });

  test("of two workers that mark a row one wins, and it waits no more", async () => {
    await using at = await database.open();
    await appendToInbox(at.db, [arrival(), arrival()]);
    const [first, second] = await waitingInbox(at.db, 9);
    const id = first?.id ?? expect.fail("one waits");
    const other = database.name === "PostgreSQL" ? at.connect().db : at.db;
    const done = { status: "done" } as const;
    const marked = await Promise.all([markInbox(at.db, id, done, t0), markInbox(other, id, done, t0)]);
    expect(marked.filter(Boolean)).toHaveLength(1);
    const rejected = { status: "rejected", reason: "nul \u0000" } as const;
    expect(await markInbox(at.db, second?.id ?? 0, rejected, t0)).toBe(true);
    expect(await countInbox(at.db)).toEqual({ waiting: 0, rejected: 1 });
    expect(await markInbox(at.db, 999, done, t0)).toBe(false);
  });

  test("a row whose effects are rolled back waits again", async () => {
    await using at = await database.open();
    await appendToInbox(at.db, [arrival()]);
    const id = (await waitingInbox(at.db, 1))[0]?.id ?? expect.fail("one waits");
    const failed = at.db.transaction().execute(async (tx) => {
      expect(await markInbox(tx, id, { status: "done" }, t0)).toBe(true);
      throw new Error("no");
    });
    await expect(failed).rejects.toThrow("no");
    expect(await waitingInbox(at.db, 9)).toHaveLength(1);
  });
});
