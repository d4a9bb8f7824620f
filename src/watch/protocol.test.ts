import { array, assert, constant, nat, oneof, property } from "fast-check";
import { describe, expect, test } from "vitest";
import { minute, second } from "../lib/clock.ts";
import { compareSequence } from "../lib/sequence.ts";
import { grace, incidentOf, judge, tells, type Held, type MirrorSeen, type Situation } from "./protocol.ts";

const now = 10_000_000;
const byOrigin = (more: Partial<Held> = {}): Held => ({
  sequence: { epoch: 50, seq: 7 },
  writer: "origin",
  generatedAt: now - 5 * minute,
  validUntil: now + 40 * minute,
  ...more,
});
const byWatcher = (writer: string, leaseUntil: number, more: Partial<Held> = {}): Held => ({
  ...byOrigin({ writer, leaseUntil, sequence: { epoch: 51, seq: 3 }, incident: { id: "w-50", told: true } }),
  ...more,
});
const mirror = (id: string, holds: MirrorSeen["holds"], swaps = true): MirrorSeen => ({ id, swaps, holds });
const silent = (mirrors: readonly MirrorSeen[], more: Partial<Situation> = {}): Situation => ({
  now,
  me: "a",
  afterMs: 90 * second,
  lastContact: now - 2 * minute,
  failures: 5,
  outside: true,
  known: { epoch: 50, aheadMs: 0 },
  mirrors,
  ...more,
});

describe("a watcher waits", () => {
  test.each<[string, Partial<Situation>, RegExp]>([
    ["until several tries have failed", { failures: 2 }, /failed to answer 2 times/u],
    ["while nothing outside answers either", { outside: false }, /this network/u],
    ["until the silence was long enough", { lastContact: now - minute }, /last sign of life/u],
  ])("%s", (_name, more, because) => {
    const judgement = judge(silent([mirror("git", byOrigin())], more));
    expect(judgement).toMatchObject({ speak: false });
    expect(judgement.speak ? "" : judgement.because).toMatch(because);
  });

  test("while a mirror is younger than the silence", () => {
    const young = byOrigin({ generatedAt: now - 10 * second });
    expect(judge(silent([mirror("git", young)]))).toMatchObject({ speak: false });
  });

  test("while the origin writes a mirror that it took back unseen", () => {
    const back = byOrigin({ sequence: { epoch: 52, seq: 1 } });
    expect(judge(silent([mirror("git", back)]))).toMatchObject({ speak: false, because: /writes the mirror git/u });
    expect(judge(silent([mirror("git", { ...back, validUntil: now })]))).toMatchObject({
      speak: true,
      incident: "w-52",
    });
  });
});

describe("a watcher that speaks", () => {
  const movesOn = (...mirrors: MirrorSeen[]): unknown => {
    const judgement = judge(silent(mirrors));
    return judgement.speak ? Object.fromEntries(judgement.moves) : judgement;
  };

  test("takes what the origin wrote, above its epoch, however long that would be valid", () => {
    expect(movesOn(mirror("git", byOrigin()))).toEqual({ git: { do: "take", sequence: { epoch: 51, seq: 1 } } });
  });

  test("takes an empty mirror, and leaves one that it cannot read", () => {
    expect(movesOn(mirror("git", "none"), mirror("s3", "unread"))).toEqual({
      git: { do: "take", sequence: { epoch: 51, seq: 1 } },
      s3: { do: "leave", because: "it cannot be read" },
    });
  });

  test("renews its own, and takes another with the same epoch", () => {
    expect(movesOn(mirror("git", byWatcher("a", now)), mirror("s3", byOrigin()))).toEqual({
      git: { do: "renew", sequence: { epoch: 51, seq: 4 } },
      s3: { do: "take", sequence: { epoch: 51, seq: 1 } },
    });
  });

  test("leaves what another watcher has, and carries its incident on when that one is gone", () => {
    expect(movesOn(mirror("git", byWatcher("b", now + 1)))).toMatchObject({ git: { do: "leave" } });
    expect(movesOn(mirror("git", byWatcher("b", now)))).toEqual({
      git: { do: "take", sequence: { epoch: 52, seq: 1 } },
    });
    expect(incidentOf(silent([mirror("git", byWatcher("b", now))]))).toBe("w-50");
  });

  test("believes the origin's clock where it is ahead of its own", () => {
    const ahead = byOrigin({ generatedAt: now + 3 * minute });
    expect(judge(silent([mirror("git", ahead)], { known: { epoch: 50, aheadMs: 6 * minute } })).speak).toBe(true);
  });
});

