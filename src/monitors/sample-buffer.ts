// Samples on their way to the store: how long each held, hour by hour. What a crash takes from here counts as unknown.
import type { SourceId } from "../config/names.ts";
import { hour, minute, second, type Instant } from "../lib/clock.ts";
import { emptyHour, grown, hourOf, joined, type OpenHour } from "./packed.ts";
import type { Sample, Series, Stretch } from "./sample.ts";

/** One look of a source. */
export type Look = {
  readonly source: SourceId;
  readonly endedAt: Instant;
  /** How long until it means to look again. */
  readonly everyMs: number;
  readonly samples: readonly Sample[];
};

/** An hour of a series, whole, as it shall stand in the store. */
export type HourRow = Series & { readonly open: OpenHour };
/** An hour of a series as it stands there; without data, where it does not. */
export type KeptHour = Series & { readonly at: Instant; readonly data?: Uint8Array };

export type SampleBuffer = {
  saw(look: Look): void;
  /** A source could not look: what it saw last holds no longer. */
  blind(source: SourceId, at: Instant): void;
  /** What a source saw last of each component since this process began to look. */
  last(source: SourceId): readonly Pick<Sample, "component" | "at" | "up">[];
  /** Hours about which the store has not been asked yet: another term may have written to them. */
  unread(most: number): readonly KeptHour[];
  /** What the store has of them. */
  read(hours: readonly KeptHour[]): void;
  /** What has waited long enough to be written, or all of it; nothing that is unread. */
  due(now: Instant, most: number, all?: boolean): readonly HourRow[];
  written(rows: readonly HourRow[], now: Instant): void;
};

/** So much of what was seen may be lost by a crash. */
const heldFor = minute;
/** A loop may be so late without that nobody looked meanwhile. */
const slack = 5 * second;

type Writing = {
  open: OpenHour;
  /** The store was asked for what it had of it. */
  read: boolean;
  /** Of what is not written yet. */
  oldest: Instant | undefined;
};

type Watched = Series & {
  last: { readonly at: Instant; readonly up: boolean } | undefined;
  /** What is seen now, for as long as the next look may take. */
  holding: { readonly since: Instant; readonly up: boolean; readonly until: Instant } | undefined;
  readonly hours: Map<Instant, Writing>;
};

/** An hour's end cuts a stretch in two. */
function add(watched: Watched, stretch: Stretch): void {
  const at = hourOf(stretch.from);
  const ms = Math.min(stretch.ms, at + hour - stretch.from);
  const writing = watched.hours.get(at) ?? { open: emptyHour(at), read: false, oldest: undefined };
  watched.hours.set(at, writing);
  writing.open = grown(writing.open, { ...stretch, ms });
  writing.oldest ??= stretch.from;
  if (ms < stretch.ms) add(watched, { from: stretch.from + ms, ms: stretch.ms - ms, up: stretch.up });
}

/** What held until now is put down, as far as it held. */
function settle(watched: Watched, now: Instant): void {
  const { holding } = watched;
  if (holding === undefined) return;
  const { since, up, until } = holding;
  const end = Math.min(now, until);
  if (end > since) add(watched, { from: since, ms: end - since, up });
  watched.holding = now < until ? { since: Math.max(now, since), up, until } : undefined;
}

/** What cannot be read any more counts as unknown. */
function joinedOrNew(data: Uint8Array, open: OpenHour): OpenHour {
  try {
    return joined(data, open);
  } catch {
    return open;
  }
}

export function makeSampleBuffer(): SampleBuffer {
  const all = new Map<string, Watched>();
  const keyOf = ({ source, component }: Series): string => `${source} ${component ?? ""}`;

  function watchedOf({ source, component }: Series): Watched {
    const key = keyOf({ source, component });
    const known = all.get(key) ?? { source, component, last: undefined, holding: undefined, hours: new Map() };
    all.set(key, known);
    return known;
  }

  return {
    saw({ source, endedAt, everyMs, samples }) {
      for (const { component, at, up, tookMs, jobs } of samples) {
        const watched = watchedOf({ source, component });
        settle(watched, at);
        watched.last = { at, up };
        const since = Math.max(at, watched.holding?.since ?? at);
        const more = { ...(tookMs === undefined ? {} : { tookMs }), ...(jobs === undefined ? {} : { jobs }) };
        if (tookMs !== undefined || jobs !== undefined) add(watched, { from: since, ms: 0, up, ...more });
        watched.holding = { since, up, until: Math.max(since, endedAt) + everyMs + slack };
      }
    },
    blind(source, at) {
      for (const watched of all.values()) {
        if (watched.source !== source) continue;
        settle(watched, at);
        watched.holding = undefined;
      }
    },
    last: (source) =>
      [...all.values()].flatMap(({ source: its, component, last }) =>
        its !== source || last === undefined ? [] : [{ ...last, ...(component === undefined ? {} : { component }) }],
      ),
    unread(most) {
      const found: KeptHour[] = [];
      for (const { source, component, hours } of all.values())
        for (const [at, { read }] of hours) if (!read && found.length < most) found.push({ source, component, at });
      return found;
    },
    read(hours) {
      for (const { source, component, at, data } of hours) {
        const writing = all.get(keyOf({ source, component }))?.hours.get(at);
        if (writing === undefined || writing.read) continue;
        if (data !== undefined) writing.open = joinedOrNew(data, writing.open);
        writing.read = true;
      }
    },
    due(now, most, everything = false) {
      const isDue = (since: Instant | undefined): boolean =>
        since !== undefined && (everything || now - since >= heldFor);
      const rows: HourRow[] = [];
      for (const watched of all.values()) {
        const { source, component, hours } = watched;
        const waits = isDue(watched.holding?.since) || [...hours.values()].some(({ oldest }) => isDue(oldest));
        if (!waits) continue;
        if (rows.length >= most) break;
        settle(watched, now);
        for (const { open, read, oldest } of hours.values())
          if (read && oldest !== undefined) rows.push({ source, component, open });
      }
      return rows;
    },
    written(rows, now) {
      for (const row of rows) {
        const hours = all.get(keyOf(row))?.hours;
        const writing = hours?.get(row.open.at);
        if (writing === undefined) continue;
        // What came while it was being written waits for the next time.
        writing.oldest = writing.open === row.open ? undefined : now;
        if (writing.oldest === undefined && row.open.at + hour + heldFor < now) hours?.delete(row.open.at);
      }
    },
  };
}
