import { Client } from "pg";
import { describe, expect, test } from "vitest";
import { databases } from "../kit/database.ts";
import { t0 } from "../kit/incidents.ts";
import { desk } from "../peers/desk.ts";
import { postgresMissing } from "../peers/postgres.ts";
import { wishPublication } from "../../src/delivery/delivery-store.ts";
import { openDoorbell, type Doorbell } from "../../src/db/doorbell.ts";
import { dropLease, takeLease } from "../../src/db/lease.ts";
import { bumpSequence, ensureRecord } from "../../src/db/record-store.ts";

type Ear = AsyncDisposable & { readonly bell: Doorbell; hears(what: RegExp): Promise<string> };

/** One that listens when this resolves. */
async function listen(url: string): Promise<Ear> {
  const heard = desk("notice");
  const bell = openDoorbell(url, { heard: (table) => heard.arrives(table ?? "missed"), onTrouble: () => {} });
  await heard.expects(/missed/u, 10_000);
  return { bell, hears: (what) => heard.expects(what, 10_000), [Symbol.asyncDispose]: () => bell.close() };
}

const postgres = databases.find(({ name }) => name === "PostgreSQL");

describe.skipIf(postgresMissing !== undefined || postgres === undefined)("the doorbell", () => {
  const open = async (): ReturnType<NonNullable<typeof postgres>["open"]> => {
    if (postgres === undefined) throw new Error("no PostgreSQL");
    return postgres.open();
  };

  test("a commit that changes the page, queues a delivery or gives the lease back rings in every replica", async () => {
    await using at = await open();
    await ensureRecord(at.db, t0);
    await using one = await listen(at.url);
    await using other = await listen(at.url);
    await at.db.transaction().execute(async (tx) => {
      await bumpSequence(tx, t0);
      await wishPublication(tx, "mirror", "site", t0);
    });
    await takeLease(at.db, "engine", "a", t0, { ttl: 30_000 });
    await dropLease(at.db, "engine", "a");
    for (const each of [one, other]) for (const table of [/record/u, /deliveries/u, /leases/u]) await each.hears(table);
  });

  test("what was rolled back rings nowhere, and a webhook rings by a call of its own", async () => {
    await using at = await open();
    await ensureRecord(at.db, t0);
    await using one = await listen(at.url);
    await using other = await listen(at.url);
    await at.db
      .transaction()
      .execute(async (tx) => {
        await bumpSequence(tx, t0);
        throw new Error("no");
      })
      .catch(() => {});
    for (let i = 0; i < 100; i++) one.bell.call();
    expect(await other.hears(/./u)).toBe("inbox");
  });

  test("whose connection is cut listens again, and looks for what it may have missed", async () => {
    await using at = await open();
    await ensureRecord(at.db, t0);
    await using one = await listen(at.url);
    const admin = new Client({ connectionString: at.url });
    await admin.connect();
    await admin.query("select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'tocsin doorbell' and datname = current_database()"); // prettier-ignore
    await admin.end();
    await one.hears(/missed/u);
    await bumpSequence(at.db, t0);
    await one.hears(/record/u);
  });
});
