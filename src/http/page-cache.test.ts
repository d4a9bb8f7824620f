import { expect, test } from "vitest";
import { deskOn, testPage } from "../../test/kit/bare-desk.ts";
import { databases } from "../../test/kit/database.ts";
import { ensureRecord } from "../db/record-store.ts";
import { minute, second } from "../lib/clock.ts";
import { makePageCache } from "./page-cache.ts";

test("once nobody has read the record for longer than the page is valid, the text begins with STALE", async () => {
  const sqlite = databases.find(({ name }) => name === "SQLite");
  if (sqlite === undefined) throw new Error("there is SQLite");
  await using at = await sqlite.open();
  let now = Date.UTC(2026, 10, 22, 12);
  await ensureRecord(at.db, now);
  const cache = makePageCache(deskOn(at.db, { clock: { now: () => now, wait: async () => undefined } }), testPage);
  const firstLine = async (): Promise<string> => (await cache.page("status.txt"))?.body.toString().split("\n")[0] ?? "";
  expect(await firstLine()).toMatch(/^OK /u);

  await at.connection.close();
  now += 3 * minute;
  expect(await firstLine()).toMatch(/^OK /u);
  now += second;
  expect(cache.peek("status.txt")).toBeUndefined();
  expect(await firstLine()).toMatch(/^STALE /u);
  expect(await firstLine()).toMatch(/^STALE /u);
});
