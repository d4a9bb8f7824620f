// The feeds and the calendar of a site: what they tell lies in the past, so it is read when they are asked for.
import { inTongueOf } from "./tongue.ts";
import { stampOf } from "../lib/codes.ts";
import type { Instant } from "../lib/clock.ts";
import type { PublicIndexEntry } from "../incidents/clocks.ts";
import { makeFeed } from "./feed.ts";
import { renderFeed } from "./feed-forms.ts";
import { renderCalendar } from "./maintenance-calendar.ts";
import type { History, Planned } from "./read-site.ts";
import { calendarPath, feedForms, feedPathOf, type Wanted } from "./site-paths.ts";
import type { PublicComponent, PublicIncident, PublicMaintenance, PublicSnapshot } from "./snapshot.ts";

/** Of the whole feed, and of each component's own. */
const feedReads = 50;
/** Among so many that changed last, a component looks for its own. */
const componentReads = 200;

type Made = { readonly body: string; readonly changedAt: Instant };

export type Feeds = {
  file(wanted: Wanted & { readonly kind: "feed" | "calendar" }): Promise<Made | undefined>;
  plan(): Promise<readonly Planned[]>;
};

/** What the site has read already, and shares. */
export type SiteReads = {
  readonly indexed: () => Promise<readonly PublicIndexEntry[]>;
  readonly windowed: () => Promise<readonly PublicMaintenance[]>;
  /** Another one when what every page shows is another. */
  readonly framed: string;
};

const newestFirst = (windows: readonly PublicMaintenance[]): readonly PublicMaintenance[] =>
  windows.toSorted((a, b) => b.updatedAt - a.updatedAt).slice(0, feedReads);

/** Another one when anything was said or changed of it. */
const markOf = ({ code, updatedAt, state }: PublicMaintenance): string => `${code}.${updatedAt}.${state}`;

const hits = (incident: PublicIncident, { id }: PublicComponent): boolean => Object.hasOwn(incident.impact, id);

export function feedsOf(snapshot: PublicSnapshot, history: History, { indexed, windowed, framed }: SiteReads): Feeds {
  const { site, components, addresses, recordBegins } = snapshot;
  const frame = { site, components, addresses };
  let recent: Promise<readonly PublicIncident[]> | undefined;
  /** Without what was said. */
  const lately = (): Promise<readonly PublicIncident[]> =>
    (recent ??= history.changed(componentReads).then((numbers) => history.listed(numbers)));
  let newest: Promise<readonly PublicIncident[]> | undefined;
  const latest = (): Promise<readonly PublicIncident[]> =>
    (newest ??= history.changed(feedReads).then((numbers) => history.incidents(numbers)));

  const incidentsFor = async (component: PublicComponent | undefined): Promise<readonly PublicIncident[]> => {
    if (component === undefined) return latest();
    const own = (await lately()).filter((incident) => hits(incident, component));
    return own.length === 0 ? [] : history.incidents(own.slice(0, feedReads).map(({ number }) => number));
  };

  const windowsFor = async (component: PublicComponent | undefined): Promise<readonly PublicMaintenance[]> => {
    const all = await windowed();
    return newestFirst(
      component === undefined ? all : all.filter((window) => window.components.includes(component.id)),
    );
  };

  const plan = async (): Promise<readonly Planned[]> => {
    const { epoch, seq } = snapshot.sequence;
    const windows = await windowed();
    const of = await lately();
    const numbers = new Set(of.map(({ number }) => number));
    const versions = new Map<number, number>();
    for (const { number, version } of await indexed()) if (numbers.has(number)) versions.set(number, version);
    const owned = components.flatMap((component) => {
      const own = of
        .filter((incident) => hits(incident, component))
        .map(({ number }) => `${number}.${versions.get(number)}`);
      const planned = windows.filter((window) => window.components.includes(component.id)).map(markOf);
      const stamp = stampOf([framed, ...own, ...planned].join(" "));
      return feedForms.map((form) => ({ path: feedPathOf(form, component.id), stamp }));
    });
    const whole = `${framed}.${epoch}.${seq}`;
    return [
      ...feedForms.map((form) => ({ path: feedPathOf(form), stamp: whole })),
      ...owned,
      { path: calendarPath, stamp: stampOf([framed, ...windows.map(markOf)].join(" ")) },
    ];
  };

  return {
    plan,
    async file(wanted) {
      if (wanted.kind === "calendar") {
        const windows = await windowed();
        const changedAt = Math.max(recordBegins, ...windows.map(({ updatedAt }) => updatedAt));
        return { body: inTongueOf(site, () => renderCalendar(windows, frame)), changedAt };
      }
      const component = components.find(({ id }) => id === wanted.component);
      if (wanted.component !== undefined && component === undefined) return undefined;
      const incidents = await incidentsFor(component);
      const windows = await windowsFor(component);
      const changed = [...incidents, ...windows].map(({ updatedAt }) => updatedAt);
      const body = inTongueOf(site, () =>
        renderFeed(makeFeed(incidents, windows, frame, recordBegins, component), wanted.form),
      );
      return { body, changedAt: Math.max(recordBegins, ...changed) };
    },
  };
}
