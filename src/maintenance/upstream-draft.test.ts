import { describe, expect, test } from "vitest";
import { copr, t0 } from "../../test/kit/incidents.ts";
import type { PlannedWork } from "../alerts/planned-work.ts";
import type { SourceId } from "../config/names.ts";
import { day, hour, type Instant } from "../lib/clock.ts";
import { brand } from "../lib/ids.ts";
import { planOfWork, reviewPlans, type UpstreamDraft } from "./upstream-draft.ts";

const source = brand<SourceId>("copr-page");
const from = t0 + day;
const work: PlannedWork = {
  entry: "m1",
  by: "Copr",
  title: "Database upgrade",
  url: "https://copr.example.org/m1",
  components: [copr],
  from,
  until: from + hour,
};

/** What the team hears, look by look, and what is kept. */
function follow(looks: readonly (readonly [Instant, readonly PlannedWork[]])[]): {
  readonly told: readonly string[];
  readonly drafts: readonly UpstreamDraft[];
} {
  let drafts: readonly UpstreamDraft[] = [];
  const told: string[] = [];
  for (const [now, planned] of looks)
    for (const { before, after, did } of reviewPlans(drafts, planned, now)) {
      const draft = { ...after, source, number: before?.number ?? drafts.length + 1 };
      drafts = [...drafts.filter(({ number }) => number !== draft.number), draft];
      if (did !== "quietly") told.push(did);
    }
  return { told, drafts };
}

describe("what an upstream plans", () => {
  test("is proposed once, told of again when its times change, and withdrawn when it is gone", () => {
    const moved = { ...work, from: from + hour, until: from + 2 * hour };
    const { told, drafts } = follow([
      [t0, [work]],
      [t0 + 1, [work]],
      [t0 + 2, [{ ...work, text: "More words." }]],
      [t0 + 3, [moved]],
      [t0 + 4, []],
      [t0 + 5, []],
    ]);
    expect(told).toEqual(["proposed", "changed", "withdrawn"]);
    expect(drafts).toMatchObject([{ number: 1, state: "withdrawn", work: moved }]);
    expect(follow([[t0, [work]], [t0 + 1, []], [t0 + 2, [work]]]).told).toEqual(["proposed", "withdrawn", "proposed"]); // prettier-ignore
  });

  test("is over quietly when its time has passed, and nothing is proposed that has begun", () => {
    const { told, drafts } = follow([
      [t0, [work]],
      [from + 1, [work]],
      [from + 2 * hour, []],
    ]);
    expect(told).toEqual(["proposed"]);
    expect(drafts).toMatchObject([{ state: "over" }]);
    expect(follow([[from + 1, [work]]]).drafts).toEqual([]);
  });

  test("and was dismissed stays dismissed, whatever they change", () => {
    const known: UpstreamDraft = { number: 1, source, version: 2, work, state: "dismissed", proposedAt: t0 };
    expect(reviewPlans([known], [{ ...work, from: from + hour }], t0 + 1)).toMatchObject([{ did: "quietly" }]);
    expect(reviewPlans([known], [], t0 + 1)).toEqual([]);
  });

  test("becomes a plan with its link, their words as plain text, and not without an end", () => {
    const plan = planOfWork({ ...work, text: "**All** is [off](https://evil.example)" });
    expect(plan?.title).toBe("Copr: Database upgrade");
    expect(plan?.text).toBe(
      String.raw`\*\*All\*\* is \[off\](https://evil.example)` + "\n\nPlanned by Copr: <https://copr.example.org/m1>",
    );
    const { until: _until, ...endless } = work;
    expect(planOfWork(endless)).toBeUndefined();
  });
});
