// How much evidence is asked for: the more looks are taken, the more coincidences there are to be seen.

/** The tests share the false alarms that a type may raise. Those of one target are many. */
export const shares = { type: 0.25, target: 0.25 / 8, delay: 0.15, flow: 0.1, silence: 0.4 } as const;

const least = 5.5;
/** So many looks at so many jobs a month. With more jobs they overlap more, and are less of a chance each. */
const looks = { jobs: 2_000, power: 0.6 };
/** A busy stream has projects whose failures hang together in ways that no history tells: it takes more than chance. */
const busy = { jobs: 20_000, weight: 1.3 };

/** `falseAlarms`: how many a month are tolerable. */
export function thresholdFor(jobsAMonth: number, share: keyof typeof shares, falseAlarms: number): number {
  const chances = (looks.jobs * (jobsAMonth / looks.jobs) ** looks.power) / (falseAlarms * shares[share]);
  return Math.max(least, Math.log(chances)) + busy.weight * Math.max(0, Math.log(jobsAMonth / busy.jobs));
}
