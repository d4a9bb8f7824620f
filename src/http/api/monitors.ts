// Monitors: who is sent to look, whether they can, and what they saw.
import { z } from "zod";
import type { SourceId } from "../../config/names.ts";
import type { Desk, DeskSource } from "../../engine/desk.ts";
import { levelFor, monitorsOf, readCourse, readMonitor, settledUntil } from "../../engine/read-monitors.ts";
import { day, hour, minute, type Instant } from "../../lib/clock.ts";
import { parseDuration, sayDuration } from "../../lib/duration.ts";
import { suggest } from "../../lib/nearest.ts";
import { failed, ok, type Result } from "../../lib/result.ts";
import { oneLine } from "../../lib/text.ts";
import { parseWhen } from "../../lib/when.ts";
import { recentPings } from "../../monitors/ping-store.ts";
import { minutesKept } from "../../monitors/sample-store.ts";
import { CourseItem, CourseQuery, MonitorDetail, MonitorItem } from "../monitor-contract.ts";
import { presentCourse, presentMonitor, presentPing, type Span } from "../present-monitor.ts";
import type { Refused } from "../problem.ts";
import { answered, nothing, route, type Route } from "../route.ts";
import { componentNamed } from "./names.ts";
import { pageOf, pageQuery, pagingOf } from "./paging.ts";

const Named = z.strictObject({ name: z.string().max(100).describe("The id of a source in the config.") });

function monitorNamed(desk: Desk, name: string): Result<DeskSource, Refused> {
  const all = monitorsOf(desk);
  const found = all.find(({ id }) => id === name);
  if (found !== undefined) return ok(found);
  const known = all.map(({ id }): SourceId => id);
  const detail = `there is no monitor "${oneLine(name, 64)}"; ${suggest(name, known)}`;
  return failed({ code: "not-found", detail });
}

const list = route({
  method: "GET",
  path: "/api/v1/monitors",
  tag: "monitors",
  summary: "List the sources that look, in the order of the config, with how much of the time they saw things up",
  scope: "read",
  params: nothing,
  query: z.strictObject(pageQuery),
  body: nothing,
  answers: { 200: z.array(MonitorItem) },
  problems: ["bad-query", "bad-cursor"],
  async answer(desk, { query }) {
    const paging = pagingOf("monitors", z.tuple([z.string()]), query);
    if (!paging.ok) return paging;
    const { limit, after } = paging.value;
    const all = monitorsOf(desk);
    const start = after === undefined ? 0 : all.findIndex(({ id }) => id === after[0]) + 1;
    const { page, ...beside } = pageOf("monitors", all.slice(start, start + limit + 1), limit, ({ id }) => [id]);
    const read: MonitorItem[] = [];
    for (const source of page) read.push(...(await readMonitor(desk, source)).map(presentMonitor));
    return answered(200, read, beside);
  },
});

const mostPings = 10;

const show = route({
  method: "GET",
  path: "/api/v1/monitors/{name}",
  tag: "monitors",
  summary: "Show one monitor; of a heartbeat the last pings too, with the end of their logs",
  scope: "read",
  params: Named,
  query: nothing,
  body: nothing,
  answers: { 200: MonitorDetail },
  problems: ["not-found"],
  async answer(desk, { params }) {
    const found = monitorNamed(desk, params.name);
    if (!found.ok) return found;
    const monitors = (await readMonitor(desk, found.value)).map(presentMonitor);
    const pings = await recentPings(desk.db, found.value.id, mostPings);
    return answered(200, { monitors, pings: pings.map(presentPing) });
  },
});

const course = route({
  method: "GET",
  path: "/api/v1/monitors/{name}/samples",
  tag: "monitors",
  summary: "Tell the course of a span: up, down and unknown seconds, answer times and jobs, bucket by bucket",
  scope: "read",
  params: Named,
  query: CourseQuery,
  body: nothing,
  answers: { 200: z.array(CourseItem) },
  problems: ["bad-query", "not-found", "unknown-name"],
  async answer(desk, { params, query }) {
    const found = monitorNamed(desk, params.name);
    if (!found.ok) return found;
    const component = componentNamed(desk, query.component);
    if (!component.ok) return component;
    const span = spanOf(query, desk.clock.now());
    if (!span.ok) return failed({ code: "bad-query", detail: span.error });
    const courses = await readCourse(desk, found.value, span.value);
    const asked = courses.filter((each) => component.value === undefined || each.component === component.value);
    return answered(200, asked.map((each) => presentCourse(found.value.id, each, span.value))); // prettier-ignore
  },
});

const mostBuckets = 2_000;
const steps = [minute, 5 * minute, 15 * minute, hour, 6 * hour, day];
const wanted = 100;

function spanOf(query: z.output<typeof CourseQuery>, now: Instant): Result<Span, string> {
  const end = query.to === undefined ? ok(settledUntil(now)) : parseWhen(query.to, now, "past");
  if (!end.ok) return end;
  const to = Math.min(end.value, settledUntil(now));
  const start = query.from === undefined ? ok(to - day) : parseWhen(query.from, now, "past");
  if (!start.ok) return start;
  if (start.value >= to) return failed("`from` must be before `to`, and both before now");
  const usual = steps.find((step) => to - start.value <= step * wanted && keeps(step, start.value, now)) ?? day;
  const stepMs = query.step === undefined ? usual : parseDuration(query.step);
  if (stepMs === undefined || stepMs < minute || stepMs % minute !== 0)
    return failed("a `step` is a whole number of minutes, hours or days, such as 5m or 1h");
  const from = Math.floor(start.value / stepMs) * stepMs;
  if ((to - from) / stepMs > mostBuckets)
    return failed(`that are more than ${mostBuckets} buckets; ask for a longer \`step\` or a shorter span`);
  if (!keeps(stepMs, from, now))
    return failed(`minutes are kept for ${sayDuration(minutesKept)}; for a time before that ask for a step of hours`);
  return ok({ from, to, stepMs });
}

const keeps = (stepMs: number, from: Instant, now: Instant): boolean =>
  levelFor(stepMs) > minute || from >= now - minutesKept;

export const monitorRoutes: readonly Route[] = [list, show, course];
