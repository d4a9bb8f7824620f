// A mirror of 1,000 and of 10,000 incidents: the whole of it, one update, one heartbeat; beside the bare writing of the same bytes.
import { everything } from "../src/components/shown-components.ts";
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { connect } from "../src/db/connect.ts";
import { migrate } from "../src/db/migrate.ts";
import { bumpSequence, ensureRecord } from "../src/db/record-store.ts";
import type { ComponentId, PersonId, TargetId } from "../src/config/names.ts";
import { insertIncident, readIncident, saveIncident } from "../src/incidents/incident-store.ts";
import { apply, type Incident, type IncidentEvent, type IncidentId } from "../src/incidents/incident.ts";
import { obey, type Order } from "../src/incidents/obey.ts";
import { day, hour, minute, wallClock, type Instant } from "../src/lib/clock.ts";
import { brand, uuidv7 } from "../src/lib/ids.ts";
import { silentLog } from "../src/lib/log.ts";
import { staticSite } from "../src/publishers/static-site.ts";
import { historyIn, siteOf } from "../src/status/read-site.ts";
import { readSnapshot, type Catalogue } from "../src/status/read-snapshot.ts";
import { median, report, rounded } from "./figures.ts";
import { makeFolder, residentMb } from "./programs.ts";

const sizes = process.argv[2] === undefined ? [1_000, 10_000] : [Number(process.argv[2])];
const targets: Readonly<Record<number, object>> = {
  1_000: { full_ms: 1_000, update_ms: 50 },
  10_000: { full_ms: 8_000, update_ms: 100, rss_mb: 250 },
};
const now: Instant = Date.parse("2026-11-22T12:00:00Z");
const by = { kind: "person", id: brand<PersonId>("alice"), via: "cli" } as const;
const parts = Array.from({ length: 20 }, (_, n) => brand<ComponentId>(`part-${n}`));

function story(number: number, opened: Instant, over: boolean): readonly Order[] {
  const told: readonly Order[] = [
    { do: "acknowledge" },
    { do: "publish", text: `Builds fail within a minute; we are looking into it (${number}).` },
    { do: "note", text: "called Bob" },
    { do: "update", phase: "identified", text: "The result storage is **full**; see https://copr.example.org/status." },
    {
      do: "update",
      phase: "monitoring",
      text: "- storage grown\n- queue is worked off",
      nextUpdateAt: opened + 9 * hour,
    },
  ];
  return over ? [...told, { do: "resolve", text: "All queued builds have run.", endedAt: opened + 3 * hour }] : told;
}

function incident(
  number: number,
  startedAt: Instant,
  over: boolean,
): { readonly last: Incident; readonly events: readonly IncidentEvent[] } {
  const first: IncidentEvent = {
    kind: "opened", at: startedAt, by, number, id: brand<IncidentId>(uuidv7(startedAt)), startedAt, summary: "17 of 19 builds failed", alerts: [], coverage: [],
    impact: { [parts[number % 20] ?? brand<ComponentId>("")]: number % 3 === 0 ? "major_outage" : "degraded_performance" },
    notice: {
      title: `Copr builds fail on some targets, outage ${number}`, scope: "New builds end with an error before they begin.", affected: "Pull requests that build in Copr",
      notAffected: "Koji builds", alternatives: ["Build locally: `packit build locally`"], eta: "unknown", nextUpdateAt: startedAt + hour, retrigger: "yes: `/packit build`", links: [],
    },
  }; // prettier-ignore
  let last = apply(undefined, first);
  const events: IncidentEvent[] = [first];
  for (const [n, order] of story(number, startedAt, over).entries()) {
    const obeyed = obey(last, { ...order, by, at: startedAt + (n + 1) * 30 * minute });
    if (!obeyed.ok) throw new Error(obeyed.refusal.message);
    last = obeyed.incident;
    events.push(...obeyed.events);
  }
  return { last, events };
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const before = performance.now();
  await work();
  return performance.now() - before;
}

