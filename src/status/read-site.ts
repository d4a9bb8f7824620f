// Every file of the site, each read when it is asked for: the live server asks for one, a mirror for what has changed.
import { inTongueOf, t } from "./tongue.ts";
import { monthLabel } from "../lib/zones.ts";
import type { Shown } from "../components/shown-components.ts";
import type { Reader } from "../db/schema.ts";
import { readAdoptions } from "../incidents/adoption-store.ts";
import type { PublicIndexEntry } from "../incidents/clocks.ts";
import { lastPublicChanges, publicIncidentsOf, publicIndex, readTimelines } from "../incidents/incident-store.ts";
import type { Instant } from "../lib/clock.ts";
import { listMaintenances } from "../maintenance/maintenance-store.ts";
import { stampOf } from "../lib/codes.ts";
import { renderBadge } from "./badge.ts";
import { entriesOn, monthsOf, pagesOf, windowsOn, type MonthOfIncidents } from "./history.ts";
import { renderComponent } from "./page/component.ts";
import { asCopy } from "./page/copy.ts";
import { renderHistory, renderMonth, type MonthShown, type Neighbour } from "./page/history.ts";
import { renderIncident } from "./page/incident.ts";
import { renderMoved } from "./page/moved.ts";
import { renderMaintenance } from "./page/maintenance.ts";
import { publicIncident } from "./public-incident.ts";
import { isCurrent, publicMaintenance } from "./public-maintenance.ts";
import { feedsOf } from "./read-feeds.ts";
import { redirectFile } from "./old-paths.ts";
import { renderRedirect } from "./page/redirect.ts";
import { listRedirects, type Redirect } from "./redirect-store.ts";
import { contentTypeOf, renderFixed } from "./site.ts";
import {
  badgePath,
  componentPath,
  fixedPaths,
  historyPath,
  incidentPath,
  maintenancePath,
  monthPath,
  pathOf,
  wantedAt,
  type Wanted,
} from "./site-paths.ts";
import type { PublicComponent, PublicIncident, PublicMaintenance, PublicSnapshot } from "./snapshot.ts";
import { mostIncidents } from "./statuspage-json.ts";

/** Where the past is read from. */
export type History = {
  /** Newest first. */
  index(): Promise<readonly PublicIndexEntry[]>;
  /** Newest first; of a number that the public may not know of, nothing. */
  incidents(numbers: readonly number[]): Promise<readonly PublicIncident[]>;
  /** The same without what was said: all that a list shows. */
  listed(numbers: readonly number[]): Promise<readonly PublicIncident[]>;
  /** Those to which something happened last. */
  changed(limit: number): Promise<readonly number[]>;
  /** What watchers opened, below zero, and the number that it has now. */
  adopted(): Promise<readonly { readonly watched: number; readonly number: number }[]>;
  /** Every window that there ever was, by the clock at `now`. */
  windows(zone: string, now: Instant): Promise<readonly PublicMaintenance[]>;
  /** Where the pages of a past that was brought in could be read before. */
  redirects(): Promise<readonly Redirect[]>;
};

/** As a page that shows these components may know it. */
export function historyIn(db: Reader, shown: Shown): History {
  return {
    index: () => publicIndex(db, shown),
    adopted: async () =>
      (await readAdoptions(db)).map(({ id, incident }) => ({ watched: -Number(id.slice(2)), number: incident })),
    changed: (limit) => lastPublicChanges(db, shown, limit),
    redirects: () => listRedirects(db),
    windows: async (zone, now) =>
      (await listMaintenances(db, { limit: mostWindows, shown })).map((window) =>
        publicMaintenance(window, zone, now, shown),
      ),
    listed: async (numbers) =>
      (await publicIncidentsOf(db, shown, numbers)).map(({ incident, code }) =>
        publicIncident(incident, code, [], shown),
      ),
    async incidents(numbers) {
      const found = await publicIncidentsOf(db, shown, numbers);
      const timelines = await readTimelines(
        db,
        found.map(({ incident }) => incident.number),
      );
      return found.map(({ incident, code }) =>
        publicIncident(incident, code, timelines.get(incident.number) ?? [], shown),
      );
    },
  };
}

