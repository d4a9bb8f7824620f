import { sql } from "kysely";
import { expect, test } from "vitest";
import { freshDatabase, postgresMissing } from "../../test/peers/postgres.ts";
import { stallingProxy } from "../../test/peers/stalling-proxy.ts";
import { connect, longestSilence } from "./connect.ts";

test.skipIf(postgresMissing !== undefined)(
  "a connection that is cut between two statements of a transaction fails the transaction, not the process",
  async () => {
    await using database = await freshDatabase();
    const connection = connect(database.url);
    const { db } = connection;
    const work = db.transaction().execute(async (tx) => {
      const mine = await sql<{ pid: number }>`select pg_backend_pid() as pid`.execute(tx);
      await database.query("select pg_terminate_backend($1)", [mine.rows[0]?.pid]);
      // The goodbye of the server comes while nobody asks anything.
      await new Promise((resolve) => setTimeout(resolve, 100));
      await sql`select 1`.execute(tx);
    });
    await expect(work).rejects.toThrow(/connection/iu);
    expect((await sql<{ one: number }>`select 1 as one`.execute(db)).rows).toEqual([{ one: 1 }]);
    await connection.close();
  },
);

test.skipIf(postgresMissing !== undefined)(
  "a server that falls silent is given up, and its connection is not used again",
  { timeout: longestSilence + 15_000 },
  async () => {
    await using database = await freshDatabase();
    await using proxy = await stallingProxy(Number(new URL(database.url).port));
    const through = new URL(database.url);
    through.port = String(proxy.port);
    const connection = connect(through.href);
    const { db } = connection;
    const ask = (): Promise<unknown> => sql<{ one: number }>`select 1 as one`.execute(db);
    await ask();
    proxy.stall();
    await expect(ask()).rejects.toThrow("the database does not answer");
    proxy.release();
    expect(await ask()).toMatchObject({ rows: [{ one: 1 }] });
    await connection.close();
  },
);
