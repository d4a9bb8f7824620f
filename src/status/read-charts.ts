// Reads what the charts of component pages are made of: once for each step, and not at all where the config asks for none.
import type { Component } from "../components/component.ts";
import type { Reader } from "../db/schema.ts";
import { minute } from "../lib/clock.ts";
import { readBuckets } from "../monitors/sample-store.ts";
import type { ComponentId } from "../config/names.ts";
import { chartOf, chartSpan } from "./chart-points.ts";
import type { ChartsOfAll, PublicChart } from "./snapshot.ts";

type Asked = Pick<Component, "id" | "charts">;
type Kept = { readonly to: number; readonly charts: Map<string, PublicChart> };

/** What was read last, by the component and the source. */
const keptOf = new WeakMap<Reader, Kept>();

/** The charts of these components; undefined where none has any. */
export async function readCharts(
  db: Reader,
  components: readonly Asked[],
  now: number,
): Promise<ChartsOfAll | undefined> {
  const asked = components.filter(({ charts = [] }) => charts.length > 0);
  if (asked.length === 0) return undefined;
  const span = chartSpan(now);
  const before = keptOf.get(db);
  const kept: Kept = before?.to === span.to ? before : { to: span.to, charts: new Map() };
  keptOf.set(db, kept);
  const of = new Map<ComponentId, readonly PublicChart[]>();
  for (const { id, charts = [] } of asked) {
    const drawn: PublicChart[] = [];
    for (const { source, shows } of charts) {
      const key = `${id} ${source} ${shows}`;
      const chart =
        kept.charts.get(key) ??
        chartOf(await readBuckets(db, source, [{ stepMs: minute, from: span.from, to: span.to }]), id, shows);
      kept.charts.set(key, chart);
      drawn.push(chart);
    }
    of.set(id, drawn);
  }
  return { ...span, of };
}
