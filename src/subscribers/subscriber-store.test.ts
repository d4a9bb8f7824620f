import { expect, test } from "vitest";
import { onEachDatabase } from "../../test/kit/database.ts";
import { t0 } from "../../test/kit/incidents.ts";
import type { Db } from "../db/schema.ts";
import { day } from "../lib/clock.ts";
import { beginWith, openLanes, restLane, rewindLane, toldBy } from "./fan-out-store.ts";
import { claimLetter, dueLetters, queueLetter, voidLetterClaims } from "./letter-store.ts";
import { mostBounces, type Subscriber } from "./subscriber.ts";
import {
  confirmedBehind,
  confirmSubscriber,
  findSubscriber,
  forgetBounces,
  insertSubscriber,
  noteAsked,
  noteBounce,
  pruneUnconfirmed,
} from "./subscriber-store.ts";

async function added(db: Db, address: string, at = t0): Promise<Subscriber> {
  const made = await insertSubscriber(db, { kind: "email", address, salt: address.padEnd(16, "-"), components: [], least: "minor" }, at); // prettier-ignore
  expect(made).toBe(true);
  return again(db, { address });
}

async function again(db: Db, { address }: Pick<Subscriber, "address">): Promise<Subscriber> {
  return (await findSubscriber(db, { kind: "email", address })) ?? expect.fail(`${address} is not there`);
}

onEachDatabase("the list of subscribers", (database) => {
  test("has an address once", async () => {
    await using at = await database.open();
    await added(at.db, "a@example.org");
    const twice = { kind: "email", address: "a@example.org", salt: "another", components: [], least: "minor" } as const;
    expect(await insertSubscriber(at.db, twice, t0)).toBe(false);
  });

  test("suspends whom a server refused three messages in a row, until they confirm anew", async () => {
    await using at = await database.open();
    const one = await added(at.db, "a@example.org");
    await confirmSubscriber(at.db, one.id, t0);
    const bounce = async (times: number): Promise<string> => {
      for (let i = 0; i < times; i++) await noteBounce(at.db, one.id, "550 no such user");
      return (await again(at.db, one)).state;
    };
    expect(await bounce(mostBounces - 1)).toBe("confirmed");
    await forgetBounces(at.db, one.id);
    expect(await bounce(mostBounces - 1)).toBe("confirmed");
    expect(await bounce(1)).toBe("suspended");
    expect(await again(at.db, one)).toMatchObject({ reason: "550 no such user" });
    const road = { kinds: ["email"], lane: 0, lanes: 1 } as const;
    expect(await confirmedBehind(at.db, road, 0, t0 + day, 10)).toEqual([]);
    await confirmSubscriber(at.db, one.id, t0);
    expect(await again(at.db, one)).toMatchObject({ state: "confirmed", bounces: 0 });
  });

  test("forgets who never confirmed, with the letters to them, and nobody else", async () => {
    await using at = await database.open();
    const [never, asksAgain, confirmed] = [await added(at.db, "never@example.org"), await added(at.db, "again@example.org"), await added(at.db, "yes@example.org")]; // prettier-ignore
    await queueLetter(at.db, { subscriber: never.id, about: "confirm", dueAt: t0 }, t0);
    await noteAsked(at.db, asksAgain.id, 2, undefined, t0 + day);
    await confirmSubscriber(at.db, confirmed.id, t0);
    expect(await pruneUnconfirmed(at.db, t0)).toBe(0);
    expect(await pruneUnconfirmed(at.db, t0 + 1)).toBe(1);
    expect(await findSubscriber(at.db, { id: never.id })).toBeUndefined();
    expect((await dueLetters(at.db, t0, 10)).due).toEqual([]);
    await again(at.db, asksAgain);
    await again(at.db, confirmed);
  });

  test("gives each connection its own share, and all together everybody who had confirmed by then", async () => {
    await using at = await database.open();
    for (let i = 0; i < 7; i++) {
      const one = await added(at.db, `${i}@example.org`);
      if (i !== 3) await confirmSubscriber(at.db, one.id, i === 5 ? t0 + 1 : t0);
    }
    const shares = await Promise.all([0, 1, 2].map((lane) => confirmedBehind(at.db, { kinds: ["email"], lane, lanes: 3 }, 0, t0, 10))); // prettier-ignore
    expect(shares.flat().map(({ address }) => address).toSorted()).toEqual(["0", "1", "2", "4", "6"].map((i) => `${i}@example.org`)); // prettier-ignore
  });

  test("knows after a crash of whom it is open whether they were told, and never goes back", async () => {
    await using at = await database.open();
    const [lane] = await openLanes(at.db, 1, "mail", 1);
    if (lane === undefined) throw new Error("no lane");
    expect(await beginWith(at.db, lane, 4, 0)).toBe(true);
    expect(await openLanes(at.db, 1, "mail", 9)).toMatchObject([{ cursor: 4, inFlight: true, lanes: 1 }]);
    expect(await beginWith(at.db, lane, 3, 0), "another has gone further").toBe(false);
    await rewindLane(at.db, lane, 4, 2);
    expect(await openLanes(at.db, 1, "mail", 1)).toMatchObject([{ cursor: 2, inFlight: false }]);
    await beginWith(at.db, lane, 4, 0);
    await restLane(at.db, lane, 1, true);
    expect(await beginWith(at.db, lane, 5, 0), "it is done").toBe(false);
    expect(await toldBy(at.db, 1)).toBe(1);
  });

  test("keeps letters to one reader in order, and marks what a crash left open", async () => {
    await using at = await database.open();
    const one = await added(at.db, "a@example.org");
    await queueLetter(at.db, { subscriber: one.id, about: "told", delivery: 1, dueAt: t0 + day }, t0);
    await queueLetter(at.db, { subscriber: one.id, about: "told", delivery: 2, dueAt: t0 }, t0);
    expect(await dueLetters(at.db, t0, 10)).toEqual({ due: [], next: t0 + day });
    const [first] = (await dueLetters(at.db, t0 + day, 10)).due;
    expect(first).toMatchObject({ delivery: 1, attempts: 0, possiblyRepeated: false });
    expect(await claimLetter(at.db, first?.id ?? 0)).toBe(true);
    expect(await claimLetter(at.db, first?.id ?? 0)).toBe(false);
    await voidLetterClaims(at.db);
    expect((await dueLetters(at.db, t0 + day, 10)).due).toMatchObject([{ delivery: 1, attempts: 1, possiblyRepeated: true }]); // prettier-ignore
  });
});