export type SiteFile = {
  readonly path: string;
  readonly body: string;
  readonly contentType: string;
  /** Its bytes depend on when they were made. */
  readonly aging: boolean;
  /** When what it shows was last another, where that is known. */
  readonly changedAt?: Instant;
};

/** A file, and a stamp that is another whenever its bytes may be; without one it is made anew each time. */
export type Planned = { readonly path: string; readonly stamp?: string };

export type Site = {
  readonly snapshot: PublicSnapshot;
  /** The file that a request path asks for: `""` is the home page, `incidents/7` is `incidents/7.html`. `now`: when it is read. */
  file(path: string, now?: Instant): Promise<SiteFile | undefined>;
  /** Every file of the site, `state.json` last. */
  plan(): Promise<readonly Planned[]>;
  /** Many of them, read in batches. */
  files(paths: readonly string[]): AsyncIterable<readonly SiteFile[]>;
};

/** One a day for a quarter of a century. */
const mostWindows = 10_000;
const latestMonths = 3;
const batch = 100;

/** `served`: our own server answers. A copy has nobody who answers the search or `/affected`, and must tell its age by itself. */
export function siteOf(snapshot: PublicSnapshot, history: History, served: boolean): Site {
  const { site, components, addresses, generatedAt } = snapshot;
  const live = served ? snapshot.sequence : undefined;
  const frame = { site, components, addresses };
  // What every page shows besides its own: a renamed component changes them all.
  const framed = stampOf(JSON.stringify([site, addresses, components.map(({ id, name }) => [id, name])]));
  let index: Promise<readonly PublicIndexEntry[]> | undefined;
  let months: Promise<readonly MonthOfIncidents[]> | undefined;
  const indexed = (): Promise<readonly PublicIndexEntry[]> => (index ??= history.index());
  let windows: Promise<readonly PublicMaintenance[]> | undefined;
  const windowed = (): Promise<readonly PublicMaintenance[]> =>
    (windows ??= history.windows(site.timeZone, generatedAt));
  let moved: Promise<ReadonlyMap<string, string>> | undefined;
  const redirected = (): Promise<ReadonlyMap<string, string>> =>
    (moved ??= Promise.all([history.redirects(), indexed(), windowed()]).then(([all, incidents, planned]) => {
      const shown = { incident: numbersOf(incidents), maintenance: numbersOf(planned) };
      const known = all.filter(({ kind, number }) => shown[kind].has(number));
      return new Map(known.map((each) => [redirectFile(each.path), targetOf(each)]));
    }));
  const listed = (): Promise<readonly MonthOfIncidents[]> =>
    (months ??= Promise.all([indexed(), windowed()]).then(([all, planned]) =>
      monthsOf(all, planned, site.timeZone, generatedAt),
    ));

  const say = <T>(render: () => T): T => inTongueOf(site, render);
  const feeds = feedsOf(snapshot, history, { indexed, windowed, framed });

  const file = (wanted: Wanted, made: string, aging = false, changedAt?: Instant): SiteFile => {
    const path = pathOf(wanted);
    const page = served || !path.endsWith(".html") ? made : say(() => asCopy(made, path, snapshot, aging));
    return {
      path,
      body: page,
      contentType: contentTypeOf(path),
      aging,
      ...(changedAt === undefined ? {} : { changedAt }),
    };
  };

  const incidentFile = (incident: PublicIncident): SiteFile => {
    const open = incident.phase !== "resolved";
    const body = say(() => renderIncident(incident, snapshot, open, live));
    return file({ kind: "incident", number: incident.number }, body, open, incident.updatedAt);
  };

  const shown = async (month: MonthOfIncidents, page: number): Promise<MonthShown> => ({
    ...month,
    incidents: await history.listed(entriesOn(month, page).map((entry) => entry.number)),
    windows: windowsOn(month, page),
    pages: pagesOf(month),
  });

  const outagesOf = ({ id }: PublicComponent): readonly number[] => [
    ...new Set(snapshot.days?.of.get(id)?.days.flatMap((one) => one.incidents)),
  ];

  /** All that its page is made of. */
  const stampOfComponent = async (component: PublicComponent): Promise<string> => {
    const { id } = component;
    const numbers = new Set(outagesOf(component));
    const past = (await indexed()).filter(({ number }) => numbers.has(number));
    const now = snapshot.open.filter(({ impact }) => Object.hasOwn(impact, id)).map(({ number, updatedAt }) => [number, updatedAt]); // prettier-ignore
    const windows = snapshot.maintenance.filter((one) => one.components.includes(id));
    const today = snapshot.days?.calendar.at(-1)?.date;
    const charts = snapshot.charts?.of.has(id) === true ? [snapshot.charts.to, snapshot.charts.of.get(id)] : [];
    return stampOf(JSON.stringify([framed, component, past, now, windows, snapshot.days?.of.get(id), today, charts]));
  };

  const monthFile = async (wanted: Wanted & { kind: "month" }): Promise<SiteFile | undefined> => {
    const all = await listed();
    const at = all.findIndex(({ month }) => month === wanted.month);
    const month = all[at];
    if (month === undefined || wanted.page > pagesOf(month)) return undefined;
    const monthly = { ...(await shown(month, wanted.page)), page: wanted.page };
    const body = say(() => renderMonth(monthly, frame, besideOf(all, at, wanted.page)));
    return file(wanted, body);
  };

  const movedFile = async (wanted: Wanted & { kind: "incident" | "maintenance" }): Promise<SiteFile | undefined> => {
    const now = (await history.adopted()).find(({ watched }) => watched === wanted.number);
    return (
      now &&
      file(
        wanted,
        say(() => renderMoved(frame, now.number)),
      )
    );
  };

  const one = async (wanted: Wanted, now = generatedAt): Promise<SiteFile | undefined> => {
    switch (wanted.kind) {
      case "fixed": {
        const newest =
          wanted.file === "api/v2/incidents.json"
            ? await history.incidents((await indexed()).slice(0, mostIncidents).map((entry) => entry.number))
            : [];
        const windows = wanted.file === "api/v2/scheduled-maintenances.json" ? await windowed() : [];
        const body = say(() => renderFixed(snapshot, wanted.file, { newest, windows, live, now }));
        return body === undefined ? undefined : file(wanted, body, true);
      }
      case "badge": {
        const { component } = wanted;
        const body = say(() => renderBadge(snapshot, component));
        return body === undefined ? undefined : file(wanted, body, true);
      }
      case "incident": {
        const known = [...snapshot.open, ...snapshot.past].find(({ number }) => number === wanted.number);
        if (known === undefined && wanted.number < 0) return movedFile(wanted);
        const incident = known ?? (await history.incidents([wanted.number]))[0];
        return incident && incidentFile(incident);
      }
      case "component": {
        const component = components.find(({ id }) => id === wanted.id);
        if (component === undefined) return undefined;
        const incidents = await history.listed(outagesOf(component));
        return file(
          wanted,
          say(() => renderComponent(component, snapshot, incidents, live)),
          served,
        );
      }
      case "maintenance": {
        const known = snapshot.maintenance.find(({ number }) => number === wanted.number);
        const window = known ?? (await windowed()).find(({ number }) => number === wanted.number);
        return (
          window &&
          file(
            wanted,
            say(() => renderMaintenance(window, snapshot, live)),
            isCurrent(window),
            window.updatedAt,
          )
        );
      }
      case "month":
        return monthFile(wanted);
      case "history": {
        const all = await listed();
        const latest = await Promise.all(all.slice(0, latestMonths).map((month) => shown(month, 1)));
        const counted = all.filter((month) => month.entries.length + month.windows.length > 0);
        const names = counted.map(({ month, entries }) => ({ month, count: entries.length }));
        return file(
          wanted,
          say(() => renderHistory(latest, names, frame, served)),
        );
      }
      case "feed":
      case "calendar": {
        const made = await feeds.file(wanted);
        return made && file(wanted, made.body, false, made.changedAt);
      }
    }
  };

  const planned = async (): Promise<readonly Planned[]> => {
    const all = await listed();
    const stamped = (entries: readonly PublicIndexEntry[], ...more: readonly string[]): string =>
      stampOf([framed, ...more, ...entries.map(({ number, version }) => `${number}.${version}`)].join(" "));
    const monthly = all.flatMap((month, at) =>
      Array.from({ length: pagesOf(month) }, (_, i) => {
        const beside = say(() => JSON.stringify([besideOf(all, at, i + 1), pagesOf(month), windowsOn(month, i + 1)]));
        return { path: monthPath(month.month, i + 1), stamp: stamped(entriesOn(month, i + 1), beside) };
      }),
    );
    const counts = all.map(({ month, entries, windows: over }) => `${month}:${entries.length}:${over.length}`);
    const newest = all.slice(0, latestMonths);
    const latest = newest.flatMap((month) => entriesOn(month, 1));
    const planned = JSON.stringify(newest.map((month) => windowsOn(month, 1)));
    return [
      ...(await indexed()).map(({ number, version, endedAt }) => {
        const path = incidentPath(number);
        return endedAt === undefined ? { path } : { path, stamp: `${framed}.${version}` };
      }),
      ...(await Promise.all(
        components.map(async (one) => ({ path: componentPath(one.id), stamp: await stampOfComponent(one) })),
      )),
      ...(await history.adopted()).map(({ watched, number }) => ({
        path: incidentPath(watched),
        stamp: `${framed}.${number}`,
      })),
      ...(await windowed()).map((window) => {
        const path = maintenancePath(window.number);
        const stamp = `${framed}.${stampOf(JSON.stringify(window))}`;
        return isCurrent(window) ? { path } : { path, stamp };
      }),
      ...monthly,
      { path: historyPath, stamp: stamped(latest, planned, ...counts) },
      ...(await feeds.plan()),
      { path: badgePath() },
      ...components.map(({ id, status }) => ({ path: badgePath(id), stamp: `${framed}.${status}` })),
      ...[...(await redirected())].map(([path, to]) => ({ path, stamp: to })),
      ...fixedPaths.map((path) => ({ path })),
    ];
  };

  const movedFrom = async (path: string): Promise<SiteFile | undefined> => {
    const to = (await redirected()).get(path);
    return to === undefined
      ? undefined
      : { path, body: say(() => renderRedirect(path, to)), contentType: contentTypeOf("index.html"), aging: false };
  };

  async function* many(paths: readonly string[]): AsyncIterable<readonly SiteFile[]> {
    const wanted = paths.flatMap((path) => wantedAt(path) ?? []);
    const numbers = wanted.flatMap((each) => (each.kind === "incident" && each.number > 0 ? [each.number] : []));
    for (let from = 0; from < numbers.length; from += batch)
      yield (await history.incidents(numbers.slice(from, from + batch))).map(incidentFile);
    for (const each of wanted) {
      const made = each.kind === "incident" && each.number > 0 ? undefined : await one(each);
      if (made !== undefined) yield [made];
    }
    for (const path of paths) {
      const made = wantedAt(path) === undefined ? await movedFrom(path) : undefined;
      if (made !== undefined) yield [made];
    }
  }

  return {
    snapshot,
    file: async (path, now) => {
      const wanted = wantedAt(path);
      return wanted === undefined ? movedFrom(path) : one(wanted, now);
    },
    plan: planned,
    files: many,
  };
}

const numbersOf = (all: readonly { readonly number: number }[]): ReadonlySet<number> => new Set(all.map((one) => one.number)); // prettier-ignore

/** The page that an old address leads on to. */
function targetOf({ kind, number }: Redirect): string {
  return kind === "incident" ? incidentPath(number) : maintenancePath(number);
}

/** The pages before and after, over the edges of a month. */
function besideOf(
  all: readonly MonthOfIncidents[],
  at: number,
  page: number,
): { readonly newer?: Neighbour; readonly older?: Neighbour } {
  const month = all[at];
  const [newerMonth, olderMonth] = [all[at - 1], all[at + 1]];
  if (month === undefined) return {};
  const link = (to: MonthOfIncidents, number: number): Neighbour => ({
    path: monthPath(to.month, number),
    label: to === month ? t("page {0}", number) : monthLabel(to),
  });
  const newer = page > 1 ? link(month, page - 1) : newerMonth && link(newerMonth, pagesOf(newerMonth));
  const older = page < pagesOf(month) ? link(month, page + 1) : olderMonth && link(olderMonth, 1);
  return { ...(newer === undefined ? {} : { newer }), ...(older === undefined ? {} : { older }) };
}
