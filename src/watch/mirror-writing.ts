// Reads what a mirror holds, and writes on it what a watcher says: the pages that are true now; the past stays as it is.
import { reasonOf, type Result } from "../lib/result.ts";
import { stateFile, type MirrorHost, type Written } from "../mirrors/mirror-host.ts";
import { copyState, signatureOf, watchedIncident, type WatchedIncident } from "../status/copy-state.ts";
import { siteOf, type History } from "../status/read-site.ts";
import { feedPath } from "../status/site-paths.ts";
import type { PublicIncident, PublicSnapshot } from "../status/snapshot.ts";
import { sameSecret } from "../lib/signature.ts";
import type { Held, MirrorSeen } from "./protocol.ts";

export type WatchMirror = {
  readonly id: string;
  readonly host: MirrorHost;
  readonly everyMs: number;
  readonly publicUrl?: string | undefined;
};

export type Seen = MirrorSeen & {
  readonly mirror: WatchMirror;
  readonly token?: string;
  /** The incident on it, when one of our watchers signed it. */
  readonly watched?: WatchedIncident;
  readonly because?: string;
};

export async function see(mirror: WatchMirror, key: string, signal: AbortSignal): Promise<Seen> {
  const common = { id: mirror.id, swaps: mirror.host.coordinates, mirror };
  const read = await readSafely(mirror.host, signal);
  if (!read.ok) return { ...common, holds: "unread", because: read.error };
  const { token, text } = read.value;
  const state = text === undefined ? undefined : copyState(text);
  if (state === undefined) return { ...common, holds: "none", token };
  const signed = state.watched;
  const genuine = signed !== undefined && sameSecret(signed.signature, signatureOf(signed.text, key));
  const watched = genuine ? watchedIncident(signed) : undefined;
  const { watched: _signed, ...rest } = state;
  const holds: Held = watched === undefined ? rest : { ...rest, incident: { id: watched.id, told: watched.told } };
  return { ...common, holds, token, ...(watched === undefined ? {} : { watched }) };
}

async function readSafely(host: MirrorHost, signal: AbortSignal): ReturnType<MirrorHost["read"]> {
  return host.read(signal).catch((thrown: unknown): Result<never, string> => ({ ok: false, error: reasonOf(thrown) }));
}

/** Every file that is made anew with each snapshot, and the feed. */
export async function writeOn(
  host: MirrorHost,
  snapshot: PublicSnapshot,
  token: string,
  signal: AbortSignal,
): Promise<Written> {
  const site = siteOf(snapshot, pastIn(snapshot), false);
  const plan = await site.plan();
  const paths = plan.filter(({ path, stamp }) => (stamp === undefined || path === feedPath) && path !== stateFile);
  return host.write(
    {
      files: site.files(paths.map(({ path }) => path)),
      gone: [],
      state: async () => (await site.file(stateFile)) ?? { path: stateFile, body: "", contentType: "" },
      token,
    },
    signal,
  );
}

/** The past as far as the snapshot goes; what is older stays on the mirror. */
function pastIn({ open, past, maintenance }: PublicSnapshot): History {
  const all = [...open, ...past];
  const some = async (numbers: readonly number[]): Promise<readonly PublicIncident[]> =>
    all.filter(({ number }) => numbers.includes(number));
  return {
    index: async () =>
      all.map(({ number, clocks, phase }) => ({
        number,
        version: 1,
        startedAt: clocks.started,
        ...(phase === "resolved" ? { endedAt: clocks.resolved ?? clocks.started } : {}),
      })),
    adopted: async () => [],
    redirects: async () => [],
    listed: some,
    incidents: some,
    changed: async (limit) =>
      all
        .toSorted((a, b) => b.updatedAt - a.updatedAt)
        .slice(0, limit)
        .map(({ number }) => number),
    windows: async () => maintenance,
  };
}
