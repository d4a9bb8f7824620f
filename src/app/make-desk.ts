// From a checked config to a desk: every plug-in made, every list a map.
import { randomUUID } from "node:crypto";
import { join } from "node:path";
import { idleChannel } from "../channels/idle.ts";
import { channels } from "../channels/registry.ts";
import type { Matcher } from "../alerts/labels.ts";
import type { Component } from "../components/component.ts";
import { dependenciesOf } from "../components/depends.ts";
import type { Config } from "../config/load.ts";
import { at } from "../config/mistakes.ts";
import type { PageId, PersonId } from "../config/names.ts";
import { connect, type Connection } from "../db/connect.ts";
import type { ChannelContext } from "../delivery/channel.ts";
import type {
  Desk,
  DeskChannel,
  DeskIncidentTarget,
  DeskSource,
  DeskTarget,
  Meter,
  Subscriptions,
} from "../engine/desk.ts";
import { makeBell, type Bell } from "../lib/bell.ts";
import type { Clock } from "../lib/clock.ts";
import { minute } from "../lib/clock.ts";
import { present } from "../lib/records.ts";
import { statuspageCode } from "../lib/codes.ts";
import type { Template } from "../incidents/template.ts";
import type { Route } from "../incidents/route.ts";
import type { Log } from "../lib/log.ts";
import type { Person, Role } from "../oncall/role.ts";
import { incidentPublishers, publishers } from "../publishers/registry.ts";
import { sources } from "../sources/registry.ts";
import type { PublicPage } from "../status/public-page.ts";
import type { SiteLook } from "../status/snapshot.ts";
import { subscriberKinds } from "../subscribers/subscriber.ts";
import type { Staying } from "./unchanged.ts";

type Parts = {
  readonly clock: Clock;
  readonly log: Log;
  readonly meter: Meter;
  readonly dataDir: string;
  readonly demo: boolean;
  /** Channels are only names, and connect to nothing. */
  readonly idle?: boolean;
};

/** What every desk of this process stands on, however often the config changes. */
export type Ground = Parts & {
  readonly connection: Connection;
  readonly bell: Bell;
  readonly arrivals: Bell;
  readonly owner: string;
  /** Of the newest desk: channels that stay ask for names of people who came later. */
  people: ReadonlyMap<PersonId, Person>;
};

/** The desk before, and what of it goes on. */
type Before = { readonly desk: Desk; readonly staying: Staying };

function given<K extends string, V>(key: K, value: V | undefined): { readonly [P in K]?: V } {
  const out: { [P in K]?: V } = {};
  if (value !== undefined) out[key] = value;
  return out;
}

/** Which figures each source has. */
function charted(config: Config, { charts }: Config["components"][number]): Component["charts"] {
  return charts?.flatMap((source) => {
    const type = config.sources.find(({ id }) => id === source)?.type;
    const shows = type === undefined ? undefined : sources[type]?.figures;
    return shows === undefined ? [] : [{ source, shows }];
  });
}

