import { expect, test } from "vitest";
import { onEachDatabase } from "../../test/kit/database.ts";
import { api, copr, t0 } from "../../test/kit/incidents.ts";
import { statuspageCode } from "../lib/codes.ts";
import { noteChange, noteComponents, readComponentsSeen } from "./component-store.ts";

onEachDatabase("components that were seen", (database) => {
  test("each keeps its code and the moment it was first seen; those that went stay known", async () => {
    await using at = await database.open();
    await noteComponents(at.db, [copr], t0);
    await noteComponents(at.db, [api, copr], t0 + 5);
    await noteComponents(at.db, [], t0 + 9);
    expect(await readComponentsSeen(at.db)).toEqual(
      new Map([
        [copr, { code: statuspageCode("component", "copr"), firstSeenAt: t0 }],
        [api, { code: statuspageCode("component", "api"), firstSeenAt: t0 + 5 }],
      ]),
    );
  });

  test("and when it last changed in public", async () => {
    await using at = await database.open();
    await noteComponents(at.db, [copr, api], t0);
    await noteChange(at.db, ["copr", "gone"], t0 + 7);
    await noteChange(at.db, [], t0 + 9);
    const seen = await readComponentsSeen(at.db);
    expect([seen.get(copr)?.changedAt, seen.get(api)?.changedAt]).toEqual([t0 + 7, undefined]);
  });
});
