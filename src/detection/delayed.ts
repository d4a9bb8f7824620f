// Jobs of many projects hang, or take much longer than usual.
import type { Instant } from "../lib/clock.ts";
import { addTo, expectedNow, kindOf, leastLearnt, leastProjects, overdue } from "./delay.ts";
import { openAlarm, troubleAbove, type Around } from "./lifecycle.ts";
import { hazardIn, monthlyJobs, staleMs, type Stream } from "./stream.ts";
import { thresholdFor } from "./threshold.ts";

export function judgeDelay(stream: Stream, now: Instant, around: Around): void {
  for (const [id, { createdAt }] of stream.flights) if (now - createdAt > staleMs) stream.flights.delete(id);
  const landed = stream.landings.map(({ project, expected }) => [project, expected] as const);
  const expected = [...expectedNow(stream.flights.values(), hazardIn(stream), now), ...landed];
  const seen = stream.landings.reduce((sum, { weight }) => sum + weight, 0);
  stream.landings = [];
  for (const excess of stream.excesses) addTo(excess, expected, seen, now);
  if (stream.time.learnt <= leastLearnt) return;
  const failing = [...stream.alarms.values()].some(({ test }) => test === "failing" || test === "delay");
  if (failing) return;
  const threshold = thresholdFor(monthlyJobs(stream), "delay", around.falseAlarms);
  const excess = stream.excesses.find(({ score, projects }) => score > threshold && projects.size >= leastProjects);
  if (excess === undefined) return;
  if (troubleAbove(stream, around, now)) return;
  const kind = kindOf(excess, overdue(stream.flights.values()));
  const { score, since, expected: due, seen: came } = excess;
  const counted = { expected: due, seen: came };
  openAlarm(stream, now, { test: "delay", kind, score, threshold, startsAt: since, counted });
}
