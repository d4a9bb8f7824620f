// "Did you mean": the known name nearest to a mistyped one.

/** Optimal string alignment distance: edits and swaps of neighbours. */
function distance(a: string, b: string): number {
  const rows: number[][] = [Array.from({ length: b.length + 1 }, (_, j) => j)];
  const at = (i: number, j: number): number => rows[i]?.[j] ?? Number.MAX_SAFE_INTEGER;
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    rows.push(row);
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1] ? 0 : 1;
      let best = Math.min(at(i - 1, j) + 1, (row[j - 1] ?? 0) + 1, at(i - 1, j - 1) + same);
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) best = Math.min(best, at(i - 2, j - 2) + 1);
      row.push(best);
    }
  }
  return at(a.length, b.length);
}

/** The nearest of `known`, or undefined when nothing is near enough to be a slip of the fingers. */
export function nearest(wrong: string, known: readonly string[]): string | undefined {
  const asked = wrong.toLowerCase().slice(0, 100);
  const ranked = known
    .map((name) => {
      const lower = name.toLowerCase();
      const inside = asked.length >= 3 && (lower.includes(asked) || asked.includes(lower)) && lower.length >= 3;
      return {
        name,
        off: inside ? 1 : distance(asked, lower),
        limit: Math.max(1, Math.floor(Math.max(asked.length, lower.length) / 2.5)),
      };
    })
    .filter((candidate) => candidate.off <= candidate.limit)
    .sort((a, b) => a.off - b.off);
  return ranked[0]?.name;
}

/** ` Did you mean "copr"?`, else the list of what there is; for the end of an error message. */
export function suggest(wrong: string, known: readonly string[], most = 20): string {
  const name = nearest(wrong, known);
  if (name !== undefined) return `did you mean "${name}"?`;
  return known.length === 0
    ? "there are none"
    : `known: ${[...known].sort().slice(0, most).join(", ")}${known.length > most ? ", …" : ""}`;
}
