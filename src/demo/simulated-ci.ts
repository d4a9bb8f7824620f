// A small CI service that does not exist: pushes become SRPM builds, Copr builds and tests. Pure, but for the dice it is given.
import { hour, isoSeconds, minute, second, type Instant } from "../lib/clock.ts";

export type Trouble = "copr" | "tests" | "srpm";

type Type = "srpm_build" | "copr_build" | "testing_farm";

type Running = {
  readonly id: number;
  readonly type: Type;
  readonly project: string;
  readonly target: string;
  readonly trigger: string;
  readonly createdAt: Instant;
  readonly endsAt: Instant;
  readonly red: boolean;
  readonly message?: string;
};

export type World = {
  readonly nextId: number;
  readonly nextPushAt: Instant;
  readonly running: readonly Running[];
  readonly broken: ReadonlySet<Trouble>;
};

const projects = [
  "hello",
  "ogr",
  "specfile",
  "dist-git",
  "anaconda",
  "cockpit",
  "podman",
  "rpminspect",
  "blivet",
  "dnf",
  "tmt",
  "fmf",
  "osbuild",
  "toolbox",
  "ansible",
  "mock",
  "kernel-tools",
  "systemd",
  "glib",
  "curl",
  "nmstate",
  "pykickstart",
  "lorax",
  "leapp",
  "convert2rhel",
  "oscap",
  "swtpm",
  "bootc",
  "skopeo",
  "buildah",
];
const targets = ["fedora-43-x86_64", "fedora-rawhide-x86_64"];

/** Contributors' own mistakes: some projects have a redder life than others. */
const usualRed: Readonly<Record<Type, number>> = { srpm_build: 0.06, copr_build: 0.16, testing_farm: 0.2 };
const lasts: Readonly<Record<Type, readonly [number, number]>> = {
  srpm_build: [3, 8],
  copr_build: [8, 20],
  testing_farm: [6, 18],
};
const troubleOf: Readonly<Record<Type, Trouble>> = { srpm_build: "srpm", copr_build: "copr", testing_farm: "tests" };
const messages: Readonly<Record<Trouble, string>> = {
  copr: "Submit of the build failed: unable to connect to the build system",
  tests: "Guest couldn't be provisioned: no machine available",
  srpm: "SRPM worker lost its volume",
};

export type Dice = () => number;

/** A push every four seconds makes an outage visible in less than a minute. */
export const livelyPace = 4 * second;

export function newWorld(at: Instant): World {
  return { nextId: 1, nextPushAt: at, running: [], broken: new Set() };
}

function between([from, to]: readonly [number, number], dice: Dice): number {
  return (from + (to - from) * dice()) * second;
}

function begin(
  world: World,
  type: Type,
  project: string,
  target: string,
  trigger: string,
  at: Instant,
  dice: Dice,
): Running {
  const trouble = troubleOf[type];
  const broken = world.broken.has(trouble);
  const temper = 0.4 + 1.2 * ((projects.indexOf(project) * 7) % 10) * 0.1;
  const red = broken ? dice() < 0.96 : dice() < usualRed[type] * temper;
  const endsAt = at + (broken ? between([1, 3], dice) : between(lasts[type], dice));
  const message =
    broken && red ? { message: messages[trouble] } : red ? { message: "the project's own build failed" } : {};
  return {
    id: world.nextId,
    type,
    project: `demo/${project}`,
    target,
    trigger,
    createdAt: at,
    endsAt,
    red,
    ...message,
  };
}

function line(job: Running, finished: boolean): string {
  const status = finished ? (job.red ? "failure" : "success") : "running";
  const times = {
    created_at: isoSeconds(job.createdAt),
    started_at: isoSeconds(job.createdAt),
    ...(finished ? { finished_at: isoSeconds(job.endsAt) } : {}),
  };
  const message = finished && job.message !== undefined ? { message: job.message } : {};
  return JSON.stringify({
    id: job.id,
    type: job.type,
    project: job.project,
    target: job.target,
    trigger: job.trigger,
    status,
    ...times,
    ...message,
  });
}

/** What a finished job sets off. */
function follow(world: World, job: Running, dice: Dice): readonly Running[] {
  if (job.red) return [];
  const project = job.project.slice("demo/".length);
  if (job.type === "srpm_build") {
    return targets.map((target, i) =>
      begin({ ...world, nextId: world.nextId + i }, "copr_build", project, target, job.trigger, job.endsAt, dice),
    );
  }
  return job.type === "copr_build"
    ? [begin(world, "testing_farm", project, job.target, job.trigger, job.endsAt, dice)]
    : [];
}

/** Moves the world to `now`; the lines are jobs that appeared or ended, oldest first. */
export function step(
  world: World,
  now: Instant,
  dice: Dice,
  pace: number,
): { readonly world: World; readonly lines: readonly string[] } {
  let current = world;
  const lines: string[] = [];
  for (;;) {
    const first = [...current.running].sort((a, b) => a.endsAt - b.endsAt)[0];
    const next = Math.min(first?.endsAt ?? Infinity, current.nextPushAt);
    if (next > now) return { world: current, lines };
    let born: readonly Running[];
    if (first !== undefined && first.endsAt === next) {
      lines.push(line(first, true));
      current = { ...current, running: current.running.filter((job) => job !== first) };
      born = follow(current, first, dice);
    } else {
      // Squared dice: a few projects push far more often than the others.
      const project = projects[Math.floor(dice() ** 1.5 * projects.length)] ?? "hello";
      born = [begin(current, "srpm_build", project, "srpm", `push-${current.nextId}`, next, dice)];
      current = { ...current, nextPushAt: next + pace * (0.5 + dice()) };
    }
    lines.push(...born.map((job) => line(job, false)));
    current = { ...current, nextId: current.nextId + born.length, running: [...current.running, ...born] };
  }
}

/** A day of the past, so that the detector knows what is usual. */
export function history(now: Instant, dice: Dice): { readonly world: World; readonly lines: readonly string[] } {
  const past = step(newWorld(now - 24 * hour), now, dice, minute);
  return { world: { ...past.world, nextPushAt: now }, lines: past.lines };
}
