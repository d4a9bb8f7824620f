// What Alertmanager's API v2 shows of alerts, as Tocsin holds them.
import { setImmediate as breathe } from "node:timers/promises";
import { alertKey, fingerprintOf, type Alert } from "../alerts/alert.ts";
import { firingPage, type FiringWord } from "../alerts/alert-store.ts";
import { newestInInbox, waitsInInbox } from "../alerts/inbox-store.ts";
import { matches, parseMatcher, type Matcher } from "../alerts/labels.ts";
import { silencingAll, type Silence } from "../alerts/silence.ts";
import { liveSilences } from "../alerts/silence-store.ts";
import type { SourceId } from "../config/names.ts";
import type { Desk } from "../engine/desk.ts";
import { second, wallClock, type Instant } from "../lib/clock.ts";
import { pattern, patternTrouble } from "../lib/pattern.ts";
import { failed, ok, type Result } from "../lib/result.ts";
import { wrong, type Asked, type Told } from "./alertmanager-told.ts";

/** Everything goes to the one who has set it up. */
const receiver = "tocsin";

type Wanted = {
  readonly matchers: readonly Matcher[];
  readonly active: boolean;
  readonly silenced: boolean;
  readonly inhibited: boolean;
};

export function matchersIn(query: URLSearchParams): Result<readonly Matcher[], string> {
  const matchers: Matcher[] = [];
  for (const text of query.getAll("filter")) {
    const matcher = parseMatcher(text);
    if (!matcher.ok) return matcher;
    matchers.push(matcher.value);
  }
  return ok(matchers);
}

function flag(query: URLSearchParams, name: string): boolean {
  return query.get(name) !== "false";
}

/** Undefined when the receiver that is asked for is not ours: nothing goes there. */
function readWanted(query: URLSearchParams): Result<Wanted | undefined, string> {
  const matchers = matchersIn(query);
  if (!matchers.ok) return matchers;
  const asked = query.get("receiver") ?? "";
  const trouble = patternTrouble(asked);
  if (trouble !== undefined) return failed(trouble);
  if (asked !== "" && !pattern(asked).matches(receiver)) return ok(undefined);
  return ok({
    matchers: matchers.value,
    active: flag(query, "active"),
    silenced: flag(query, "silenced"),
    inhibited: flag(query, "inhibited"),
  });
}

/** Who has posted an alert finds it: what came in before the question is taken in before the answer. Not at any price. */
async function takenIn(desk: Desk, source: SourceId): Promise<void> {
  const newest = await newestInInbox(desk.db);
  for (const limit = performance.now() + second; performance.now() < limit;) {
    if (!(await waitsInInbox(desk.db, source, newest))) return;
    await desk.bell.wait(desk.bell.rings(), wallClock, 20, new AbortController().signal);
  }
}

const rfc = (at: Instant): string => new Date(at).toISOString();

/** One that will say itself when it is over has no end yet; the field must be there. */
const farAway = 5 * 60 * second;

type Seen = {
  readonly stored: FiringWord;
  readonly silencedBy: readonly string[];
  readonly inhibitedBy: readonly string[];
};

function present({ stored: { alert }, silencedBy, inhibitedBy }: Seen, now: Instant): unknown {
  const state = silencedBy.length > 0 || inhibitedBy.length > 0 ? "suppressed" : "active";
  return {
    annotations: alert.annotations ?? { summary: alert.summary },
    endsAt: rfc(alert.expiresAt ?? now + farAway),
    fingerprint: fingerprintOf(alert.key),
    receivers: [{ name: receiver }],
    startsAt: rfc(alert.startsAt),
    status: { inhibitedBy, silencedBy, state },
    updatedAt: rfc(alert.observedAt),
    generatorURL: alert.link ?? "",
    labels: alert.labels,
  };
}

