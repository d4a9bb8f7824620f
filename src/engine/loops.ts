// The only timers: everything that happens by itself. One replica at a time runs them, under a lease.
import { randomUUID } from "node:crypto";
import { lookingPart } from "../alerts/source.ts";
import { usualLease, type LeaseTimes } from "../db/lease.ts";
import { makeAuditor } from "./audit.ts";
import { makeCopies } from "./copies.ts";
import { makeBell } from "../lib/bell.ts";
import { minute, second, wallClock } from "../lib/clock.ts";
import { reasonOf } from "../lib/result.ts";
import { makeSampleBuffer } from "../monitors/sample-buffer.ts";
import { linesOf, makeDeliverer } from "./deliver.ts";
import type { Desk } from "./desk.ts";
import { makeCutOff } from "./cut-off.ts";
import { makeLooker } from "./detect.ts";
import { makeExpirer } from "./expire.ts";
import { makeIntake } from "./intake.ts";
import { keepSamples, saveSamples } from "./keep-samples.ts";
import { makeLookNotes } from "./look-notes.ts";
import { announcePresence, StandsAside, type Self } from "./presence.ts";
import { makePruner } from "./prune.ts";
import { keepMaintenance } from "./maintain.ts";
import { makeReconciler } from "./reconcile.ts";
import { makeOrphanHunter } from "./orphans.ts";
import { makeLetterWriter } from "./post-letters.ts";
import { roadsOf } from "./post-to.ts";
import { remind } from "./remind.ts";
import { makeRepeats } from "./repeat-maintenance.ts";
import { makeSignOfLife, signOfLife } from "./sign-of-life.ts";
import { revisit } from "./revisit.ts";
import { makeTeller } from "./tell-subscribers.ts";
import { beginTerm, type Term, type Terms } from "./term.ts";
import { hungLoops, makeBeats, takeTurns, type Beats, type Loop, type Turn } from "./turns.ts";

export type Pulse = {
  /** Whether this process runs the engine. */
  readonly leading: () => boolean;
  /** Loops whose last turn failed, and why. */
  readonly troubles: () => ReadonlyMap<string, string>;
  /** Loops that are stuck in a turn. */
  readonly hung: () => readonly string[];
  /** By how many milliseconds our clock is ahead of the database's; undefined while it can be trusted. */
  readonly clockOff: () => number | undefined;
  /** It has been asked to stop: no more work should be sent its way. */
  readonly stopping: () => boolean;
};

export type Engine = Pulse & {
  /** Waits so long for sends in flight, then cuts them off: they go again, marked. Another replica goes on at once. */
  stop(patienceMs?: number): Promise<void>;
  /** Ends the loops alone. The term and its connections are for the engine that goes on in this process. */
  pause(patienceMs: number): Promise<Term | undefined>;
  /** Somebody gave the lease back: asks for it at once. */
  hurry(): void;
};

export type EngineOptions = {
  readonly self: Self;
  readonly soleOwner: boolean;
  readonly lease?: LeaseTimes | undefined;
  /** Of the engine that was paused. */
  readonly term?: Term | undefined;
};

/** How often a replica that stands by asks for the lease. */
const askEvery = 2 * second;
/** A deploy waits this long for sends in flight before it cuts them off. */
const patience = 4 * second;
/** What does not end when it is cut off is left behind: its term is over, and nothing of it can be written any more. */
const lastWait = 2 * second;

/** Starts the engine: waits for the lease, runs the loops while it holds, and starts over when it was lost. */
export function startEngine(desk: Desk, options: EngineOptions): Engine {
  const stopping = new AbortController();
  const cutting = new AbortController();
  const beats = makeBeats();
  const presence = announcePresence(desk, options.self, !options.soleOwner);
  const terms: Terms = {
    times: options.lease ?? usualLease,
    soleOwner: options.soleOwner,
    mayHold: () => presence.mayRun(),
  };
  const doorstep = makeBell();
  let term = options.term;
  let pausing = false;

  const run = async (): Promise<void> => {
    let id = newTermId(desk);
    while (!stopping.signal.aborted && !options.self.standsBy) {
      if (term === undefined) {
        const rings = doorstep.rings();
        term = await acquire(desk, id, terms, beats);
        if (term !== undefined) id = newTermId(desk);
        else await doorstep.wait(rings, wallClock, askEvery, stopping.signal);
        continue;
      }
      if (term.held()) await serveTerm(desk, term, { stopping: stopping.signal, cutting: cutting.signal, beats });
      if (pausing && term.held()) return;
      await endTerm(desk, term);
      term = undefined;
    }
  };
  const running = run();

  async function halt(patienceMs: number): Promise<void> {
    stopping.abort();
    const impatient = setTimeout(() => cutting.abort(), patienceMs);
    // With a database that swallows everything even the asking for the lease hangs. A wait left behind would hold the process.
    const stopped = new AbortController();
    await Promise.race([running, wallClock.wait(patienceMs + 2 * lastWait, stopped.signal)]);
    stopped.abort();
    clearTimeout(impatient);
    await presence.stop(!pausing);
  }

  return {
    leading: () => term !== undefined,
    troubles: () => beats.troubles,
    hung: () => hungLoops(beats),
    clockOff: presence.clockOff,
    stopping: () => stopping.signal.aborted,
    stop: (patienceMs = patience) => halt(patienceMs),
    async pause(patienceMs) {
      pausing = true;
      await halt(patienceMs);
      return term;
    },
    hurry: () => doorstep.echo(),
  };
}

function newTermId(desk: Desk): string {
  return `${desk.owner}.${randomUUID()}`;
}

