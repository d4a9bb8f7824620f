// The version before this one, still running while the tables are brought up to date: what it says to the database still works.
import { readFileSync } from "node:fs";
import { CompiledQuery } from "kysely";
import { expect, test } from "vitest";
import { waitingInbox } from "../../src/alerts/inbox-store.ts";
import { takeLease } from "../../src/db/lease.ts";
import { migrate } from "../../src/db/migrate.ts";
import { readRecord } from "../../src/db/record-store.ts";
import type { Db } from "../../src/db/schema.ts";
import { listDeliveries, voidClaims } from "../../src/delivery/delivery-store.ts";
import { openIncidents } from "../../src/incidents/incident-store.ts";
import { onEachDatabase } from "../kit/database.ts";
import { t0 } from "../kit/incidents.ts";

type Statement = { readonly sql: string; readonly parameters: readonly unknown[] };
type Story = Readonly<Record<"schema" | "before" | "beside", readonly Statement[]>>;

/**
 * Written down, by Kysely's log, while that version made its tables, took webhooks, opened an incident and delivered: as
 * frozen as the version itself. `before` is said on its own tables, `beside` while ours are there.
 */
const spine: Readonly<Record<"sqlite" | "postgres", Story>> = JSON.parse(
  readFileSync(new URL("spine.json", import.meta.url), "utf8"),
);

function parameter(value: unknown): unknown {
  const bytes = typeof value === "object" && value !== null && "bytes" in value ? value.bytes : undefined;
  return typeof bytes === "string" ? Buffer.from(bytes, "base64") : value;
}

type Said = { readonly rows: readonly Readonly<Record<string, unknown>>[]; readonly changed: number };

/** Says it again, word by word; what came of each statement. */
async function say(db: Db, statements: readonly Statement[]): Promise<readonly Said[]> {
  const came: Said[] = [];
  for (const { sql, parameters } of statements.filter((each) => !/^(begin|commit)$/u.test(each.sql))) {
    const { rows, numAffectedRows } = await db
      .executeQuery<Record<string, unknown>>(CompiledQuery.raw(sql, parameters.map(parameter)))
      .catch((thrown: unknown) => {
        throw new Error(`the version before says: ${sql}`, { cause: thrown });
      });
    came.push({ rows: rows.map((row) => ({ ...row })), changed: Number(numAffectedRows ?? 0) });
  }
  return came;
}

/** Only columns that the version before knows; in whatever order. */
function known(said: readonly Said[], by: readonly Said[]): readonly string[] {
  return said.map(({ rows, changed }, place) => {
    const columns = Object.keys(by[place]?.rows[0] ?? {});
    const told = rows.map((row) => JSON.stringify(columns.map((name) => [name, row[name]])));
    return `${changed} changed; ${told.toSorted().join("\n")}`;
  });
}

onEachDatabase("beside the new tables", (database) => {
  const story = database.name === "SQLite" ? spine.sqlite : spine.postgres;

  test("the version before writes and reads what it always did", async () => {
    await using alone = await database.empty();
    const { db: itsOwn } = alone.connect();
    await say(itsOwn, [...story.schema, ...story.before]);
    const expected = await say(itsOwn, story.beside);
    await using at = await database.empty();
    const connection = at.connect();
    await say(connection.db, [...story.schema, ...story.before]);
    await migrate(connection);
    expect(known(await say(connection.db, story.beside), expected)).toEqual(known(expected, expected));
    expect(expected.length).toBeGreaterThan(30);
  });

  test("we read what it wrote, keep to its lease and take its work over", async () => {
    await using at = await database.empty();
    const connection = at.connect();
    const { db } = connection;
    await say(db, [...story.schema, ...story.before]);
    await migrate(connection);
    const dropsLease = /delete from "leases"/u;
    await say(db, story.beside.filter(({ sql }) => !dropsLease.test(sql))); // prettier-ignore
    expect((await waitingInbox(db, 10)).map(({ id, source }) => [id, source])).toEqual([[3, "jobs"]]);
    expect((await openIncidents(db)).map(({ number, visibility }) => [number, visibility])).toEqual([[7, "published"]]);
    expect((await readRecord(db)).seq).toBe(3);
    const lease = { ttl: 30_000 };
    expect(await takeLease(db, "engine", "new.1", t0 + 20_000, lease)).toBe(false);
    await say(db, story.beside.filter(({ sql }) => dropsLease.test(sql))); // prettier-ignore
    expect(await takeLease(db, "engine", "new.1", t0 + 20_000, lease)).toBe(true);
    expect(await voidClaims(db)).toBe(0);
    const sent = await listDeliveries(db, { limit: 10 });
    expect(sent.map(({ status, possiblyRepeated }) => [status, possiblyRepeated])).toContainEqual(["pending", true]);
  });
});
