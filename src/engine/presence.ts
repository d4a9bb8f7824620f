// This process among the replicas: says that it is there, sees who else is, and whether its clock can be trusted.
import { databaseTime } from "../db/database-clock.ts";
import { forgetReplica, noteReplica, pruneReplicas, readReplicas, type Replica } from "../db/replica-store.ts";
import { hour, minute, second, wallClock, type Instant } from "../lib/clock.ts";
import { within } from "../lib/deadline.ts";
import { reasonOf } from "../lib/result.ts";
import type { Desk } from "./desk.ts";

/** What a process says of itself. */
export type Self = {
  readonly startedAt: Instant;
  readonly version: string;
  /** A digest of its config. */
  readonly config: string;
  /** Which of two configs is newer: the one with the higher revision. */
  readonly revision?: number | undefined;
  /** It leaves the engine to others. */
  readonly standsBy: boolean;
};

export type Presence = {
  /** Throws StandsAside when this replica must leave the engine to others: its clock is wrong, or its config is old. */
  mayRun(): Promise<void>;
  /** By how much our clock is ahead of the database's; undefined while it can be trusted. */
  readonly clockOff: () => number | undefined;
  /** `leaving`: the process ends; else another config goes on in it. */
  stop(leaving: boolean): Promise<void>;
};

/** Told by who found it out. */
export class StandsAside extends Error {
  override readonly name = "StandsAside";
}

const mostSkew = 2 * second;
const beatEvery = 5 * second;
/** A database that does not answer is told by /readyz; here it is tried again with the next beat. */
const longestBeat = 4 * second;
const seenWithin = minute;
const rememberFor = hour;
/** Who has missed three beats is not waited for. */
const awayAfter = 3 * beatEvery + second;

/** `shared`: on PostgreSQL, where others may be and the clock is another machine's. */
export function announcePresence(desk: Desk, self: Self, shared: boolean): Presence {
  const stopping = new AbortController();
  let off: number | undefined;
  let known = "";
  /** The replica whose config is newer than ours, in words. */
  let newer: string | undefined;

  async function checkClock(): Promise<void> {
    if (!shared || desk.clock.held === true) return;
    const began = performance.now();
    const before = desk.clock.now();
    const theirs = await databaseTime(desk.db);
    const took = performance.now() - began;
    // The answer was given somewhere on the way there and back: only what that cannot explain is a wrong clock.
    const ahead = before + took / 2 - theirs;
    const wrong = Math.abs(ahead) - took / 2 > mostSkew;
    if (wrong !== (off !== undefined)) tellClock(wrong ? ahead : undefined);
    off = wrong ? Math.round(ahead) : undefined;
    if (wrong) throw new StandsAside(sayOff(ahead));
  }

  function tellClock(ahead: number | undefined): void {
    if (ahead === undefined) desk.log.info("this replica's clock agrees with the database's again");
    else desk.log.error(`${sayOff(ahead)}; this replica stands aside until they agree`);
  }

  async function beat(): Promise<void> {
    const now = desk.clock.now();
    await noteReplica(desk.db, { owner: desk.owner, seenAt: now, ...words(off === undefined) });
    await pruneReplicas(desk.db, now - rememberFor);
    if (!shared) return;
    const others = await readReplicas(desk.db, now - seenWithin);
    compare(others.filter(({ owner }) => owner !== desk.owner));
    yieldTo(others.find((other) => now - other.seenAt < awayAfter && isNewer(other, self)));
    await checkClock();
  }

  /** What others read of us. A replica that cannot run the engine claims no revision: nobody shall wait for it. */
  function words(able: boolean): Omit<Replica, "owner" | "seenAt"> {
    const { startedAt, version, config, revision, standsBy } = self;
    return { startedAt, version, config, ...(able && !standsBy && revision !== undefined ? { revision } : {}) };
  }

  function yieldTo(other: Replica | undefined): void {
    const said =
      other === undefined ? undefined : `${other.owner} has a newer config (revision ${other.revision ?? 0})`;
    if (said !== undefined && said !== newer && !self.standsBy)
      desk.log.warn({ reason: said, ours: self.revision ?? "none" }, "this replica leaves the engine to it");
    newer = said;
  }

  /** Told when it changes. Whichever of them runs the engine, its config decides who is told and where is looked. */
  function compare(others: readonly Replica[]): void {
    const unlike = others.filter(({ config, version }) => config !== self.config || version !== self.version);
    const words = unlike
      .map(({ owner, config, version }) => `${owner} (version ${version}, config ${config})`)
      .join(", ");
    if (words !== known && words !== "")
      desk.log.warn(
        { ours: `version ${self.version}, config ${self.config}`, theirs: words },
        "other replicas run another version or config; the one that runs the engine goes by its own (the highest `revision` runs it)",
      );
    known = words;
  }

  async function run(): Promise<void> {
    let failing = false;
    while (!stopping.signal.aborted) {
      try {
        await within(longestBeat, beat(), "the database does not answer");
        failing = false;
      } catch (thrown) {
        if (!failing && !(thrown instanceof StandsAside) && !stopping.signal.aborted)
          desk.log.warn({ reason: reasonOf(thrown) }, "this replica could not say that it is there");
        failing = true;
      }
      await wallClock.wait(beatEvery, stopping.signal);
    }
  }
  const running = run();

  return {
    async mayRun() {
      await checkClock();
      if (newer !== undefined) throw new StandsAside(newer);
    },
    clockOff: () => off,
    async stop(leaving) {
      stopping.abort();
      await running;
      if (leaving) await within(second, forgetReplica(desk.db, desk.owner), "late").catch(() => {});
    },
  };
}

/** Equal configs are equal whatever they call themselves; and a config without a revision is older than one with. */
function isNewer(other: Replica, self: Self): boolean {
  return other.config !== self.config && (other.revision ?? -1) > (self.revision ?? -1);
}

function sayOff(ahead: number): string {
  return `this replica's clock is ${(Math.abs(ahead) / second).toFixed(1)} s ${ahead > 0 ? "ahead of" : "behind"} the database's`;
}