function component(config: Config, each: Config["components"][number]): Component {
  const { notice, upstream } = each;
  return {
    id: each.id,
    name: each.name,
    ...given("group", each.group),
    ...given("description", each.description),
    ...(each.visibility === "private" ? { hidden: true } : {}),
    ...given("dependsOn", each.depends_on),
    ...given("charts", charted(config, each)),
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

function template(each: Config["templates"][number]): Template {
  const fields = {
    ...given("title", each.title),
    ...given("scope", each.scope),
    ...given("affected", each.affected),
    ...given("notAffected", each.not_affected),
    ...given("alternatives", each.alternatives),
    ...given("retrigger", each.retrigger),
    ...given(
      "links",
      each.links?.map((url) => ({ url })),
    ),
  };
  const { component: about, kind } = each.for;
  return { id: each.id, ...given("component", about), ...given("kind", kind), impact: each.impact, notice: fields };
}

/** The place in the file is what people call a route by. */
function route(each: Config["routes"][number], index: number): Route {
  const match = Object.entries(each.match).map(([name, values]): readonly Matcher[] =>
    [values]
      .flat()
      .map((value) => (value.startsWith("~") ? { name, how: "=~", value: value.slice(1) } : { name, how: "=", value })),
  );
  return {
    number: index + 1,
    match,
    opens: each.opens,
    ...given("status", each.status),
    ...given("channels", each.channels),
  };
}

function byId<T extends { readonly id: string }>(list: readonly T[]): ReadonlyMap<T["id"], T> {
  return new Map(list.map((each) => [each.id, each]));
}

type Pages = Desk["pages"];

function makePages(config: Config, demo: boolean, subscribe: boolean): Pages {
  const { name, url, time_zone: timeZone, language } = config.site;
  const look = lookOf(config.site);
  const site = { name, url, timeZone, language, demo, code: statuspageCode("page", name), look };
  const hidden = config.components.filter(({ visibility }) => visibility === "private").map(({ id }) => id);
  const more = config.pages.map((page): PublicPage => ({
    id: page.id,
    site: {
      ...site,
      ...given("language", page.language),
      name: page.name,
      url: page.url,
      code: statuspageCode("page", page.id),
    },
    shown: { only: page.components },
    ...given("token", page.token),
  }));
  const main = subscribe ? { ...site, subscribe: `${url}/subscribe` } : site;
  return [{ site: main, shown: { except: hidden } }, ...more];
}

/** The page that a channel or a target names; the main one when it names none. */
function pageNamed(pages: Pages, id: PageId | undefined): PublicPage {
  return pages.find((page) => page.id === id) ?? pages[0];
}

function idleChannels(config: Config, pages: Pages): ReadonlyMap<DeskChannel["id"], DeskChannel> {
  return byId(
    config.channels.map(({ id, type, audience, page, config: own }) => ({
      id,
      type,
      audience,
      page: pageNamed(pages, page),
      channel: idleChannel(id, type === "email" && audience === "users" && at(own, ["to"]) === undefined),
    })),
  );
}

function makeChannels(
  config: Config,
  pages: Pages,
  context: ChannelContext,
  before: Before | undefined,
): ReadonlyMap<DeskChannel["id"], DeskChannel> {
  const made = new Map<DeskChannel["id"], DeskChannel>();
  const pageOf = new Map(config.channels.map(({ id, page }) => [id, pageNamed(pages, page)]));
  for (const { id, audience } of config.channels) {
    const known = before?.staying.channels.has(id) ? before.desk.channels.get(id) : undefined;
    if (known !== undefined) made.set(id, { ...known, audience, page: pageOf.get(id) ?? pages[0] });
  }
  for (const [type, provider] of Object.entries(channels)) {
    const entries = config.channels.filter((channel) => channel.type === type && !made.has(channel.id));
    if (entries.length === 0) continue;
    for (const [id, channel] of provider.make(entries, context)) {
      const audience = entries.find((entry) => entry.id === id)?.audience ?? "team";
      made.set(id, { id, type, audience, page: pageOf.get(id) ?? pages[0], channel });
    }
  }
  return made;
}

const usualEvery = minute;

/** What every target of the page has in common with the others. */
function targetOf(config: unknown): Pick<DeskTarget, "everyMs" | "settleMs" | "publicUrl"> {
  if (typeof config !== "object" || config === null) return { everyMs: usualEvery, settleMs: usualEvery };
  const everyMs = "every" in config && typeof config.every === "number" ? config.every : usualEvery;
  const settleMs = "settle" in config && typeof config.settle === "number" ? config.settle : usualEvery;
  return "public_url" in config && typeof config.public_url === "string"
    ? { everyMs, settleMs, publicUrl: config.public_url }
    : { everyMs, settleMs };
}

function makeTargets(
  config: Config,
  pages: Pages,
  { clock, log, dataDir }: Ground,
  before: Before | undefined,
): ReadonlyMap<DeskTarget["id"], DeskTarget> {
  return byId(
    config.publish.targets.flatMap((entry) => {
      const known = before?.staying.targets.has(entry.id) ? before.desk.targets.get(entry.id) : undefined;
      const page = pageNamed(pages, entry.page);
      if (known !== undefined) return [{ ...known, page }];
      const provider = publishers[entry.type];
      if (provider === undefined) return [];
      const publisher = provider.make(entry, { clock, log, folder: join(dataDir, "targets", entry.id) });
      return [{ id: entry.id, type: entry.type, ...targetOf(entry.config), page, publisher }];
    }),
  );
}

function makeIncidentTargets(
  config: Config,
  pages: Pages,
  { clock, log, dataDir }: Ground,
  before: Before | undefined,
): ReadonlyMap<DeskIncidentTarget["id"], DeskIncidentTarget> {
  return byId(
    config.publish.targets.flatMap((entry) => {
      const known = before?.staying.targets.has(entry.id) ? before.desk.incidentTargets.get(entry.id) : undefined;
      const page = pageNamed(pages, entry.page);
      if (known !== undefined) return [{ ...known, page }];
      const provider = incidentPublishers[entry.type];
      if (provider === undefined) return [];
      const context = { clock, log, folder: join(dataDir, "targets", entry.id), ...given("github", config.github) };
      return [{ id: entry.id, type: entry.type, page, publisher: provider.make(entry, context) }];
    }),
  );
}

function lookOf({ logo, colors, links }: Config["site"]): SiteLook {
  const { dark, ...light } = colors ?? { dark: {} };
  return {
    ...given("logo", logo),
    ...(colors === undefined ? {} : { colours: { light: present(light), dark: present(dark) } }),
    header: links.header,
    footer: links.footer,
  };
}

/** Open where mail can be sent to users, unless the config says otherwise. */
function subscriptionsOf({ channels, subscriptions }: Config): Subscriptions {
  const mail = channels.some(({ type, audience }) => type === "email" && audience === "users");
  const kinds = subscriptions.kinds ?? (mail ? subscriberKinds : []);
  return {
    kinds: kinds.filter((kind) => kind !== "email" || mail),
    most: subscriptions.most,
    inside: subscriptions.allow_private,
    ...given("secret", subscriptions.secret),
  };
}

export function databaseUrl(config: Config, dataDir: string): string {
  return config.database?.url ?? `sqlite:${join(dataDir, "tocsin.db")}`;
}

/** Opens the database. */
export function openGround(config: Config, parts: Parts): Ground {
  const connection = connect(databaseUrl(config, parts.dataDir), {
    onTrouble: (reason) => parts.log.warn({ reason }, "the database connection broke"),
  });
  return { ...parts, connection, bell: makeBell(), arrivals: makeBell(), owner: randomUUID(), people: new Map() };
}

/** Makes every plug-in, but for those that stay; nothing runs yet, but connections of channels begin. */
export function makeDesk(config: Config, ground: Ground, before?: Before): Desk {
  const { clock, log } = ground;
  const components = byId(config.components.map((each) => component(config, each)));
  const subscriptions = subscriptionsOf(config);
  const pages = makePages(config, ground.demo, subscriptions.kinds.length > 0);
  const people: ReadonlyMap<PersonId, Person> = byId(
    config.people.map((person) => ({
      id: person.id,
      name: person.name,
      ...given("irc", person.irc),
      ...given("email", person.email),
    })),
  );
  ground.people = people;
  const nameOf = (id: PersonId, on: string): string => {
    const person = ground.people.get(id);
    const there: Readonly<Record<string, string | undefined>> = { irc: person?.irc?.account, email: person?.email };
    return there[on] ?? person?.name ?? id;
  };
  const roles: readonly Role[] = config.roles.map((role) => ({
    id: role.id,
    name: role.name ?? role.id,
    people: role.people,
  }));
  const madeSources = config.sources.flatMap((entry): readonly DeskSource[] => {
    const known = before?.staying.sources.has(entry.id) ? before.desk.sources.get(entry.id) : undefined;
    if (known !== undefined) return [known];
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
  return {
    db: ground.connection.db,
    clock,
    log,
    bell: ground.bell,
    arrivals: ground.arrivals,
    owner: ground.owner,
    site: pages[0].site,
    pages,
    components,
    people,
    roles: byId(roles),
    channels:
      ground.idle === true ? idleChannels(config, pages) : makeChannels(config, pages, { clock, log, nameOf }, before),
    sources: byId(madeSources),
    targets: makeTargets(config, pages, ground, before),
    incidentTargets: makeIncidentTargets(config, pages, ground, before),
    routes: config.routes.map(route),
    depends: dependenciesOf([...components.values()]),
    promises: {
      updateEvery: update_every,
      maintenance: { announce: config.maintenance.announce, verifyMs: config.maintenance.verify },
      undoMs: config.publish.undo,
      ...(notice === undefined
        ? {}
        : { automaticNotice: { afterMs: notice.after, afterAckMs: notice.after_ack, ...given("from", notice.from) } }),
      ...(resolve === undefined ? {} : { automaticResolve: { afterMs: resolve.after } }),
    },
    templates: config.templates.map(template),
    subscriptions,
    retention: config.retention,
    networkCheck: config.server.network_check,
    limits: { waiting: config.intake.waiting, waitingBytes: config.intake.waiting_mb * 1_000_000 },
    ...given(
      "deadMansSwitch",
      config.publish.dead_mans_switch && {
        url: config.publish.dead_mans_switch.url,
        everyMs: config.publish.dead_mans_switch.every,
      },
    ),
    meter: ground.meter,
  };
}
