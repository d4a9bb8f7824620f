import * as fc from "fast-check";
import ICAL from "ical.js";
import { expect, test } from "vitest";
import { maintained, maintainedByAnybody, maintenance } from "../../test/kit/maintenance-snapshots.ts";
import { noon, outage, snapshot } from "../../test/kit/snapshots.ts";
import { bodyOf } from "../../test/kit/sites.ts";
import { hour, minute } from "../lib/clock.ts";
import type { PublicSnapshot } from "./snapshot.ts";

type Read = {
  readonly uid: string;
  readonly summary: string;
  readonly description: string;
  readonly from: number;
  readonly to: number;
  readonly status: string;
  readonly sequence: number;
  readonly url: string;
};

/** Read back by a parser that is not ours, after the rules of lines: CRLF, at most 75 octets, no control characters. */
async function eventsOf(of: PublicSnapshot): Promise<readonly Read[]> {
  const body = await bodyOf(of, "maintenance.ics");
  expect(body.endsWith("END:VCALENDAR\r\n")).toBe(true);
  for (const line of body.split("\r\n")) {
    expect(Buffer.byteLength(line), line).toBeLessThanOrEqual(75);
    expect(line).not.toMatch(/[\u0000-\u0008\n\r\u000b-\u001f\u007f]/u);
  }
  expect(Buffer.from(body).toString()).toBe(body);
  const component = new ICAL.Component(ICAL.parse(body));
  return component.getAllSubcomponents("vevent").map((each) => {
    const event = new ICAL.Event(each);
    for (const required of ["uid", "dtstamp", "dtstart", "dtend", "summary"])
      expect(each.getAllProperties(required)).toHaveLength(1);
    return {
      uid: event.uid,
      summary: event.summary,
      description: event.description,
      from: event.startDate.toJSDate().getTime(),
      to: event.endDate.toJSDate().getTime(),
      status: String(each.getFirstPropertyValue("status")),
      sequence: Number(each.getFirstPropertyValue("sequence")),
      url: String(each.getFirstPropertyValue("url")),
    };
  });
}

const uids = async (of: PublicSnapshot) => (await eventsOf(of)).map(({ uid }) => uid);

test("each window is an event with its times, and a canceled one is said to be so", async () => {
  const events = await eventsOf(maintained);
  const moves = maintained.maintenance[0];
  expect(events.map(({ status }) => status).toSorted()).toEqual(["CANCELLED", "CONFIRMED", "CONFIRMED", "CONFIRMED"]);
  expect(events.find(({ url }) => url.endsWith("/maintenance/4.html"))).toMatchObject({
    summary: "Packit: Copr moves to new hardware",
    description:
      "Affected: Copr builds.\n\nBuilds wait while it moves; none is lost.\n\nHalf of the builders have moved.\n\nhttps://status.packit.example/maintenance/4.html",
    from: moves?.scheduledStart,
    to: moves?.scheduledEnd,
    status: "CONFIRMED",
    sequence: 1,
  });
  expect(events.find(({ status }) => status === "CANCELLED")?.summary).toMatch(/^Canceled: Packit: /u);
});

test("an event keeps its id when it moves, is extended or canceled, and counts up", async () => {
  const [first] = maintenance(7).updates;
  if (first === undefined) throw new Error("it was planned");
  const planned = maintenance(7);
  const later = {
    code: "moved0000001",
    at: noon,
    state: "scheduled" as const,
    text: "It was moved.",
    automatic: false,
  };
  const moved = {
    ...planned,
    scheduledStart: noon + 30 * hour,
    scheduledEnd: noon + 31 * hour,
    updates: [later, first],
    updatedAt: noon,
  };
  const canceled = {
    ...moved,
    state: "canceled" as const,
    endedAt: noon + minute,
    updates: [{ ...later, code: "gone00000001" }, later, first],
  };
  const seen = await Promise.all(
    [planned, moved, canceled].map(async (one) => (await eventsOf(snapshot({ maintenance: [one] })))[0]),
  );
  expect(new Set(seen.map((event) => event?.uid)).size).toBe(1);
  expect(seen.map((event) => event?.sequence)).toEqual([0, 1, 2]);
  expect(seen.map((event) => event?.status)).toEqual(["CONFIRMED", "CONFIRMED", "CANCELLED"]);
  expect(seen[1]?.from).toBe(Math.floor(moved.scheduledStart / 1_000) * 1_000);
});

test("the same plan gives the same bytes, and every event another id", async () => {
  const later = { ...maintained, generatedAt: maintained.generatedAt + minute };
  expect(await bodyOf(later, "maintenance.ics")).toBe(await bodyOf(maintained, "maintenance.ics"));
  const all = await uids(maintained);
  expect(new Set(all).size).toBe(all.length);
  expect(await eventsOf(outage)).toEqual([]);
});

test("texts of others are read back as they were, and make no line of their own", async () => {
  expect(await eventsOf(maintainedByAnybody)).toHaveLength(2);
  const sharp = fc.constantFrom(
    "\r\nEND:VEVENT\r\n",
    "\nBEGIN:VALARM",
    ";",
    ",",
    "\\",
    "\\n",
    ":",
    '"',
    "👩‍👩‍👧‍👦",
    "שָׁלוֹם",
    "\u202e",
    "\ud83d",
    "\u0000",
    "\u2028",
  );
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.oneof(sharp, fc.string({ unit: "binary", maxLength: 200 })), { maxLength: 5 }),
      async (pieces) => {
        const title = `a${pieces.join("")}`;
        const [event, ...others] = await eventsOf(snapshot({ maintenance: [maintenance(1, { title, text: title })] }));
        expect(others).toEqual([]);
        expect(event?.summary.startsWith("Packit: a")).toBe(true);
      },
    ),
    { numRuns: 150 },
  );
  const spiced = snapshot({ maintenance: [maintenance(1, { title: "a; b, c\\d \\n e: 🚀" })] });
  expect((await eventsOf(spiced))[0]?.summary).toBe("Packit: a; b, c\\d \\n e: 🚀");
  expect(await bodyOf(spiced, "maintenance.ics")).toContain("SUMMARY:Packit: a\\; b\\, c\\\\d \\\\n e: 🚀\r\n");
});
