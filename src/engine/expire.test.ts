import { expect, test } from "vitest";
import { bareDesk } from "../../test/kit/bare-desk.ts";
import { onEachDatabase, type DatabaseKind } from "../../test/kit/database.ts";
import { t0 } from "../../test/kit/incidents.ts";
import { alertKey } from "../alerts/alert.ts";
import { readAlert } from "../alerts/alert-store.ts";
import { decisionsOf } from "../alerts/decision-store.ts";
import { appendToInbox } from "../alerts/inbox-store.ts";
import type { SourceId } from "../config/names.ts";
import { ensureRecord } from "../db/record-store.ts";
import { minute, second } from "../lib/clock.ts";
import { heldClock } from "../lib/held-clock.ts";
import { brand } from "../lib/ids.ts";
import { silentLog } from "../lib/log.ts";
import { alertmanager } from "../sources/alertmanager.ts";
import { makeExpirer } from "./expire.ts";
import { makeIntake } from "./intake.ts";

const id = brand<SourceId>("prometheus");
const signal = new AbortController().signal;
const config = alertmanager.config.parse({ token: "x".repeat(16), watchdog: { after: "10m" } });
const iso = (at: number): string => new Date(at).toISOString();

async function receiving(kind: DatabaseKind) {
  const database = await kind.open();
  await ensureRecord(database.db, t0);
  const source = alertmanager.make({ id, config }, { clock: heldClock(t0), log: silentLog, components: [] });
  const bare = bareDesk(database.db, [], { sources: new Map([[id, { id, type: "alertmanager", source }]]) });
  const intake = makeIntake(bare.desk);
  const expire = makeExpirer(bare.desk);
  let now = t0;
  const put = async (body: unknown): Promise<void> =>
    appendToInbox(bare.desk.db, [
      { source: id, receivedAt: now, headers: "{}", body: Buffer.from(JSON.stringify(body)) },
    ]);
  return {
    desk: bare.desk,
    put,
    async hear(body: unknown): Promise<void> {
      await put(body);
      await intake();
    },
    at(ms: number): void {
      bare.set((now = t0 + ms));
    },
    expire: async () => void (await expire(signal)),
    of: async (fingerprint: string) => (await readAlert(bare.desk.db, alertKey(id, fingerprint)))?.alert,
    why: async (fingerprint: string) => (await decisionsOf(bare.desk.db, alertKey(id, fingerprint), 5)).map(({ because }) => because), // prettier-ignore
    [Symbol.asyncDispose]: () => database[Symbol.asyncDispose](),
  };
}

const fired = (name: string, status = "firing", more: object = {}): object => ({
  status,
  labels: { alertname: name },
  startsAt: iso(t0 - minute),
  fingerprint: name,
  ...more,
});
const notice = (status: string, alerts: readonly object[], more: object = {}): object => ({
  version: "4",
  status,
  receiver: "tocsin",
  groupKey: '{}:{alertname="x"}',
  alerts,
  ...more,
});

