// The past as the history pages show it: corrected, told late, and very much of it.
import { day, hour, minute, type Instant } from "../../src/lib/clock.ts";
import type { PublicIncident, PublicSnapshot } from "../../src/status/snapshot.ts";
import { hostile, hostileMarkdown, longName } from "./hostile.ts";
import { impact, incident, noon, snapshot, update } from "./snapshots.ts";

const at = (text: string): Instant => Date.parse(text);

/** Told late, corrected since, in two directions of writing. */
export const edited: PublicSnapshot = snapshot({
  past: [
    incident(113, {
      impact: impact({ api: "partial_outage", tests: "degraded_performance" }),
      phase: "resolved",
      notice: {
        title: "توقف خدمة البناء مؤقتاً: انقطاع في الشبكة",
        scope: "لا تبدأ عمليات البناء الجديدة. See `packit build locally`.",
        affected: longName,
        alternatives: ["none known"],
        eta: "unknown",
        retrigger: "no",
        links: [],
      },
      clocks: {
        started: at("2026-11-22T07:00:00Z"),
        detected: at("2026-11-22T10:00:00Z"),
        published: at("2026-11-22T10:00:00Z"),
        resolved: at("2026-11-22T08:30:00Z"),
      },
      updates: [
        {
          ...update(at("2026-11-22T10:00:00Z"), "resolved", "It lasted **an hour and a half**, not two."),
          before: [
            { text: "It lasted two hours.", until: at("2026-11-22T10:20:00Z") },
            { text: "It lasted one hour.", until: at("2026-11-22T11:00:00Z") },
          ],
        },
      ],
      edits: [
        {
          at: at("2026-11-22T10:05:00Z"),
          changes: [
            { field: "title", was: { texts: ["Builds fial"] } },
            { field: "notAffected", was: { texts: [] } },
          ],
        },
        {
          at: at("2026-11-22T11:00:00Z"),
          changes: [
            { field: "impact", was: { impact: impact({ api: "major_outage" }) } },
            { field: "endedAt", was: { time: at("2026-11-22T09:00:00Z") } },
            { field: "scope", was: { texts: [hostileMarkdown] } },
          ],
        },
      ],
      updatedAt: at("2026-11-22T11:00:00Z"),
    }),
  ],
});

/** A bad November: more than one page of it, and some in the years before. */
export const many: readonly PublicIncident[] = Array.from({ length: 260 }, (_, n) => {
  const started = noon - 2 * day - n * (n < 150 ? 2 * hour : 9 * day);
  const clocks = {
    started,
    detected: started + 9 * minute,
    published: started + 12 * minute,
    resolved: started + hour,
  };
  const notice = { title: n % 9 === 0 ? hostile : `Outage of the night ${n}`, alternatives: [], links: [] };
  return incident(1_000 + n, {
    phase: "resolved",
    clocks,
    notice,
    impact: impact({ koji: "partial_outage" }),
    updates: [update(started + hour, "resolved", "Over.")],
    updatedAt: started + hour,
  });
});
