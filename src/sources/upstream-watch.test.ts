// What a feed says of our components: what touches them, what planned work explains, and what ends.
import { describe, expect, test } from "vitest";
import type { Alert } from "../alerts/alert.ts";
import { isHearsay, toldOf } from "../alerts/hearsay.ts";
import type { ComponentId, SourceId } from "../config/names.ts";
import { hour, minute } from "../lib/clock.ts";
import { brand } from "../lib/ids.ts";
import type { Feed, FeedIncident } from "../shapes/upstream-feed.ts";
import { hear, sayStrangers, strangersOf, type State, type Watch } from "./upstream-watch.ts";

const now = Date.UTC(2026, 10, 22, 12);
const none: State = { firing: {} };
const watch = (component: string, ...match: readonly string[]): Watch => ({
  component: brand<ComponentId>(component),
  match,
});
const incident = (more: Partial<FeedIncident> = {}): FeedIncident => ({
  id: "1",
  name: "Copr is slow",
  phase: "investigating",
  components: [],
  startedAt: now - hour,
  ...more,
});
const titled = (more: Partial<Feed> = {}): Feed => ({
  complete: false,
  components: [],
  incidents: [],
  maintenances: [],
  ...more,
});
const listed = (status: "operational" | "major_outage" | "unknown", more: Partial<Feed> = {}): Feed =>
  titled({
    complete: true,
    components: [
      { id: "f1", name: "Farm", group: "CI", status },
      { id: "r1", name: "Ranch", status: "operational" },
    ],
    ...more,
  });

function heard(feed: Feed, watches: readonly Watch[], before: State = none, at = now) {
  return hear(feed, watches, before, {
    id: brand<SourceId>("upstream-x"),
    address: "https://status.example.org",
    now: at,
  });
}
const firing = (alerts: readonly Alert[]): readonly (string | undefined)[] =>
  alerts.filter(({ status }) => status === "firing").map(({ component }) => component);

describe("which incident is about which component", () => {
  test.each([
    ["a word of the title", incident(), ["copr"], true],
    ["in any case", incident({ name: "COPR-frontend down" }), ["copr"], true],
    ["not a part of a word", incident({ name: "Coprolith" }), ["copr"], false],
    ["what hits everybody", incident({ name: "All Fedora services are down" }), ["copr"], true],
    ["anything, when nothing is to match", incident({ name: "Other" }), [], true],
    ["the components that it names, not its title", incident({ components: ["Koji"] }), ["copr"], false],
    ["signs that mean something in an expression", incident({ name: "C++ (x) down" }), ["c++ (x)"], true],
  ])("%s", (_what, one, match, hit) => {
    expect(firing(heard(titled({ incidents: [one] }), [watch("a", ...match)]).alerts)).toEqual(hit ? ["a"] : []);
  });

  test.each(["Farm", "f1", "CI - Farm", "farm"])("a component may be named %s", (name) => {
    const feed = listed("operational", { incidents: [incident({ components: ["CI - Farm"] })] });
    expect(firing(heard(feed, [watch("tests", name), watch("other", "Ranch")]).alerts)).toEqual(["tests"]);
  });
});

test("one incident that hits two of ours is two alerts of one word of theirs", () => {
  const { alerts } = heard(titled({ incidents: [incident()] }), [watch("copr", "copr"), watch("builds")]);
  expect(alerts.map(({ component }) => component)).toEqual(["copr", "builds"]);
  expect(alerts.every(({ key }) => isHearsay(key))).toBe(true);
  expect(new Set(alerts.map(({ key }) => toldOf(key)))).toEqual(new Set(["upstream-x/1"]));
  expect(alerts[0]).toMatchObject({
    quote: { by: "status.example.org", title: "Copr is slow", url: "https://status.example.org" },
  });
});

test("what was told is not told again, unless their words are others", () => {
  const feed = titled({ incidents: [incident()] });
  const { state } = heard(feed, [watch("copr")]);
  expect(heard(feed, [watch("copr")], state, now + minute).alerts).toEqual([]);
  const news = titled({ incidents: [incident({ text: "A disk is full." })] });
  expect(heard(news, [watch("copr")], state, now + minute).alerts).toMatchObject([
    { quote: { text: "A disk is full." } },
  ]);
});

test("what is resolved, or no longer on the page, has ended", () => {
  const { state } = heard(titled({ incidents: [incident()] }), [watch("copr")]);
  const gone = heard(titled(), [watch("copr")], state);
  const resolved = heard(
    titled({ incidents: [incident({ phase: "resolved", resolvedAt: now - minute })] }),
    [watch("copr")],
    state,
  );
  expect(gone.alerts).toMatchObject([{ status: "resolved", endsAt: now }]);
  expect(resolved.alerts).toMatchObject([{ status: "resolved", endsAt: now - minute }]);
  expect(gone.state).toEqual(none);
});

test("a bad state without an incident is told, and an unknown one does not end it", () => {
  const farm = [watch("tests", "Farm")];
  const { alerts, state } = heard(listed("major_outage"), farm);
  expect(alerts).toMatchObject([{ kind: "down", severity: "critical", quote: { status: "major_outage" } }]);
  const unknown = heard(listed("unknown"), farm, state);
  expect(unknown.alerts).toEqual([]);
  expect(heard(listed("operational"), farm, unknown.state).alerts).toMatchObject([{ status: "resolved" }]);
});

describe("work that they planned", () => {
  const work = { id: "m", name: "Upgrade", components: [], state: "in_progress" as const, from: now - hour };

  test("is recorded as that, and explains what began with it, not what was there before", () => {
    const incidents = [
      incident({ id: "after", startedAt: now - minute }),
      incident({ id: "before", startedAt: now - 2 * hour }),
    ];
    const { alerts } = heard(titled({ maintenances: [work], incidents }), [watch("copr")]);
    expect(alerts.map(({ labels, quote }) => [labels["upstream_incident"], quote?.planned])).toEqual([
      ["after", "Upgrade"],
      ["before", undefined],
      ["maintenance/m", "Upgrade"],
    ]);
  });

  test("is none before its time, and on at it, whatever the page says", () => {
    const planned = { ...work, state: "scheduled" as const, until: now + hour };
    expect(heard(titled({ maintenances: [{ ...planned, from: now + minute }] }), [watch("copr")]).alerts).toEqual([]);
    expect(heard(titled({ maintenances: [planned] }), [watch("copr")]).alerts).toHaveLength(1);
  });
});

test("a name that the page does not know is a blind spot, with the nearest that it knows", () => {
  const feed = listed("operational");
  expect(sayStrangers(strangersOf(watch("tests", "Frm"), feed), feed)).toBe(
    'the page has no component "Frm"; did you mean "Farm"?',
  );
  const { alerts, state } = heard(feed, [watch("tests", "Frm"), watch("other", "Ranch")]);
  expect(alerts).toMatchObject([{ kind: "blind", component: "tests", key: "upstream-x/tests/blind" }]);
  expect(heard(feed, [watch("tests", "Farm")], state).alerts).toMatchObject([{ kind: "blind", status: "resolved" }]);
});
