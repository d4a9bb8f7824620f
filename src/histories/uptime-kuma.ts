// Uptime Kuma: its SQLite file, opened to be read and for nothing else.
import { statSync } from "node:fs";
import { DatabaseSync } from "node:sqlite";
import { failed, ok, reasonOf } from "../lib/result.ts";
import { readKumaPast, type KumaRow } from "../shapes/past-kuma.ts";
import type { PastSource } from "../status/past-source.ts";
import { cannotRead, isAddress, largestDump } from "./material.ts";

const most = 50_000;

export const uptimeKuma: PastSource = {
  takes: "its database, kuma.db (a copy of it while it runs)",
  async read({ source }) {
    if (isAddress(source)) return failed("name its database, kuma.db");
    try {
      if (statSync(source).size > 16 * largestDump) return failed(`${source} is far too large`);
    } catch (thrown) {
      return failed(cannotRead(source, thrown));
    }
    try {
      using database = new DatabaseSync(source, { readOnly: true, timeout: 2_000, allowExtension: false });
      const known = new Set(database.prepare("SELECT name FROM sqlite_master WHERE type = 'table'").all().map((row) => row["name"])); // prettier-ignore
      if (!known.has("monitor") || !known.has("incident")) return failed(`${source} is no database of Uptime Kuma`);
      const rows = (table: string, sql: string): readonly KumaRow[] =>
        known.has(table) ? database.prepare(`${sql} LIMIT ${most}`).all().map(textual) : [];
      return ok(
        readKumaPast({
          incidents: rows("incident", "SELECT * FROM incident"),
          maintenances: rows("maintenance", "SELECT * FROM maintenance"),
          hit: rows("monitor_maintenance", "SELECT mm.maintenance_id, m.name FROM monitor_maintenance mm JOIN monitor m ON m.id = mm.monitor_id"), // prettier-ignore
          // Its address may hold a secret.
          monitors: rows("monitor", "SELECT name, type FROM monitor"),
        }),
      );
    } catch (thrown) {
      return failed(`${source} cannot be read as SQLite: ${reasonOf(thrown)}`);
    }
  },
};

function textual(row: Readonly<Record<string, unknown>>): KumaRow {
  const text = (value: unknown): string | undefined =>
    typeof value === "string" || typeof value === "number" || typeof value === "bigint" ? String(value) : undefined;
  return Object.fromEntries(Object.entries(row).map(([name, value]) => [name, text(value)] as const));
}