describe("people are told", () => {
  const mine = byWatcher("a", now + minute);
  const others = byWatcher("b", now + minute);
  test.each<[string, readonly MirrorSeen[], number, boolean]>([
    ["by who has the first mirror", [mirror("git", mine), mirror("s3", others)], 0, true],
    ["not by who has only the second", [mirror("git", others), mirror("s3", mine)], 5 * minute, false],
    ["not at once by who cannot read the first", [mirror("git", "unread"), mirror("s3", mine)], 0, false],
    ["after a while by who has the first that can be read", [mirror("git", "unread"), mirror("s3", mine)], grace, true],
    ["by anybody when no mirror can be read for long", [mirror("git", "unread")], grace, true],
    ["at once where there is no mirror to agree on", [mirror("folder", mine, false)], 0, true],
  ])("%s", (_name, mirrors, sinceMs, expected) => {
    expect(tells({ me: "a", sinceMs, mirrors })).toBe(expected);
  });
});

/** A small world: an origin that comes and goes, two mirrors that refuse the slower of two, two watchers that act in steps. */
type World = {
  now: number;
  origin: { up: boolean; epoch: number; seq: number };
  readonly adopted: string[];
  /** Incidents that watchers mean to put on mirrors in this absence of the origin. */
  opened: Set<string>;
  readonly tellings: string[];
  readonly mirrors: { id: string; version: number; holds: Held }[];
  readonly watchers: Watcher[];
};
type Pending = { readonly at: number; readonly mirror: number; readonly version: number; readonly holds: Held };
type Watcher = {
  readonly me: string;
  known: number;
  lastContact: number;
  failures: number;
  pending: Pending[];
  since: number | undefined;
};

function newWorld(): World {
  const holds = byOrigin({ generatedAt: 0, validUntil: 3 * minute });
  return {
    now: 0,
    origin: { up: true, epoch: 50, seq: 7 },
    adopted: [],
    opened: new Set(),
    tellings: [],
    mirrors: ["git", "s3"].map((id) => ({ id, version: 1, holds })),
    watchers: ["a", "b"].map((me) => ({ me, known: 50, lastContact: 0, failures: 0, pending: [], since: undefined })),
  };
}

function put(world: World, at: number, version: number, holds: Held): boolean {
  const there = world.mirrors[at];
  if (there === undefined || there.version !== version) return false;
  expect(compareSequence(holds.sequence, there.holds.sequence)).toBeGreaterThan(0);
  there.version += 1;
  there.holds = holds;
  return true;
}

/** The origin makes a mirror equal to its record; what a watcher left there it takes over first, once. */
function originWrites(world: World, at: number): void {
  const { origin } = world;
  const there = world.mirrors[at];
  if (!origin.up || there === undefined) return;
  if (compareSequence(there.holds.sequence, origin) >= 0) {
    const id = there.holds.incident?.id;
    if (id !== undefined && !world.adopted.includes(id)) world.adopted.push(id);
    if (there.holds.sequence.epoch > origin.epoch || id !== undefined) origin.epoch = there.holds.sequence.epoch + 1;
    else origin.seq = there.holds.sequence.seq + 1;
  }
  origin.seq += 1;
  const fresh = { generatedAt: world.now, validUntil: world.now + 3 * minute };
  put(world, at, there.version, { sequence: { epoch: origin.epoch, seq: origin.seq }, writer: "origin", ...fresh });
}