onEachDatabase("what Alertmanager and Prometheus say", (kind) => {
  test("a posted alert is over when it was not posted again in time, and fires again when it is", async () => {
    await using to = await receiving(kind);
    const post = (more: object = {}): Promise<void> => to.hear([{ ...fired("a"), status: undefined, ...more }]);
    await post();
    to.at(4 * minute);
    await post();
    to.at(8 * minute);
    await to.expire();
    expect((await to.of("a"))?.status).toBe("firing");
    to.at(9 * minute);
    await to.expire();
    expect(await to.of("a")).toMatchObject({ status: "resolved" });
    expect((await to.why("a"))[0]).toBe("its sender has not said it again in time");
    to.at(10 * minute);
    await post({ endsAt: iso(t0 + 60 * minute) });
    expect(await to.of("a")).toMatchObject({ status: "firing", expiresAt: t0 + 60 * minute });
    // A re-post without an end does not shorten it; one with an end does.
    to.at(11 * minute);
    await post();
    expect(await to.of("a")).toMatchObject({ expiresAt: t0 + 60 * minute });
    await post({ endsAt: iso(t0 + 11 * minute + second) });
    to.at(12 * minute);
    await to.expire();
    expect((await to.of("a"))?.status).toBe("resolved");
  });

  test("nothing expires while the word that it waits for is in the inbox", async () => {
    await using to = await receiving(kind);
    const post = { ...fired("a"), status: undefined };
    await to.hear([{ ...post, endsAt: iso(t0 + 3 * minute) }]);
    to.at(2 * minute);
    await to.put([post]);
    to.at(4 * minute);
    await to.expire();
    expect((await to.of("a"))?.status).toBe("firing");
  });

  test("what was heard before a start has time to be said again", async () => {
    await using to = await receiving(kind);
    await to.hear([{ ...fired("a"), status: undefined, endsAt: iso(t0 + minute) }]);
    to.at(minute);
    const restarted = makeExpirer(to.desk);
    for (const after of [1.5, 2.9]) {
      to.at(after * minute);
      await restarted(signal);
      expect((await to.of("a"))?.status).toBe("firing");
    }
    to.at(3 * minute);
    await restarted(signal);
    expect((await to.of("a"))?.status).toBe("resolved");
  });

  test("a group that is over takes along its members that are not listed, and those of no other group", async () => {
    await using to = await receiving(kind);
    await to.hear(notice("firing", [fired("a"), fired("b")], { truncatedAlerts: 1 }));
    await to.hear(notice("firing", [fired("other")], { groupKey: "another" }));
    to.at(minute);
    await to.hear(notice("resolved", [fired("a", "resolved", { endsAt: iso(t0) })], { truncatedAlerts: 2 }));
    const states = await Promise.all(["a", "b", "other"].map(async (name) => (await to.of(name))?.status));
    expect(states).toEqual(["resolved", "resolved", "firing"]);
    expect((await to.why("b"))[0]).toBe("its group is over, by its sender");
  });

  test("what a group does not list any more has not ended", async () => {
    await using to = await receiving(kind);
    await to.hear(notice("firing", [fired("a"), fired("b")]));
    await to.hear(notice("firing", [fired("a")]));
    expect((await to.of("b"))?.status).toBe("firing");
  });

  test("a late end of an earlier episode does not end the one that fires, and a doubled notice changes nothing", async () => {
    await using to = await receiving(kind);
    await to.hear(notice("firing", [fired("a")]));
    to.at(30 * minute);
    // The end of the first episode is late: the second one is told of before it.
    await to.hear(notice("firing", [fired("a", "firing", { startsAt: iso(t0 + 29 * minute) })]));
    await to.hear({ ...notice("firing", [fired("a", "resolved", { endsAt: iso(t0 + 20 * minute) })]) });
    expect(await to.of("a")).toMatchObject({ status: "firing", startsAt: t0 - minute });
    to.at(40 * minute);
    for (let member = 0; member < 2; member++)
      await to.hear(notice("resolved", [fired("a", "resolved", { startsAt: iso(t0), endsAt: iso(t0 + 39 * minute) })]));
    expect((await to.of("a"))?.status).toBe("resolved");
    // An older delivery reopens nothing; the old start, long after the end, is a sender that sees it again.
    await to.hear(notice("firing", [fired("a")]));
    expect((await to.of("a"))?.status).toBe("resolved");
    to.at(60 * minute);
    await to.hear(notice("firing", [fired("a")]));
    expect((await to.of("a"))?.status).toBe("firing");
  });

  test("an end of what never fired is on record, and opens nothing", async () => {
    await using to = await receiving(kind);
    await to.hear(notice("resolved", [fired("a", "resolved", { endsAt: iso(t0) })]));
    expect((await to.why("a"))[0]).toBe("it resolves an alert that never fired here");
  });

  test("a Watchdog that falls silent is an alert, until it is heard again", async () => {
    await using to = await receiving(kind);
    const watchdog = notice("firing", [{ ...fired("w"), labels: { alertname: "Watchdog" } }]);
    await to.hear(watchdog);
    to.at(9 * minute);
    await to.hear(watchdog);
    to.at(18 * minute);
    await to.expire();
    expect((await to.of("watchdog"))?.status).toBe("resolved");
    to.at(19 * minute);
    await to.expire();
    expect(await to.of("watchdog")).toMatchObject({
      status: "firing",
      kind: "silent",
      summary: expect.stringContaining("prometheus has not sent its Watchdog for 10 min"),
    });
    await to.hear(watchdog);
    expect((await to.of("watchdog"))?.status).toBe("resolved");
    expect(await to.of("w")).toBeUndefined();
  });
});
