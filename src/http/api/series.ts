// Maintenance that repeats: try, plan, list, show, change its dates, end it.
import { z } from "zod";
import { timeZone } from "../../config/fields.ts";
import type { Desk } from "../../engine/desk.ts";
import { checkComponents } from "../../engine/maintain.ts";
import { addSeries, checkSeries, orderSeries } from "../../engine/repeat-maintenance.ts";
import { day, isoSeconds, minute, type Instant } from "../../lib/clock.ts";
import { parseDuration } from "../../lib/duration.ts";
import { suggest } from "../../lib/nearest.ts";
import { present } from "../../lib/records.ts";
import { loadRules, type Expand } from "../../lib/recur.ts";
import { failed, ok, type Result } from "../../lib/result.ts";
import type { Maintenance } from "../../maintenance/maintenance.ts";
import { windowsOfSeries } from "../../maintenance/maintenance-store.ts";
import { nextOccurrences, parseWall, sayWall } from "../../maintenance/recurrence.ts";
import { parseRule } from "../../maintenance/rule.ts";
import { sayRecurrence, type Series, type SeriesOrder, type SeriesPlan } from "../../maintenance/series.ts";
import { listSeries, readSeries } from "../../maintenance/series-store.ts";
import { refusedBy, type Refused } from "../problem.ts";
import { answered, nothing, route, type Route } from "../route.ts";
import { SeriesInput, SeriesItem, seriesOrders } from "../series-contract.ts";
import { flag } from "./paging.ts";

const Numbered = z.strictObject({
  number: z
    .string()
    .regex(/^[1-9]\d{0,8}$/, "must be the number of a series")
    .transform(Number)
    .meta({ type: "integer", minimum: 1 })
    .describe("The number of the series."),
});

const shownNext = 5;
/** Longer ago than the longest of them takes. */
const weeks = 14 * day;

type Shown = SeriesPlan & Pick<Series, "by" | "addedAt"> & Partial<Pick<Series, "number" | "endedAt">>;

function presentSeries(series: Shown, windows: readonly Maintenance[], expand: Expand, now: Instant): SeriesItem {
  const { recurrence, lengthMs, endedAt } = series;
  const made = new Map(windows.map((window) => [window.series?.occurrence, window]));
  const next = endedAt === undefined ? nextOccurrences(recurrence, expand, now - lengthMs + 1, shownNext) : [];
  return {
    number: series.number ?? null,
    title: series.title,
    text: series.text ?? null,
    components: [...series.components],
    state: endedAt === undefined ? "running" : "ended",
    repeat: recurrence.rule,
    words: sayRecurrence(recurrence),
    zone: recurrence.zone,
    starts: sayWall(recurrence.start),
    minutes: lengthMs / minute,
    also: recurrence.also.map(sayWall),
    except: recurrence.except.map(sayWall),
    next: next.map(({ wall, at }) => {
      const window = made.get(wall);
      return {
        starts: sayWall(wall),
        from: isoSeconds(window?.scheduledStart ?? at),
        to: isoSeconds(window?.scheduledEnd ?? at + lengthMs),
        maintenance: window?.number ?? null,
        state: window?.state ?? null,
      };
    }),
    by: { kind: series.by.kind, id: series.by.id },
    added: isoSeconds(series.addedAt),
    ended: endedAt === undefined ? null : isoSeconds(endedAt),
  };
}

async function shown(desk: Desk, series: Series): Promise<SeriesItem> {
  const now = desk.clock.now();
  const windows = await windowsOfSeries(desk.db, series.number, now - weeks);
  return presentSeries(series, windows, await loadRules(), now);
}

const invalid = (detail: string): Result<never, Refused> => failed({ code: "invalid", detail });

function walls(given: readonly string[]): Result<readonly Instant[], Refused> {
  const all: Instant[] = [];
  for (const text of given) {
    const wall = parseWall(text);
    if (!wall.ok) return invalid(wall.error);
    all.push(wall.value);
  }
  return ok([...new Set(all)].toSorted((a, b) => a - b));
}

