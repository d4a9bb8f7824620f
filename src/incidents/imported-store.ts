// Which entries of other status pages were brought in, and what they became.
import type { Reader, Schema } from "../db/schema.ts";

export type ImportedRow = Readonly<Schema["imported"]>;

export async function importedAs(db: Reader, keys: readonly string[]): Promise<ReadonlyMap<string, ImportedRow>> {
  if (keys.length === 0) return new Map();
  const rows = await db.selectFrom("imported").selectAll().where("key", "in", keys).execute();
  return new Map(rows.map((row) => [row.key, row]));
}

export async function rememberImported(db: Reader, row: ImportedRow): Promise<void> {
  await db.insertInto("imported").values(row).execute();
}
