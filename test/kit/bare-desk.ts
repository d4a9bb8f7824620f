// A desk with nothing on it, for verbs of the engine that need little of one.
import type { Db } from "../../src/db/schema.ts";
import type { Desk } from "../../src/engine/desk.ts";
import { makeBell } from "../../src/lib/bell.ts";
import { minute } from "../../src/lib/clock.ts";
import { silentLog } from "../../src/lib/log.ts";

export function deskOn(db: Db, more: Partial<Desk> = {}): Desk {
  const nothing = (): void => {};
  return {
    db,
    clock: { now: () => 1_000_000, wait: async () => undefined },
    log: silentLog,
    bell: makeBell(),
    owner: "test",
    site: {
      name: "Test",
      url: "https://status.example.org",
      timeZone: "UTC",
      language: "en",
      demo: false,
      code: "test",
    },
    components: new Map(),
    people: new Map(),
    roles: new Map(),
    channels: new Map(),
    sources: new Map(),
    targets: new Map(),
    promises: { updateEvery: { minor: minute, major: minute, critical: minute } },
    templates: [],
    retention: { inbox: minute, deliveries: minute, alerts: minute },
    limits: { waiting: 100, waitingBytes: 100_000 },
    meter: {
      alertTaken: nothing,
      jobsFinished: nothing,
      jobsSeen: nothing,
      attempted: nothing,
      looked: nothing,
      refused: nothing,
      tookIn: nothing,
    },
    ...more,
  };
}
