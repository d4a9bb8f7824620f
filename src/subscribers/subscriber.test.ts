import { describe, expect, test } from "vitest";
import { api, copr, impactOn, opening, play, standing, opened } from "../../test/kit/incidents.ts";
import { everything } from "../components/shown-components.ts";
import { day, minute } from "../lib/clock.ts";
import { aboutIncident, askedApart, hears, mayWrite, mostAsked, type About, type Wants } from "./subscriber.ts";

const all: Wants = { components: [], least: "maintenance" };
const withoutCopr = { except: [copr] };
const about = (more: Partial<About> = {}): About => ({ components: [copr], severity: "major", ...more });

describe("a subscriber hears", () => {
  test("of the components they chose, and of all when they chose none", () => {
    expect(hears(all, about(), everything)).toBe(true);
    expect(hears({ ...all, components: [copr] }, about(), everything)).toBe(true);
    expect(hears({ ...all, components: [api] }, about(), everything)).toBe(false);
    expect(hears({ ...all, components: [api] }, about({ components: [copr, api] }), everything)).toBe(true);
    expect(hears({ ...all, components: [api] }, about({ components: [] }), everything), "a notice of no component").toBe(true); // prettier-ignore
  });

  test.each([
    ["maintenance", ["maintenance", "minor", "major", "critical"]],
    ["minor", ["minor", "major", "critical"]],
    ["major", ["major", "critical"]],
    ["critical", ["critical"]],
  ] as const)("from %s on: %s", (least, heard) => {
    const severities = ["maintenance", "minor", "major", "critical"] as const;
    expect(severities.filter((severity) => hears({ ...all, least }, about({ severity }), everything))).toEqual(heard);
  });

  test("nothing of what the page does not show, whatever they chose", () => {
    expect(hears(all, about(), withoutCopr)).toBe(false);
    expect(hears({ ...all, components: [copr] }, about(), withoutCopr)).toBe(false);
    expect(hears({ ...all, components: [copr] }, about({ components: [copr, api] }), withoutCopr)).toBe(false);
    expect(hears(all, about({ components: [copr, api] }), withoutCopr)).toBe(true);
  });
});

describe("an incident is", () => {
  const both = opening({ impact: impactOn({ copr: "major_outage", api: "degraded_performance" }) });

  test("as bad as it ever was while it was public, so that who heard of it hears its end", () => {
    const { events } = play(opened(), { do: "publish" }, { do: "resolve" });
    expect(aboutIncident([opening(), ...events], everything)).toEqual({ components: [copr], severity: "critical" });
  });

  test("about nothing as long as it is a draft", () => {
    expect(aboutIncident([opening()], everything)).toEqual({ components: [], severity: "none" });
    expect(standing("draft triggered").visibility).toBe("draft");
  });

  test("as bad as it is for what the page shows", () => {
    const { events } = play(opened({ impact: both.impact }), { do: "publish" });
    const told = aboutIncident([both, ...events], withoutCopr);
    expect(told.severity).toBe("minor");
    expect(hears({ ...all, least: "critical" }, told, withoutCopr)).toBe(false);
    expect(hears({ ...all, least: "minor" }, told, withoutCopr)).toBe(true);
  });
});

test("a form causes a letter in a quarter of an hour, and three in a day", () => {
  const now = 100 * day;
  expect(mayWrite({ askedAt: now - askedApart + 1, asked: 1 }, now)).toBe(false);
  expect(mayWrite({ askedAt: now - askedApart, asked: 1 }, now)).toBe(true);
  expect(mayWrite({ askedAt: now - 23 * 60 * minute, asked: mostAsked }, now)).toBe(false);
  expect(mayWrite({ askedAt: now - day, asked: mostAsked }, now)).toBe(true);
});
