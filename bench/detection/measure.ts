// The detector on the made-up service: what it found, how fast, and what it called for nothing.
import { replay } from "../../src/detection/backtest.ts";
import { jobDetector } from "../../src/detection/job-detector.ts";
import { quantile, score, type Score } from "../../src/detection/score.ts";
import { day } from "../../src/lib/clock.ts";
import { brand } from "../../src/lib/ids.ts";
import { after, generate, type Service } from "./service.ts";
import { labelsOf } from "./trouble.ts";

/** The first days are for learning. */
const learning = 3 * day;

export function measure(service: Service): { readonly jobs: number; readonly score: Score } {
  const { jobs, troubles, end } = generate(service);
  const history = replay(jobDetector(brand("bench"), { after }));
  for (const job of jobs) history.take(job);
  const { alarms } = history.finish(end);
  return { jobs: jobs.length, score: score(labelsOf(troubles), alarms, { from: service.start + learning, to: end }) };
}

const round = (value: number | undefined): number | undefined => (value === undefined ? undefined : Math.round(value * 1_000) / 1_000); // prettier-ignore

/** Several runs, pooled; minutes. Recall is of the outages that could be seen. */
export function figuresOf(scores: readonly Score[]) {
  const judged = scores.flatMap((one) => one.judged);
  const right = judged.filter(({ judgement }) => judgement === "right").length;
  const wrong = judged.filter(({ judgement }) => judgement === "false").length;
  const days = scores.reduce((sum, one) => sum + one.days, 0);
  const seen = scores.flatMap(({ findings }) => findings).filter(({ outage }) => outage.observable);
  const total = seen.filter(({ outage }) => outage.kind === "total");
  const recall = (some: typeof seen): number | undefined =>
    round(some.filter(({ found }) => found).length / some.length);
  const at = (values: readonly (number | undefined)[], share: number): number | undefined =>
    round(quantile(values.filter((value) => value !== undefined), share)); // prettier-ignore
  const lags = total.map(({ lag }) => lag);
  return {
    days: round(days),
    outages: seen.length,
    false_alarms_per_30_days: round((wrong * 30) / days),
    precision: round(right / Math.max(1, right + wrong)),
    recall: recall(seen),
    recall_total: recall(total),
    recall_by_kind: Object.fromEntries([...Map.groupBy(seen, ({ outage }) => outage.kind)].map(([kind, some]) => [kind, recall(some)])), // prettier-ignore
    lag_total_min: [at(lags, 0.5), at(lags, 0.9)],
    to_detect_total_min: at(total.map(({ toDetect }) => toDetect), 0.5), // prettier-ignore
    to_recover_min: at(seen.map(({ toRecover }) => toRecover), 0.5), // prettier-ignore
    reopened: seen.reduce((sum, { reopened }) => sum + reopened, 0),
  };
}
