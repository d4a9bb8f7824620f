// The auditor: every minute each public surface is compared with the record. What was altered is published again; what stays wrong is told.
import { askHttp } from "../clients/http-ask.ts";
import type { StoredDelivery } from "../delivery/delivery-store.ts";
import { listDeliveries, wishPublication } from "../delivery/delivery-store.ts";
import { afterLook, pageSurface, type Look, type Surface } from "../delivery/surface.ts";
import { forgetSurfaces, readSurfaces, saveSurface } from "../delivery/surface-store.ts";
import { readRecord } from "../db/record-store.ts";
import { recentPublicIncidents } from "../incidents/incident-store.ts";
import { hour, minute, second, type Instant } from "../lib/clock.ts";
import { sayDuration } from "../lib/duration.ts";
import { reachOf } from "../lib/networks.ts";
import { reasonOf } from "../lib/result.ts";
import { compareCopy, comparePage, type Compared, type Expected, type Fetched } from "../status/compare-copy.ts";
import { historyIn, siteOf } from "../status/read-site.ts";
import { readSnapshot } from "../status/read-snapshot.ts";
import { auditedFiles } from "./copies.ts";
import { siteSubject } from "./commit.ts";
import { subjectOf } from "./subject.ts";
import type { Desk, DeskTarget } from "./desk.ts";
import { shownOn } from "./shown.ts";
import { tellTeam } from "./tell-team.ts";
import { topicSubject, topicTargets } from "./topics.ts";

/** The page listens and the first publications are made before the first look. */
const firstLook = 30 * second;
const timeoutMs = 10 * second;
/** Of a page, or of a feed of long notices, so much is read. */
const largest = 4_000_000;
/** What ended so long ago is no longer looked at. */
const watchedAfterEnd = hour;

type Watched = {
  readonly name: string;
  readonly look: (signal: AbortSignal) => Promise<Look | undefined>;
  readonly repair?: { readonly target: string; readonly subject: string };
  /** Not more often than its host can show. */
  readonly repairEveryMs?: number;
};

/** When each surface was published again last. */
type Repairs = Map<string, Instant>;

async function fetchOne(url: string, path: string, now: Instant, signal: AbortSignal): Promise<Fetched> {
  // The home page as readers ask for it.
  const address = `${url}/${path === "index.html" ? "" : path}`;
  const question = { url: address, method: "GET", headers: {}, verify: true, redirects: 5, bodyLimit: largest };
  const until = AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]);
  const asked = await askHttp({ ...question, redirectReach: reachOf(true) }, { now, signal: until, timeoutMs, reach: () => true }); // prettier-ignore
  if (!asked.ok) return { path, unreached: `${new URL(url).host} ${asked.error.words}` };
  const { status, body } = asked.value;
  if (body?.trouble !== undefined) return { path, unreached: `${new URL(url).host} ${body.trouble}` };
  return { path, status, body: body?.text ?? "" };
}

async function fetchAll(url: string, now: Instant, signal: AbortSignal): Promise<readonly Fetched[]> {
  return Promise.all(auditedFiles.map((path) => fetchOne(url, path, now, signal)));
}

async function lookAtPage(desk: Desk, signal: AbortSignal): Promise<Compared | undefined> {
  const [page] = desk.pages;
  // Who has no token reads nothing of it, and neither do we.
  if (page.token !== undefined) return undefined;
  // What comes is as of when it was asked for: a machine may sleep in between.
  const now = desk.clock.now();
  const fetched = await fetchAll(desk.site.url, now, signal);
  const silent = fetched.find((one) => "unreached" in one);
  if (silent !== undefined && "unreached" in silent) return { kind: "unreachable", because: silent.unreached };
  const { epoch, seq, changedAt } = await readRecord(desk.db);
  const site = siteOf(await readSnapshot(desk, page, now, minute), historyIn(desk.db, page.shown), true);
  const files = new Map<string, string>();
  for (const path of auditedFiles) files.set(path, (await site.file(path))?.body ?? "");
  const expected: Expected = { sequence: { epoch, seq }, changedAt, files };
  return comparePage(fetched, expected, now);
}

async function lookAtMirror(desk: Desk, target: DeskTarget, url: string, signal: AbortSignal): Promise<Compared> {
  const now = desk.clock.now();
  const fetched = await fetchAll(url, now, signal);
  // What was written while we fetched is on the list too.
  return compareCopy(fetched, desk.copies?.of(target.id) ?? [], target.settleMs, now);
}

/** A publication that waits is not compared; one that waits for long is trouble by itself. */
function waiting(row: StoredDelivery | undefined, now: Instant): Look | undefined {
  if (row === undefined || (row.status !== "pending" && row.status !== "claimed")) return undefined;
  // What was not even tried waits for us, not for them.
  if (now - row.createdAt < minute || row.reason === undefined) return { kind: "settling" };
  return { kind: "unreachable", because: row.reason, since: row.createdAt };
}

