import { sql } from "kysely";
import { expect, test } from "vitest";
import { onEachDatabase } from "../../test/kit/database.ts";
import { planOf } from "../../test/kit/query-plan.ts";
import { jobs, t0 } from "../../test/kit/incidents.ts";
import type { Db } from "../db/schema.ts";
import {
  appendToInbox,
  markInboxDone,
  measureInbox,
  mostArrivals,
  oldestInInbox,
  rejectInInbox,
  waitingInbox,
  type Arrival,
} from "./inbox-store.ts";

const bytes = (...values: readonly number[]): Uint8Array => Uint8Array.from(values);
const arrival = (more: Partial<Arrival> = {}): Arrival => ({
  source: jobs,
  receivedAt: t0,
  headers: '{"content-type":"application/json"}',
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
    const headers = { "content-type": "application/json" };
    expect(waiting[1]).toMatchObject({ source: "jobs", receivedAt: t0 - 5, headers });
    expect(await waitingInbox(at.db, 2)).toHaveLength(2);
  });

  test("as many as may come at once are kept at once", async () => {
    await using at = await database.open();
    const many = Array.from({ length: mostArrivals }, (_, n) => arrival({ receivedAt: t0 + n, body: bytes(n % 256) }));
    await appendToInbox(at.db, many);
    const waiting = await waitingInbox(at.db, 1_000);
    expect(waiting.map(({ receivedAt }) => receivedAt)).toEqual(many.map(({ receivedAt }) => receivedAt));
  });

  test("what was refused is kept and counted, but never waits", async () => {
    await using at = await database.open();
    expect(await measureInbox(at.db)).toEqual({ waiting: 0, waitingBytes: 0, rejected: 0 });
    await appendToInbox(at.db, [
      arrival({ rejected: 'not JSON: "\u0000" is no token' }),
      arrival({ body: bytes(1, 2, 3) }),
      arrival(),
    ]);
    expect(await measureInbox(at.db)).toEqual({ waiting: 2, waitingBytes: 4, rejected: 1 });
    expect(await waitingInbox(at.db, 9)).toHaveLength(2);
  });

  test("it tells since when the oldest has waited", async () => {
    await using at = await database.open();
    expect(await oldestInInbox(at.db)).toBeUndefined();
    await appendToInbox(at.db, [
      arrival({ rejected: "no", receivedAt: t0 - 5 }),
      arrival(),
      arrival({ receivedAt: t0 + 5 }),
    ]);
    expect(await oldestInInbox(at.db)).toBe(t0);
  });

  test("of two workers that mark a row one wins, and it waits no more", async () => {
    await using at = await database.open();
    await appendToInbox(at.db, [arrival(), arrival()]);
    const [first, second] = await waitingInbox(at.db, 9);
    const id = first?.id ?? expect.fail("one waits");
    const other = database.name === "PostgreSQL" ? at.connect().db : at.db;
    const marked = await Promise.all([markInboxDone(at.db, [id], t0), markInboxDone(other, [id], t0)]);
    expect(marked.map((mine) => mine.size).toSorted()).toEqual([0, 1]);
    expect(await rejectInInbox(at.db, second?.id ?? 0, "nul \u0000", t0)).toBe(true);
    expect(await measureInbox(at.db)).toEqual({ waiting: 0, waitingBytes: 0, rejected: 1 });
    expect((await markInboxDone(at.db, [999], t0)).size).toBe(0);
  });

  test("a row whose effects are rolled back waits again", async () => {
    await using at = await database.open();
    await appendToInbox(at.db, [arrival()]);
    const id = (await waitingInbox(at.db, 1))[0]?.id ?? expect.fail("one waits");
    const failed = at.db.transaction().execute(async (tx) => {
      expect(await markInboxDone(tx, [id], t0)).toEqual(new Set([id]));
      throw new Error("no");
    });
    await expect(failed).rejects.toThrow("no");
    expect(await waitingInbox(at.db, 9)).toHaveLength(1);
  });

  test("a few that wait are found without reading the many that are done", async () => {
    await using at = await database.open();
    const id = sql.raw(database.name === "SQLite" ? "" : "overriding system value");
    await sql`insert into inbox (id, source, received_at, headers, body, size, status)
      with recursive n (i) as (select 1 union all select i + 1 from n where i < 20000)
      select i, 'jobs', 1, '{}', '', 0, 'done' from n`
      .execute(at.db)
      .catch(async () => {
        await sql`insert into inbox (id, source, received_at, headers, body, size, status) ${id}
        select i, 'jobs', 1, '{}', ''::bytea, 0, 'done' from generate_series(1, 20000) i`.execute(at.db);
      });
    await sql`analyze`.execute(at.db);
    for (const ask of [(db: Db) => waitingInbox(db, 10), measureInbox]) {
      const { plan } = await planOf(at.db, ask);
      expect(plan).toMatch(/inbox_waiting/u);
      expect(plan).not.toMatch(/seq scan|SCAN inbox(?! USING)/iu);
    }
  });
});
