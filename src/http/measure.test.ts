// What /metrics tells, read from a real record on each database.
import { expect, test } from "vitest";
import { testPage } from "../../test/kit/bare-desk.ts";
import { onEachDatabase, type OpenDatabase } from "../../test/kit/database.ts";
import { jobs, opened, standing, t0 } from "../../test/kit/incidents.ts";
import { appendToInbox } from "../alerts/inbox-store.ts";
import { saveSourceState } from "../alerts/source-state-store.ts";
import { idleChannel } from "../channels/idle.ts";
import type { ChannelId, SourceId } from "../config/names.ts";
import { insertIncident } from "../incidents/incident-store.ts";
import { wishPublication } from "../delivery/delivery-store.ts";
import { minute } from "../lib/clock.ts";
import { brand } from "../lib/ids.ts";
import { ok } from "../lib/result.ts";
import { measure, type Beating, type Measured } from "./measure.ts";
import { makeMetrics } from "./metrics.ts";

const team = brand<ChannelId>("team");
const gone = brand<SourceId>("gone");
const leading: Beating = { leading: () => true, troubles: () => new Map(), hung: () => [], clockOff: () => undefined };

function measured(at: OpenDatabase, more: Partial<Measured> = {}): Measured {
  return {
    db: at.db,
    clock: { now: () => t0 + 10 * minute, wait: async () => undefined },
    channels: new Map([
      [team, { id: team, type: "irc", audience: "team", page: testPage, channel: idleChannel(team) }],
    ]),
    sources: new Map([
      [
        jobs,
        {
          id: jobs,
          type: "generic",
          source: {
            kind: "webhook",
            asks: { challenge: "Bearer", words: "the token is missing" },
            verify: () => true,
            parse: () => ok({ alerts: [], warnings: [] }),
          },
        },
      ],
    ]),
    limits: { waiting: 1_000, waitingBytes: 1e6 },
    ...more,
  };
}

/** The samples, without what the process says of itself. */
async function told(metrics: ReturnType<typeof makeMetrics>): Promise<readonly string[]> {
  const text = await metrics.registry.metrics();
  return text
    .split("\n")
    .filter((line) => line.startsWith("tocsin_") && !/_(info|total|bucket|sum|count)\b|_config_/u.test(line));
}

onEachDatabase("what /metrics tells", (database) => {
  test("of an idle desk: zeros where something could wait", async () => {
    await using at = await database.open();
    const metrics = makeMetrics();
    await measure(measured(at), leading, metrics);
    expect(await told(metrics)).toEqual([
      'tocsin_inbox{status="waiting"} 0',
      'tocsin_inbox{status="rejected"} 0',
      "tocsin_inbox_limit 1000",
      "tocsin_inbox_oldest_seconds 0",
      "tocsin_draft_oldest_seconds 0",
      "tocsin_engine_leading 1",
      'tocsin_channel_troubled{channel="team"} 0',
      "tocsin_database_up 1",
      "tocsin_clock_off_seconds 0",
    ]);
  });

  test("of what waits: since when, and in whose name", async () => {
    await using at = await database.open();
    const draft = opened();
    const published = standing("published triggered", opened({ number: 8 }));
    await at.db.transaction().execute(async (tx) => {
      await insertIncident(tx, draft, [], t0);
      await insertIncident(tx, published, [], t0);
    });
    await wishPublication(at.db, "mirror", "site", t0 + 8 * minute);
    await appendToInbox(at.db, [{ source: jobs, receivedAt: t0 + 9 * minute, headers: "{}", body: new Uint8Array() }]);
    await saveSourceState(at.db, { source: jobs, okAt: t0, blind: true });
    await saveSourceState(at.db, { source: gone, okAt: t0, blind: true });
    const metrics = makeMetrics();
    const troubled: Beating = {
      ...leading,
      troubles: () => new Map([["remind", "no"]]),
      hung: () => ["intake"],
      clockOff: () => -3_500,
    };
    await measure(measured(at), troubled, metrics);
    const lines = await told(metrics);
    for (const line of [
      "tocsin_draft_oldest_seconds 600",
      'tocsin_incident_first_word_seconds{incident="8",spoken_by="people"} 660',
      'tocsin_incidents_open{visibility="draft"} 1',
      'tocsin_incidents_open{visibility="published"} 1',
      'tocsin_delivery_oldest_seconds{target="mirror"} 120',
      'tocsin_inbox{status="waiting"} 1',
      "tocsin_inbox_oldest_seconds 60",
      'tocsin_source_blind{source="jobs"} 1',
      `tocsin_source_look_success_timestamp_seconds{source="jobs"} ${t0 / 1_000}`,
      "tocsin_clock_off_seconds -3.5",
      'tocsin_loop_failing{loop="remind"} 1',
      'tocsin_loop_failing{loop="intake"} 1',
    ])
      expect(lines).toContain(line);
    expect(lines.join()).not.toContain("gone");
  });

  test("of a standby: that it stands by; that its channels are not connected is no trouble", async () => {
    await using at = await database.open();
    const metrics = makeMetrics();
    await measure(measured(at), { ...leading, leading: () => false }, metrics);
    const lines = await told(metrics);
    expect(lines).toContain("tocsin_engine_leading 0");
    expect(lines.join()).not.toContain("tocsin_channel_troubled");
  });

  test("of a database that cannot be read: just that, and no figure that is old", async () => {
    await using at = await database.open();
    const metrics = makeMetrics();
    await measure(measured(at), leading, metrics);
    await using empty = await database.empty();
    const { db } = empty.connect();
    await expect(measure(measured(at, { db }), leading, metrics)).rejects.toThrow(/deliveries|inbox/u);
    expect(await told(metrics)).toEqual([
      "tocsin_inbox_limit 1000",
      "tocsin_engine_leading 1",
      'tocsin_channel_troubled{channel="team"} 0',
      "tocsin_database_up 0",
      "tocsin_clock_off_seconds 0",
    ]);
  });
});

test("a process tells its version, its memory, its processor time and how busy its one thread is", async () => {
  const text = await makeMetrics().registry.metrics();
  expect(text).toMatch(/^tocsin_build_info\{version="\d+\.\d+\.\d+[^"]*",node="26\.[^"]+"\} 1$/mu);
  const value = (name: string): number => Number(new RegExp(`^${name} (\\S+)$`, "mu").exec(text)?.[1]);
  expect(value("process_resident_memory_bytes")).toBeGreaterThan(10e6);
  expect(value("process_cpu_seconds_total")).toBeGreaterThan(0);
  expect(value("tocsin_event_loop_active_seconds_total")).toBeGreaterThan(0);
  expect(value("process_start_time_seconds")).toBeCloseTo(performance.timeOrigin / 1_000);
});

test("the time of the last sending stands still while nothing can be sent", async () => {
  const { meter, registry } = makeMetrics();
  const sent = async (): Promise<string> =>
    (await registry.metrics()).split("\n").find((line) => line.startsWith("tocsin_delivery_sent")) ?? "never";
  meter.attempted("mirror", "retry", 5);
  expect(await sent()).toBe("never");
  meter.attempted("mirror", "sent", 5);
  expect(await sent()).toMatch(/^tocsin_delivery_sent_timestamp_seconds\{target="mirror"\} \d{10}/u);
});
