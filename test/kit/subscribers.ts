// Many confirmed subscribers at once, written into the database of a Tocsin that does not run.
import { connect } from "../../src/db/connect.ts";
import { migrate } from "../../src/db/migrate.ts";

export const addressOf = (n: number): string => `reader-${n}@example.com`;

export async function addSubscribers(url: string, count: number, now: number): Promise<void> {
  const connection = connect(url);
  try {
    await migrate(connection);
    for (let from = 0; from < count; from += 500) {
      const rows = Array.from({ length: Math.min(500, count - from) }, (_, i) => ({
        kind: "email",
        address: addressOf(from + i),
        state: "confirmed" as const,
        components: "[]",
        least: "maintenance",
        salt: `salt-of-${String(from + i).padStart(8, "0")}`,
        confirm_hash: null,
        created_at: now,
        confirmed_at: now,
        asked_at: now,
        asked: 0,
        bounces: 0,
        reason: null,
      }));
      await connection.db.insertInto("subscribers").values(rows).execute();
    }
  } finally {
    await connection.close();
  }
}
