import { array, assert, constant, constantFrom, integer, option, property, record } from "fast-check";
import { expect, test } from "vitest";
import { alice, impactOn, t0 } from "../../test/kit/incidents.ts";
import { hour } from "../lib/clock.ts";
import { brand } from "../lib/ids.ts";
import { phases } from "../incidents/clocks.ts";
import type { IncidentId } from "../incidents/incident.ts";
import { fold } from "../incidents/steps.ts";
import { pastTimeline, type PastIncident } from "../incidents/past-incident.ts";
import { toldIn } from "./public-incident.ts";

const past: PastIncident = {
  from: "cachet",
  title: "Copr is down",
  startedAt: t0,
  endedAt: t0 + 2 * hour,
  impact: impactOn({ copr: "major_outage" }),
  updates: [],
  links: [],
};
const timeline = (more: Partial<PastIncident>) =>
  pastTimeline({ ...past, ...more }, { id: brand<IncidentId>("a"), number: 1, by: alice });

test("one that was told when it was over says so with its first word", () => {
  const told = toldIn(timeline({ updates: [{ at: t0 + 3 * hour, phase: "resolved", text: "It was a disk." }] }));
  expect(told.map(({ phase, text }) => [phase, text])).toEqual([["resolved", "It was a disk."]]);
});

test("the phase of the first word is kept", () => {
  const told = toldIn(timeline({ updates: [{ at: t0, phase: "identified", text: "A disk." }] }));
  expect(told.map(({ phase }) => phase)).toEqual(["identified", "resolved"]);
});

test("whatever another page said, the timeline is in order, published, and over exactly when it was", () => {
  const moment = integer({ min: t0 - 5 * hour, max: t0 + 9 * hour });
  const update = record({ at: moment, phase: constantFrom(...phases), text: constantFrom("a", "b", "c") });
  const given = record({
    updates: array(update, { maxLength: 6 }).map((all) => all.toSorted((a, b) => a.at - b.at)),
    endedAt: option(moment.map((at) => Math.max(at, t0)), { nil: undefined }),
    publishedAt: option(moment, { nil: undefined }),
    text: option(constant("the text"), { nil: undefined }),
  }); // prettier-ignore
  assert(
    property(given, ({ endedAt, publishedAt, text, updates }) => {
      const { endedAt: _, ...open } = past;
      const said = {
        ...open,
        updates,
        ...(endedAt === undefined ? {} : { endedAt }),
        ...(publishedAt === undefined ? {} : { publishedAt }),
        ...(text === undefined ? {} : { text }),
      };
      const events = pastTimeline(said, { id: brand<IncidentId>("a"), number: 1, by: alice });
      const incident = fold(events) ?? expect.fail("no incident");
      expect(events.map(({ at }) => at).slice(1)).toEqual(events.map(({ at }) => at).slice(1).toSorted((a, b) => a - b)); // prettier-ignore
      expect(incident.visibility).toBe("published");
      expect(incident.spokenBy).toBe("people");
      expect([incident.clocks.started, incident.clocks.resolved]).toEqual([t0, endedAt]);
      expect([incident.state === "resolved", incident.phase === "resolved"]).toEqual([endedAt !== undefined, endedAt !== undefined]); // prettier-ignore
      // Every word of theirs is public.
      const words = toldIn(events).map((one) => one.text);
      for (const word of [...updates.map((one) => one.text), ...(text === undefined ? [] : [text])])
        expect(words).toContain(word);
    }),
  );
});
