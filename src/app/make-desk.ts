// From a checked config to a desk: every plug-in made, every list a map.
import { randomUUID } from "node:crypto";
import { join } from "node:path";
import { idleChannel } from "../channels/idle.ts";
import { channels } from "../channels/registry.ts";
import type { Component } from "../components/component.ts";
import type { Config } from "../config/load.ts";
import type { PersonId } from "../config/names.ts";
import { connect, type Connection } from "../db/connect.ts";
import type { ChannelContext } from "../delivery/channel.ts";
import type { Desk, DeskChannel, DeskSource, DeskTarget, Meter } from "../engine/desk.ts";
import { makeBell } from "../lib/bell.ts";
import type { Clock } from "../lib/clock.ts";
import { minute } from "../lib/clock.ts";
import { statuspageCode } from "../lib/codes.ts";
import type { Log } from "../lib/log.ts";
import type { Person, Role } from "../oncall/role.ts";
import { publishers } from "../publishers/registry.ts";
import { sources } from "../sources/registry.ts";

export type Parts = {
  readonly clock: Clock;
  readonly log: Log;
  readonly meter: Meter;
  readonly dataDir: string;
  readonly demo: boolean;
  /** Channels are only names, and connect to nothing. */
  readonly idle?: boolean;
};

function given<K extends string, V>(key: K, value: V | undefined): { readonly [P in K]?: V } {
  const out: { [P in K]?: V } = {};
  if (value !== undefined) out[key] = value;
  return out;
}

function component(each: Config["components"][number]): Component {
  const { notice, upstream } = each;
  return {
    id: each.id,
    name: each.name,
    ...given("group", each.group),
    ...given("description", each.description),
    ...(upstream === undefined ? {} : { upstream: { name: upstream.name, ...given("url", upstream.url) } }),
    notice: {
      ...given("scope", notice.scope),
      ...given("affected", notice.affected),
      ...given("notAffected", notice.not_affected),
      ...given("alternatives", notice.alternatives),
      ...given("retrigger", notice.retrigger),
    },
  };
}

function byId<T extends { readonly id: string }>(list: readonly T[]): ReadonlyMap<T["id"], T> {
  return new Map(list.map((each) => [each.id, each]));
}

function idleChannels(config: Config): ReadonlyMap<DeskChannel["id"], DeskChannel> {
  return byId(config.channels.map(({ id, type, audience }) => ({ id, type, audience, channel: idleChannel(id) })));
}

function makeChannels(config: Config, context: ChannelContext): ReadonlyMap<DeskChannel["id"], DeskChannel> {
  const made = new Map<DeskChannel["id"], DeskChannel>();
  for (const [type, provider] of Object.entries(channels)) {
    const entries = config.channels.filter((channel) => channel.type === type);
    if (entries.length === 0) continue;
    for (const [id, channel] of provider.make(entries, context)) {
      const audience = entries.find((entry) => entry.id === id)?.audience ?? "team";
      made.set(id, { id, type, audience, channel });
    }
  }
  return made;
}

const usualEvery = minute;

/** What every target of the page has in common with the others. */
function targetOf(config: unknown): { readonly everyMs: number; readonly publicUrl?: string } {
  if (typeof config !== "object" || config === null) return { everyMs: usualEvery };
  const everyMs = "every" in config && typeof config.every === "number" ? config.every : usualEvery;
  return "public_url" in config && typeof config.public_url === "string"
    ? { everyMs, publicUrl: config.public_url }
    : { everyMs };
}

function makeTargets(
  config: Config,
  context: { readonly clock: Clock; readonly log: Log },
): ReadonlyMap<DeskTarget["id"], DeskTarget> {
  return byId(
    config.publish.targets.flatMap((entry) => {
      const provider = publishers[entry.type];
      return provider === undefined
        ? []
        : [{ id: entry.id, type: entry.type, ...targetOf(entry.config), publisher: provider.make(entry, context) }];
    }),
  );
}

export function databaseUrl(config: Config, dataDir: string): string {
  return config.database?.url ?? `sqlite:${join(dataDir, "tocsin.db")}`;
}

/** Opens the database and makes every plug-in; nothing runs yet, but connections of channels begin. */
export function makeDesk(config: Config, parts: Parts): { readonly desk: Desk; readonly connection: Connection } {
  const { clock, log } = parts;
  const connection = connect(databaseUrl(config, parts.dataDir), {
    onTrouble: (reason) => log.warn({ reason }, "the database connection broke"),
  });
  const components = byId(config.components.map(component));
  const people: ReadonlyMap<PersonId, Person> = byId(
    config.people.map((person) => ({ id: person.id, name: person.name, ...given("irc", person.irc) })),
  );
  const nameOf = (id: PersonId, on: string): string =>
    (on === "irc" ? people.get(id)?.irc?.account : undefined) ?? people.get(id)?.name ?? id;
  const roles: readonly Role[] = config.roles.map((role) => ({
    id: role.id,
    name: role.name ?? role.id,
    people: role.people,
  }));
  const madeSources = config.sources.flatMap((entry): readonly DeskSource[] => {
    const provider = sources[entry.type];
    return provider === undefined
      ? []
      : [
          {
            id: entry.id,
            type: entry.type,
            source: provider.make(entry, { clock, log, components: [...components.values()] }),
          },
        ];
  });
  const { automatic_notice: notice, automatic_resolve: resolve, update_every } = config.publish;
  const desk: Desk = {
    db: connection.db,
    clock,
    log,
    bell: makeBell(),
    owner: randomUUID(),
    site: {
      name: config.site.name,
      url: config.site.url,
      timeZone: config.site.time_zone,
      language: config.site.language,
      demo: parts.demo,
      code: statuspageCode("page", config.site.name),
    },
    components,
    people,
    roles: byId(roles),
    channels: parts.idle === true ? idleChannels(config) : makeChannels(config, { clock, log, nameOf }),
    sources: byId(madeSources),
    targets: makeTargets(config, { clock, log }),
    promises: {
      updateEvery: update_every,
      ...(notice === undefined
        ? {}
        : { automaticNotice: { afterMs: notice.after, afterAckMs: notice.after_ack, ...given("from", notice.from) } }),
      ...(resolve === undefined ? {} : { automaticResolve: { afterMs: resolve.after } }),
    },
    meter: parts.meter,
  };
  return { desk, connection };
}
