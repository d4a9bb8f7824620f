// When a watcher speaks for a silent origin, what it does to each mirror, and which of several watchers tells people. Pure.
import type { Instant } from "../lib/clock.ts";
import { isoSeconds, minute } from "../lib/clock.ts";
import type { Sequence } from "../lib/sequence.ts";
import { originName } from "../status/copy-state.ts";

/** What a mirror was seen to hold; `none`: it can be read, and nothing is there. */
export type MirrorSeen = {
  readonly id: string;
  /** Of two that write at once, one is refused there: only on such a mirror can watchers agree. */
  readonly swaps: boolean;
  readonly holds: Held | "none" | "unread";
};

export type Held = {
  readonly sequence: Sequence;
  /** `origin`, or the id of a watcher. */
  readonly writer: string;
  readonly generatedAt: Instant;
  readonly validUntil: Instant;
  /** Until when a watcher has it for itself. */
  readonly leaseUntil?: Instant;
  /** The incident that a watcher opened there, and whether people were told of it. */
  readonly incident?: { readonly id: string; readonly told: boolean };
};

export type Situation = {
  readonly now: Instant;
  readonly me: string;
  /** How long without a sign of life before a watcher speaks. */
  readonly afterMs: number;
  /** When the origin answered last, and how often it has failed to since. */
  readonly lastContact: Instant;
  readonly failures: number;
  /** An address outside answers: the trouble is not our own network. */
  readonly outside: boolean;
  /** Of the snapshot that was pulled last; how far the origin's clock is ahead of ours. */
  readonly known: { readonly epoch: number; readonly aheadMs: number };
  /** In the order of the config, which all watchers share. */
  readonly mirrors: readonly MirrorSeen[];
};

export type Move =
  | { readonly do: "leave"; readonly because: string }
  /** `take`: it was somebody else's. Both are refused when it has changed since it was seen. */
  | { readonly do: "take" | "renew"; readonly sequence: Sequence };

export type Judgement =
  | { readonly speak: false; readonly because: string }
  | {
      readonly speak: true;
      readonly since: Instant;
      readonly incident: string;
      readonly moves: ReadonlyMap<string, Move>;
    };

/** One lost packet is no outage. */
export const leastFailures = 3;
/** So much longer a watcher waits for a mirror that it cannot read before it tells people without it. */
export const grace = minute;

/** The incident of this silence: all watchers call it the same, whichever mirror they found first. */
export function incidentOf({ known, mirrors }: Pick<Situation, "known" | "mirrors">): string {
  const epochs = mirrors.flatMap(({ holds }) => {
    if (typeof holds === "string") return [];
    return holds.writer === originName ? [holds.sequence.epoch] : (epochIn(holds.incident?.id) ?? []);
  });
  return `w-${Math.max(known.epoch, ...epochs)}`;
}

function epochIn(incident: string | undefined): number | undefined {
  const epoch = /^w-(\d{1,15})$/u.exec(incident ?? "")?.[1];
  return epoch === undefined ? undefined : Number(epoch);
}

/** What the origin wrote is a sign of life too. */
function lastSign({ now, lastContact, known, mirrors }: Situation): Instant {
  const written = mirrors.flatMap(({ holds }) =>
    typeof holds !== "string" && holds.writer === originName ? [Math.min(now, holds.generatedAt - known.aheadMs)] : [],
  );
  return Math.max(lastContact, ...written);
}

/** A mirror that the origin has written since it came back from a silence of which we saw no end. */
function writtenUnseen({ now, known, mirrors }: Situation): MirrorSeen | undefined {
  return mirrors.find(
    ({ holds }) =>
      typeof holds !== "string" &&
      holds.writer === originName &&
      holds.sequence.epoch > known.epoch &&
      holds.validUntil - known.aheadMs > now,
  );
}

export function judge(situation: Situation): Judgement {
  const { now, afterMs, failures, outside, mirrors } = situation;
  const wait = (because: string): Judgement => ({ speak: false, because });
  if (failures < leastFailures) return wait(`it has failed to answer ${failures} times; ${leastFailures} are needed`);
  if (!outside) return wait("nothing outside answers either: the trouble is this network's");
  const unseen = writtenUnseen(situation);
  if (unseen !== undefined) return wait(`it cannot be reached from here, but it writes the mirror ${unseen.id}`);
  const since = lastSign(situation);
  const speaksAt = since + afterMs;
  if (now < speaksAt) return wait(`its last sign of life was at ${isoSeconds(since)}`);
  return {
    speak: true,
    since,
    incident: incidentOf(situation),
    moves: new Map(mirrors.map((mirror) => [mirror.id, moveOn(mirror, situation)])),
  };
}

function moveOn({ holds }: MirrorSeen, situation: Situation): Move {
  if (holds === "unread") return { do: "leave", because: "it cannot be read" };
  const { now, me } = situation;
  if (holds !== "none") {
    const { writer, leaseUntil = 0, sequence } = holds;
    if (writer === me) return { do: "renew", sequence: { epoch: sequence.epoch, seq: sequence.seq + 1 } };
    if (writer !== originName && leaseUntil > now)
      return { do: "leave", because: `the watcher ${writer} has it until ${isoSeconds(leaseUntil)}` };
  }
  return { do: "take", sequence: { epoch: epochAbove(holds, situation), seq: 1 } };
}

/** Above all that is known; the one that we hold already, where it is above what is there. */
function epochAbove(holds: Held | "none", { me, known, mirrors }: Situation): number {
  const seen = mirrors.flatMap((mirror) => (typeof mirror.holds === "string" ? [] : [mirror.holds]));
  const top = Math.max(known.epoch, ...seen.map(({ sequence }) => sequence.epoch));
  const mine = seen.some(({ writer, sequence }) => writer === me && sequence.epoch === top);
  const there = holds === "none" ? 0 : holds.sequence.epoch;
  return mine && there < top ? top : top + 1;
}

export type Telling = {
  readonly me: string;
  /** When the silence was long enough to speak. */
  readonly sinceMs: number;
  readonly mirrors: readonly MirrorSeen[];
};

/**
 * Whether this watcher tells people. The first mirror on which watchers can agree decides; one that cannot be read does not
 * for ever, or nobody would be told when its host is down too.
 */
export function tells({ me, sinceMs, mirrors }: Telling): boolean {
  const deciders = mirrors.filter(({ swaps }) => swaps);
  const first = deciders.findIndex(({ holds }) => holds !== "unread");
  if (deciders.length === 0) return true;
  if (first !== 0 && sinceMs < grace) return false;
  const holds = deciders[first]?.holds;
  return holds === undefined ? true : typeof holds !== "string" && holds.writer === me;
}