async function acquire(desk: Desk, id: string, terms: Terms, { troubles }: Beats): Promise<Term | undefined> {
  try {
    const term = await beginTerm(desk, id, terms);
    troubles.delete("lease");
    return term;
  } catch (thrown) {
    // Why has been told already, and it is no failure.
    if (thrown instanceof StandsAside) return undefined;
    if (!troubles.has("lease"))
      desk.log.error({ reason: reasonOf(thrown) }, "the engine cannot start; it goes on trying");
    troubles.set("lease", reasonOf(thrown));
    return undefined;
  }
}

type Stops = { readonly stopping: AbortSignal; readonly cutting: AbortSignal; readonly beats: Beats };

/** Opens what a term may hold open, and runs the loops until it ends or the process stops. */
async function serveTerm(whole: Desk, term: Term, { stopping, cutting, beats }: Stops): Promise<void> {
  const samples = makeSampleBuffer();
  const desk: Desk = {
    ...whole,
    owner: term.id,
    fence: (tx) => term.fence(tx),
    held: () => term.held(),
    samples,
    copies: makeCopies(),
  };
  const signal = AbortSignal.any([stopping, term.signal]);
  const cut = AbortSignal.any([cutting, term.signal]);
  desk.log.info("this replica runs the engine");
  for (const { channel } of desk.channels.values()) channel.open?.(term);
  const loops = [...loopsOf(desk, cut), ...signsOfLife(desk, beats)].map((loop) =>
    takeTurns(desk, loop, signal, beats),
  );
  const watching = watch(term, beats, signal);
  const over = new AbortController();
  await Promise.race([Promise.all(loops), lateAfter(cut, over.signal)]);
  over.abort();
  await watching;
  if (!term.held()) return;
  await saveSamples(desk).catch((thrown: unknown) => {
    desk.log.warn({ reason: reasonOf(thrown) }, "what monitors saw in the last minute is lost");
  });
}

async function endTerm(desk: Desk, term: Term): Promise<void> {
  await Promise.all([...desk.channels.values()].map(async ({ channel }) => channel.close?.()));
  await term.drop().catch((thrown: unknown) => {
    desk.log.warn({ reason: reasonOf(thrown) }, "the lease could not be given back; it expires by itself");
  });
}

/** A while after the cut; `over`: nobody waits for it any more. */
async function lateAfter(cut: AbortSignal, over: AbortSignal): Promise<void> {
  const either = AbortSignal.any([cut, over]);
  await new Promise<void>((resolve) => {
    if (either.aborted) resolve();
    else either.addEventListener("abort", () => resolve(), { once: true });
  });
  await wallClock.wait(lastWait, over);
}

/** A loop that hangs is a bug that another replica, or a fresh term, may not have. */
async function watch(term: Term, beats: Beats, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    await wallClock.wait(10 * second, signal);
    const hung = hungLoops(beats);
    if (hung.length > 0) term.end(`these loops hang: ${hung.join(", ")}`);
  }
}

function signsOfLife(desk: Desk, beats: Beats): readonly Loop[] {
  const { deadMansSwitch } = desk;
  return deadMansSwitch === undefined ? [] : [{ name: signOfLife, step: makeSignOfLife(desk, deadMansSwitch, beats) }];
}

/** A thousand that begin at once would look at once, each time. */
const looksApart = 20;

function startingLate(step: Turn, ms: number): Turn {
  let waits = ms > 0;
  return async (signal) => {
    // Real time: this is about the processor.
    if (waits) await wallClock.wait(ms, signal);
    waits = false;
    return signal.aborted ? 0 : step(signal);
  };
}

/** `cut` aborts what is in flight, later than the signal that ends a loop. */
function loopsOf(desk: Desk, cut: AbortSignal): readonly Loop[] {
  const { bell, arrivals } = desk;
  const reconcile = makeReconciler(desk);
  const [tell, write] = [makeTeller(desk), makeLetterWriter(desk)];
  const intake = makeIntake(desk);
  const notes = makeLookNotes(desk);
  const around = { notes, cutOff: makeCutOff(desk) };
  const looking = [...desk.sources.values()].flatMap(({ id, source }, nth): readonly Loop[] => {
    const part = lookingPart(source);
    const step = part === undefined ? undefined : startingLate(makeLooker(desk, id, part, around), nth * looksApart);
    return step === undefined ? [] : [{ name: `look ${id}`, step }];
  });
  const lines = linesOf(desk).map((line): Loop => {
    const deliver = makeDeliverer(desk, line);
    return { name: `deliver ${line.name}`, step: () => deliver(cut), bell };
  });
  const telling =
    roadsOf(desk).length === 0
      ? []
      : [
          { name: "tell subscribers", step: () => tell(cut), bell },
          { name: "write letters", step: () => write(cut), bell },
        ];
  return [
    { name: "intake", step: async () => ((await intake()) ? 0 : 2 * second), bell: arrivals },
    { name: "reconcile", step: () => reconcile() },
    { name: "prune", step: makePruner(desk) },
    { name: "revisit", step: async () => revisit(desk).then(() => 15 * second) },
    { name: "remind", step: async () => remind(desk).then(() => 15 * second) },
    { name: "maintain", step: () => keepMaintenance(desk) },
    { name: "repeat", step: async () => makeRepeats(desk).then(() => minute) },
    { name: "expire", step: makeExpirer(desk) },
    { name: "orphans", step: makeOrphanHunter(desk) },
    { name: "note looks", step: () => notes.write() },
    { name: "audit", step: makeAuditor(desk) },
    { name: "keep samples", step: () => keepSamples(desk) },
    ...telling,
    ...looking,
    ...lines,
  ];
}