function look(world: World, at: number, blindTo?: number): void {
  const watcher = world.watchers[at];
  if (watcher === undefined) return;
  watcher.pending = [];
  if (world.origin.up) {
    Object.assign(watcher, { known: world.origin.epoch, lastContact: world.now, failures: 0, since: undefined });
    return;
  }
  watcher.failures += 1;
  const versions = world.mirrors.map(({ version }) => version);
  const mirrors = world.mirrors.map(({ id, holds }, i) => mirror(id, i === blindTo ? "unread" : holds));
  const judgement = judge({
    ...silent(mirrors, { now: world.now, me: watcher.me, known: { epoch: watcher.known, aheadMs: 0 } }),
    lastContact: watcher.lastContact,
    failures: watcher.failures,
  });
  if (!judgement.speak) return;
  watcher.since ??= world.now;
  world.opened.add(judgement.incident);
  watcher.pending = mirrors.flatMap(({ id, holds }, i) => {
    const move = judgement.moves.get(id);
    if (move === undefined || move.do === "leave") return [];
    const told = typeof holds !== "string" && holds.incident?.told === true;
    const fresh = { generatedAt: world.now, validUntil: world.now + 3 * minute, leaseUntil: world.now + 2 * minute };
    const incident = { id: judgement.incident, told };
    return [{ at: world.now, mirror: i, version: versions[i] ?? 0, holds: { sequence: move.sequence, writer: watcher.me, incident, ...fresh } }]; // prettier-ignore
  });
}

/** The first of what it meant to write; when it has written all it tells people, if that is its turn and nobody has. */
function write(world: World, at: number): void {
  const watcher = world.watchers[at];
  const next = watcher?.pending.shift();
  // A push that hangs is cut off.
  if (watcher === undefined || next === undefined || world.now - next.at > minute) return;
  const id = next.holds.incident?.id ?? "";
  if (!put(world, next.mirror, next.version, next.holds)) return;
  if (watcher.pending.length > 0 || watcher.since === undefined) return;
  const mirrors = world.mirrors.map((each) => mirror(each.id, each.holds));
  const known = mirrors.some(({ holds }) => typeof holds !== "string" && holds.incident?.told === true);
  if (known || !tells({ me: watcher.me, sinceMs: world.now - watcher.since, mirrors })) return;
  world.tellings.push(id);
  for (const each of world.mirrors)
    if (each.holds.writer === watcher.me && each.holds.incident !== undefined)
      each.holds = { ...each.holds, incident: { id, told: true } };
}

type Step = (world: World) => void;
const step = oneof(
  { weight: 4, arbitrary: constant<Step>((world) => void (world.now += 15 * second)) },
  { weight: 1, arbitrary: constant<Step>((world) => void (world.now += 2 * minute)) },
  { weight: 1, arbitrary: constant<Step>((world) => void (world.origin.up = false)) },
  {
    weight: 1,
    arbitrary: constant<Step>((world) => {
      if (!world.origin.up) world.opened = new Set();
      world.origin.up = true;
    }),
  },
  {
    weight: 5,
    arbitrary: nat(1).map(
      (at): Step =>
        (world) =>
          look(world, at),
    ),
  },
  {
    weight: 5,
    arbitrary: nat(1).map(
      (at): Step =>
        (world) =>
          write(world, at),
    ),
  },
  {
    weight: 2,
    arbitrary: nat(1).map(
      (at): Step =>
        (world) =>
          originWrites(world, at),
    ),
  },
);

test("however things interleave, one silence has one incident, told once, and the origin wins everything back", () => {
  let spoken = 0;
  assert(
    property(array(step, { minLength: 40, maxLength: 160 }), (steps) => {
      const world = newWorld();
      for (const act of steps) {
        act(world);
        expect(world.opened.size).toBeLessThanOrEqual(1);
      }
      spoken += world.tellings.length;
      expect(new Set(world.tellings).size).toBe(world.tellings.length);
      world.origin.up = true;
      for (let round = 0; round < 4; round++)
        for (const at of [0, 1]) {
          look(world, at);
          originWrites(world, at);
        }
      expect(world.mirrors.map(({ holds }) => holds.writer)).toEqual(["origin", "origin"]);
      expect(new Set(world.adopted).size).toBe(world.adopted.length);
    }),
    { numRuns: 400 },
  );
  // Else the steps would prove nothing.
  expect(spoken).toBeGreaterThan(40);
});
