// A desk with nothing on it but components, for verbs of the engine that need little of one.
import type { Component } from "../../src/components/component.ts";
import { dependenciesOf } from "../../src/components/depends.ts";
import { everything } from "../../src/components/shown-components.ts";
import type { ChannelId } from "../../src/config/names.ts";
import type { Db } from "../../src/db/schema.ts";
import type { Desk } from "../../src/engine/desk.ts";
import { makeBell } from "../../src/lib/bell.ts";
import { minute, type Instant } from "../../src/lib/clock.ts";
import { brand } from "../../src/lib/ids.ts";
import { silentLog } from "../../src/lib/log.ts";
import type { PublicPage } from "../../src/status/public-page.ts";
import { t0 } from "./incidents.ts";

/** Shows everything. */
export const testPage: PublicPage = {
  site: { name: "Test", url: "https://status.example.org", timeZone: "UTC", language: "en", demo: false, code: "test" },
  shown: everything,
};

export function deskOn(db: Db, more: Partial<Desk> = {}): Desk {
  const nothing = (): void => {};
  return {
    db,
    clock: { now: () => 1_000_000, wait: async () => undefined },
    log: silentLog,
    bell: makeBell(),
    arrivals: makeBell(),
    owner: "test",
    site: testPage.site,
    pages: [testPage],
    components: new Map(),
    people: new Map(),
    roles: new Map(),
    channels: new Map(),
    sources: new Map(),
    targets: new Map(),
    incidentTargets: new Map(),
    promises: {
      updateEvery: { minor: minute, major: minute, critical: minute },
      maintenance: { announce: [], verifyMs: 0 },
    },
    templates: [],
    routes: [],
    depends: dependenciesOf([]),
    retention: { inbox: minute, deliveries: minute, alerts: minute, samples: minute },
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

export type BareDesk = { readonly desk: Desk; set(now: Instant): void };

const quiet = { connection: "none", send: async () => ({ kind: "sent" as const }) };

/** Has these components, one channel of the team and one of the users, and a time that the test sets. */
export function bareDesk(db: Db, components: readonly Component[], more: Partial<Desk> = {}): BareDesk {
  let now = t0;
  const team = {
    id: brand<ChannelId>("team"),
    type: "none",
    audience: "team" as const,
    page: testPage,
    channel: quiet,
  };
  const users = {
    id: brand<ChannelId>("users"),
    type: "none",
    audience: "users" as const,
    page: testPage,
    channel: quiet,
  };
  const desk = deskOn(db, {
    clock: { now: () => now, wait: async () => undefined },
    components: new Map(components.map((component) => [component.id, component])),
    channels: new Map([team, users].map((channel) => [channel.id, channel])),
    depends: dependenciesOf(components),
    ...more,
  });
  return { desk, set: (to) => void (now = to) };
}
