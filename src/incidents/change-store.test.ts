import { expect, test } from "vitest";
import { onEachDatabase } from "../../test/kit/database.ts";
import { alice, api, copr, t0 } from "../../test/kit/incidents.ts";
import { changesBetween, insertChange, listChanges } from "./change-store.ts";

onEachDatabase("recorded changes", (database) => {
  test("come back as they were, within a span and page by page, the newest first", async () => {
    await using at = await database.open();
    const first = { at: t0, text: "deployed 'v1'", component: copr, link: "https://example.org/1", by: alice };
    await insertChange(at.db, first, t0 + 9);
    const bare = await insertChange(at.db, { at: t0 - 5, text: "rebooted", by: alice }, t0 + 9);
    const same = await insertChange(at.db, { at: t0, text: "again", component: api, by: alice }, t0 + 9);
    expect(await changesBetween(at.db, t0, t0)).toEqual([same, { ...first, number: same.number - 2 }]);
    expect(await changesBetween(at.db, t0 - 5, t0 - 1)).toEqual([bare]);
    const page = await listChanges(at.db, { limit: 2 });
    expect(page.map(({ text }) => text)).toEqual(["again", "deployed 'v1'"]);
    const last = page.at(-1);
    expect(await listChanges(at.db, { limit: 2, ...(last === undefined ? {} : { below: last }) })).toEqual([bare]);
    expect((await listChanges(at.db, { limit: 9, component: copr })).map(({ text }) => text)).toEqual([
      "deployed 'v1'",
    ]);
  });
});
