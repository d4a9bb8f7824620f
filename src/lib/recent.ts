// Whether a name was seen before, as far as a bounded memory goes.

/** True when the name was seen already. The last `size` names are remembered for certain, twice as many at most. */
export function recentNames(size: number): (name: string) => boolean {
  let [young, old] = [new Set<string>(), new Set<string>()];
  return (name) => {
    if (young.has(name)) return true;
    const known = old.has(name);
    if (young.size >= size) [young, old] = [new Set(), young];
    young.add(name);
    return known;
  };
}
