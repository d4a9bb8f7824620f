// One term of the engine: from taking the lease to its end. Of several replicas one at a time has it.
import { dropLease, holdsLease, renewLease, takeLease, type LeaseTimes } from "../db/lease.ts";
import type { Tx } from "../db/schema.ts";
import type { Tenure } from "../delivery/channel.ts";
import { voidClaims } from "../delivery/delivery-store.ts";
import { second, wallClock } from "../lib/clock.ts";
import { within } from "../lib/deadline.ts";
import { reasonOf } from "../lib/result.ts";
import { voidLetterClaims } from "../subscribers/letter-store.ts";
import type { Desk } from "./desk.ts";
import { StandsAside } from "./presence.ts";

export type Term = Tenure & {
  /** The owner in its lease and its claims; never used again. */
  readonly id: string;
  /** Throws when somebody else has the lease; nobody takes it over before the transaction ends. */
  fence(tx: Tx): Promise<void>;
  end(why: string): void;
  /** Ends it and gives the lease back, so that the next may begin at once. */
  drop(): Promise<void>;
};

export type Terms = {
  readonly times: LeaseTimes;
  /** The file lock has made us the only process: nobody can take over. */
  readonly soleOwner: boolean;
  /** Asked before each taking and renewal: throws when this replica must leave the engine to others. */
  mayHold(): Promise<void>;
};

type Ground = Pick<Desk, "db" | "clock" | "log">;

export class TermOver extends Error {
  override readonly name = "TermOver";
}

const leaseName = "engine";
const retryEvery = second;
const silent = "the database does not answer";

/** Takes the lease for the term `id`, and voids what our predecessor had in flight: it is unknown from here on. */
export async function beginTerm(desk: Ground, id: string, terms: Terms): Promise<Term | undefined> {
  const { times, soleOwner: force } = terms;
  const asked = performance.now();
  const begin = async (): Promise<boolean> => {
    await terms.mayHold();
    if (!(await takeLease(desk.db, leaseName, id, desk.clock.now(), { ttl: times.ttl, force }))) return false;
    const voided = await voidClaims(desk.db);
    await voidLetterClaims(desk.db);
    if (voided > 0)
      desk.log.warn({ deliveries: voided }, "deliveries were in flight when Tocsin stopped; they go again, marked");
    return true;
  };
  return (await within(times.fence, begin(), silent)) ? makeTerm(desk, id, terms, asked) : undefined;
}

function makeTerm(desk: Ground, id: string, terms: Terms, begun: number): Term {
  const { times, soleOwner } = terms;
  const over = new AbortController();
  let renewed = begun;

  // Real time: the lease is about other processes, and a process that was stopped must see it at once.
  const left = (): number => times.fence - (performance.now() - renewed);
  const held = (): boolean => !over.signal.aborted && (soleOwner || left() > 0);

  function end(why: string): void {
    if (over.signal.aborted) return;
    desk.log.warn({ reason: why }, "this replica stops running the engine");
    over.abort();
  }

  async function renew(): Promise<void> {
    const asked = performance.now();
    await terms.mayHold();
    const until = desk.clock.now() + times.ttl;
    if (!(await renewLease(desk.db, leaseName, id, until))) throw new TermOver("another replica has taken over");
    renewed = asked;
  }

  /** Renews the lease until the term ends. */
  async function keep(): Promise<void> {
    let failing = false;
    while (!over.signal.aborted) {
      await wallClock.wait(failing ? Math.min(retryEvery, times.renewal) : times.renewal, over.signal);
      if (over.signal.aborted) return;
      try {
        await within(soleOwner ? times.ttl : left(), renew(), silent);
        failing = false;
      } catch (thrown) {
        if (thrown instanceof TermOver || thrown instanceof StandsAside) return end(thrown.message);
        if (!failing) desk.log.warn({ reason: reasonOf(thrown) }, "the lease could not be renewed; it is tried again");
        failing = true;
        if (!held()) return end(`the lease could not be renewed in time: ${reasonOf(thrown)}`);
      }
    }
  }

  const keeping = keep();
  return {
    id,
    signal: over.signal,
    held,
    end,
    async fence(tx) {
      if (held() && (await holdsLease(tx, leaseName, id, !soleOwner))) return;
      end("another replica may have taken over");
      throw new TermOver("this replica no longer runs the engine");
    },
    async drop() {
      over.abort();
      await keeping;
      await within(2 * second, dropLease(desk.db, leaseName, id), silent);
    },
  };
}
