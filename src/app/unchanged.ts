// What a changed config leaves as it is: a connection that nobody touched must not be dropped.
import { isDeepStrictEqual } from "node:util";
import type { Config } from "../config/load.ts";
import { at } from "../config/mistakes.ts";

/** Ids of the plug-ins that go on as they are. */
export type Staying = {
  readonly channels: ReadonlySet<string>;
  readonly sources: ReadonlySet<string>;
  readonly targets: ReadonlySet<string>;
};

type Entry = { readonly id: string; readonly type: string; readonly config: unknown };

function same(before: readonly Entry[], after: readonly Entry[]): ReadonlySet<string> {
  const was = new Map(before.map(({ id, type, config }) => [id, { type, config }]));
  return new Set(
    after.filter(({ id, type, config }) => isDeepStrictEqual(was.get(id), { type, config })).map(({ id }) => id),
  );
}

/** The channels of each connection, by the id of the one that has it. */
function connections(channels: readonly Entry[]): ReadonlyMap<string, readonly Entry[]> {
  const ownerOf = ({ id, config }: Entry): string => {
    const shared = at(config, ["same_connection_as"]);
    return typeof shared === "string" ? shared : id;
  };
  return Map.groupBy(channels, ownerOf);
}

/** Those of one connection stay together or are made anew together: it joins all their channels when it connects. */
function sameConnections(before: readonly Entry[], after: readonly Entry[]): ReadonlySet<string> {
  const was = connections(before);
  const bare = (entries: readonly Entry[] = []): unknown =>
    entries.map(({ id, type, config }) => ({ id, type, config }));
  return new Set(
    [...connections(after)].flatMap(([owner, entries]) =>
      isDeepStrictEqual(bare(was.get(owner)), bare(entries)) ? entries.map(({ id }) => id) : [],
    ),
  );
}

export function unchanged(before: Config, after: Config): Staying {
  // Sources are handed the components.
  const names = ({ components }: Config): unknown => components.map(({ id, name }) => ({ id, name }));
  return {
    channels: sameConnections(before.channels, after.channels),
    sources: isDeepStrictEqual(names(before), names(after)) ? same(before.sources, after.sources) : new Set(),
    // Those of issues are handed how GitHub knows us.
    targets: isDeepStrictEqual(before.github, after.github)
      ? same(before.publish.targets, after.publish.targets)
      : new Set(),
  };
}

/** What is decided once, at the start: these keys of the new config wait for the next. */
export function needsRestart(started: Config, after: Config): readonly string[] {
  const fixed = (config: Config): Readonly<Record<string, unknown>> => ({
    "server.host": config.server.host,
    "server.port": config.server.port,
    "server.tls (on or off)": config.server.tls !== undefined,
    database: config.database?.url,
  });
  const [was, is] = [fixed(started), fixed(after)];
  return Object.keys(was).filter((key) => was[key] !== is[key]);
}

/** Whether the public would see a difference. */
export function publicChange(before: Config, after: Config): boolean {
  const shown = ({ site, pages, components, publish }: Config): unknown => ({
    site,
    pages,
    components,
    targets: publish.targets.map(({ config }) => at(config, ["public_url"])),
  });
  return !isDeepStrictEqual(shown(before), shown(after));
}
