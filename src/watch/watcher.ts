// One watcher at work: asks the origin, keeps what it must know, and speaks for it when `protocol.ts` says so.
import { isDeepStrictEqual } from "node:util";
import type { ComponentId, PersonId } from "../config/names.ts";
import type { Message } from "../delivery/message.ts";
import { isoSeconds, minute, second, type Clock, type Instant } from "../lib/clock.ts";
import { brand } from "../lib/ids.ts";
import { stored, unpacked } from "../lib/json.ts";
import type { Log } from "../lib/log.ts";
import { ok, type Result } from "../lib/result.ts";
import { incidentPath } from "../status/site-paths.ts";
import type { PublicSnapshot } from "../status/snapshot.ts";
import type { Known, Memory, Speaking } from "./memory.ts";
import { onDuty } from "./memory.ts";
import { see, writeOn, type Seen, type WatchMirror } from "./mirror-writing.ts";
import { anyAnswers, answersAt, type Origin } from "./origin.ts";
import { judge, leastFailures, tells, type Judgement, type Move } from "./protocol.ts";
import { openWatched, standInSnapshot, stillSilent, type Looked, type Silence } from "./stand-in.ts";
import { sayOn, type Saying, type WatchChannel } from "./telling.ts";
import type { Vault } from "./vault.ts";
import type { WatchConfig } from "./watch-config.ts";

export type WatcherParts = {
  readonly config: WatchConfig;
  readonly clock: Clock;
  readonly log: Log;
  readonly origin: Origin;
  readonly mirrors: readonly WatchMirror[];
  readonly channels: readonly WatchChannel[];
  readonly vault: Vault;
};

/** What came of one look. `waits`: it does not answer, and it is not yet time to speak. */
export type Look =
  | { readonly kind: "lives" | "waits" | "stands-by" }
  /** `told`: people know, by this watcher or another. */
  | { readonly kind: "speaks"; readonly told: boolean };

export type Watcher = {
  /** Failed: what is kept here cannot be read. */
  begin(): Promise<Result<undefined, string>>;
  look(signal: AbortSignal): Promise<Look>;
  /** A person's name on a kind of channel, as far as it is known. */
  nameOf(person: string, on: string): string;
  /** Closes what it opened. */
  end(): Promise<void>;
};

const pullEvery = minute;
/** A write that hangs must not land when all has changed. */
const longestAct = minute;
const probeTimeout = 5 * second;

type Scene = {
  readonly now: Instant;
  readonly known: Known;
  readonly judgement: Judgement & { speak: true };
  readonly seen: readonly Seen[];
};

type Wrote = Seen & { readonly wrote: boolean };