function isWanted({ stored, silencedBy, inhibitedBy }: Seen, wanted: Wanted): boolean {
  const { alert } = stored;
  const quiet = silencedBy.length > 0 || inhibitedBy.length > 0;
  return (
    (wanted.active || quiet) &&
    (wanted.silenced || silencedBy.length === 0) &&
    (wanted.inhibited || inhibitedBy.length === 0) &&
    wanted.matchers.every((matcher) => matches(matcher, alert.labels))
  );
}

const pageSize = 500;

/** What fires, page by page, so that ten thousand keep nobody waiting. The sign of life is no alert of theirs. */
async function* firing({ desk, source }: Asked, wanted: Wanted, now: Instant): AsyncGenerator<readonly Seen[]> {
  const silences = await liveSilences(desk.db, now);
  for (let after = ""; ;) {
    const page = await firingPage(desk.db, source, after, pageSize);
    yield page
      .filter(({ alert }) => !hasExpired(alert, now) && alert.key !== alertKey(source, "watchdog"))
      .map((stored) => seen(stored, silences, now))
      .filter((each) => isWanted(each, wanted));
    const last = page.at(-1);
    if (page.length < pageSize || last === undefined) return;
    after = last.alert.key;
    await breathe();
  }
}

function hasExpired({ expiresAt }: Alert, now: Instant): boolean {
  return expiresAt !== undefined && expiresAt <= now;
}

function seen(stored: FiringWord, silences: readonly Silence[], now: Instant): Seen {
  const silencedBy = silencingAll(silences, stored.alert, now).map(({ id }) => id);
  const kept = stored.quietBy?.startsWith("maintenance:") === true ? [stored.quietBy] : [];
  return { stored, silencedBy, inhibitedBy: kept };
}

export async function getAlerts(asked: Asked): Promise<Told> {
  const wanted = readWanted(asked.query);
  if (!wanted.ok) return wrong(wanted.error);
  if (wanted.value === undefined) return { status: 200, body: [] };
  await takenIn(asked.desk, asked.source);
  const now = asked.desk.clock.now();
  return { status: 200, parts: listOf(firing(asked, wanted.value, now), now) };
}

async function* listOf(pages: AsyncIterable<readonly Seen[]>, now: Instant): AsyncGenerator<string> {
  let before = "[";
  for await (const page of pages) {
    if (page.length === 0) continue;
    yield before + page.map((each) => JSON.stringify(present(each, now))).join(",");
    before = ",";
  }
  yield before === "[" ? "[]\n" : "]\n";
}

/** A group is what Tocsin tells of at once: an incident. */
export async function getGroups(asked: Asked): Promise<Told> {
  const wanted = readWanted(asked.query);
  if (!wanted.ok) return wrong(wanted.error);
  if (wanted.value === undefined) return { status: 200, body: [] };
  await takenIn(asked.desk, asked.source);
  const now = asked.desk.clock.now();
  const groups = new Map<number | undefined, unknown[]>();
  for await (const page of firing(asked, wanted.value, now))
    for (const each of page) {
      const { incident } = each.stored;
      groups.set(incident, [...(groups.get(incident) ?? []), present(each, now)]);
    }
  const body = [...groups].map(([incident, alerts]) => ({
    labels: incident === undefined ? {} : { incident: String(incident) },
    receiver: { name: receiver },
    alerts,
  }));
  return { status: 200, body };
}

export async function receivers(): Promise<Told> {
  return { status: 200, body: [{ name: receiver }] };
}

const startedAt = wallClock.now();

/** The config is one that Alertmanager's tools can read, and says no more than that all goes to Tocsin. */
export async function statusOf({ desk }: Asked): Promise<Told> {
  const build = { branch: "tocsin", buildDate: "", buildUser: "", goVersion: "", revision: "", version: "0.25.0" };
  return {
    status: 200,
    body: {
      cluster: { name: desk.site.name, peers: [], status: "disabled" },
      config: { original: `route:\n  receiver: ${receiver}\nreceivers:\n- name: ${receiver}\n` },
      uptime: rfc(startedAt),
      versionInfo: build,
    },
  };
}
