import { sql } from "kysely";
import { expect, test } from "vitest";
import { onEachDatabase } from "../../test/kit/database.ts";
import type { Connection } from "./connect.ts";
import { migrate, NewerDatabase } from "./migrate.ts";
import { ensureRecord, readRecord } from "./record-store.ts";

async function tables({ db }: Connection): Promise<readonly string[]> {
  return (await db.introspection.getTables()).map(({ name }) => name).toSorted();
}

onEachDatabase("migrating", (database) => {
  test("it makes every table, and a second time changes nothing", async () => {
    await using at = await database.open();
    await ensureRecord(at.db, 1);
    const { secret } = await readRecord(at.db);
    const made = await tables(at.connection);
    expect(made).toEqual(expect.arrayContaining(["alerts", "deliveries", "incident_events", "incidents", "inbox"]));
    await migrate(at.connection);
    expect(await tables(at.connection)).toEqual(made);
    expect((await readRecord(at.db)).secret).toBe(secret);
  });

  test("a database that a newer version wrote is refused in plain words, and left alone", async () => {
    await using at = await database.open();
    await sql`insert into kysely_migration (name, timestamp) values ('9999-tomorrow', 'later')`.execute(at.db);
    await expect(migrate(at.connection)).rejects.toThrow(NewerDatabase);
    await expect(migrate(at.connection)).rejects.toThrow(/newer Tocsin \(it has 9999-tomorrow\)/u);
  });

  test("a migration that fails half-way leaves the database as it was, and can be tried again", async () => {
    await using at = await database.empty();
    const connection = at.connect();
    // A table far down the list is in the way.
    await sql`create table leases (name text)`.execute(connection.db);
    await expect(migrate(connection)).rejects.toThrow(/leases/u);
    expect(await tables(connection)).toEqual(["leases"]);
    await sql`drop table leases`.execute(connection.db);
    await migrate(connection);
    expect(await tables(connection)).toContain("components_seen");
  });

  test.runIf(database.name === "PostgreSQL")("several processes may start at once", async () => {
    await using at = await database.empty();
    const several = [at.connect(), at.connect(), at.connect(), at.connect()];
    await Promise.all(several.map(migrate));
    const done = await sql<{ name: string }>`select name from kysely_migration`.execute(at.connect().db);
    const names = done.rows.map((row) => row.name);
    expect(names).toContain("0001-spine");
    expect(names).toHaveLength(new Set(names).size);
  });
});
