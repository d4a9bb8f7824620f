// The outages of the made-up service, and what is known of each: the labels that alarms are held against.
import type { Labels } from "../../src/detection/score.ts";
import { day, hour, minute, type Instant } from "../../src/lib/clock.ts";
import type { Dice } from "./service.ts";

export type Trouble = {
  readonly id: string;
  readonly label: "total" | "partial" | "chroot" | "stuck" | "slow" | "silence";
  readonly effect: "failing" | "stuck" | "slow" | "silence";
  /** `*`: all types. */
  readonly type: string;
  readonly target: string | undefined;
  readonly start: Instant;
  readonly end: Instant;
  /** Of the jobs that begin in it; how many of those are errors; whether they fail at once. */
  readonly share: number;
  readonly errors: number;
  readonly quick: boolean;
  readonly affects: readonly string[];
  /** Projects that show it, or lost pushes. */
  readonly hit: Set<string>;
  readonly firstHits: [at: Instant, project: string][];
};

const labels = ["total", "total", "total", "partial", "partial", "chroot", "stuck", "slow", "silence"] as const;
const effects = { total: "failing", partial: "failing", chroot: "failing", stuck: "stuck", slow: "slow", silence: "silence" } as const; // prettier-ignore

export function drawTrouble(
  dice: Dice,
  start: Instant,
  end: Instant,
  types: readonly string[],
  targets: readonly string[],
  after: Readonly<Record<string, string>>,
): readonly Trouble[] {
  const drawn: Trouble[] = [];
  for (let at = start + 3 * day; ;) {
    at += 8 * hour + dice.wait(14 * hour);
    const lasts = 20 * minute * Math.exp(2.6 * dice.chance());
    if (at + lasts > end - 3 * hour) return drawn;
    const label = dice.pick(labels);
    const ofTarget = label === "chroot";
    const type = label === "silence" && dice.chance() < 0.7 ? "*" : dice.pick(ofTarget ? ["build", "test"] : types);
    const below = (above: string): readonly string[] =>
      Object.keys(after).flatMap((child) => (after[child] === above ? [child, ...below(child)] : []));
    drawn.push({
      id: `outage-${drawn.length + 1}`,
      label,
      effect: effects[label],
      type,
      target: ofTarget ? dice.pick(targets.slice(0, 4)) : undefined,
      start: at,
      end: at + lasts,
      share: label === "partial" ? 0.35 + 0.35 * dice.chance() : 0.97,
      errors: dice.pick([0, 0.4, 1]),
      quick: dice.chance() < 0.4,
      affects: ofTarget ? [] : below(type),
      hit: new Set(),
      firstHits: [],
    });
    at += lasts;
  }
}

type Place = { readonly type: string; readonly target: string | undefined };

export function hits(
  troubles: readonly Trouble[],
  effect: Trouble["effect"],
  at: Place,
  when: Instant,
): Trouble | undefined {
  return troubles.find(
    (one) =>
      one.effect === effect &&
      when >= one.start &&
      when < one.end &&
      (one.type === "*" || one.type === at.type) &&
      (one.target === undefined || one.target === at.target),
  );
}

/** Enough of it shows for a careful person: so many projects, or lost pushes. */
const shows = { failing: 5, stuck: 5, slow: 5, silence: 12 } as const;

export function labelsOf(troubles: readonly Trouble[]): Labels {
  return {
    outages: troubles.map((one) => {
      const first = new Map<string, Instant>();
      for (const [at, project] of one.firstHits.toSorted((a, b) => a[0] - b[0]))
        if (!first.has(project)) first.set(project, at);
      return {
        id: one.id,
        kind: one.label,
        severity: one.share,
        type: one.type,
        target: one.target,
        start: one.start,
        end: one.end,
        affects: [...one.affects],
        observable: one.hit.size >= shows[one.effect],
        evidence_at: [...first.values()][3],
      };
    }),
  };
}
