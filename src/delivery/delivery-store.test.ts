import { expect, test } from "vitest";
import { hour, minute, second } from "../lib/clock.ts";
import type { Db } from "../db/schema.ts";
import { planOf } from "../../test/kit/query-plan.ts";
import { onEachDatabase } from "../../test/kit/database.ts";
import { t0 } from "../../test/kit/incidents.ts";
import { nextUp, settle, type Delivery } from "./delivery.ts";
import {
  claimDelivery,
  listDeliveries,
  queueMessages,
  settleDelivery,
  voidClaims,
  waitingDeliveries,
  wishPublication,
  type NewMessage,
  type StoredDelivery,
} from "./delivery-store.ts";
import { queueFigures } from "./queue-figures-store.ts";
import type { Sent } from "./channel.ts";

function say(text: string, more: Partial<NewMessage> = {}): NewMessage {
  const message = { lead: "L", text, mentions: [], saidAt: t0, priority: "news", possiblyRepeated: false } as const;
  return { target: "irc", subject: "incident:7", message, ...more };
}

async function first(db: Db, target = "irc"): Promise<Delivery> {
  return (await waitingDeliveries(db, [target], t0 + hour))[0] ?? expect.fail(`nothing waits for ${target}`);
}

async function claimed(db: Db, owner = "me", target = "irc"): Promise<Delivery> {
  const delivery = await first(db, target);
  expect(await claimDelivery(db, delivery, [], owner, t0)).toBe(true);
  return { ...delivery, attempts: delivery.attempts + 1 };
}

async function all(db: Db): Promise<readonly StoredDelivery[]> {
  return (await listDeliveries(db, { limit: 100 })).toReversed();
}

async function only(db: Db): Promise<StoredDelivery> {
  const [one, ...more] = await all(db);
  expect(more).toEqual([]);
  return one ?? expect.fail("nothing is there");
}

async function settled(db: Db, delivery: Delivery, sent: Sent, owner = "me", now = t0): Promise<void> {
  await settleDelivery(db, delivery, settle(delivery, sent, now), owner, now);
}