function planFrom(desk: Desk, input: z.output<typeof SeriesInput>): Result<SeriesPlan, Refused> {
  const components = checkComponents(desk, input.components);
  if (!components.ok) return failed(refusedBy(components.error));
  const lengthMs = parseDuration(input.for);
  if (lengthMs === undefined || lengthMs === 0) return invalid(`"${input.for}" is no duration; write 30m or 2h`);
  const zone = input.zone ?? desk.site.timeZone;
  if (!timeZone().safeParse(zone).success)
    return invalid(`there is no time zone "${zone}"; ${suggest(zone, Intl.supportedValuesOf("timeZone"))}`);
  const start = parseWall(input.starts);
  if (!start.ok) return invalid(start.error);
  const rule = parseRule(input.repeat, zone);
  if (!rule.ok) return invalid(rule.error);
  const also = walls(input.also);
  if (!also.ok) return also;
  const except = walls(input.except);
  if (!except.ok) return except;
  const recurrence = { rule: rule.value, zone, start: start.value, also: also.value, except: except.value };
  return ok({
    title: input.title,
    ...present({ text: input.text }),
    components: components.value,
    lengthMs,
    recurrence,
  });
}

const list = route({
  method: "GET",
  path: "/api/v1/maintenance/series",
  tag: "maintenance",
  summary: "List maintenance that repeats, newest first",
  scope: "read",
  params: nothing,
  query: z.strictObject({ open: flag.optional().describe("Only what has not ended.") }),
  body: nothing,
  answers: { 200: z.array(SeriesItem) },
  problems: ["bad-query"],
  async answer(desk, { query }) {
    const found = await listSeries(desk.db, { open: query.open === true });
    return answered(200, await Promise.all(found.map((series) => shown(desk, series))));
  },
});

const show = route({
  method: "GET",
  path: "/api/v1/maintenance/series/{number}",
  tag: "maintenance",
  summary: "Show maintenance that repeats, with its next times",
  scope: "read",
  params: Numbered,
  query: nothing,
  body: nothing,
  answers: { 200: SeriesItem },
  problems: ["not-found"],
  async answer(desk, { params }) {
    const series = await readSeries(desk.db, params.number);
    if (series === undefined) return failed({ code: "not-found", detail: `there is no series ${params.number}` });
    return answered(200, await shown(desk, series));
  },
});

const add = route({
  method: "POST",
  path: "/api/v1/maintenance/series",
  tag: "maintenance",
  summary: "Plan maintenance that repeats; each time becomes a window of its own, some weeks ahead",
  scope: "respond",
  params: nothing,
  query: nothing,
  body: SeriesInput,
  answers: { 200: SeriesItem, 201: SeriesItem },
  problems: ["unknown-name"],
  async answer(desk, { actor, body }) {
    const plan = planFrom(desk, body);
    if (!plan.ok) return plan;
    if (body.dry_run) {
      const [expand, now] = [await loadRules(), desk.clock.now()];
      const checked = checkSeries(plan.value, expand, now);
      if (!checked.ok) return failed(refusedBy(checked.error));
      return answered(200, presentSeries({ ...checked.value, by: actor, addedAt: now }, [], expand, now));
    }
    const added = await addSeries(desk, actor, plan.value);
    return added.ok ? answered(201, await shown(desk, added.value)) : failed(refusedBy(added.error));
  },
});

/** `POST /api/v1/maintenance/series/{number}/NAME`. */
function order<B extends z.ZodObject>(
  name: string,
  summary: string,
  body: B,
  make: (input: z.output<B>) => Result<SeriesOrder, Refused>,
): Route {
  return route({
    method: "POST",
    path: `/api/v1/maintenance/series/{number}/${name}`,
    tag: "maintenance",
    summary,
    scope: "respond",
    params: Numbered,
    query: nothing,
    body,
    answers: { 200: SeriesItem },
    problems: ["not-found", "illegal"],
    async answer(desk, asked) {
      const made = make(asked.body);
      if (!made.ok) return made;
      const done = await orderSeries(desk, asked.params.number, asked.actor, made.value);
      return done.ok ? answered(200, await shown(desk, done.value)) : failed(refusedBy(done.error));
    },
  });
}

const dated =
  (what: "skip" | "also") =>
  ({ starts }: { readonly starts: string }): Result<SeriesOrder, Refused> => {
    const wall = parseWall(starts);
    return wall.ok ? ok({ do: what, wall: wall.value }) : invalid(wall.error);
  };

export const seriesRoutes: readonly Route[] = [
  list,
  show,
  add,
  order("skip", "Leave one of its times out; its window is canceled", seriesOrders.skip, dated("skip")),
  order("also", "Let it take place once more", seriesOrders.also, dated("also")),
  order("end", "No more of it: what is planned is canceled, what has begun goes on", seriesOrders.end, ({ text }) =>
    ok({ do: "end", ...present({ text }) }),
  ),
];
