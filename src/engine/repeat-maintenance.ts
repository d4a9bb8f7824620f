// Maintenance that repeats: each time is a window of its own, made some weeks ahead, once, whoever makes it.
import type { Actor } from "../accounts/actor.ts";
import type { Tx } from "../db/schema.ts";
import { queueMessages } from "../delivery/delivery-store.ts";
import type { Refusal } from "../incidents/obeyed.ts";
import { day, hour, type Instant } from "../lib/clock.ts";
import { statuspageCode } from "../lib/codes.ts";
import { brand, uuidv7 } from "../lib/ids.ts";
import { present } from "../lib/records.ts";
import { loadRules, type Expand } from "../lib/recur.ts";
import { failed, ok, reasonOf, type Result } from "../lib/result.ts";
import {
  isNotice,
  stateAt,
  type Maintenance,
  type MaintenanceId,
  type MaintenancePlan,
} from "../maintenance/maintenance.ts";
import { maintain, planMaintenance } from "../maintenance/maintenance-orders.ts";
import {
  insertMaintenance,
  nextMaintenanceNumber,
  saveMaintenance,
  windowsOfSeries,
} from "../maintenance/maintenance-store.ts";
import { checkRecurrence, type Occurrence } from "../maintenance/recurrence.ts";
import {
  horizon,
  sayRecurrence,
  toMake,
  withDate,
  type Series,
  type SeriesId,
  type SeriesOrder,
  type SeriesPlan,
} from "../maintenance/series.ts";
import { insertSeries, nextSeriesNumber, readSeries, saveSeries, seriesToMake } from "../maintenance/series-store.ts";
import { messageOf } from "./announce.ts";
import { announceSeries, type SeriesHappening } from "./announce-maintenance.ts";
import { committed, Overtaken, publicChanged, transact } from "./commit.ts";
import type { Desk } from "./desk.ts";
import { maintenanceSubject, tellOfMaintenance } from "./maintain.ts";
import { verifyMsOf } from "./verify-maintenance.ts";

const longest = 7 * day;

/** What is wrong with a plan, if anything. */
export function checkSeries(plan: SeriesPlan, expand: Expand, now: Instant): Result<SeriesPlan, Refusal> {
  const { lengthMs, recurrence } = plan;
  const invalid = (message: string): Result<never, Refusal> => failed({ code: "invalid", message });
  if (isNotice(plan)) return invalid("what repeats needs a component; a notice is added for each time");
  if (lengthMs > longest) return invalid("what repeats lasts 7 d at most");
  const wrong = checkRecurrence(recurrence, lengthMs, expand, now);
  if (wrong !== undefined) return invalid(wrong);
  const next = toMake(plan, new Set(), expand, { now, until: now });
  return next.length === 0 ? invalid("all of its times have passed") : ok(plan);
}

/** Users are told that it repeats, once; each time is announced when it comes. */
export async function addSeries(desk: Desk, by: Actor, plan: SeriesPlan): Promise<Result<Series, Refusal>> {
  const expand = await loadRules();
  const now = desk.clock.now();
  const checked = checkSeries(plan, expand, now);
  if (!checked.ok) return checked;
  const id = brand<SeriesId>(uuidv7(now));
  const added = await transact(desk, async (tx) => {
    const number = await nextSeriesNumber(tx);
    const series: Series = { ...plan, id, number, version: 1, by, addedAt: now, madeUntil: now };
    await insertSeries(tx, series, now);
    const made = await make(tx, desk, series, expand, now);
    await tell(tx, desk, made.series, { kind: "added", by, first: made.windows[0] }, now);
    return made.series;
  });
  committed(desk);
  return ok(added);
}

type Made = { readonly series: Series; readonly windows: readonly Maintenance[] };

/** Makes what is due of it. A window that another replica made meanwhile fails on its occurrence: all is done again. */
async function make(tx: Tx, desk: Desk, series: Series, expand: Expand, now: Instant): Promise<Made> {
  const until = horizon(now, desk.promises.maintenance.announce);
  const known = await windowsOfSeries(tx, series.number, now - longest - 2 * day);
  const made = new Set(known.flatMap((window) => window.series?.occurrence ?? []));
  const windows: Maintenance[] = [];
  for (const occurrence of toMake(series, made, expand, { now, until })) {
    const planned = await plan(tx, desk, series, occurrence, now);
    if (planned !== undefined) windows.push(planned);
  }
  const left = windows.length > 0 || toMake(series, new Set(), expand, { now, until }).length > 0;
  const after: Series = { ...series, version: series.version + 1, madeUntil: until, ...(left ? {} : { endedAt: now }) };
  if (!(await saveSeries(tx, series, after, now))) throw new Overtaken(`series ${series.number} was changed meanwhile`);
  if (windows.length > 0) await publicChanged(tx, desk, [], now);
  return { series: after, windows };
}

/** One of its windows, said to nobody: that it repeats was told, and each is announced when it comes. */
async function plan(
  tx: Tx,
  desk: Desk,
  { title, text, components, lengthMs, recurrence, number, by }: Series,
  { wall, at }: Occurrence,
  now: Instant,
): Promise<Maintenance | undefined> {
  const id = brand<MaintenanceId>(uuidv7(now));
  const ids = { id, number: await nextMaintenanceNumber(tx), code: statuspageCode("maintenance", id) };
  const asked: MaintenancePlan = present({
    title,
    text,
    components,
    scheduledStart: at,
    scheduledEnd: at + lengthMs,
  });
  const planned = planMaintenance(ids, asked, by, now, {
    series: { number, occurrence: wall, words: sayRecurrence(recurrence) },
    ...present({ verifyMs: verifyMsOf(desk, components) }),
  });
  if (!planned.ok) return undefined;
  const { maintenance, events } = planned.value;
  await insertMaintenance(tx, maintenance, now);
  const begun = events.filter(({ kind }) => kind !== "planned");
  if (begun.length > 0) await tellOfMaintenance(tx, desk, maintenance, begun, now);
  return maintenance;
}