onEachDatabase("the out-queue", (database) => {
  test("messages wait in the order in which they were queued, for their own target", async () => {
    await using at = await database.open();
    await queueMessages(at.db, [say("one"), say("other", { target: "mail" }), say("two")], t0);
    await queueMessages(at.db, [], t0);
    await queueMessages(at.db, [say("three", { subject: "incident:8" })], t0 + 1);
    const waiting = await waitingDeliveries(at.db, ["irc"], t0 + hour);
    expect(waiting.map(({ message }) => message?.text)).toEqual(["one", "two", "three"]);
    expect(waiting[0]).toMatchObject({ kind: "channel", attempts: 0, createdAt: t0, dueAt: t0, priority: "news" });
    expect(await waitingDeliveries(at.db, ["irc", "mail"], t0 + hour)).toHaveLength(4);
    expect(await waitingDeliveries(at.db, ["irc"], t0 + hour, 2)).toHaveLength(2);
  });

  test("what is said once is said once, per target, in one breath or for ever after", async () => {
    await using at = await database.open();
    const once = say("overdue", { once: "incident:7/overdue" });
    await queueMessages(at.db, [once, once, { ...once, target: "mail" }], t0);
    await settled(at.db, await claimed(at.db), { kind: "sent" });
    await queueMessages(at.db, [once, say("more")], t0 + hour);
    expect((await all(at.db)).map(({ target, message }) => `${target} ${message?.text}`).toSorted()).toEqual([
      "irc more",
      "irc overdue",
      "mail overdue",
    ]);
  });

  test("of two claimers at once one wins, and counts one attempt", async () => {
    await using at = await database.open();
    const other = database.name === "PostgreSQL" ? at.connect().db : at.db;
    await queueMessages(at.db, [say("one")], t0);
    const delivery = await first(at.db);
    const won = await Promise.all([
      claimDelivery(at.db, delivery, [], "me", t0),
      claimDelivery(other, delivery, [], "you", t0),
    ]);
    expect(won.filter(Boolean)).toHaveLength(1);
    expect(await only(at.db)).toMatchObject({ status: "claimed", attempts: 1 });
    expect(await waitingDeliveries(at.db, ["irc"], t0 + hour)).toEqual([]);
  });

  test("only the owner of a claim settles it", async () => {
    await using at = await database.open();
    await queueMessages(at.db, [say("one")], t0);
    const delivery = await claimed(at.db, "me");
    await settled(at.db, delivery, { kind: "sent" }, "you");
    expect(await only(at.db)).toMatchObject({ status: "claimed" });
    await settled(at.db, delivery, { kind: "sent", ref: "42" }, "me", t0 + 1);
    expect(await only(at.db)).toMatchObject({ status: "sent", ref: "42", settledAt: t0 + 1 });
    // Settled is settled: the second word comes too late.
    await settled(at.db, delivery, { kind: "reject", because: "no" }, "me");
    expect(await only(at.db)).toMatchObject({ status: "sent" });
  });

  test("what was not sent waits for its time, with the reason; what is rejected is dead", async () => {
    await using at = await database.open();
    await queueMessages(at.db, [say("one")], t0);
    await settled(at.db, await claimed(at.db), { kind: "retry", because: "busy", afterMs: minute });
    const retried = await only(at.db);
    expect(retried).toMatchObject({ status: "pending", dueAt: t0 + minute, reason: "busy", possiblyRepeated: false });
    expect(retried).not.toHaveProperty("settledAt");
    await settled(at.db, await claimed(at.db), { kind: "unknown", because: "cut" });
    expect(await only(at.db)).toMatchObject({ status: "pending", dueAt: t0 + 2 * second, possiblyRepeated: true });
    await settled(at.db, await claimed(at.db), { kind: "reject", because: "no such\u0000 channel" }, "me", t0 + 5);
    expect(await only(at.db)).toMatchObject({
      status: "dead",
      reason: "no such channel",
      attempts: 3,
      settledAt: t0 + 5,
      possiblyRepeated: true,
    });
  });

  test("claims are void when the engine changes hands, or what one owner claimed of some targets alone: messages go again marked, publications unmarked", async () => {
    await using at = await database.open();
    await queueMessages(at.db, [say("one"), say("mine", { target: "mail" })], t0);
    await wishPublication(at.db, "mirror", "site", t0);
    await claimed(at.db, "dead");
    await claimed(at.db, "dead", "mirror");
    await claimed(at.db, "me", "mail");
    expect(await voidClaims(at.db, { owner: "me", targets: ["irc", "mirror"] })).toBe(0);
    expect(await voidClaims(at.db, { owner: "dead", targets: ["irc", "mirror"] })).toBe(2);
    expect((await all(at.db)).map(({ status, possiblyRepeated }) => [status, possiblyRepeated])).toEqual([
      ["pending", true],
      ["claimed", false],
      ["pending", false],
    ]);
    expect((await first(at.db)).possiblyRepeated).toBe(true);
    // The dead one comes back and has nothing to say any more.
    await settled(at.db, { ...(await first(at.db)), attempts: 1 }, { kind: "sent" }, "dead");
    expect((await all(at.db))[0]).toMatchObject({ status: "pending", reason: "in flight when Tocsin stopped" });
    expect(await voidClaims(at.db)).toBe(1);
    expect(await voidClaims(at.db)).toBe(0);
    // The mark stays through the next claim and its settlement.
    await settled(at.db, await claimed(at.db), { kind: "retry", because: "busy" });
    expect((await first(at.db)).possiblyRepeated).toBe(true);
  });

  test("a line that speaks for older ones is stored as it is told, and they are dropped with the reason", async () => {
    await using at = await database.open();
    const page = say("two");
    await queueMessages(
      at.db,
      [say("one"), { ...page, message: { ...page.message, priority: "page" } }, say("three")],
      t0,
    );
    await queueMessages(at.db, [say("elsewhere", { subject: "incident:8" })], t0);
    const choice =
      nextUp(await waitingDeliveries(at.db, ["irc"], t0 + hour), t0 + hour) ?? expect.fail("something is due");
    expect(await claimDelivery(at.db, choice.delivery, choice.collapsed, "me", t0 + hour)).toBe(true);
    const [one, two, three, elsewhere] = await all(at.db);
    for (const dropped of [one, two])
      expect(dropped).toMatchObject({
        status: "dropped",
        reason: `told in one line with delivery ${three?.id}`,
        settledAt: t0 + hour,
      });
    expect(three).toMatchObject({ status: "claimed", priority: "page" });
    expect(three?.message?.text).toBe("three (2 earlier messages could not be sent.)");
    expect(elsewhere).toMatchObject({ status: "pending" });
  });

  test("when the line is taken by another, nothing that it spoke for is dropped", async () => {
    await using at = await database.open();
    await queueMessages(at.db, [say("one"), say("two")], t0);
    const choice =
      nextUp(await waitingDeliveries(at.db, ["irc"], t0 + hour), t0 + hour) ?? expect.fail("something is due");
    expect(await claimDelivery(at.db, choice.delivery, [], "you", t0 + hour)).toBe(true);
    expect(await claimDelivery(at.db, choice.delivery, choice.collapsed, "me", t0 + hour)).toBe(false);
    expect((await all(at.db)).map(({ status }) => status)).toEqual(["pending", "claimed"]);
  });

  test("a publication has one row for each subject, whose wish only grows", async () => {
    await using at = await database.open();
    for (let n = 0; n < 3; n++) await wishPublication(at.db, "mirror", "site", t0 + n);
    await wishPublication(at.db, "mirror", "issue:7", t0);
    await wishPublication(at.db, "other", "site", t0);
    const rows = await all(at.db);
    expect(rows.map(({ target, subject, wish }) => [target, subject, wish])).toEqual([
      ["mirror", "site", 3],
      ["mirror", "issue:7", 1],
      ["other", "site", 1],
    ]);
    expect(rows[0]).toMatchObject({ createdAt: t0, kind: "publisher" });
  });

  test.each<[string, Sent]>([
    ["sent", { kind: "sent", ref: "1" }],
    ["rejected", { kind: "reject", because: "too big" }],
  ])("a wish that comes while one is in flight goes again after that was %s", async (_, sent) => {
    await using at = await database.open();
    await wishPublication(at.db, "mirror", "site", t0);
    const flying = await claimed(at.db, "me", "mirror");
    await wishPublication(at.db, "mirror", "site", t0 + 1);
    expect(await only(at.db)).toMatchObject({ status: "claimed", wish: 2 });
    await settled(at.db, flying, sent, "me", t0 + 2);
    const again = await only(at.db);
    expect(again).toMatchObject({ status: "pending", dueAt: t0 + 2 });
    expect(again).not.toHaveProperty("settledAt");
    await settled(at.db, await claimed(at.db, "me", "mirror"), { kind: "sent", ref: "2" });
    expect(await only(at.db)).toMatchObject({ status: "sent", ref: "2", attempts: 0 });
  });

  test("a new wish wakes what was sent or dead, as new", async () => {
    await using at = await database.open();
    await wishPublication(at.db, "mirror", "site", t0);
    for (const sent of [
      { kind: "sent", ref: "1" },
      { kind: "reject", because: "no" },
    ] as const) {
      await settled(at.db, await claimed(at.db, "me", "mirror"), sent);
      await wishPublication(at.db, "mirror", "site", t0 + hour);
      expect(await only(at.db)).toMatchObject({ status: "pending", createdAt: t0 + hour, dueAt: t0 + hour, ref: "1" });
    }
  });

  test("a new wish does not hurry a peer that asked for patience", async () => {
    await using at = await database.open();
    await wishPublication(at.db, "mirror", "site", t0);
    await settled(at.db, await claimed(at.db, "me", "mirror"), { kind: "retry", because: "429", afterMs: hour });
    await wishPublication(at.db, "mirror", "site", t0 + minute);
    expect(await only(at.db)).toMatchObject({ status: "pending", dueAt: t0 + hour, wish: 2 });
  });

  test("what is rolled back was never queued", async () => {
    await using at = await database.open();
    const failed = at.db.transaction().execute(async (tx) => {
      await queueMessages(tx, [say("one")], t0);
      await wishPublication(tx, "mirror", "site", t0);
      throw new Error("no");
    });
    await expect(failed).rejects.toThrow("no");
    expect(await all(at.db)).toEqual([]);
  });

  test("a long line that is held back hides neither what may go now nor a page", async () => {
    await using at = await database.open();
    const many = (subject: string) => Array.from({ length: 600 }, (_, n) => say(`${n}`, { subject }));
    await queueMessages(at.db, many("incident:1"), t0);
    await settled(at.db, await claimed(at.db), { kind: "retry", because: "the peer is away" });
    await queueMessages(at.db, many("incident:2"), t0);
    await queueMessages(at.db, [say("news", { subject: "incident:3" })], t0);
    const page = say("page", { subject: "incident:4" });
    await queueMessages(at.db, [{ ...page, message: { ...page.message, priority: "page" } }], t0);
    const waiting = await waitingDeliveries(at.db, ["irc"], t0);
    expect(nextUp(waiting, t0)?.delivery.subject).toBe("incident:4");
    expect(waiting.some(({ subject }) => subject === "incident:2")).toBe(true);
    expect(waiting.map(({ id }) => id)).toEqual(waiting.map(({ id }) => id).toSorted((a, b) => a - b));
    const { plan } = await planOf(at.db, (db) => waitingDeliveries(db, ["irc"], t0));
    expect(plan).toMatch(/deliveries_open/u);
  });

  test("the figures count what waits, flies and is dead, with the age of the oldest, as numbers", async () => {
    await using at = await database.open();
    await queueMessages(at.db, [say("one")], t0);
    await queueMessages(at.db, [say("two"), say("three")], t0 + 1);
    await settled(at.db, await claimed(at.db), { kind: "sent" });
    expect(await queueFigures(at.db)).toEqual([{ target: "irc", status: "pending", count: 2, oldest: t0 + 1 }]);
    await claimed(at.db);
    expect(await queueFigures(at.db)).toHaveLength(2);
    expect(await listDeliveries(at.db, { status: ["sent"], subject: "incident:7", limit: 9 })).toHaveLength(1);
    expect(await listDeliveries(at.db, { subject: "incident:8", limit: 9 })).toEqual([]);
  });
});
