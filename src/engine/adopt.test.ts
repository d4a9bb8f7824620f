import { everything } from "../components/shown-components.ts";
import { expect, test } from "vitest";
import { bareDesk } from "../../test/kit/bare-desk.ts";
import { onEachDatabase, type DatabaseKind } from "../../test/kit/database.ts";
import { t0 } from "../../test/kit/incidents.ts";
import type { ComponentId } from "../config/names.ts";
import { ensureRecord, readRecord } from "../db/record-store.ts";
import { listDeliveries } from "../delivery/delivery-store.ts";
import { readIncident, readTimeline } from "../incidents/incident-store.ts";
import { minute } from "../lib/clock.ts";
import { brand } from "../lib/ids.ts";
import { signatureOf, type WatchedIncident } from "../status/copy-state.ts";
import { historyIn, siteOf } from "../status/read-site.ts";
import { readSnapshot } from "../status/read-snapshot.ts";
import { adopt } from "./adopt.ts";
import { watchKey } from "./watchers.ts";

const components = [{ id: brand<ComponentId>("api"), name: "API", notice: {} }];

async function desk(kind: DatabaseKind) {
  const database = await kind.open();
  await ensureRecord(database.db, t0);
  const bare = bareDesk(database.db, components);
  bare.set(t0 + 20 * minute);
  const { epoch } = await readRecord(database.db);
  const key = await watchKey(database.db);
  const left = (more: Partial<WatchedIncident> = {}, signed = key, stands = epoch + 1): string => {
    const watched: WatchedIncident = {
      id: `w-${epoch}`,
      epoch: epoch + 1,
      writer: "helsinki",
      told: true,
      startedAt: t0 + 2 * minute,
      openedAt: t0 + 4 * minute,
      impact: {},
      notice: {
        title: "No host",
        scope: "It is away.",
        affected: "You",
        alternatives: ["none known"],
        retrigger: "no",
      },
      updates: [
        { at: t0 + 4 * minute, phase: "investigating", text: "It cannot be reached." },
        { at: t0 + 14 * minute, phase: "investigating", text: "Still away." },
      ],
      ...more,
    };
    const text = JSON.stringify(watched);
    return JSON.stringify({ epoch: stands, seq: 3, writer: "helsinki", watched: { text, signature: signatureOf(text, signed) } }); // prettier-ignore
  };
  return { desk: bare.desk, epoch, left, [Symbol.asyncDispose]: () => database[Symbol.asyncDispose]() };
}

onEachDatabase("what a watcher left is adopted", (kind) => {
  test("an incident of a watcher is taken up with its history, once, and our epoch is above it", async () => {
    await using at = await desk(kind);
    expect(await adopt(at.desk, at.left(), "newer")).toMatchObject({ kind: "retry", afterMs: 0 });
    expect((await readRecord(at.desk.db)).epoch).toBeGreaterThan(at.epoch + 1);
    expect(await readIncident(at.desk.db, 1)).toMatchObject({
      visibility: "published",
      state: "resolved",
      spokenBy: "tocsin",
      clocks: { started: t0 + 2 * minute, detected: t0 + 4 * minute, published: t0 + 4 * minute },
    });
    const kinds = (await readTimeline(at.desk.db, 1)).map(({ kind: what }) => what);
    expect(kinds).toEqual(["opened", "published", "updated", "resolved"]);
    // The other mirror has it too.
    expect(await adopt(at.desk, at.left(), "newer")).toMatchObject({ kind: "retry" });
    expect(await readIncident(at.desk.db, 2)).toBeUndefined();
    const users = (await listDeliveries(at.desk.db, { target: "users", limit: 9 })).map(({ message }) => message?.lead);
    expect(users).toEqual(["Earlier today: No host"]);
  });

  test("its old address leads to the number that it has now, and it has one only", async () => {
    await using at = await desk(kind);
    await adopt(at.desk, at.left(), "newer");
    const site = siteOf(
      await readSnapshot(at.desk, at.desk.pages[0], t0 + 20 * minute, minute),
      historyIn(at.desk.db, everything),
      false,
    );
    const path = `incidents/w-${at.epoch}.html`;
    expect((await site.file(`incidents/w-${at.epoch}`))?.body).toContain('href="1.html"');
    expect((await site.plan()).map((planned) => planned.path)).toContain(path);
    expect(await site.file("incidents/w-7")).toBeUndefined();
  });

  test("what is still broken besides goes on", async () => {
    await using at = await desk(kind);
    await adopt(at.desk, at.left({ impact: { api: "major_outage", gone: "major_outage" } }), "newer");
    expect(await readIncident(at.desk.db, 1)).toMatchObject({ state: "triggered", phase: "monitoring", impact: { api: "major_outage" } }); // prettier-ignore
  });

  test.each<[string, (left: Awaited<ReturnType<typeof desk>>["left"], epoch: number) => string, RegExp]>([
    ["that nobody signed", () => '{"epoch":9999999999,"seq":1,"writer":"eve"}', /no watcher of ours wrote it/u],
    ["signed with another key", (left) => left({}, "other"), /has not signed it with the key/u],
    ["moved to another epoch", (left, epoch) => left({}, undefined, epoch + 99), /does not fit/u],
    ["with words that are none", (left) => left({ updates: [] }), /does not fit/u],
  ])("a state %s is left alone, and said", async (_name, state, because) => {
    await using at = await desk(kind);
    const sent = await adopt(at.desk, state(at.left, at.epoch), "newer");
    expect(sent).toMatchObject({ kind: "reject", because: expect.stringMatching(because) });
    expect(await readIncident(at.desk.db, 1)).toBeUndefined();
    expect((await readRecord(at.desk.db)).epoch).toBe(at.epoch);
  });
});
