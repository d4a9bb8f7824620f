import { expect, test } from "vitest";
import { bareDesk } from "../../test/kit/bare-desk.ts";
import { onEachDatabase, type DatabaseKind } from "../../test/kit/database.ts";
import { t0 } from "../../test/kit/incidents.ts";
import { alertKey, type Alert } from "../alerts/alert.ts";
import { readAlert } from "../alerts/alert-store.ts";
import { decisionsOf } from "../alerts/decision-store.ts";
import type { StillFiring, WebhookSource } from "../alerts/source.ts";
import type { SourceId } from "../config/names.ts";
import { ensureRecord } from "../db/record-store.ts";
import { listIncidents, readTimeline } from "../incidents/incident-store.ts";
import { minute } from "../lib/clock.ts";
import { brand } from "../lib/ids.ts";
import { failed, ok, type Result } from "../lib/result.ts";
import { transact } from "./commit.ts";
import { takeAlerts } from "./correlate-alert.ts";
import { makeOrphanHunter } from "./orphans.ts";

const id = brand<SourceId>("prometheus");
const signal = new AbortController().signal;

const firing = (fingerprint: string, at = t0): Alert => ({
  key: alertKey(id, fingerprint),
  kind: "down",
  status: "firing",
  severity: "critical",
  summary: `${fingerprint} is down`,
  labels: {},
  startsAt: at,
  observedAt: at,
});

async function hunting(kind: DatabaseKind) {
  const database = await kind.open();
  await ensureRecord(database.db, t0);
  let answer: Result<StillFiring, string> = ok({ gone: [], missed: [] });
  const asked: (readonly Alert[])[] = [];
  const source: WebhookSource = {
    kind: "webhook",
    asks: { challenge: "Bearer", words: "the token is missing" },
    verify: () => true,
    parse: () => ok({ alerts: [], warnings: [] }),
    stillFiring: async (alerts) => {
      asked.push(alerts);
      return answer;
    },
  };
  const bare = bareDesk(database.db, [], { sources: new Map([[id, { id, type: "test", source }]]) });
  const { desk } = bare;
  const hunt = makeOrphanHunter(desk);
  let now = t0;
  return {
    desk,
    asked,
    hear: (...alerts: readonly Alert[]) =>
      transact(desk, (tx) => takeAlerts(tx, desk, alerts.map((alert) => ({ alert })), now)), // prettier-ignore
    async turn(said: Result<StillFiring, string>): Promise<void> {
      bare.set((now += 2 * minute));
      answer = said;
      await hunt(signal);
    },
    now: () => now,
    status: async (fingerprint: string) => (await readAlert(desk.db, alertKey(id, fingerprint)))?.alert.status,
    why: async (fingerprint: string) => (await decisionsOf(desk.db, alertKey(id, fingerprint), 20)).map(({ did, because }) => `${did}: ${because}`), // prettier-ignore
    [Symbol.asyncDispose]: () => database[Symbol.asyncDispose](),
  };
}

onEachDatabase("what a sender forgot to resolve", (kind) => {
  const gone = ok({ gone: [alertKey(id, "a")], missed: [] });

  test("is closed when the sender has said twice that it is gone, and its history says why", async () => {
    await using at = await hunting(kind);
    await at.hear(firing("a"), firing("b"));
    const [incident] = await listIncidents(at.desk.db, { limit: 10 });
    await at.turn(gone);
    expect(await at.status("a")).toBe("firing");
    await at.turn(gone);
    expect([await at.status("a"), await at.status("b")]).toEqual(["resolved", "firing"]);
    expect((await at.why("a"))[0]).toBe("ended: source no longer reports it");
    const events = await readTimeline(at.desk.db, incident?.number ?? 0);
    expect(JSON.stringify(events)).toContain("a is down (source no longer reports it)");
  });

  test("stays open when it was heard again meanwhile, or the sender remembers it the second time", async () => {
    await using at = await hunting(kind);
    await at.hear(firing("a"));
    await at.turn(gone);
    await at.turn(ok({ gone: [], missed: [] }));
    await at.turn(gone);
    await at.hear(firing("a", at.now() + 3 * minute));
    await at.turn(gone);
    expect(await at.status("a")).toBe("firing");
  });

  test("stays open while the sender cannot be asked, which is said once", async () => {
    await using at = await hunting(kind);
    await at.hear(firing("a"));
    await at.turn(gone);
    await at.turn(failed("connection refused"));
    await at.turn(failed("connection refused"));
    await at.turn(gone);
    expect(await at.status("a")).toBe("firing");
    const kept = (await at.why("a")).filter((line) => line.startsWith("kept"));
    expect(kept).toEqual([
      "kept: prometheus cannot be asked whether it still fires: connection refused; it stays open",
    ]);
  });

  test("is asked about only when it was not heard of just now, and what was never told us is taken in", async () => {
    await using at = await hunting(kind);
    await at.hear(firing("a"));
    await at.turn(ok({ gone: [], missed: [firing("hidden")] }));
    await at.hear(firing("late", at.now() + 2 * minute - 1));
    await at.turn(ok({ gone: [], missed: [] }));
    expect(at.asked.at(-1)?.map(({ key }) => key)).toEqual(["prometheus/a", "prometheus/hidden"]);
    expect(await at.status("hidden")).toBe("firing");
  });
});
