import { expect, test } from "vitest";
import { deskOn } from "../../test/kit/bare-desk.ts";
import { onEachDatabase } from "../../test/kit/database.ts";
import { http, refusing } from "../../test/peers/servers.ts";
import { alertKey, type Alert } from "../alerts/alert.ts";
import { listAlerts } from "../alerts/alert-store.ts";
import { readSourceStates } from "../alerts/source-state-store.ts";
import type { LookingSource } from "../alerts/source.ts";
import type { ComponentId, SourceId } from "../config/names.ts";
import { ensureRecord } from "../db/record-store.ts";
import type { Db } from "../db/schema.ts";
import { minute, second } from "../lib/clock.ts";
import { brand } from "../lib/ids.ts";
import { makeCutOff } from "./cut-off.ts";
import { makeLooker } from "./detect.ts";
import { makeLookNotes } from "./look-notes.ts";

const signal = new AbortController().signal;
const api = brand<SourceId>("api");
const web = brand<SourceId>("web");
const nightly = brand<SourceId>("nightly");

type Scripted = LookingSource<unknown> & { reaches: boolean };

/** Alarms at once where nothing is reached. */
function scripted(id: SourceId, more: Partial<LookingSource<unknown>> = { probes: true }): Scripted {
  const component = brand<ComponentId>(`${id}-part`);
  return {
    kind: "looking",
    everyMs: 30 * second,
    blindAfterMs: 10 * minute,
    components: [component],
    reaches: true,
    save: () => Buffer.from("{}"),
    load: () => ({}),
    async look({ now }) {
      const alert: Alert = { key: alertKey(id, "down"), kind: "down", status: "firing", severity: "critical", component, summary: `${id} is down`, labels: {}, startsAt: now, observedAt: now }; // prettier-ignore
      return { alerts: this.reaches ? [] : [alert], samples: [], state: {}, ...(more.probes === true ? { reached: this.reaches } : {}) }; // prettier-ignore
    },
    ...more,
  };
}

/** Two probes and a heartbeat that look every 30 s. */
async function watching(db: Db, networkCheck: readonly string[]): Promise<{
  readonly sources: Readonly<Record<"api" | "web" | "nightly", Scripted>>;
  round(times?: number): Promise<void>;
  firing(): Promise<readonly string[]>;
  blind(): Promise<readonly string[]>;
}> {
  await ensureRecord(db, 0);
  let now = 1_000_000;
  const desk = deskOn(db, { clock: { now: () => now, wait: async () => undefined }, networkCheck });
  const around = { notes: makeLookNotes(desk), cutOff: makeCutOff(desk) };
  const sources = { api: scripted(api), web: scripted(web), nightly: scripted(nightly, {}) };
  const looks = [[api, sources.api], [web, sources.web], [nightly, sources.nightly]] as const; // prettier-ignore
  const lookers = looks.map(([id, source]) => makeLooker(desk, id, source, around));
  return {
    sources,
    async round(times = 1) {
      for (let turn = 0; turn < times; turn++) {
        for (const look of lookers) {
          now += second;
          await look(signal);
        }
        now += 27 * second;
      }
    },
    firing: async () => (await listAlerts(db, { firing: true, limit: 9 })).map(({ alert }) => alert.key).toSorted(),
    async blind() {
      const states = await readSourceStates(db);
      return [...states.values()].filter(({ blind }) => blind).map(({ source }) => source).toSorted(); // prettier-ignore
    },
  };
} // prettier-ignore

onEachDatabase("when no probe reaches anything", (kind) => {
  test("and nothing outside answers, the team hears once that it is we, all is unknown, and nothing else is an alarm", async () => {
    await using database = await kind.open();
    await using gone = await refusing();
    const desk = await watching(database.db, [`http://127.0.0.1:${gone.port}/`]);
    await desk.round();
    for (const source of Object.values(desk.sources)) source.reaches = false;
    // What hears nothing is silent by its own clock, later.
    desk.sources.nightly.reaches = true;
    await desk.round(2);
    expect(await desk.firing()).toEqual([]);
    await desk.round(2);
    expect(await desk.firing()).toEqual(["network-check/blind"]);
    expect(await desk.blind()).toEqual(["api", "web"]);
    desk.sources.nightly.reaches = false;
    await desk.round(30);
    expect(await desk.firing()).toEqual(["network-check/blind"]);
    expect(await desk.blind()).toEqual(["api", "nightly", "web"]);
    for (const source of Object.values(desk.sources)) source.reaches = true;
    await desk.round(1);
    expect(await desk.firing()).toEqual([]);
    expect(await desk.blind()).toEqual([]);
  });

  test("but something outside answers, the alarms are raised", async () => {
    await using database = await kind.open();
    await using gone = await refusing();
    await using outside = await http((_, response) => void response.writeHead(503).end());
    const addresses = [`http://127.0.0.1:${gone.port}/`, `http://127.0.0.1:${outside.port}/`];
    const desk = await watching(database.db, addresses);
    for (const source of Object.values(desk.sources)) source.reaches = false;
    await desk.round();
    expect(await desk.firing()).toEqual(["api/down", "nightly/down", "web/down"]);
  });

  test("but one other does, its alarm is raised, whatever the outside addresses say", async () => {
    await using database = await kind.open();
    await using gone = await refusing();
    const desk = await watching(database.db, [`http://127.0.0.1:${gone.port}/`]);
    await desk.round();
    desk.sources.api.reaches = false;
    await desk.round(2);
    expect(await desk.firing()).toEqual(["api/down"]);
    expect(await desk.blind()).toEqual([]);
  });

  test("and no outside address is in the config, the alarms are raised", async () => {
    await using database = await kind.open();
    const desk = await watching(database.db, []);
    for (const source of Object.values(desk.sources)) source.reaches = false;
    await desk.round();
    expect(await desk.firing()).toEqual(["api/down", "nightly/down", "web/down"]);
  });
});
