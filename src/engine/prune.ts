// Deletes what nobody needs any more, in small steps: the inbox, pings, samples, observed times, settled messages, alerts and silences that are over. Incidents are permanent.
import { setTimeout as sleep } from "node:timers/promises";
import { pruneAlerts } from "../alerts/alert-store.ts";
import { pruneDecisions } from "../alerts/decision-store.ts";
import { pruneSilences } from "../alerts/silence-store.ts";
import { pruneInbox, type Pruned } from "../alerts/inbox-store.ts";
import { pruneDeliveries } from "../delivery/delivery-store.ts";
import { openIncidents } from "../incidents/incident-store.ts";
import { prunePings } from "../monitors/ping-store.ts";
import { pruneObserved } from "../jobs/observed-store.ts";
import { pruneSamples } from "../monitors/sample-store.ts";
import { day, minute, type Instant } from "../lib/clock.ts";
import { pruneFanOuts } from "../subscribers/fan-out-store.ts";
import { pruneUnconfirmed } from "../subscribers/subscriber-store.ts";
import { subjectOf } from "./subject.ts";
import type { Desk } from "./desk.ts";

/** How long things are kept, in milliseconds. */
export type Retention = {
  readonly inbox: number;
  readonly deliveries: number;
  readonly alerts: number;
  readonly samples: number;
  readonly subscribers_unconfirmed?: number;
};

/** Seldom enough to cost nothing, often enough that a table holds little more than its retention. */
const every = 10 * minute;

/** Between two steps everything else has the processor and the database for so many times as long as a step took. */
const restShare = 4;

/** A round over large tables takes many turns: none is long. */
const turnMs = 5_000;

type Step = (now: Instant, after: number) => Promise<Pruned>;

function stepsOf(desk: Desk): readonly Step[] {
  const { db, retention } = desk;
  const open = async (): Promise<readonly number[]> => (await openIncidents(db)).map(({ number }) => number);
  return [
    (now, after) => pruneInbox(db, now - retention.inbox, after),
    async (now, after) => pruneDeliveries(db, now - retention.deliveries, after, (await open()).map(subjectOf)),
    async (now) => {
      const deleted = await pruneAlerts(db, now - retention.alerts, await open());
      return deleted === 0 ? { deleted } : { deleted, next: 0 };
    },
    async (now) => {
      const deleted = await pruneDecisions(db, now - retention.alerts);
      return deleted === 0 ? { deleted } : { deleted, next: 0 };
    },
    async (now) => {
      const deleted = await prunePings(db, now - retention.inbox);
      return deleted === 0 ? { deleted } : { deleted, next: 0 };
    },
    async (now) => {
      const deleted = await pruneSamples(db, now, retention.samples);
      return deleted === 0 ? { deleted } : { deleted, next: 0 };
    },
    async (now) => {
      const deleted = await pruneObserved(db, now - retention.samples);
      return deleted === 0 ? { deleted } : { deleted, next: 0 };
    },
    async (now) => ({ deleted: await pruneSilences(db, now - retention.alerts) }),
    async (now) => ({ deleted: await pruneUnconfirmed(db, now - (retention.subscribers_unconfirmed ?? 2 * day)) }),
    async () => ({ deleted: await pruneFanOuts(db) }),
  ];
}

/** One turn of a round; returns how long to wait for the next. */
export function makePruner(desk: Desk): (signal: AbortSignal) => Promise<number> {
  const steps = stepsOf(desk);
  let at = 0;
  let after = 0;
  let deleted = 0;
  return async (signal) => {
    const until = performance.now() + turnMs;
    while (performance.now() < until && !signal.aborted) {
      const step = steps[at];
      if (step === undefined) {
        if (deleted > 0) desk.log.info({ rows: deleted }, "what was old enough was deleted");
        at = deleted = 0;
        return every;
      }
      const started = performance.now();
      const done = await step(desk.clock.now(), after);
      deleted += done.deleted;
      at += done.next === undefined ? 1 : 0;
      after = done.next ?? 0;
      await sleep(Math.ceil((performance.now() - started) * restShare));
    }
    return 1;
  };
}
