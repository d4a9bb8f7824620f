import { expect, test } from "vitest";
import { deskOn } from "../../test/kit/bare-desk.ts";
import { onEachDatabase } from "../../test/kit/database.ts";
import { noteLooks, readSourceStates, saveSourceState, type SourceState } from "../alerts/source-state-store.ts";
import type { LookingSource } from "../alerts/source.ts";
import { ensureRecord } from "../db/record-store.ts";
import type { Db } from "../db/schema.ts";
import { minute } from "../lib/clock.ts";
import { brand } from "../lib/ids.ts";
import type { SourceId } from "../config/names.ts";
import type { Desk } from "./desk.ts";
import { makeCutOff } from "./cut-off.ts";
import { makeLooker } from "./detect.ts";
import { makeLookNotes } from "./look-notes.ts";

const id = brand<SourceId>("counter");
const signal = new AbortController().signal;
const looker = (desk: Desk, source: LookingSource<unknown>): ReturnType<typeof makeLooker> =>
  makeLooker(desk, id, source, { notes: makeLookNotes(desk), cutOff: makeCutOff(desk) });

/** Counts its looks in its state, and how often that was read. Fails where it is told to. */
function counter(): LookingSource<unknown> & { loads: number; fail: "" | "look" } {
  return {
    kind: "looking",
    everyMs: minute,
    blindAfterMs: 10 * minute,
    components: [],
    loads: 0,
    fail: "",
    save: (state) => Buffer.from(String(state)),
    load(bytes) {
      this.loads += 1;
      return Number(Buffer.from(bytes).toString());
    },
    async look({ state }) {
      if (this.fail === "look") throw new Error("cannot look");
      const next = Number(state ?? 0) + 1;
      return { alerts: [], samples: [], state: next };
    },
  };
}

onEachDatabase("what a source knows", (kind) => {
  const saved = async (db: Db): Promise<string> =>
    Buffer.from((await readSourceStates(db)).get(id)?.state ?? []).toString();

  test("is read once, and saved at every look", async () => {
    await using database = await kind.open();
    await ensureRecord(database.db, 0);
    const source = counter();
    const look = looker(deskOn(database.db), source);
    for (let turn = 0; turn < 3; turn++) expect(await look(signal)).toBe(minute);
    expect(source.loads).toBe(0);
    expect(await saved(database.db)).toBe("3");
    await looker(deskOn(database.db), source)(signal);
    expect(source.loads).toBe(1);
    expect(await saved(database.db)).toBe("4");
  });

  test("survives a look that failed, in memory as on disk", async () => {
    await using database = await kind.open();
    await ensureRecord(database.db, 0);
    const source = counter();
    const look = looker(deskOn(database.db), source);
    await look(signal);
    source.fail = "look";
    expect(await look(signal)).toBe(minute / 2);
    expect(await saved(database.db)).toBe("1");
    source.fail = "";
    await look(signal);
    expect(await saved(database.db)).toBe("2");
  });

  test("is what is on disk, after a time in which nothing could be written", async () => {
    await using database = await kind.open();
    await ensureRecord(database.db, 0);
    const source = counter();
    const desk = deskOn(database.db);
    const look = looker(desk, source);
    await look(signal);
    await database.db.schema.alterTable("source_states").renameTo("gone").execute();
    await expect(look(signal)).rejects.toThrow(/source_states/u);
    await database.db.schema.alterTable("gone").renameTo("source_states").execute();
    await look(signal);
    expect(source.loads).toBe(1);
    expect(await saved(database.db)).toBe("2");
  });

  test("is not written again while looks say nothing new, but for the times, and those together", async () => {
    await using database = await kind.open();
    await ensureRecord(database.db, 0);
    let now = 1_000_000;
    const desk = deskOn(database.db, { clock: { now: () => now, wait: async () => undefined } });
    const source: LookingSource<unknown> = { ...counter(), look: async () => ({ alerts: [], samples: [], state: 7 }) };
    const notes = makeLookNotes(desk);
    const look = makeLooker(desk, id, source, { notes, cutOff: makeCutOff(desk) });
    const row = async (): Promise<SourceState | undefined> => (await readSourceStates(database.db)).get(id);
    await look(signal);
    const first = await row();
    now += minute;
    await look(signal);
    expect(await row()).toEqual(first);
    await notes.write();
    expect(await row()).toEqual({ ...first, lookedAt: now, okAt: now });
  });

  test("loses no time to a note that is older than what was written", async () => {
    await using database = await kind.open();
    await ensureRecord(database.db, 0);
    const row: SourceState = { source: id, lookedAt: 2_000, okAt: 2_000, blind: false };
    await saveSourceState(database.db, row);
    await noteLooks(database.db, [{ source: id, at: 1_000 }]);
    expect((await readSourceStates(database.db)).get(id)).toEqual(row);
  });
});