/** The same files, already rendered, written one after the other by nothing but writeFile. */
function bareWriting(from: string, to: string): number {
  const paths = readdirSync(from, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  const files = paths.map((entry) => join(entry.parentPath, entry.name).slice(from.length + 1)).map((path) => [path, readFileSync(join(from, path))] as const); // prettier-ignore
  const before = performance.now();
  for (const [path, body] of files) {
    mkdirSync(dirname(join(to, path)), { recursive: true });
    writeFileSync(join(to, path), body);
  }
  return performance.now() - before;
}

async function measure(size: number): Promise<void> {
  using folder = makeFolder();
  const connection = connect(`sqlite:${folder.path}/tocsin.db`);
  await migrate(connection);
  const { db } = connection;
  await ensureRecord(db, now - 2_000 * day);
  // Four years of it, the last one still open.
  const every = (1_460 * day) / size;
  for (let from = 0; from < size; from += 500)
    await db.transaction().execute(async (tx) => {
      for (let n = from; n < Math.min(from + 500, size); n++) {
        const { last, events } = incident(n + 1, Math.round(now - day - (size - 1 - n) * every), n < size - 1);
        await insertIncident(tx, last, events, now);
      }
    });
  const catalogue: Catalogue = {
    db,
    components: new Map(parts.map((id, n) => [id, { id, name: `Component ${n + 1}`, group: `Group ${n % 4}`, notice: {} }])),
    sources: new Map(),
    targets: new Map(),
  }; // prettier-ignore
  const page = {
    site: { name: "Packit", url: "https://status.example.org", timeZone: "Europe/Prague", language: "en", demo: false, code: "packitpackit" },
    shown: everything,
  }; // prettier-ignore
  const mirror = join(folder.path, "mirror");
  const make = (): ReturnType<typeof staticSite.make> =>
    staticSite.make({ id: brand<TargetId>("mirror"), config: staticSite.config.parse({ to: { directory: mirror } }) }, { clock: wallClock, log: silentLog, folder: join(folder.path, "kept") }); // prettier-ignore
  const publisher = make();
  let at = now;
  const publish = async (one = publisher): Promise<void> => {
    at += minute;
    const snapshot = await readSnapshot(catalogue, page, at, minute);
    const sent = await one.publish(siteOf(snapshot, historyIn(db, everything), false), snapshot.sequence, undefined, AbortSignal.timeout(600_000)); // prettier-ignore
    if (sent.kind !== "sent") throw new Error(sent.because);
  };
  const update = async (number: number, order: Order): Promise<void> => {
    const before = await readIncident(db, number);
    const obeyed = before && obey(before, { ...order, by, at });
    if (before === undefined || obeyed?.ok !== true) throw new Error("the update was refused");
    await db.transaction().execute(async (tx) => {
      await saveIncident(tx, before, obeyed.incident, obeyed.events, at);
      await bumpSequence(tx, at);
    });
  };
  const spent = process.cpuUsage();
  const full = await timed(publish);
  const { user, system } = process.cpuUsage(spent);
  const updates: number[] = [];
  const edits: number[] = [];
  const beats: number[] = [];
  for (let n = 0; n < 15; n++) {
    await update(size, { do: "update", text: `Still at it, ${n}.` });
    updates.push(await timed(publish));
    await update(size - 40 - n, { do: "edit", notice: { scope: `All builds, as we know now (${n}).` } });
    edits.push(await timed(publish));
    beats.push(await timed(publish));
  }
  const restart = await timed(() => publish(make()));
  // Before the peer, which holds every file at once.
  const resident = rounded(residentMb(process.pid), 0);
  const bare = bareWriting(mirror, join(folder.path, "bare"));
  report(`mirror with ${size} incidents`, {
    full_ms: rounded(full, 0),
    full_cpu_ms: rounded((user + system) / 1_000, 0),
    one_update_ms: rounded(median(updates), 1),
    one_edit_of_the_past_ms: rounded(median(edits), 1),
    heartbeat_ms: rounded(median(beats), 1),
    after_a_restart_ms: rounded(restart, 0),
    bare_writing_ms: rounded(bare, 0),
    full_to_bare_writing: rounded(full / bare, 1),
    rss_mb: resident,
    files: readdirSync(mirror, { recursive: true }).length,
    state_json_bytes: readFileSync(join(mirror, "state.json")).length,
    target: targets[size] ?? {},
  });
  await connection.close();
}

for (const size of sizes) await measure(size);
