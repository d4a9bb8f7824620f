import { expect, test } from "vitest";
import { onEachDatabase } from "../../test/kit/database.ts";
import { t0 } from "../../test/kit/incidents.ts";
import { forgetReplica, noteReplica, pruneReplicas, readReplicas, type Replica } from "./replica-store.ts";

const a: Replica = { owner: "a", startedAt: t0, seenAt: t0, version: "1", config: "aaaa" };

onEachDatabase("the list of replicas", (database) => {
  test("knows who is there, since when, and what they run", async () => {
    await using at = await database.open();
    const b = { ...a, owner: "b", startedAt: t0 + 1, seenAt: t0 + 1 };
    await noteReplica(at.db, b);
    await noteReplica(at.db, a);
    expect(await readReplicas(at.db, t0)).toEqual([a, b]);
    await noteReplica(at.db, { ...a, startedAt: t0 + 9, seenAt: t0 + 9, version: "2", config: "bbbb", revision: 7 });
    const later = { ...a, seenAt: t0 + 9, version: "2", config: "bbbb" };
    expect(await readReplicas(at.db, t0 + 5)).toEqual([{ ...later, revision: 7 }]);
    await noteReplica(at.db, later);
    expect(await readReplicas(at.db, t0 + 5)).toEqual([later]);
  });

  test("who leaves is gone at once, who was killed after a while", async () => {
    await using at = await database.open();
    for (const owner of ["a", "b", "c"]) await noteReplica(at.db, { ...a, owner });
    await forgetReplica(at.db, "b");
    await noteReplica(at.db, { ...a, seenAt: t0 + 10 });
    await pruneReplicas(at.db, t0 + 5);
    expect((await readReplicas(at.db, 0)).map(({ owner }) => owner)).toEqual(["a"]);
  });
});
