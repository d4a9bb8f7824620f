// Slow by its nature (it makes two million rows): the proof that the preset never reads a whole table of theirs.
import { Client } from "pg";
import { describe, expect, test } from "vitest";
import { createPackitHistory, setBuilds } from "../../test/peers/packit-db.ts";
import { freshDatabase, postgresMissing, type Row } from "../../test/peers/postgres.ts";
import { silentLog } from "../lib/log.ts";
import { sessionSettings } from "./packit-connection.ts";
import { packitFeed, type PackitCursor } from "./packit.ts";
import { packitSql, packitTypes } from "./packit-tables.ts";

const now = Date.parse("2026-11-20T12:00:00Z");
const never = new AbortController().signal;

const statements: readonly (readonly [name: string, sql: string, parameters: readonly unknown[]])[] = [
  ...packitTypes.flatMap((type) => [
    [`after ${type}`, packitSql.after(type), [39_000, 5_000]] as const,
    [`again ${type}`, packitSql.again(type), [Array.from({ length: 3_000 }, (_, i) => 30_000 + i)]] as const,
    [`whole ${type}`, packitSql.whole(type), [Array.from({ length: 7_000 }, (_, i) => 30_000 + i)]] as const,
    [`first ${type}`, packitSql.first(type), []] as const,
    [`last ${type}`, packitSql.last(type), []] as const,
  ]),
  ["coprOfSrpm", packitSql.coprOfSrpm, [Array.from({ length: 1_000 }, (_, i) => 30_000 + i)]],
];

describe.skipIf(postgresMissing)("the packit preset on 2 M rows", () => {
  test("no statement scans a table, by its plan and by the server's own count", { timeout: 120_000 }, async () => {
    await using database = await freshDatabase();
    // The server counts what a session did when that session ends: so ours, which makes the tables, ends first.
    const session = new Client({ connectionString: database.url });
    await session.connect();
    const query = async (sql: string): Promise<readonly Row[]> => (await session.query<Row>(sql)).rows;
    await createPackitHistory({ query }, { targets: 2_000_000, until: now, everyMs: 11_000 });
    await session.query("UPDATE copr_build_targets SET status = 'pending' WHERE id = 2000000");
    await session.query(sessionSettings);
    const plans: Record<string, string> = {};
    for (const [name, sql, parameters] of statements) {
      const plan = await session.query<Record<string, unknown>>(`EXPLAIN ${sql}`, [...parameters]);
      plans[name] = plan.rows.map((row) => String(row["QUERY PLAN"])).join("\n");
    }
    await session.end();
    expect(Object.keys(plans)).toHaveLength(21);
    expect(Object.entries(plans).filter(([, plan]) => plan.includes("Seq Scan"))).toEqual([]);

    const scans = (): Promise<readonly Row[]> =>
      database.query("SELECT relname, seq_scan, seq_tup_read FROM pg_stat_user_tables ORDER BY relname");
    const before = await scans();
    const feed = packitFeed(database.url, silentLog);
    let cursor: PackitCursor | undefined;
    let jobs = 0;
    for (let complete = false; !complete;) {
      const batch = await feed.read(cursor, now, never);
      ({ next: cursor, complete } = batch);
      jobs += batch.changed.length;
    }
    await setBuilds(database, "copr_build_targets", [2_000_000], { status: "success", finished: now });
    jobs += (await feed.read(cursor, now, never)).changed.length;
    await feed.close?.();
    expect(jobs).toBeGreaterThan(100_000);
    expect(await scans()).toEqual(before);
  });
});
