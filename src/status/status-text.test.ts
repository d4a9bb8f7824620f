import { expect, test } from "vitest";
import {
  calm,
  everySnapshot,
  incident,
  noon,
  outage,
  snapshot,
  unknown,
  withStatus,
} from "../../test/kit/snapshots.ts";
import { maintained, maintainedByAnybody } from "../../test/kit/maintenance-snapshots.ts";
import { columns } from "../lib/columns.ts";
import type { PublicSnapshot } from "./snapshot.ts";
import { renderText } from "./status-text.ts";

const firstWord = (of: PublicSnapshot, now = noon): string => renderText(of, now).split(" ")[0] ?? "";

test("the first word is the whole answer", () => {
  expect(firstWord(calm)).toBe("OK");
  expect(firstWord(outage)).toBe("OUTAGE");
  expect(firstWord(withStatus(snapshot(), { api: "partial_outage" }))).toBe("OUTAGE");
  expect(firstWord(withStatus(snapshot(), { api: "degraded_performance" }))).toBe("DEGRADED");
  expect(firstWord(withStatus(snapshot(), { api: "under_maintenance" }))).toBe("MAINTENANCE");
  expect(firstWord(unknown)).toBe("DEGRADED");
  // An outage that hits no component is one all the same, also during maintenance.
  const nameless = incident(7, { impact: {}, phase: "investigating" });
  expect(firstWord({ ...calm, open: [nameless] })).toBe("DEGRADED");
  expect(firstWord({ ...maintained, open: [nameless] })).toBe("DEGRADED");
  expect(firstWord({ ...calm, open: [{ ...nameless, phase: "monitoring" }] })).toBe("OK");
});

test("a copy past its validity is stale, whatever it says", () => {
  expect(firstWord(outage, outage.validUntil)).toBe("OUTAGE");
  expect(firstWord(outage, outage.validUntil + 1)).toBe("STALE");
  expect(renderText(outage, outage.validUntil + 1)).toContain("nothing was heard from its origin since");
});

test.each(Object.entries({ ...everySnapshot, maintained, maintainedByAnybody }))(
  "%s: no line is wider than 80 columns, and none steers the terminal",
  (_, of) => {
    for (const text of [renderText(of, noon), renderText(of, noon + 1e9)]) {
      for (const line of text.split("\n")) expect(columns(line)).toBeLessThanOrEqual(80);
      expect(text).toMatch(/^[^\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202a-\u202e]*\n$/u);
    }
  },
);

test("planned work stands between outages and components, what goes on first; a notice without a component above all", () => {
  const text = renderText(maintained, noon);
  expect(text).toMatch(/^MAINTENANCE Copr builds: under maintenance\n/u);
  expect(text).toContain(`Maintenance 4: Copr moves to new hardware (in progress)
  https://status.packit.example/maintenance/4.html
  Since 11:30 UTC (12:30 Prague), planned until 13:30 UTC (14:30 Prague).
  Copr builds
  Builds wait while it moves; none is lost.
  11:50 UTC (12:50 Prague) In progress
    Half of the builders have moved.

Components
`);
  expect(text).toContain(`Everything else is operational.

Notice 5: The team is on holiday (to come)
  https://status.packit.example/maintenance/5.html
  From 23 Dec, 17:00 UTC (18:00 Prague) to 4 Jan 2027, 08:00 UTC (09:00 Prague).
  We read mail once a day.

Maintenance 4`);
  expect(text).not.toContain("Maintenance 3");
});

test("it says what the page says", () => {
  const text = renderText(outage, noon);
  expect(text).toContain("Outage 112: Copr builds fail on all targets (identified)");
  expect(text).toContain("What you can do: Build in Koji: packit build in-koji");
  expect(text).toContain("https://status.packit.example/incidents/112.html");
});
