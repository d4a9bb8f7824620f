// A process of its own that reads one SQLite file: a query without an end can be killed with it, and only with it.
import { createInterface } from "node:readline";
import { DatabaseSync } from "node:sqlite";
import { z } from "zod";
import { reasonOf } from "../lib/result.ts";

const Question = z.object({ sql: z.string(), parameters: z.array(z.union([z.string(), z.number(), z.null()])) });

const database = new DatabaseSync(process.argv[2] ?? "", { readOnly: true, timeout: 2_000, allowExtension: false });

function answer(line: string): object {
  try {
    const { sql, parameters } = Question.parse(JSON.parse(line));
    const statement = database.prepare(sql);
    return { columns: statement.columns().map(({ name }) => name), rows: statement.all(...parameters) };
  } catch (thrown) {
    return { error: reasonOf(thrown) };
  }
}

createInterface({ input: process.stdin }).on("line", (line) => {
  process.stdout.write(`${JSON.stringify(answer(line))}\n`);
});
