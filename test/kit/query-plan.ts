// How a database goes about the queries of a store, in its own words.
import { CompiledQuery } from "kysely";
import type { Db } from "../../src/db/schema.ts";

type Plan = { readonly queries: readonly string[]; readonly plan: string };

/** Runs `ask` and explains each query that it made. Parameters are looked at as the planner of SQLite does: not at all. */
export async function planOf(db: Db, ask: (db: Db) => Promise<unknown>): Promise<Plan> {
  const asked: CompiledQuery[] = [];
  await ask(
    db.withPlugin({
      transformQuery: ({ node, queryId }) => {
        asked.push(db.getExecutor().compileQuery(node, queryId));
        return node;
      },
      transformResult: async ({ result }) => result,
    }),
  );
  const explain = (await isSqlite(db)) ? "explain query plan" : "explain";
  const plans: string[] = [];
  for (const { sql, parameters } of asked) {
    const query = CompiledQuery.raw(`${explain} ${sql}`, [...parameters]);
    const { rows } = await db.executeQuery<Record<string, unknown>>(query);
    plans.push(rows.map((row) => Object.values(row).join(" ")).join("\n"));
  }
  return { queries: asked.map(({ sql }) => sql), plan: plans.join("\n") };
}

async function isSqlite(db: Db): Promise<boolean> {
  return db.executeQuery(CompiledQuery.raw("select sqlite_version()")).then(
    () => true,
    () => false,
  );
}