async function lookAtPublication(
  desk: Desk,
  target: string,
  subject: string,
  signal: AbortSignal,
): Promise<Look | undefined> {
  const [row] = await listDeliveries(desk.db, { target, subject, limit: 1 });
  const waits = waiting(row, desk.clock.now());
  if (waits !== undefined) return waits;
  if (row?.status === "dead") return { kind: "differs", what: row.reason ?? "it was refused" };
  const shown = await shownOn(desk, target, subject);
  if (!shown.ok) return undefined;
  if (row === undefined) return { kind: "differs", what: "it was never published" };
  return shown.value.audit(row.ref, signal);
}

async function watchedOn(desk: Desk): Promise<readonly Watched[]> {
  const now = desk.clock.now();
  const mirrors = [...desk.targets.values()].map((target): Watched => {
    const { id, publicUrl } = target;
    const repair = { target: id, subject: siteSubject };
    return {
      name: id,
      repair,
      repairEveryMs: target.settleMs,
      look: async (signal) => {
        const [row] = await listDeliveries(desk.db, { ...repair, limit: 1 });
        const waits = waiting(row, desk.clock.now());
        // While it waits, what readers get may still be told to be old.
        if (publicUrl === undefined) return waits ?? { kind: "equal" };
        const seen = await lookAtMirror(desk, target, publicUrl, signal);
        return seen.kind === "equal" || seen.kind === "settling" ? (waits ?? seen) : seen;
      },
    };
  });
  const issues: Watched[] = [];
  for (const { id: target, page } of desk.incidentTargets.values()) {
    for (const { incident } of await recentPublicIncidents(desk.db, page.shown, now - watchedAfterEnd)) {
      const subject = subjectOf(incident.number);
      const look = (signal: AbortSignal): Promise<Look | undefined> => lookAtPublication(desk, target, subject, signal);
      issues.push({ name: `${target}/${subject}`, repair: { target, subject }, look });
    }
  }
  const topics = topicTargets(desk).map(({ id }): Watched => {
    const look = (signal: AbortSignal): Promise<Look | undefined> => lookAtPublication(desk, id, topicSubject, signal);
    return { name: id, repair: { target: id, subject: topicSubject }, look };
  });
  return [{ name: pageSurface, look: (signal) => lookAtPage(desk, signal) }, ...mirrors, ...issues, ...topics];
}

function sayTrouble(desk: Desk, surface: Surface, since: Instant, now: Instant): string {
  const address = surface.name === pageSurface ? desk.site.url : [...desk.targets.values()].find(({ id }) => id === surface.name)?.publicUrl; // prettier-ignore
  const where = address === undefined ? "" : ` (${address})`;
  const what = surface.status === "unreachable" ? "cannot be reached" : "has not shown what the record says";
  return `\`${surface.name}\`${where} ${what} for ${sayDuration(now - since)}: ${surface.what ?? "nobody knows why"}. Readers there may see something old or wrong`;
}

async function carryOut(
  desk: Desk,
  watched: Watched,
  look: Look,
  before: Surface | undefined,
  repairs: Repairs,
): Promise<void> {
  const now = desk.clock.now();
  const { surface, repair: wanted, news, tell } = afterLook(before, watched.name, look, now);
  const repair = wanted && now - (repairs.get(watched.name) ?? -Infinity) >= (watched.repairEveryMs ?? 0);
  if (repair) repairs.set(watched.name, now);
  await desk.db.transaction().execute(async (tx) => {
    await desk.fence?.(tx);
    await saveSurface(tx, surface);
    if (repair && watched.repair !== undefined) await wishPublication(tx, watched.repair.target, watched.repair.subject, now); // prettier-ignore
    if (tell === undefined) return;
    const text = tell.kind === "trouble" ? sayTrouble(desk, surface, tell.since, now) : `\`${surface.name}\` says what the record says again, after ${sayDuration(now - tell.since)}`; // prettier-ignore
    const event = tell.kind === "trouble" ? "surface-trouble" : "surface-well";
    await tellTeam(tx, desk, { subject: `surface:${surface.name}`, lead: "The auditor", text, event });
  });
  if (repair || tell !== undefined) desk.bell.ring();
  const about = { surface: surface.name };
  if (news === "altered") desk.log.warn({ ...about, what: surface.what }, "a surface is not as the record says");
  if (news === "restored") desk.log.info({ ...about, what: before?.what }, "a surface was put right");
}

/** One turn: looks at every surface at once, and returns how long to wait for the next. */
export function makeAuditor(desk: Desk): (signal: AbortSignal) => Promise<number> {
  let begun = false;
  const repairs: Repairs = new Map();
  return async (signal) => {
    if (!begun) {
      begun = true;
      return firstLook;
    }
    const known = await readSurfaces(desk.db);
    const watched = await watchedOn(desk);
    await Promise.all(
      watched.map(async (one) => {
        const look = await one.look(signal).catch((thrown: unknown): Look => ({ kind: "unreachable", because: reasonOf(thrown) })); // prettier-ignore
        if (look !== undefined && !signal.aborted) await carryOut(desk, one, look, known.get(one.name), repairs);
      }),
    );
    const names = new Set(watched.map(({ name }) => name));
    await forgetSurfaces(
      desk.db,
      [...known.keys()].filter((name) => !names.has(name)),
    );
    return minute;
  };
}
