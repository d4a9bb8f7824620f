import { expect, test } from "vitest";
import { onEachDatabase } from "../../test/kit/database.ts";
import type { Surface } from "./surface.ts";
import { forgetSurfaces, readSurfaces, saveSurface } from "./surface-store.ts";

const well: Surface = { name: "live page", status: "equal", lookedAt: 10, equalAt: 10, reachedAt: 10 };
const wrong: Surface = { name: "mirror", status: "differs", what: "index.html answers 404", since: 5, lookedAt: 10, toldAt: 9, restoredAt: 2, restored: "x" }; // prettier-ignore

onEachDatabase("surfaces", (database) => {
  test("come back as they were saved last, and those no longer looked at are forgotten", async () => {
    await using at = await database.open();
    for (const surface of [{ ...wrong, toldAt: 1 }, well, wrong]) await saveSurface(at.db, surface);
    expect([...(await readSurfaces(at.db)).values()]).toEqual([well, wrong]);
    const { what: _, since: _since, toldAt: _told, ...mended } = wrong;
    await saveSurface(at.db, { ...mended, status: "equal" });
    expect((await readSurfaces(at.db)).get("mirror")).toEqual({ ...mended, status: "equal" });
    await forgetSurfaces(at.db, ["mirror"]);
    expect([...(await readSurfaces(at.db)).keys()]).toEqual(["live page"]);
  });
});
