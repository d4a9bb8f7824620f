import { expect, test } from "vitest";
import { onEachDatabase } from "../../test/kit/database.ts";
import { http } from "../../test/peers/servers.ts";
import { ensureRecord } from "../db/record-store.ts";
import { minute } from "../lib/clock.ts";
import { silentLog } from "../lib/log.ts";
import { makeSignOfLife, signOfLife } from "./sign-of-life.ts";
import { hungAfter, makeBeats } from "./turns.ts";

const signal = new AbortController().signal;

onEachDatabase("a dead man's switch", (kind) => {
  test("hears from us as long as the loops run, the record is there, and no longer", async () => {
    let heard = 0;
    await using elsewhere = await http((_request, response) => void (heard++, response.end()));
    await using database = await kind.open();
    await ensureRecord(database.db, 0);
    const beats = makeBeats();
    const switched = { url: `http://${elsewhere.host}:${elsewhere.port}/secret`, everyMs: minute };
    const step = makeSignOfLife({ db: database.db, log: silentLog }, switched, beats);
    expect(await step(signal)).toBe(minute);
    // Its own trouble keeps it from nothing.
    beats.troubles.set(signOfLife, "refused");
    await step(signal);
    expect(heard).toBe(2);
    beats.troubles.set("intake", "broken");
    await step(signal);
    beats.troubles.clear();
    beats.running.set("deliver page", performance.now() - hungAfter - 1);
    await step(signal);
    beats.running.clear();
    await database.db.deleteFrom("record").execute();
    await expect(step(signal)).rejects.toThrow(/no result/u);
    expect(heard).toBe(2);
  });
});
