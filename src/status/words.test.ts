import { expect, test } from "vitest";
import {
  backlog,
  calm,
  component,
  coprOutage,
  incident,
  impact,
  noon,
  outage,
  overdue,
  snapshot,
  unknown,
  withStatus,
} from "../../test/kit/snapshots.ts";
import { maintained } from "../../test/kit/maintenance-snapshots.ts";
import { hour, minute } from "../lib/clock.ts";
import { sayTime } from "../lib/zones.ts";
import { cardRows, summarize } from "./words.ts";
import type { PublicSnapshot } from "./snapshot.ts";

function banner(of: PublicSnapshot): string {
  const { headline, lead } = summarize(of);
  const reading = { zone: of.site.timeZone, now: of.generatedAt };
  return `${headline}. ${lead.map((part) => (typeof part === "string" ? part : sayTime(part, reading))).join("")}`;
}

test("when nothing is wrong, that is the sentence", () => {
  expect(banner(calm)).toBe("All systems operational. No outage is open.");
});

test("a component is named when only one is hit, with since when and what next", () => {
  expect(banner(outage)).toBe(
    "Copr builds: major outage. Since 10:42 UTC (11:42 Prague), for 1 h 18 min. Everything else is operational. Next update by 12:30 UTC (13:30 Prague).",
  );
});

test("a broken promise is called overdue", () => {
  expect(banner(overdue)).toContain("Next update overdue since 11:30 UTC (12:30 Prague).");
});

test("unknown is said as unknown, never as up", () => {
  expect(banner(unknown)).toBe(
    "Tests: state unknown. Its monitors have been blind since 11:40 UTC (12:40 Prague), for 20 min. Everything else is operational.",
  );
  expect(summarize(unknown).status).toBe("unknown");
});

test("maintenance is said as planned, with its end; an outage beside it is the sentence", () => {
  expect(banner(maintained)).toBe(
    "Copr builds: under maintenance. Copr moves to new hardware: since 11:30 UTC (12:30 Prague), planned until 13:30 UTC (14:30 Prague). Everything else is operational.",
  );
  const worse = withStatus({ ...maintained, open: [coprOutage] }, { copr: "major_outage" });
  expect(banner(worse)).toMatch(/^Copr builds: major outage\. Since 10:42 UTC/u);
});

test("a backlog is said in words", () => {
  expect(banner(backlog)).toContain("It is fixed; the backlog is being worked off.");
});

test("several are counted in the headline and named below", () => {
  const several = withStatus(snapshot({ open: [coprOutage] }), {
    copr: "major_outage",
    tests: "major_outage",
    koji: "degraded_performance",
    downstream: "under_maintenance",
  });
  expect(banner(several)).toMatch(
    /^2 components: major outage, 2 more affected\. Copr builds and Tests: major outage\. Koji: degraded performance\. Downstream: under maintenance\. Since /u,
  );
  const all = snapshot({
    components: several.components.map((one) => ({ ...one, status: "partial_outage" as const })),
  });
  expect(banner(all)).toMatch(/^All components: partial outage\. 6 components: partial outage\. /u);
  expect(banner(all)).not.toContain("Everything else");
});

test("maintenance does not mask an outage", () => {
  const both = withStatus(snapshot(), { api: "under_maintenance", tests: "partial_outage" });
  expect(summarize(both).status).toBe("partial_outage");
});

test("an outage of a component that left the catalogue still shows", () => {
  const gone = snapshot({ open: [incident(5, { impact: impact({ gone: "major_outage" }) })] });
  expect(summarize(gone).headline).toBe("gone: major outage");
});

test("an open incident without impact is not hidden behind a green sentence", () => {
  const looking = snapshot({
    open: [incident(5, { impact: impact({ copr: "operational" }), phase: "investigating" })],
  });
  expect(summarize(looking).headline).toBe("We are looking into a problem");
});

test("long names do not fill the banner: many are counted", () => {
  const many = snapshot({
    components: Array.from({ length: 9 }, (_, n) =>
      component(`c${n}`, `C ${n}`, { status: n < 8 ? "unknown" : "operational" }),
    ),
  });
  expect(banner(many)).toMatch(/^8 components: state unknown\. 8 components: state unknown\. Their monitors/u);
});

test("the card asks the users' questions, and no empty ones", () => {
  expect(cardRows(coprOutage, noon).map((row) => row.label)).toEqual([
    "What is broken",
    "Who is affected",
    "Not affected",
    "What you can do",
    "Expected",
    "Must I retrigger?",
    "Cause",
  ]);
  expect(cardRows(incident(1), noon)).toEqual([]);
});

test("once it is over the card speaks of the past, and expects nothing", () => {
  const labels = cardRows(coprOutage, undefined).map((row) => row.label);
  expect(labels).toContain("What was broken");
  expect(labels).not.toContain("Expected");
});

test("an expectation that passed is owned up to", () => {
  const late = incident(1, {
    notice: { title: "x", alternatives: [], links: [], eta: noon - hour, nextUpdateAt: noon + minute },
  });
  expect(cardRows(late, noon)[0]?.said).toEqual([
    "It should have been over by ",
    noon - hour,
    " and takes longer.",
    " ",
    "Next update by ",
    noon + minute,
    ".",
  ]);
});
