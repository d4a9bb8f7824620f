// How many jobs ended when, and how many of them were red: what a picture of a history is drawn from.
import { isFinished, isRed, type Job } from "../jobs/job.ts";
import { minute, type Instant } from "../lib/clock.ts";

/** As fine as it is counted; a picture is coarser. */
const grain = 10 * minute;
/** Of a job type beyond these nothing is drawn. */
const mostTypes = 50;

export type Bucket = { readonly at: Instant; readonly jobs: number; readonly red: number };
export type Lane = { readonly type: string; readonly jobs: number; readonly buckets: readonly Bucket[] };

type Cell = { jobs: number; red: number };

export type JobVolume = {
  add(job: Job): void;
  /** The jobs that were added, of each type. */
  readonly types: ReadonlyMap<string, number>;
  /** Buckets of one width from `from` on, the empty ones too; of each type a lane, the busiest first. */
  lanes(from: Instant, to: Instant, widthMs: number): readonly Lane[];
};

export function jobVolume(): JobVolume {
  const types = new Map<string, number>();
  const cells = new Map<string, Map<number, Cell>>();
  const laneOf = (type: string, from: Instant, to: Instant, widthMs: number): Lane => {
    const sums = Array.from({ length: Math.max(1, Math.ceil((to - from) / widthMs)) }, () => ({ jobs: 0, red: 0 }));
    for (const [place, { jobs, red }] of cells.get(type) ?? []) {
      const sum = sums[Math.floor((place * grain - from) / widthMs)];
      if (sum === undefined) continue;
      sum.jobs += jobs;
      sum.red += red;
    }
    const buckets = sums.map((sum, place) => ({ at: from + place * widthMs, ...sum }));
    return { type, jobs: types.get(type) ?? 0, buckets };
  };
  return {
    types,
    add: (job) => {
      types.set(job.type, (types.get(job.type) ?? 0) + 1);
      if (!isFinished(job) || job.finishedAt === undefined || job.status === "canceled") return;
      const known = cells.get(job.type);
      if (known === undefined && cells.size >= mostTypes) return;
      const lane = known ?? new Map<number, Cell>();
      if (known === undefined) cells.set(job.type, lane);
      const place = Math.floor(job.finishedAt / grain);
      const cell = lane.get(place);
      if (cell === undefined) lane.set(place, { jobs: 1, red: isRed(job) ? 1 : 0 });
      else {
        cell.jobs += 1;
        if (isRed(job)) cell.red += 1;
      }
    },
    lanes: (from, to, widthMs) =>
      [...types].toSorted(([, a], [, b]) => b - a).map(([type]) => laneOf(type, from, to, widthMs)),
  };
}
