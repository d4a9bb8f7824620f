// The only timers: everything that happens by itself. One replica at a time runs them, under a lease.
import { voidClaims } from "../delivery/delivery-store.ts";
import { dropLease, leaseFence, leaseRenewal, takeLease } from "../db/lease.ts";
import { minute, second } from "../lib/clock.ts";
import { reasonOf } from "../lib/result.ts";
import { linesOf, makeDeliverer } from "./deliver.ts";
import type { Desk } from "./desk.ts";
import { makeLooker } from "./detect.ts";
import { makeIntake } from "./intake.ts";
import { makeReconciler } from "./reconcile.ts";
import { remind } from "./remind.ts";

export type Pulse = {
  /** Whether this process runs the engine. */
  readonly leading: () => boolean;
  /** Loops whose last turn failed, and why. */
  readonly troubles: () => ReadonlyMap<string, string>;
};

export type Engine = Pulse & {
  /** Waits so long for sends in flight, then cuts them off: they go again, marked. */
  stop(patienceMs?: number): Promise<void>;
};

const leaseName = "engine";
const longestPause = minute;

/** A deploy waits this long for sends in flight before it cuts them off. */
const patience = 5 * second;

/** A step returns how long to wait before the next, if no bell rings. `cut` aborts what is in flight, later than `signal`. */
type Step = (signal: AbortSignal, cut: AbortSignal) => Promise<number>;
type Turn = (signal: AbortSignal) => Promise<number>;

/** Starts the engine: waits for the lease, runs the loops while it holds, and starts over when it was lost. */
export function startEngine(desk: Desk, options: { readonly soleOwner: boolean }): Engine {
  const stopping = new AbortController();
  const cutting = new AbortController();
  const troubles = new Map<string, string>();
  let leading = false;
  const run = async (): Promise<void> => {
    while (!stopping.signal.aborted) {
      const held = await acquire(desk, options.soleOwner, troubles);
      if (!held) {
        await desk.clock.wait(second * 2, stopping.signal);
        continue;
      }
      const term = new AbortController();
      const signal = AbortSignal.any([stopping.signal, term.signal]);
      const cut = AbortSignal.any([cutting.signal, term.signal]);
      leading = true;
      await Promise.all([
        ...loopsOf(desk).map(([name, step]) => loop(desk, name, (stop) => step(stop, cut), signal, troubles)),
        keepLease(desk, signal, term),
      ]);
      leading = false;
    }
    await dropLease(desk.db, leaseName, desk.owner).catch(() => {});
  };
  const running = run();
  return {
    leading: () => leading,
    troubles: () => troubles,
    async stop(patienceMs = patience) {
      stopping.abort();
      const impatient = setTimeout(() => cutting.abort(), patienceMs);
      await running;
      clearTimeout(impatient);
    },
  };
}

/** Takes the lease; what our predecessor had in flight is unknown from here on. */
async function acquire(desk: Desk, soleOwner: boolean, troubles: Map<string, string>): Promise<boolean> {
  try {
    if (!(await takeLease(desk.db, leaseName, desk.owner, desk.clock.now(), soleOwner))) return false;
    const voided = await voidClaims(desk.db);
    if (voided > 0)
      desk.log.warn({ deliveries: voided }, "deliveries were in flight when Tocsin stopped; they go again, marked");
    troubles.delete("lease");
    return true;
  } catch (thrown) {
    if (!troubles.has("lease"))
      desk.log.error({ reason: reasonOf(thrown) }, "the engine cannot start; it goes on trying");
    troubles.set("lease", reasonOf(thrown));
    return false;
  }
}

/** A renewal that hangs must not keep the fence from falling. Real time: the lease is about other processes. */
async function within<T>(ms: number, work: Promise<T>): Promise<T> {
  const late = AbortSignal.timeout(Math.max(1, Math.ceil(ms)));
  const fell = new Promise<never>((_resolve, reject) => {
    late.addEventListener("abort", () => reject(new Error("the database does not answer")), { once: true });
  });
  return Promise.race([work, fell]);
}

/** Renews the lease; ends the term by our own monotonic clock before anybody else may begin one. */
async function keepLease(desk: Desk, signal: AbortSignal, term: AbortController): Promise<void> {
  let renewed = performance.now();
  while (!signal.aborted) {
    await desk.clock.wait(leaseRenewal, signal);
    if (signal.aborted) return;
    const asked = performance.now();
    try {
      const fence = leaseFence - (asked - renewed);
      if (!(await within(fence, takeLease(desk.db, leaseName, desk.owner, desk.clock.now())))) return term.abort();
      renewed = asked;
    } catch (thrown) {
      desk.log.warn({ reason: reasonOf(thrown) }, "the lease could not be renewed");
      if (performance.now() - renewed > leaseFence) return term.abort();
    }
  }
}

function loopsOf(desk: Desk): readonly (readonly [string, Step])[] {
  const reconcile = makeReconciler(desk);
  const intake = makeIntake(desk);
  const looking = [...desk.sources.values()].flatMap(({ id, source }) =>
    source.kind === "looking" ? [[`look ${id}`, unbelled(desk, makeLooker(desk, id, source))] as const] : [],
  );
  const lines = linesOf(desk).map((line) => {
    const deliver = makeDeliverer(desk, line);
    return [`deliver ${line.name}`, (_signal: AbortSignal, cut: AbortSignal) => deliver(cut)] as const;
  });
  return [
    ["intake", async () => ((await intake()) ? 0 : 2 * second)],
    ["reconcile", unbelled(desk, () => reconcile())],
    ["remind", unbelled(desk, async () => remind(desk).then(() => 15 * second))],
    ...looking,
    ...lines,
  ];
}

/** For steps that go by the clock alone: a bell does not hurry them. */
function unbelled(desk: Desk, step: Step): Step {
  let due = -Infinity;
  return async (signal, cut) => {
    const now = desk.clock.now();
    if (now < due) return due - now;
    const wait = await step(signal, cut);
    due = desk.clock.now() + wait;
    return wait;
  };
}

/** Runs a step for ever. What it throws is a broken database or a bug: said, and tried again after a growing pause. */
async function loop(
  desk: Desk,
  name: string,
  step: Turn,
  signal: AbortSignal,
  troubles: Map<string, string>,
): Promise<void> {
  let failures = 0;
  while (!signal.aborted) {
    const rings = desk.bell.rings();
    try {
      const wait = await step(signal);
      failures = 0;
      troubles.delete(name);
      if (wait > 0) await desk.bell.wait(rings, desk.clock, wait, signal);
    } catch (thrown) {
      if (signal.aborted) return;
      failures += 1;
      troubles.set(name, reasonOf(thrown));
      if (failures <= 3 || failures % 20 === 0)
        desk.log.error({ loop: name, reason: reasonOf(thrown), failures }, "a loop failed; it goes on");
      await desk.clock.wait(Math.min(longestPause, 250 * 2 ** Math.min(8, failures)), signal);
    }
  }
}
