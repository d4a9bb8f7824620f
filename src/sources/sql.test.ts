// Against a real PostgreSQL, and SQLite.
import { mkdtempSync, rmSync } from "node:fs";
import { DatabaseSync } from "node:sqlite";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Client } from "pg";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { freshDatabase, postgresMissing, type Database } from "../../test/peers/postgres.ts";
import type { LookingSource } from "../alerts/source.ts";
import type { ComponentId, SourceId } from "../config/names.ts";
import { minute, wallClock } from "../lib/clock.ts";
import { brand } from "../lib/ids.ts";
import { silentLog } from "../lib/log.ts";
import { sql } from "./sql.ts";

const t0 = Date.parse("2026-11-22T10:00:00Z");
const components = ["api", "workers"].map((id) => ({ id: brand<ComponentId>(id), name: id }));
const tasks = `create table tasks (id integer primary key, name text, state text, since timestamp);
  insert into tasks values (1, 'srpm', 'hangs', '2026-11-22 09:00:00'), (2, 'build', 'hangs', '2026-11-22 09:30:00'), (3, 'test', 'done', null)`;

type Peer = { readonly address: string; readonly run: (statement: string) => Promise<void> };

async function withSource<T>(config: object, use: (source: LookingSource<unknown>) => Promise<T>): Promise<T> {
  const id = brand<SourceId>("queue");
  const made = sql.make({ id, config: sql.config.parse(config) }, { clock: wallClock, log: silentLog, components });
  if (made.kind !== "looking") throw new Error("it must look");
  try {
    return await use(made);
  } finally {
    await made.close?.();
  }
}

const look = (of: LookingSource<unknown>, now = t0, state?: unknown) =>
  of.look({ now, state, feedback: { dismissed: [] } }, new AbortController().signal);

function promises(peer: () => Peer, slow: string): void {
  test("a number beyond its limits is one alert, until it is within them", async () => {
    const { address: database, run } = peer();
    const query = "select count(*) from tasks where state = 'hangs';";
    await withSource({ database, query, above: 1, below: 0, summary: "Tasks hang", component: "api" }, async (of) => {
      const first = await look(of);
      expect(first).toMatchObject({
        alerts: [{ key: "queue/value", status: "firing", component: "api", summary: "Tasks hang: 2 (alert above 1 or below 0)" }], // prettier-ignore
        samples: [{ component: "api", up: false }],
      });
      expect(await of.reach?.(new AbortController().signal)).toMatchObject({ ok: true, value: expect.stringMatching(/the number is 2, 1 thing wrong$/u) }); // prettier-ignore
      await run("update tasks set state = 'done' where id = 1");
      expect(await look(of, t0 + minute, first.state)).toMatchObject({ alerts: [{ status: "resolved" }], samples: [{ up: true }] }); // prettier-ignore
      await run("update tasks set state = 'hangs' where id = 1");
    });
  });

  test("each row is an alert with the words, the component and the severity that it names", async () => {
    const { address: database } = peer();
    const query = `select id, name || ' hangs' as words, 'workers' as component, 'critical' as severity, since from tasks where state = 'hangs' order by id`;
    const columns = { fingerprint: "id", summary: "words" };
    const { alerts } = await withSource({ database, query, columns, component: "api" }, (of) => look(of));
    expect(alerts).toMatchObject([
      { key: "queue/1", summary: "srpm hangs", component: "workers", severity: "critical", labels: { since: expect.stringContaining("2026-11-22") } }, // prettier-ignore
      { key: "queue/2", summary: "build hangs", component: "workers", severity: "critical" },
    ]);
    const none = await withSource({ database, query: "select * from tasks where id > 9" }, (of) => look(of));
    expect([none.alerts, none.samples]).toMatchObject([[], [{ up: true }]]);
  });

  test("an answer that does not say what it should is blindness with its reason, never well", async () => {
    const { address: database } = peer();
    const wrong: readonly (readonly [object, RegExp])[] = [
      [{ query: "select max(id) from tasks where id > 9", above: 5 }, /one number, not NULL/u],
      [{ query: "select id from tasks", above: 5 }, /one number, not 3 rows of 1 column/u],
      [{ query: "select name from tasks where id = 1", above: 5 }, /one number, not "srpm"/u],
      [{ query: "select id as fingerprnt, name as summary from tasks" }, /without the column fingerprint, .* is it fingerprnt/u], // prettier-ignore
      [{ query: "select * from no_such_table" }, /no_such_table/u],
      [{ query: slow, above: 5, timeout: "1s" }, /statement timeout|no answer within 1 s/u],
    ];
    for (const [config, reason] of wrong)
      await withSource({ database, ...config }, async (of) => {
        await expect(look(of)).rejects.toThrow(reason);
      });
  });
}

describe("on SQLite", () => {
  const folder = mkdtempSync(join(tmpdir(), "tocsin-sql-"));
  const file = join(folder, "ci.db");
  const run = async (statement: string): Promise<void> => {
    const database = new DatabaseSync(file);
    database.exec(statement);
    database.close();
  };
  beforeAll(() => run(tasks));
  afterAll(() => rmSync(folder, { recursive: true }));
  promises(
    () => ({ address: `sqlite:${file}`, run }),
    "with recursive n(i) as (select 1 union all select i + 1 from n) select count(*) from n",
  );
});

describe.skipIf(postgresMissing !== undefined)("on PostgreSQL", () => {
  let database: Database | undefined;
  const address = (): string => database?.url ?? "";
  const run = async (statement: string): Promise<void> => {
    const client = new Client({ connectionString: address() });
    await client.connect();
    await client.query(statement);
    await client.end();
  };
  beforeAll(async () => {
    database = await freshDatabase();
    await run(tasks);
  });
  afterAll(async () => database?.[Symbol.asyncDispose]());
  promises(() => ({ address: address(), run }), "select count(*) from generate_series(1, 10000000000)");

  test("a question that would write is refused by the database", async () => {
    const query = "with gone as (delete from tasks returning id) select count(*) from gone";
    await withSource({ database: address(), query, above: 5 }, async (of) => {
      await expect(look(of)).rejects.toThrow(/read-only transaction/u);
    });
  });
});