export function makeWatcher(parts: WatcherParts): Watcher {
  const { config, clock, log, origin, mirrors, channels, vault } = parts;
  let memory: Memory = { failures: 0 };
  let said = "";
  let opened: AbortController | undefined;

  async function remember(next: Memory): Promise<void> {
    memory = next;
    await vault.write(JSON.stringify(memory));
  }

  /** Once for each change: a silence of hours is not a line every 15 seconds. */
  function tell(what: string, more: object = {}): void {
    if (said !== what) log.warn(more, what);
    said = what;
  }

  /** Connections are held only while there is something to say. */
  function open(): void {
    if (opened !== undefined) return;
    const { signal } = (opened = new AbortController());
    for (const { channel } of channels) channel.open?.({ signal, held: () => !signal.aborted });
  }

  async function end(): Promise<void> {
    opened?.abort();
    opened = undefined;
    await Promise.all(channels.map(async ({ channel }) => channel.close?.()));
  }

  async function contact(signal: AbortSignal): Promise<Look> {
    const now = clock.now();
    const { known, speaking, failures } = memory;
    if (failures > 0) log.info({ failures }, "the origin answers again");
    said = "";
    memory = { ...memory, lastContact: now, failures: 0 };
    const due = known === undefined || now - known.at >= pullEvery || failures > 0 || speaking !== undefined;
    if (!due) return { kind: "lives" };
    const pulled = await origin.pull(signal);
    if (!pulled.ok) log.error({ reason: pulled.error }, "what this watcher must know cannot be pulled");
    else {
      const fresh: Known = { pulled: pulled.value, at: now, aheadMs: Date.parse(pulled.value.taken) - now };
      await remember({ ...memory, known: fresh });
      if (speaking !== undefined) await handBack(speaking, fresh, signal);
    }
    return { kind: "lives" };
  }

  /** The origin has our incident when its epoch is above ours. Until then it is asked to look at its mirrors. */
  async function handBack(speaking: Speaking, { pulled }: Known, signal: AbortSignal): Promise<void> {
    if (speaking.epoch !== undefined && pulled.epoch <= speaking.epoch) {
      const asked = await origin.takeBack(signal);
      if (!asked.ok) log.error({ reason: asked.error }, "the origin could not be asked to take its mirrors back");
      return;
    }
    log.warn({ incident: speaking.watched.id }, "the origin has taken over again");
    const { speaking: _over, ...rest } = memory;
    await remember(rest);
    if (!speaking.teller) return;
    open();
    await sayOn(channels, returned(speaking), {}, async () => {}, log);
    await end();
  }

  function returned({ watched }: Speaking): Saying {
    const saidAt = clock.now();
    return {
      key: `${watched.id}-back`,
      subject: `incident:${watched.id}`,
      message: () => ({
        event: "watch-ended",
        lead: "Tocsin's own host answers again",
        text: `What it could not tell since ${isoSeconds(watched.startedAt)} it tells from here on.`,
        mentions: [],
        saidAt,
        priority: "news",
        possiblyRepeated: false,
      }),
    };
  }

  async function silence(because: string, signal: AbortSignal): Promise<Look> {
    const now = clock.now();
    const failures = memory.failures + 1;
    await remember({ ...memory, failures });
    const { known } = memory;
    if (known === undefined) {
      tell("the origin does not answer, and nothing is known of it yet: it must answer once", { reason: because });
      return { kind: "waits" };
    }
    const lastContact = memory.lastContact ?? known.at;
    const early = failures < leastFailures || now - lastContact < config.silent_after;
    const outside = early || (await anyAnswers(config.network_check, config.origin.timeout, signal));
    const seen = early ? [] : await Promise.all(mirrors.map((each) => see(each, known.pulled.key, signal)));
    for (const { id, because: why } of seen)
      if (why !== undefined) log.warn({ mirror: id, reason: why }, "a mirror cannot be read");
    const judgement = judge({
      now,
      me: config.id,
      afterMs: config.silent_after,
      lastContact,
      failures,
      outside,
      known: { epoch: known.pulled.epoch, aheadMs: known.aheadMs },
      mirrors: seen,
    });
    if (!judgement.speak) {
      tell("the origin does not answer", { reason: because, waits: judgement.because });
      return { kind: "waits" };
    }
    return speak({ now, known, judgement, seen }, signal);
  }

  async function speak(scene: Scene, signal: AbortSignal): Promise<Look> {
    const { judgement, seen } = scene;
    const acting = seen.some(({ id }) => judgement.moves.get(id)?.do !== "leave");
    const theirs = seen.find(
      ({ holds }) => typeof holds !== "string" && holds.incident !== undefined && holds.writer !== config.id,
    );
    if (!acting && theirs !== undefined) {
      tell("the origin does not answer; another watcher speaks", { mirror: theirs.id });
      return { kind: "stands-by" };
    }
    const begun = await inWords(scene, signal);
    await remember({ ...memory, speaking: begun });
    tell("the origin does not answer; this watcher speaks for it", { incident: begun.watched.id });
    const after = await Promise.all(seen.map((each) => write(each, scene, begun, signal)));
    const epochs = after.flatMap(({ holds, wrote }) =>
      wrote && typeof holds !== "string" ? [holds.sequence.epoch] : [],
    );
    const { speaking = begun } = memory;
    if (epochs.length > 0)
      await remember({ ...memory, speaking: { ...speaking, epoch: Math.max(speaking.epoch ?? 0, ...epochs) } });
    const told = await tellPeople(scene, after);
    if (told && !begun.watched.told) await writeAgain(scene, after, signal);
    return { kind: "speaks", told };
  }

  /** What is said by now: our own words, another watcher's that went on longer, or the first ones. */
  async function inWords({ now, known, judgement, seen }: Scene, signal: AbortSignal): Promise<Speaking> {
    const mine = memory.speaking?.watched.id === judgement.incident ? memory.speaking : undefined;
    const others = seen.flatMap(({ watched }) => (watched?.id === judgement.incident ? [watched] : []));
    const longest = others.toSorted((a, b) => b.updates.length - a.updates.length)[0];
    const theirs = (longest?.updates.length ?? 0) > (mine?.watched.updates.length ?? 0) ? longest : undefined;
    const watched = theirs ?? mine?.watched;
    const due = watched === undefined || (watched.notice.nextUpdateAt ?? 0) <= now;
    if (!due && mine !== undefined && theirs === undefined) return mine;
    const looked = await lookAround(signal);
    const since = watched?.startedAt ?? judgement.since;
    const silent: Silence = {
      since,
      now,
      snapshot: snapshotOf(known),
      looked,
      nextUpdateAt: now + config.update_every,
    };
    const first = watched ?? openWatched(judgement.incident, config.id, 0, silent);
    const words = watched !== undefined && due ? stillSilent(first, silent) : first;
    return {
      ...(mine ?? { from: now, teller: false, told: {} }),
      since,
      looked: [...looked],
      watched: { ...words, writer: config.id },
    };
  }

  async function lookAround(signal: AbortSignal): Promise<Looked> {
    const looked = await Promise.all(
      config.probes.map(async ({ component, url }) => {
        const well = async (): Promise<boolean> => {
          const status = await answersAt(url, probeTimeout, signal);
          return status !== undefined && status >= 200 && status < 400;
        };
        return [component, (await well()) || (await well())] as const;
      }),
    );
    // Of several probes of one component all must be well.
    const all = new Map<ComponentId, boolean>();
    for (const [component, well] of looked) all.set(component, well && (all.get(component) ?? true));
    return all;
  }

  async function write(
    seen: Seen,
    { now, known, judgement }: Scene,
    speaking: Speaking,
    signal: AbortSignal,
  ): Promise<Wrote> {
    const move: Move | undefined = judgement.moves.get(seen.id);
    if (move === undefined || move.do === "leave" || seen.token === undefined) return { ...seen, wrote: false };
    const { mirror } = seen;
    const { watched } = speaking;
    const same = isDeepStrictEqual(seen.watched, { ...watched, epoch: move.sequence.epoch });
    const fresh = typeof seen.holds !== "string" && now - seen.holds.generatedAt < mirror.everyMs;
    if (move.do === "renew" && same && fresh) return { ...seen, wrote: false };
    const looked: Looked = new Map(speaking.looked.map(([id, well]) => [brand<ComponentId>(id), well]));
    const copy = standInSnapshot({
      watched,
      snapshot: snapshotOf(known),
      looked,
      sequence: move.sequence,
      now,
      everyMs: mirror.everyMs,
      publicUrl: mirror.publicUrl,
      key: known.pulled.key,
    });
    const wrote = await writeOn(mirror.host, copy, seen.token, signal);
    if (wrote.kind !== "written") {
      const reason = wrote.kind === "raced" ? "somebody else wrote there at the same time" : wrote.because;
      log.warn({ mirror: mirror.id, reason }, "a mirror could not be written");
      return { ...seen, holds: wrote.kind === "raced" ? seen.holds : "unread", wrote: false };
    }
    log.info({ mirror: mirror.id, ...move.sequence }, "a mirror was written");
    const { generatedAt, validUntil } = copy;
    const holds = {
      sequence: move.sequence,
      writer: config.id,
      generatedAt,
      validUntil,
      incident: { id: watched.id, told: watched.told },
    };
    return { ...seen, holds, token: wrote.token, wrote: true };
  }

  /** Whoever goes on after us must see that people were told. */
  async function writeAgain(scene: Scene, seen: readonly Wrote[], signal: AbortSignal): Promise<void> {
    const { speaking } = memory;
    const moves = new Map<string, Move>();
    for (const { id, wrote, holds } of seen) {
      if (!wrote || typeof holds === "string") continue;
      const { epoch, seq } = holds.sequence;
      moves.set(id, { do: "renew", sequence: { epoch, seq: seq + 1 } });
    }
    const again = { ...scene, judgement: { ...scene.judgement, moves } };
    if (speaking !== undefined) await Promise.all(seen.map((each) => write(each, again, speaking, signal)));
  }

  async function tellPeople({ now, known }: Scene, seen: readonly Seen[]): Promise<boolean> {
    const { speaking } = memory;
    if (speaking === undefined) return false;
    if (!speaking.teller) {
      const others = seen.some(
        ({ holds }) => typeof holds !== "string" && holds.incident?.id === speaking.watched.id && holds.incident.told,
      );
      if (others || !tells({ me: config.id, sinceMs: now - speaking.from, mirrors: seen })) return others;
      await remember({
        ...memory,
        speaking: { ...speaking, teller: true, watched: { ...speaking.watched, told: true } },
      });
    }
    const note = async (channel: string, how: "begun" | "done"): Promise<void> => {
      const { speaking: is } = memory;
      if (is !== undefined) await remember({ ...memory, speaking: { ...is, told: { ...is.told, [channel]: how } } });
    };
    open();
    await sayOn(channels, opening(speaking, known, now, seen), speaking.told, note, log);
    return true;
  }

  function opening({ watched }: Speaking, { pulled }: Known, now: Instant, seen: readonly Seen[]): Saying {
    const mine = seen.find(
      ({ holds, mirror }) => typeof holds !== "string" && holds.writer === config.id && mirror.publicUrl !== undefined,
    );
    const link =
      mine === undefined ? {} : { link: `${mine.mirror.publicUrl}/${incidentPath(-Number(watched.id.slice(2)))}` };
    const people = onDuty(pulled, config.page, now).map((id) => brand<PersonId>(id));
    const { name } = snapshotOf({ pulled, at: now, aheadMs: 0 }).site;
    const { scope, affected } = watched.notice;
    const message = (audience: "team" | "users"): Message => ({
      event: "watch-speaks",
      ...(audience === "team"
        ? {
            lead: `Tocsin's own host cannot be reached (${name})`,
            text: `No sign of life since ${isoSeconds(watched.startedAt)}; the watcher ${config.id} speaks for it. Users are told. It takes over again by itself when it is back.`,
          }
        : { lead: watched.notice.title, text: `${scope} Affected: ${affected} This message is automatic.` }),
      ...link,
      mentions: audience === "team" ? people : [],
      saidAt: now,
      priority: audience === "team" ? "page" : "news",
      possiblyRepeated: false,
    });
    return { key: watched.id, subject: `incident:${watched.id}`, message };
  }

  return {
    end,
    nameOf(id, on) {
      const person = memory.known?.pulled.people.find((each) => each.id === id);
      return (on === "irc" ? person?.irc : undefined) ?? person?.name ?? id;
    },
    async begin() {
      const kept = await vault.read();
      if (!kept.ok) return kept;
      if (kept.value !== undefined) memory = stored<Memory>(kept.value);
      return ok(undefined);
    },
    async look(signal) {
      const lives = await origin.lives(signal);
      const bounded = AbortSignal.any([signal, AbortSignal.timeout(longestAct)]);
      return lives.ok ? contact(bounded) : silence(lives.error, bounded);
    },
  };
}

const snapshotOf = ({ pulled }: Known): PublicSnapshot => unpacked<PublicSnapshot>(pulled.public);
