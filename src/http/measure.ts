// Reads what waits, what is open and what is in trouble into the gauges. All is read before anything is set: two may ask at once.
import { measureInbox, oldestInInbox } from "../alerts/inbox-store.ts";
import { sourceFigures, type SourceFigure } from "../alerts/source-state-store.ts";
import { readSurfaces } from "../delivery/surface-store.ts";
import { queueFigures, type QueueFigures } from "../delivery/queue-figures-store.ts";
import type { Desk } from "../engine/desk.ts";
import type { Pulse } from "../engine/loops.ts";
import type { Incident } from "../incidents/incident.ts";
import { openIncidents } from "../incidents/incident-store.ts";
import { second, type Instant } from "../lib/clock.ts";
import { within } from "../lib/deadline.ts";
import type { Gauges, Metrics } from "./metrics.ts";

export type Measured = Pick<Desk, "db" | "clock" | "channels" | "sources" | "limits">;
export type Beating = Pick<Pulse, "leading" | "troubles" | "hung" | "clockOff">;

/** Prometheus gives up after 10 s and then calls us down; a database that hangs is told before. */
const patience = 5 * second;

/** What the process knows by itself comes first: it is told though the database is gone, and then this rejects. */
export async function measure(desk: Measured, pulse: Beating, { gauges }: Pick<Metrics, "gauges">): Promise<void> {
  measureProcess(desk, pulse, gauges);
  try {
    const reading = Promise.all([
      queueFigures(desk.db),
      measureInbox(desk.db),
      oldestInInbox(desk.db),
      openIncidents(desk.db),
      sourceFigures(desk.db),
      readSurfaces(desk.db),
    ]);
    const [queue, inbox, oldest, open, sources, surfaces] = await within(
      patience,
      reading,
      "the database does not answer",
    );
    const now = desk.clock.now();
    clear(gauges);
    gauges.databaseUp.set(1);
    gauges.inbox.set({ status: "waiting" }, inbox.waiting);
    gauges.inbox.set({ status: "rejected" }, inbox.rejected);
    gauges.inboxOldest.set(age(oldest, now));
    measureQueue(queue, gauges, now);
    measureIncidents(open, gauges, now);
    measureSources(desk, sources, gauges);
    for (const [surface, { status, since }] of surfaces) {
      gauges.surfaceEqual.set({ surface }, status === "equal" ? 1 : 0);
      gauges.surfaceLag.set({ surface }, age(since, now));
    }
  } catch (thrown) {
    clear(gauges);
    gauges.databaseUp.set(0);
    throw thrown;
  }
}

function age(since: Instant | undefined, now: Instant): number {
  return since === undefined ? 0 : Math.max(0, now - since) / 1_000;
}

/** A figure that could not be read is missing, not old. */
function clear(gauges: Gauges): void {
  const ofTheRecord = [gauges.queued, gauges.oldest, gauges.inbox, gauges.incidents, gauges.firstWord, gauges.blind];
  for (const gauge of [...ofTheRecord, gauges.lookedOk, gauges.surfaceEqual, gauges.surfaceLag]) gauge.reset();
  // A gauge without labels would show 0 after a reset.
  for (const gauge of [gauges.inboxOldest, gauges.draftOldest]) gauge.remove();
}

function measureProcess(desk: Measured, pulse: Beating, gauges: Gauges): void {
  const leading = pulse.leading();
  gauges.inboxLimit.set(desk.limits.waiting);
  gauges.leading.set(leading ? 1 : 0);
  gauges.clockOff.set((pulse.clockOff() ?? 0) / second);
  gauges.loopFailing.reset();
  for (const name of [...pulse.troubles().keys(), ...pulse.hung()]) gauges.loopFailing.set({ loop: name }, 1);
  gauges.channelTroubled.reset();
  // Who stands by connects to nothing: that is no trouble.
  if (!leading) return;
  for (const { id, channel } of desk.channels.values())
    gauges.channelTroubled.set({ channel: id }, channel.trouble?.() === undefined ? 0 : 1);
}

function measureQueue(queue: QueueFigures, gauges: Gauges, now: Instant): void {
  for (const { target, status, count, oldest } of queue) {
    gauges.queued.set({ target, status }, count);
    if (status !== "dead") gauges.oldest.set({ target }, age(oldest, now));
  }
}

function measureIncidents(open: readonly Incident[], gauges: Gauges, now: Instant): void {
  for (const { visibility } of open) gauges.incidents.inc({ visibility });
  const drafts = open.filter(({ visibility }) => visibility === "draft").map(({ clocks }) => clocks.detected);
  gauges.draftOldest.set(drafts.length === 0 ? 0 : age(Math.min(...drafts), now));
  for (const { number, visibility, clocks, spokenBy } of open)
    if (visibility === "published" && clocks.published !== undefined)
      gauges.firstWord.set({ incident: String(number), spoken_by: spokenBy }, age(clocks.started, clocks.published));
}

/** What is remembered of a source that is no longer in the config is nobody's concern. */
function measureSources(desk: Measured, figures: readonly SourceFigure[], gauges: Gauges): void {
  for (const { source, blind, okAt } of figures.filter((figure) => desk.sources.has(figure.source))) {
    gauges.blind.set({ source }, blind ? 1 : 0);
    if (okAt !== undefined) gauges.lookedOk.set({ source }, okAt / 1_000);
  }
}
