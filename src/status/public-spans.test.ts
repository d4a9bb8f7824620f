import { expect, test } from "vitest";
import { apply, type Incident, type IncidentEvent } from "../incidents/incident.ts";
import { obey, type Order } from "../incidents/obey.ts";
import { hour, minute, type Instant } from "../lib/clock.ts";
import { alice, copr, impactOn, opening, t0 } from "../../test/kit/incidents.ts";
import { publicSpans } from "./public-spans.ts";

const began = t0 - 10 * minute;

/** What the public read of an incident to which this was done, a minute or the given time after it was opened. */
function spans(
  ...steps: readonly (Order & { readonly after?: number })[]
): readonly (readonly [string, Instant, Instant | undefined])[] {
  const first = opening();
  const events: IncidentEvent[] = [first];
  let incident: Incident = apply(undefined, first);
  for (const [n, { after = (n + 1) * minute, ...order }] of steps.entries()) {
    const obeyed = obey(incident, { by: alice, at: t0 + after, ...order });
    if (!obeyed.ok) throw new Error(obeyed.refusal.message);
    incident = obeyed.incident;
    events.push(...obeyed.events);
  }
  return publicSpans(incident, events).map(({ status, from, to }) => [status, from, to]);
}

const lowered: Order = { do: "edit", impact: impactOn({ [copr]: "degraded_performance" }) };

test("a draft, and what was withdrawn, was never public", () => {
  expect(spans()).toEqual([]);
  expect(spans({ do: "publish" }, { do: "dismiss", reason: "it was our probe" })).toEqual([]);
});

test("an outage counts from its start, not from when it was told, and lasts while it is open", () => {
  expect(spans({ do: "publish" })).toEqual([["major_outage", began, undefined]]);
  expect(spans({ do: "publish" }, { do: "resolve" })).toEqual([["major_outage", began, t0 + 2 * minute]]);
});

test("what was lowered later was worse before", () => {
  expect(spans({ do: "publish" }, { ...lowered, after: hour }, { do: "resolve", after: 2 * hour })).toEqual([
    ["major_outage", began, t0 + hour],
    ["degraded_performance", t0 + hour, t0 + 2 * hour],
  ]);
});

test("what was changed before it was public was never read", () => {
  expect(spans(lowered, { do: "publish" })).toEqual([["degraded_performance", began, undefined]]);
});

test("a change after the end corrects all of it", () => {
  expect(spans({ do: "publish" }, { do: "resolve" }, { ...lowered, after: hour })).toEqual([
    ["degraded_performance", began, t0 + 2 * minute],
  ]);
});

test("a start that is corrected moves the span", () => {
  expect(spans({ do: "publish" }, { do: "edit", startedAt: t0 - hour })).toEqual([
    ["major_outage", t0 - hour, undefined],
  ]);
});
