// All that the public may know, as one object. The live page, the mirrors, the feeds and the JSON are made of it.
import type { Severity, ComponentStatus, PublicStatus } from "../components/status.ts";
import type { ComponentId } from "../config/names.ts";
import type { Clocks, Phase, Saying } from "../incidents/clocks.ts";
import type { Figures } from "../config/plug-ins.ts";
import type { Palette } from "../config/palette.ts";
import type { fieldWords, Notice } from "../incidents/notice.ts";
import type { Instant } from "../lib/clock.ts";
import type { Sequence } from "../lib/sequence.ts";
import type { Day } from "../lib/zones.ts";
import type { SignedIncident } from "./copy-state.ts";
import type { MaintenanceState } from "../maintenance/maintenance.ts";
import type { DayRecord } from "./day-record.ts";

export type PublicComponent = {
  readonly id: ComponentId;
  /** Statuspage's 12 characters. */
  readonly code: string;
  readonly name: string;
  readonly group?: string;
  readonly description?: string;
  readonly status: PublicStatus;
  /** When it was first known here, for Statuspage's `created_at`. */
  readonly createdAt: Instant;
  /** When its status last changed in public. */
  readonly updatedAt: Instant;
};

/** A text that users read until `until`. */
export type OldText = { readonly text: string; readonly until: Instant };

/** A change of what was public already, and what users read before it; `was` is plain or Markdown, and untrusted. */
export type PublicEdit = {
  readonly at: Instant;
  readonly changes: readonly { readonly field: keyof typeof fieldWords; readonly was: EditedValue }[];
};
export type EditedValue =
  { readonly texts: readonly string[] } | { readonly time: Instant } | { readonly impact: PublicIncident["impact"] };

export type PublicUpdate = {
  /** Counts from 1, the oldest: how `incident edit N --update K` calls it. */
  readonly number: number;
  /** Stable 12 characters; the anchor is `#update-CODE`. */
  readonly code: string;
  readonly at: Instant;
  readonly phase: Saying;
  /** Markdown of a human or of Tocsin; untrusted. */
  readonly text: string;
  /** Written by Tocsin itself. */
  readonly automatic: boolean;
  /** What it said before it was changed, oldest first. */
  readonly before?: readonly OldText[];
};

export type PublicIncident = {
  /** Below zero: a watcher opened it while the origin was silent (`incidentName`). */
  readonly number: number;
  readonly code: string;
  readonly impact: Readonly<Record<ComponentId, ComponentStatus>>;
  readonly severity: Severity;
  readonly phase: Phase;
  readonly backlog: boolean;
  readonly notice: Notice;
  readonly clocks: Clocks;
  /** Published by Tocsin and not yet taken over by a human. */
  readonly automatic: boolean;
  /** Told on another status page first, of this software: who knew what when is not on record. */
  readonly imported?: string;
  /** It was wrong: shown in the past with its correction. */
  readonly withdrawn?: { readonly at: Instant; readonly correction: string };
  /** Newest first. */
  readonly updates: readonly PublicUpdate[];
  /** Changes of the notice since it was published, oldest first. */
  readonly edits: readonly PublicEdit[];
  readonly updatedAt: Instant;
};

export type PublicMaintenanceUpdate = Pick<PublicUpdate, "code" | "at" | "text" | "automatic"> & {
  readonly state: MaintenanceState;
};

/**
 * A window by the clock of the snapshot; its times are with it, so that a reader can tell by their own. One without
 * components is a notice, such as "the team is on holiday": pinned to the top of the page until it ends.
 */
export type PublicMaintenance = {
  readonly number: number;
  readonly code: string;
  readonly title: string;
  /** Untrusted Markdown. */
  readonly text?: string;
  readonly components: readonly ComponentId[];
  readonly state: MaintenanceState;
  readonly scheduledStart: Instant;
  readonly scheduledEnd: Instant;
  /** At its planned end it is `verifying`, until monitors are green, and not over. */
  readonly verifies?: true;
  /** It is one of several that repeat. `words`: how often, for a sentence. */
  readonly series?: { readonly number: number; readonly words: string };
  readonly plannedAt: Instant;
  readonly endedAt?: Instant;
  /** Newest first. */
  readonly updates: readonly PublicMaintenanceUpdate[];
  readonly updatedAt: Instant;
};

export type SiteLink = { readonly name: string; readonly url: string };

/** What the operator made of the look of the page. */
export type SiteLook = {
  /** A picture, as a data: address. */
  readonly logo?: string;
  readonly colours?: { readonly light: Partial<Palette>; readonly dark: Partial<Palette> };
  readonly header: readonly SiteLink[];
  readonly footer: readonly SiteLink[];
};

export type PublicSite = {
  readonly name: string;
  /** Where this page lives, without a slash at the end; links in feeds and messages are made of it. */
  readonly url: string;
  readonly timeZone: string;
  readonly language: string;
  /** Demo data: said on every page. */
  readonly demo: boolean;
  readonly code: string;
  readonly look?: SiteLook;
  /** Where readers have themselves told; absent: nowhere. */
  readonly subscribe?: string;
};

/** The last ninety days, oldest first, and what each was to each component. */
export type DaysOfAll = {
  readonly calendar: readonly Day[];
  readonly of: ReadonlyMap<ComponentId, DayRecord>;
};

/** The figures of one source, as far as they are known: the start of each step, in order, and its milliseconds or percent. */
export type PublicChart = {
  readonly shows: Figures;
  readonly points: readonly { readonly at: Instant; readonly value: number }[];
};

/** What the pages of components draw, all of one span. */
export type ChartsOfAll = {
  readonly from: Instant;
  readonly to: Instant;
  readonly stepMs: number;
  readonly of: ReadonlyMap<ComponentId, readonly PublicChart[]>;
};

/** A watcher speaks while the origin is silent. */
export type StandIn = {
  readonly writer: string;
  /** Until when it has the mirror for itself. */
  readonly leaseUntil: Instant;
  /** The incident that it opened, as it hands it over. */
  readonly watched: SignedIncident;
};

export type PublicSnapshot = {
  readonly site: PublicSite;
  readonly sequence: Sequence;
  readonly generatedAt: Instant;
  readonly validUntil: Instant;
  /** Every address of this page, the origin first. */
  readonly addresses: readonly string[];
  /** Of mirrors that do not show what the record says: for how long, by the last look, in milliseconds. */
  readonly behind?: Readonly<Record<string, number>>;
  readonly components: readonly PublicComponent[];
  /** Newest first. */
  readonly open: readonly PublicIncident[];
  /** Those that ended or were withdrawn in the last fourteen days, newest first. The rest is the history's. */
  readonly past: readonly PublicIncident[];
  /** The next to begin first: running, then planned, then those that ended in the last fourteen days. */
  readonly maintenance: readonly PublicMaintenance[];
  /** Before that, nobody can say that there was no outage. */
  readonly recordBegins: Instant;
  /** Absent where nobody shows them. */
  readonly days?: DaysOfAll;
  /** Absent where the config asks for none. */
  readonly charts?: ChartsOfAll;
  readonly standIn?: StandIn;
};

/** What every page needs besides what it is about. */
export type Frame = Pick<PublicSnapshot, "site" | "components" | "addresses">;
