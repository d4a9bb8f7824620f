// Chances, rounded to levels of their odds: what a test needs of a chance is then looked up, not computed.

/** 0, 1, 2 …: a step is about a twelfth of the odds, far finer than anybody knows a chance. */
export type Level = number;

const lowest = 0.01;
const highest = 0.97;
const stepOfOdds = 0.08;

export const logOdds = (chance: number): number => Math.log(chance / (1 - chance));
export const fromLogOdds = (odds: number): number => 1 / (1 + Math.exp(-odds));
export const within = (value: number, least: number, most: number): number => Math.min(most, Math.max(least, value));

export const levels = 1 + Math.round((logOdds(highest) - logOdds(lowest)) / stepOfOdds);

export function levelOf(chance: number): Level {
  return Math.round((logOdds(within(chance, lowest, highest)) - logOdds(lowest)) / stepOfOdds);
}

const chances: readonly number[] = Array.from({ length: levels }, (_, level) =>
  fromLogOdds(logOdds(lowest) + level * stepOfOdds),
);

export function chanceOf(level: Level): number {
  return chances[level] ?? highest;
}