async function tell(tx: Tx, desk: Desk, series: Series, happening: SeriesHappening, now: Instant): Promise<void> {
  const link = happening.kind === "added" ? happening.first?.number : undefined;
  const subject = link === undefined ? `series:${series.number}` : maintenanceSubject(link);
  const messages = announceSeries(series, happening, desk, now).flatMap((said) =>
    [...desk.channels.values()]
      .filter((channel) => channel.audience === said.audience)
      .map((channel) => ({
        target: channel.id,
        subject,
        message: messageOf(said, [], now, happening.kind === "added" ? "repeats" : "ended"),
      })),
  );
  await queueMessages(tx, messages, now);
}

/** Changes the dates of a series, or ends it: what has begun goes on, what is planned is canceled. */
export async function orderSeries(
  desk: Desk,
  number: number,
  by: Actor,
  order: SeriesOrder,
): Promise<Result<Series, Refusal>> {
  const expand = await loadRules();
  const done = await transact(desk, async (tx): Promise<Result<Series, Refusal>> => {
    const now = desk.clock.now();
    const before = await readSeries(tx, number);
    if (before === undefined) return failed({ code: "not-found", message: `there is no series ${number}` });
    if (before.endedAt !== undefined)
      return failed({ code: "illegal", message: `series ${number} has ended; add another one` });
    return order.do === "end"
      ? ok(await end(tx, desk, before, by, order.text, now))
      : changeDate(tx, desk, before, by, order, expand, now);
  });
  committed(desk);
  return done;
}

async function changeDate(
  tx: Tx,
  desk: Desk,
  before: Series,
  by: Actor,
  order: SeriesOrder & { readonly wall: Instant },
  expand: Expand,
  now: Instant,
): Promise<Result<Series, Refusal>> {
  const recurrence = withDate(before.recurrence, order);
  if (!recurrence.ok) return failed({ code: "invalid", message: recurrence.error });
  const wrong = checkRecurrence(recurrence.value, before.lengthMs, expand, now);
  if (wrong !== undefined) return failed({ code: "invalid", message: wrong });
  const planned = (await windowsOfSeries(tx, before.number, order.wall)).find(
    ({ series }) => series?.occurrence === order.wall,
  );
  if (order.do === "also" && planned !== undefined)
    return failed({ code: "illegal", message: `maintenance ${planned.number} was made for that time already` });
  if (order.do === "skip" && planned !== undefined && stateAt(planned, now) === "scheduled") {
    const canceled = maintain(planned, { do: "cancel", by, at: now });
    if (!canceled.ok) return failed(canceled.error);
    if (!(await saveMaintenance(tx, planned, canceled.value.maintenance, now)))
      throw new Overtaken(`maintenance ${planned.number} was changed meanwhile`);
    await tellOfMaintenance(tx, desk, canceled.value.maintenance, canceled.value.events, now);
  }
  const changed: Series = { ...before, recurrence: recurrence.value, version: before.version + 1 };
  if (!(await saveSeries(tx, before, changed, now)))
    throw new Overtaken(`series ${before.number} was changed meanwhile`);
  return ok((await make(tx, desk, changed, expand, now)).series);
}

async function end(
  tx: Tx,
  desk: Desk,
  before: Series,
  by: Actor,
  text: string | undefined,
  now: Instant,
): Promise<Series> {
  const after: Series = { ...before, version: before.version + 1, endedAt: now };
  if (!(await saveSeries(tx, before, after, now))) throw new Overtaken(`series ${before.number} was changed meanwhile`);
  const windows = await windowsOfSeries(tx, before.number, now - longest);
  for (const window of windows.filter((each) => stateAt(each, now) === "scheduled")) {
    const canceled = maintain(window, { do: "cancel", by, at: now });
    if (!canceled.ok) continue;
    if (!(await saveMaintenance(tx, window, canceled.value.maintenance, now)))
      throw new Overtaken(`maintenance ${window.number} was changed meanwhile`);
  }
  await tell(tx, desk, after, { kind: "ended", by, ...present({ text }) }, now);
  await publicChanged(tx, desk, [], now);
  return after;
}

/** Windows that come into sight are made this early in the day they are due, and no rule is loaded before. */
const slack = 12 * hour;

/** Makes what is due of every series. */
export async function makeRepeats(desk: Desk): Promise<boolean> {
  const now = desk.clock.now();
  const due = await seriesToMake(desk.db, horizon(now, desk.promises.maintenance.announce) - slack);
  if (due.length === 0) return false;
  const expand = await loadRules();
  for (const each of due) {
    try {
      await transact(desk, async (tx) => {
        const series = await readSeries(tx, each.number);
        if (series !== undefined && series.endedAt === undefined) await make(tx, desk, series, expand, now);
      });
    } catch (thrown) {
      desk.log.error({ series: each.number, reason: reasonOf(thrown) }, "windows of a series could not be made");
    }
  }
  return true;
}
