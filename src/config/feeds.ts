// The feeds that components name under `upstream`: each becomes a source, and those that read the same become one.
import { isDeepStrictEqual } from "node:util";
import { suggest } from "../lib/nearest.ts";
import { check } from "./issues.ts";
import { at, listAt, type Mistake, type Path } from "./mistakes.ts";
import { providerOf, type Registry } from "./plug-ins.ts";

const prefix = "upstream-";
const longestId = 64;
/** What the component says of itself; in its feed they are unknown keys. */
const implied = ["component", "components", "upstream"];

export type FeedSource = { readonly id: string; readonly type: string; readonly config: unknown };
export type Feeds = { readonly sources: readonly FeedSource[]; readonly mistakes: readonly Mistake[] };

type Read = {
  readonly component: string;
  readonly type: string;
  readonly path: Path;
  readonly shared: Readonly<Record<string, unknown>>;
  readonly watch: Readonly<Record<string, unknown>>;
};

/** The types of sources that read what an upstream says of itself. */
export function feedTypes(registry: Registry): readonly string[] {
  return Object.keys(registry).filter((type) => type.startsWith(prefix));
}

function readFeed(component: unknown, path: Path, registry: Registry): { read?: Read; mistakes: readonly Mistake[] } {
  const feed = at(component, ["upstream", "feed"]);
  const [id, type] = [at(component, ["id"]), at(feed, ["type"])];
  if (typeof feed !== "object" || feed === null || typeof type !== "string") return { mistakes: [] };
  const types = feedTypes(registry);
  const provider = providerOf(registry, type);
  if (provider === undefined || !types.includes(type))
    return {
      mistakes: [{ path: [...path, "type"], message: `there is no feed of type "${type}"; ${suggest(type, types)}` }],
    };
  const own = Object.entries(feed).filter(([key]) => key !== "type");
  const odd = own.filter(([key]) => implied.includes(key));
  const message = "unknown key; a feed is about the component under which it stands";
  const wrong = odd.map(([key]) => ({ path: [...path, key], message }));
  const given = own.filter(([key]) => !implied.includes(key));
  const raw = { ...Object.fromEntries(given), component: "a" };
  const checked = check({ schema: provider.config, raw, under: path, beside: ["type"] });
  const mistakes = [...wrong, ...checked.mistakes];
  const value = checked.value;
  if (typeof value !== "object" || value === null || typeof id !== "string") return { mistakes };
  const { match, component: _, ...shared }: Record<string, unknown> = { ...value };
  const name = at(component, ["upstream", "name"]);
  const watch = {
    component: id,
    ...(name === undefined ? {} : { upstream: name }),
    ...(match === undefined ? {} : { match }),
  };
  return { read: { component: id, type, path, shared, watch }, mistakes };
}

/** `upstream-copr`, after the first component that names the feed. */
function sourceId(component: string): string {
  return `${prefix}${component}`.slice(0, longestId).replace(/-+$/u, "");
}

/** Feeds of one type that are alike but for what they match are one source: one request, one word when it is blind. */
export function checkFeeds(raw: unknown, registry: Registry): Feeds {
  const all = listAt(raw, ["components"]).map((component, i) =>
    readFeed(component, ["components", i, "upstream", "feed"], registry),
  );
  const groups: Read[][] = [];
  for (const { read } of all) {
    if (read === undefined) continue;
    const same = groups.find(([first]) => first?.type === read.type && isDeepStrictEqual(first.shared, read.shared));
    if (same === undefined) groups.push([read]);
    else same.push(read);
  }
  const taken = new Map<string, Path>();
  for (const [i, source] of listAt(raw, ["sources"]).entries()) {
    const id = at(source, ["id"]);
    if (typeof id === "string") taken.set(id, ["sources", i, "id"]);
  }
  const clashes: Mistake[] = [];
  const sources = groups.flatMap((group): readonly FeedSource[] => {
    const [first] = group;
    if (first === undefined) return [];
    const id = sourceId(first.component);
    const see = taken.get(id);
    if (see === undefined) taken.set(id, first.path);
    else
      clashes.push({ path: first.path, see, message: `it becomes the source "${id}", and that id is taken already` });
    return [{ id, type: first.type, config: { ...first.shared, components: group.map(({ watch }) => watch) } }];
  });
  return { sources, mistakes: [...all.flatMap(({ mistakes }) => mistakes), ...clashes] };
}
