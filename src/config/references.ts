// Names that must exist, and ids that must be unique.
import { suggest } from "../lib/nearest.ts";
import { kinds } from "./base-config.ts";
import { at, listAt, mostMistakes, type Mistake, type Path } from "./mistakes.ts";
import { providerOf, type PlugIns, type Registry } from "./plug-ins.ts";

type Named = { readonly id: string; readonly path: Path };

/** Ids are unique within a list; channels and targets share theirs, because deliveries name either. */
const scopes: readonly (readonly Path[])[] = [
  [["components"]],
  [["people"]],
  [["roles"]],
  [["sources"]],
  [["templates"]],
  [["pages"]],
  [["channels"], ["publish", "targets"]],
];

function idsAt(raw: unknown, path: Path): readonly Named[] {
  return listAt(raw, path).flatMap((entry, i) => {
    const id = at(entry, ["id"]);
    return typeof id === "string" ? [{ id, path: [...path, i, "id"] }] : [];
  });
}

function takenTwice(raw: unknown): readonly Mistake[] {
  return scopes.flatMap((paths) => {
    const first = new Map<string, Path>();
    return paths
      .flatMap((path) => idsAt(raw, path))
      .flatMap(({ id, path }) => {
        const see = first.get(id);
        if (see === undefined) first.set(id, path);
        return see === undefined ? [] : [{ path, see, message: `the id "${id}" is taken already` }];
      });
  });
}

/** A name that is written somewhere, and those that would be right there. */
type Reference = { readonly name: unknown; readonly path: Path; readonly what: string; readonly known: Known };
type Known = ReadonlySet<string>;

/** Who shares a connection names a channel of its own type that has one. */
function connections(raw: unknown): readonly Reference[] {
  const channels = listAt(raw, ["channels"]).map((entry, i) => ({
    id: at(entry, ["id"]),
    type: at(entry, ["type"]),
    name: at(entry, ["same_connection_as"]),
    path: ["channels", i, "same_connection_as"],
  }));
  const owners = Map.groupBy(
    channels.filter(({ name }) => name === undefined),
    ({ type }) => type,
  );
  const idsOf = new Map(
    [...owners].map(([type, own]) => [type, new Set(own.flatMap(({ id }) => (typeof id === "string" ? [id] : [])))]),
  );
  return channels.flatMap(({ type, name, path }) => {
    const what = `channel of type ${String(type)} with a connection of its own`;
    return typeof type === "string" ? [{ name, path, what, known: idsOf.get(type) ?? new Set() }] : [];
  });
}

/** What a template is for, and what it says is hit. */
function templated(raw: unknown, components: Known): readonly Reference[] {
  return listAt(raw, ["templates"]).flatMap((template, i) => {
    const here: Path = ["templates", i];
    const impact = at(template, ["impact"]);
    const hit = typeof impact === "object" && impact !== null ? Object.keys(impact) : [];
    const about = { what: "component", known: components };
    return [
      { name: at(template, ["for", "component"]), path: [...here, "for", "component"], ...about },
      ...hit.map((name) => ({ name, path: [...here, "impact", name], ...about })),
    ];
  });
}

/** What a route names of the config: a value that is a pattern, or a label of the source's own, may be anything. */
function routed(raw: unknown, known: Readonly<Record<string, Known>>): readonly Reference[] {
  return listAt(raw, ["routes"]).flatMap((route, i) => {
    const here: Path = ["routes", i];
    const channels = listAt(route, ["channels"]).map((name, j) => ({
      name,
      path: [...here, "channels", j],
      what: "channel",
      known: known["channel"] ?? new Set(),
    }));
    const matched = ["source", "component", "kind", "severity"].flatMap((label) => {
      const value = at(route, ["match", label]);
      const named = { what: label, known: known[label] ?? new Set() };
      const values = Array.isArray(value) ? value : [value];
      return values.flatMap((name: unknown, j): readonly Reference[] =>
        typeof name !== "string" || name.startsWith("~") || name === ""
          ? []
          : [{ name, path: [...here, "match", label, ...(Array.isArray(value) ? [j] : [])], ...named }],
      );
    });
    return [...channels, ...matched];
  });
}

