// A comparison with a number, as people write it: `> 5`, `<= 0.5`.

const form = /^\s*(>=|<=|==|!=|>|<)\s*([+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?)\s*$/u;

export type Threshold = {
  readonly said: string;
  /** Never of what is no number. */
  readonly holds: (value: number) => boolean;
};

export function parseThreshold(text: string): Threshold | undefined {
  const [, sign, figure] = form.exec(text) ?? [];
  if (sign === undefined || figure === undefined) return undefined;
  const limit = Number(figure);
  const tests: Readonly<Record<string, (value: number) => boolean>> = {
    ">": (value) => value > limit,
    ">=": (value) => value >= limit,
    "<": (value) => value < limit,
    "<=": (value) => value <= limit,
    "==": (value) => value === limit,
    "!=": (value) => value !== limit && !Number.isNaN(value),
  };
  return { said: `${sign} ${figure}`, holds: tests[sign] ?? (() => false) };
}
