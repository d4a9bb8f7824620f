// Planned windows as every surface shows them: going on, to come, over, canceled, hostile.
import type { ComponentId } from "../../src/config/names.ts";
import { day, hour, minute } from "../../src/lib/clock.ts";
import { statuspageCode } from "../../src/lib/codes.ts";
import { brand } from "../../src/lib/ids.ts";
import type { PublicMaintenance, PublicSnapshot } from "../../src/status/snapshot.ts";
import { hostile, hostileMarkdown, longName } from "./hostile.ts";
import { noon, snapshot, withStatus } from "./snapshots.ts";

/** A full hour: what people plan. */
const twelve = noon - 4_000;

export function maintenance(number: number, more: Partial<PublicMaintenance> = {}): PublicMaintenance {
  const plannedAt = noon - 3 * day;
  const code = statuspageCode("update", `${number}/1`);
  const text = "Builds **wait** while it moves; none is lost.";
  return {
    number,
    code: statuspageCode("maintenance", String(number)),
    title: "Copr moves to new hardware",
    text,
    components: [brand<ComponentId>("copr")],
    state: "scheduled",
    scheduledStart: twelve + day,
    scheduledEnd: twelve + day + 2 * hour,
    plannedAt,
    updates: [{ code, at: plannedAt, state: "scheduled", text, automatic: false }],
    updatedAt: plannedAt,
    ...more,
  };
}

/** Copr under maintenance for half an hour, a holiday to come, one that is over, one that was canceled. */
export const maintained: PublicSnapshot = withStatus(
  snapshot({
    maintenance: [
      maintenance(4, {
        state: "in_progress",
        scheduledStart: twelve - 30 * minute,
        scheduledEnd: twelve + 90 * minute,
        updates: [
          {
            code: statuspageCode("update", "4/3"),
            at: noon - 10 * minute,
            state: "in_progress",
            text: "Half of the builders have moved.",
            automatic: false,
          },
          ...maintenance(4).updates,
        ],
      }),
      maintenance(5, {
        title: "The team is on holiday",
        text: "We read mail once a day.",
        components: [],
        scheduledStart: Date.parse("2026-12-23T17:00:00Z"),
        scheduledEnd: Date.parse("2027-01-04T08:00:00Z"),
      }),
      maintenance(3, {
        state: "completed",
        scheduledStart: twelve - 2 * day,
        scheduledEnd: twelve - 2 * day + hour,
        endedAt: twelve - 2 * day + hour,
      }),
      maintenance(2, { state: "canceled", endedAt: noon - 4 * day, title: longName }),
    ],
  }),
  { copr: "under_maintenance" },
);

/** Every text that an attacker or a careless hand could fill, filled. */
export const maintainedByAnybody: PublicSnapshot = withStatus(
  snapshot({
    maintenance: [
      maintenance(8, {
        state: "in_progress",
        scheduledStart: noon - hour,
        title: hostile,
        text: hostileMarkdown,
        updates: [
          { code: "hostile00001", at: noon - minute, state: "in_progress", text: hostileMarkdown, automatic: false },
          ...maintenance(8, { text: hostileMarkdown }).updates,
        ],
      }),
      maintenance(9, { title: longName, text: longName, components: [brand<ComponentId>("</script><b>gone")] }),
    ],
  }),
  { copr: "under_maintenance" },
);
