// Which component stands on which: `depends_on`, followed to the end.
import type { ComponentId } from "../config/names.ts";

export type Dependencies = {
  /** Whether `from` stands on `to`, directly or through others. */
  readonly standsOn: (from: ComponentId, to: ComponentId) => boolean;
  /** Something that both stand on. */
  readonly shared: (a: ComponentId, b: ComponentId) => ComponentId | undefined;
  /** All that may break with it: what it stands on, what stands on it, and what stands on the same. */
  readonly relatives: (id: ComponentId) => ReadonlySet<ComponentId>;
};

type Standing = { readonly id: ComponentId; readonly dependsOn?: readonly ComponentId[] };

/** A circle, which the config refuses, would end all the same: nobody is visited twice. */
export function dependenciesOf(components: readonly Standing[]): Dependencies {
  const direct = new Map(components.map(({ id, dependsOn }) => [id, dependsOn ?? []]));
  const below = new Map(components.map(({ id }) => [id, reach(id, direct)]));
  const bases = (id: ComponentId): ReadonlySet<ComponentId> => below.get(id) ?? new Set();
  const standsOn = (from: ComponentId, to: ComponentId): boolean => bases(from).has(to);
  const shared = (a: ComponentId, b: ComponentId): ComponentId | undefined =>
    [...bases(a)].find((id) => standsOn(b, id));
  const related = (a: ComponentId, b: ComponentId): boolean =>
    a !== b && (standsOn(a, b) || standsOn(b, a) || shared(a, b) !== undefined);
  const relatives = new Map(
    components.map(({ id }) => [id, new Set(components.flatMap((other) => (related(id, other.id) ? [other.id] : [])))]),
  );
  return { standsOn, shared, relatives: (id) => relatives.get(id) ?? new Set() };
}

function reach(from: ComponentId, direct: ReadonlyMap<ComponentId, readonly ComponentId[]>): ReadonlySet<ComponentId> {
  const seen = new Set<ComponentId>();
  const ahead = [...(direct.get(from) ?? [])];
  for (let next = ahead.pop(); next !== undefined; next = ahead.pop()) {
    if (seen.has(next)) continue;
    seen.add(next);
    ahead.push(...(direct.get(next) ?? []));
  }
  return seen;
}