/** Sources that a component's page may draw: those with figures that are about it, or about nothing in particular. */
function drawn(raw: unknown, sources: PlugIns, registry: Registry): readonly Reference[] {
  const charted = listAt(raw, ["sources"]).flatMap((source, i) => {
    const id = at(source, ["id"]);
    const provider = providerOf(registry, at(source, ["type"]));
    if (typeof id !== "string" || provider?.figures === undefined) return [];
    const parsed = sources.configs[i];
    return [{ id, about: parsed === undefined ? [] : (provider.names?.(parsed) ?? []) }];
  });
  return listAt(raw, ["components"]).flatMap((component, i) => {
    const own = at(component, ["id"]);
    const fit = charted.filter(({ about }) => about.length === 0 || about.some((each) => each.component === own));
    const known = new Set(fit.map(({ id }) => id));
    return listAt(component, ["charts"]).map((name, j) => ({
      name,
      path: ["components", i, "charts", j],
      what: "source with figures about this component",
      known,
    }));
  });
}

/** A component that stands on itself, however far around. */
function circles(raw: unknown): readonly Mistake[] {
  const components = listAt(raw, ["components"]);
  const below = new Map(components.map((each) => [at(each, ["id"]), listAt(each, ["depends_on"])]));
  return components.flatMap((component, i) => {
    const id = at(component, ["id"]);
    const seen = new Set<unknown>();
    const ahead = [...listAt(component, ["depends_on"])];
    for (let next = ahead.pop(); next !== undefined; next = ahead.pop()) {
      if (next === id)
        return [{ path: ["components", i, "depends_on"], message: `"${String(id)}" depends on itself, in a circle` }];
      if (!seen.has(next)) ahead.push(...(below.get(next) ?? []));
      seen.add(next);
    }
    return [];
  });
}

/** All references of a config; `sources` as far as their own keys were understood, `feeds` the ids of those of components. */
export function checkReferences(
  raw: unknown,
  sources: PlugIns,
  registry: Registry,
  feeds: readonly string[],
): readonly Mistake[] {
  const known = (list: string): Known => new Set(idsAt(raw, [list]).map(({ id }) => id));
  const [people, components, sourceIds] = [
    known("people"),
    known("components"),
    new Set([...known("sources"), ...feeds]),
  ];
  const roles = listAt(raw, ["roles"]).flatMap((role, i) =>
    listAt(role, ["people"]).map((name, j) => ({
      name,
      path: ["roles", i, "people", j],
      what: "person",
      known: people,
    })),
  );
  const from: Path = ["publish", "automatic_notice", "from"];
  const notice = listAt(raw, from).map((name, i) => ({ name, path: [...from, i], what: "source", known: sourceIds }));
  const watched = listAt(raw, ["sources"]).flatMap((source, i) => {
    const parsed = sources.configs[i];
    // What is not understood as a whole may still name a component, as nearly every source does.
    const guess = [{ component: at(source, ["component"]), path: ["component"] }];
    const names = parsed === undefined ? guess : (providerOf(registry, at(source, ["type"]))?.names?.(parsed) ?? []);
    return names.map(({ component, path }) => ({
      name: component,
      path: ["sources", i, ...path],
      what: "component",
      known: components,
    }));
  });
  const standing = listAt(raw, ["components"]).flatMap((component, i) =>
    listAt(component, ["depends_on"]).map((name, j) => ({
      name,
      path: ["components", i, "depends_on", j],
      what: "component",
      known: components,
    })),
  );
  const pages = known("pages");
  const paged = [["channels"], ["publish", "targets"]].flatMap((path) =>
    listAt(raw, path).map((entry, i) => ({
      name: at(entry, ["page"]),
      path: [...path, i, "page"],
      what: "page",
      known: pages,
    })),
  );
  const shown = listAt(raw, ["pages"]).flatMap((page, i) =>
    listAt(page, ["components"]).map((name, j) => ({
      name,
      path: ["pages", i, "components", j],
      what: "component",
      known: components,
    })),
  );
  const routes = routed(raw, {
    source: sourceIds,
    component: components,
    channel: known("channels"),
    kind: new Set(kinds),
    severity: new Set(["critical", "warning", "info"]),
  });
  const missing = [
    ...roles,
    ...standing,
    ...shown,
    ...paged,
    ...routes,
    ...notice,
    ...connections(raw),
    ...watched,
    ...templated(raw, components),
    ...drawn(raw, sources, registry),
  ].flatMap(({ name, ...rest }: Reference) =>
    // What is no text is the schema's business.
    typeof name !== "string" || rest.known.has(name) ? [] : [{ name, ...rest }],
  );
  return [
    ...takenTwice(raw),
    ...circles(raw),
    ...missing.slice(0, mostMistakes).map(({ name, path, what, known: names }) => ({
      path,
      message: `there is no ${what} "${name}"; ${suggest(name, [...names])}`,
    })),
  ];
}
