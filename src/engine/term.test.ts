import { expect, test } from "vitest";
import { onEachDatabase } from "../../test/kit/database.ts";
import { t0 } from "../../test/kit/incidents.ts";
import { takeLease, usualLease } from "../db/lease.ts";
import type { Db } from "../db/schema.ts";
import { claimDelivery, listDeliveries, waitingDeliveries, wishPublication } from "../delivery/delivery-store.ts";
import { heldClock } from "../lib/held-clock.ts";
import { silentLog } from "../lib/log.ts";
import { beginTerm, TermOver, type Term, type Terms } from "./term.ts";

onEachDatabase("a term", (database) => {
  const terms: Terms = { times: usualLease, soleOwner: database.name === "SQLite", mayHold: async () => {} };
  const begin = async (db: Db, id: string): Promise<Term> => {
    const term = await beginTerm({ db, clock: heldClock(t0), log: silentLog }, id, terms);
    if (term === undefined) throw new Error("the lease is taken");
    return term;
  };

  test("claims what it sends; once another has taken over it claims nothing more, and is over", async () => {
    await using at = await database.open();
    await wishPublication(at.db, "mirror", "site", t0);
    const [delivery] = await waitingDeliveries(at.db, ["mirror"], t0);
    if (delivery === undefined) throw new Error("nothing waits");
    const term = await begin(at.db, "a.1");
    expect(term.held()).toBe(true);
    await takeLease(at.db, "engine", "b.1", t0 + usualLease.ttl, { ttl: usualLease.ttl, force: true });
    const claim = claimDelivery(at.db, delivery, [], term.id, t0, (tx) => term.fence(tx));
    await expect(claim).rejects.toThrow(TermOver);
    expect((await listDeliveries(at.db, { limit: 1 })).map(({ status }) => status)).toEqual(["pending"]);
    expect([term.held(), term.signal.aborted]).toEqual([false, true]);
    await term.drop();
    expect(await at.db.selectFrom("leases").select("owner").execute()).toEqual([{ owner: "b.1" }]);
  });

  test("what its predecessor had in flight goes again; given back, it is the next one's at once", async () => {
    await using at = await database.open();
    await wishPublication(at.db, "mirror", "site", t0);
    const [delivery] = await waitingDeliveries(at.db, ["mirror"], t0);
    if (delivery === undefined) throw new Error("nothing waits");
    const first = await begin(at.db, "a.1");
    expect(await claimDelivery(at.db, delivery, [], first.id, t0, (tx) => first.fence(tx))).toBe(true);
    await first.drop();
    const second = await begin(at.db, "b.1");
    expect(await waitingDeliveries(at.db, ["mirror"], t0)).toHaveLength(1);
    await second.drop();
  });
});
