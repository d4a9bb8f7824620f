// The outage desk: all that the verbs of the engine stand on. Made in app/, handed to every verb as its first parameter.
import type { JobFigures, Source } from "../alerts/source.ts";
import type { Component } from "../components/component.ts";
import type { Dependencies } from "../components/depends.ts";
import type { ChannelId, ComponentId, PersonId, RoleId, SourceId, TargetId } from "../config/names.ts";
import type { Db, Tx } from "../db/schema.ts";
import type { Channel } from "../delivery/channel.ts";
import type { Publisher } from "../delivery/publisher.ts";
import type { Template } from "../incidents/template.ts";
import type { Route } from "../incidents/route.ts";
import type { Bell } from "../lib/bell.ts";
import type { Clock } from "../lib/clock.ts";
import type { Log } from "../lib/log.ts";
import type { Announce } from "../maintenance/announcing.ts";
import type { SampleBuffer } from "../monitors/sample-buffer.ts";
import type { Person, Role } from "../oncall/role.ts";
import type { Copies } from "./copies.ts";
import type { IntakeLimits } from "./gate.ts";
import type { Retention } from "./prune.ts";
import type { IncidentView } from "../status/incident-view.ts";
import type { Site } from "../status/read-site.ts";
import type { PublicPage } from "../status/public-page.ts";
import type { PublicSite } from "../status/snapshot.ts";
import type { SubscriberKind } from "../subscribers/subscriber.ts";

export type DeskChannel = {
  readonly id: ChannelId;
  readonly type: string;
  readonly audience: "team" | "users";
  /** What its readers may know, when they are users. */
  readonly page: PublicPage;
  readonly channel: Channel;
};
export type DeskSource = { readonly id: SourceId; readonly type: string; readonly source: Source };
export type DeskTarget = {
  readonly id: TargetId;
  readonly type: string;
  readonly everyMs: number;
  /** How long its host may take to show what it was given. */
  readonly settleMs: number;
  readonly publicUrl?: string;
  /** What it mirrors. */
  readonly page: PublicPage;
  readonly publisher: Publisher<Site>;
};

/** What shows each published incident by itself. */
export type DeskIncidentTarget = {
  readonly id: TargetId;
  readonly type: string;
  /** Whose incidents it shows. */
  readonly page: PublicPage;
  readonly publisher: Publisher<IncidentView>;
};

export type Promises = {
  /** How long users' messages wait, so that they can be taken back; absent: not at all. */
  readonly undoMs?: number;
  /** How long until users are told without a human; absent: never. */
  readonly automaticNotice?: {
    readonly afterMs: number;
    readonly afterAckMs: number;
    readonly from?: readonly SourceId[];
  };
  readonly automaticResolve?: { readonly afterMs: number };
  /** The next update that is promised when nobody promises another, by severity. */
  readonly updateEvery: { readonly minor: number; readonly major: number; readonly critical: number };
  readonly maintenance: {
    /** How long before its start users are told. */
    readonly announce: Announce;
    /** How long after its end its alerts stay quiet until its monitors are green; 0: it is not verified. */
    readonly verifyMs: number;
  };
};

/** How readers of the page may have themselves told. */
export type Subscriptions = {
  readonly kinds: readonly SubscriberKind[];
  readonly most: number;
  /** Networks inside that their webhooks may lead to. */
  readonly inside: readonly string[];
  readonly secret?: string;
};

export type Desk = {
  readonly db: Db;
  readonly clock: Clock;
  readonly log: Log;
  /** Rung after each commit that makes work for a loop, or that the page may show. */
  readonly bell: Bell;
  /** Rung when something waits in the inbox: that concerns the intake alone. */
  readonly arrivals: Bell;
  /** This process; in the engine its term, in claims and in the lease. */
  readonly owner: string;
  /** In the engine: throws, in the transaction, when another replica may have taken over. */
  readonly fence?: (tx: Tx) => Promise<void>;
  /** In the engine: the same, asked right before anything leaves. */
  readonly held?: () => boolean;
  /** In the engine: what monitors see, until it is written. */
  readonly samples?: SampleBuffer;
  /** In the engine: what was written to each mirror lately. */
  readonly copies?: Copies;
  /** Of the main page. */
  readonly site: PublicSite;
  /** The main page first. */
  readonly pages: readonly [PublicPage, ...PublicPage[]];
  readonly components: ReadonlyMap<ComponentId, Component>;
  readonly people: ReadonlyMap<PersonId, Person>;
  readonly roles: ReadonlyMap<RoleId, Role>;
  readonly channels: ReadonlyMap<ChannelId, DeskChannel>;
  readonly sources: ReadonlyMap<SourceId, DeskSource>;
  readonly targets: ReadonlyMap<TargetId, DeskTarget>;
  readonly incidentTargets: ReadonlyMap<TargetId, DeskIncidentTarget>;
  /** In the order of the config; the first that matches counts. */
  readonly routes: readonly Route[];
  readonly depends: Dependencies;
  readonly promises: Promises;
  /** Notices written beforehand, in the order of the config. */
  readonly templates: readonly Template[];
  readonly limits: IntakeLimits;
  readonly retention: Retention;
  /** Absent: nobody may subscribe. */
  readonly subscriptions?: Subscriptions;
  /** Addresses outside: when they do not answer and no probe reaches anything, Tocsin is cut off itself. */
  readonly networkCheck?: readonly string[];
  /** A service elsewhere that hears from us as long as all is well. */
  readonly deadMansSwitch?: { readonly url: string; readonly everyMs: number };
  /** Counts for /metrics. */
  readonly meter: Meter;
};

export type Meter = {
  alertTaken(source: string, outcome: string): void;
  jobsFinished(type: string, result: string, count: number): void;
  jobsSeen(source: string, figures: JobFigures): void;
  attempted(target: string, outcome: string, tookMs: number): void;
  looked(source: string, outcome: "ok" | "failed", tookMs: number): void;
  refused(source: string, reason: string): void;
  /** So many webhooks were taken in at once; the oldest of them had waited so long. */
  tookIn(webhooks: number, waitedMs: number): void;
};
