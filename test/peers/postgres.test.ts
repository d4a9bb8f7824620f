import { describe, expect, test } from "vitest";
import { freshDatabase, postgresMissing, startPostgres } from "./postgres.ts";

describe.skipIf(postgresMissing)("PostgreSQL for tests", () => {
  test("each database starts empty and is gone afterwards", async () => {
    let url = "";
    {
      await using one = await freshDatabase();
      await using other = await freshDatabase();
      url = one.url;
      expect(one.url).not.toBe(other.url);
      await one.query("CREATE TABLE mine (id integer)");
      const tables = "SELECT count(*)::int AS n FROM pg_tables WHERE schemaname = 'public'";
      expect(await one.query(tables)).toEqual([{ n: 1 }]);
      expect(await other.query(tables)).toEqual([{ n: 0 }]);
    }
    await using left = await freshDatabase();
    const name = new URL(url).pathname.slice(1);
    expect(await left.query("SELECT 1 FROM pg_database WHERE datname = $1", [name])).toEqual([]);
  });

  test("a private cluster crashes and comes back on the same port with its data", async () => {
    await using server = await startPostgres();
    await using database = await freshDatabase(server.url);
    await database.query("CREATE TABLE kept (id integer)");
    await database.query("INSERT INTO kept VALUES (7)");
    await server.stop();
    await expect(database.query("SELECT 1")).rejects.toThrow(/ECONN|terminat/);
    await server.start();
    expect(await database.query("SELECT id FROM kept")).toEqual([{ id: 7 }]);
  });
});
