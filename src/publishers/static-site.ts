// The page as files in a directory: whole, atomic, only what changed, `state.json` last.
import { mkdir, open, readdir, readFile, rename, rm, stat } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { z } from "zod";
import { duration, webUrl } from "../config/fields.ts";
import type { Sent } from "../delivery/channel.ts";
import { definePublisher } from "../delivery/publisher.ts";
import { second } from "../lib/clock.ts";
import { fault } from "../lib/fault.ts";
import { compareSequence, type Sequence } from "../lib/sequence.ts";
import { reasonOf } from "../lib/result.ts";
import { renderSite } from "../status/site.ts";
import type { PublicSnapshot } from "../status/snapshot.ts";

const Config = z.strictObject({
  to: z
    .strictObject({
      directory: z.string().min(1).describe("The folder; made when missing. Tocsin alone writes into it."),
    })
    .describe("Where the files go."),
  every: duration(second)
    .prefault("1m")
    .describe("How often it is renewed when nothing changes; it is valid for three times that."),
  public_url: webUrl().optional().describe("Where readers find it; the other surfaces name it."),
});

const stateFile = "state.json";
const State = z.object({ epoch: z.int(), seq: z.int() });

/** What another writer left there, if anything; broken or missing files are as good as none. */
async function sequenceAt(folder: string): Promise<Sequence | undefined> {
  const text = await readFile(join(folder, stateFile), "utf8").catch(() => undefined);
  if (text === undefined) return undefined;
  try {
    const state = State.safeParse(JSON.parse(text));
    return state.success ? state.data : undefined;
  } catch {
    return undefined;
  }
}

/** Readers see the old file or the new one, never half of one; after a power cut too. */
async function writeWhole(path: string, body: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  const draft = `${path}.tocsin-tmp`;
  const file = await open(draft, "w", 0o644);
  try {
    await file.writeFile(body);
    await file.sync();
  } finally {
    await file.close();
  }
  await rename(draft, path);
}

/** -1 when there is no such file. */
async function changedAt(path: string): Promise<number> {
  return stat(path).then(
    (found) => found.mtimeMs,
    () => -1,
  );
}

async function same(path: string, body: string): Promise<boolean> {
  const size = await stat(path).then(
    (found) => found.size,
    () => -1,
  );
  return size === Buffer.byteLength(body) && (await readFile(path, "utf8").catch(() => undefined)) === body;
}

/** Pages of incidents that the public may no longer see, and drafts that a crash left behind. */
async function removeStrangers(folder: string, files: ReadonlyMap<string, string>): Promise<void> {
  for (const part of ["", "incidents", "api/v2"]) {
    const names = await readdir(join(folder, part)).catch((): string[] => []);
    for (const name of names) {
      const path = part === "" ? name : `${part}/${name}`;
      const ours = /^incidents\/\d+\.html$/.test(path) || path.endsWith(".tocsin-tmp");
      if (ours && !files.has(path)) await rm(join(folder, path), { force: true });
    }
  }
}

export const staticSite = definePublisher<typeof Config, PublicSnapshot>(Config, ({ config }, { log }) => {
  const folder = resolve(config.to.directory);
  // What this process wrote, and when: a file that nobody touched since need not be read back each minute.
  let written = new Map<string, { readonly body: string; readonly at: number }>();

  async function put(path: string, body: string): Promise<boolean> {
    const full = join(folder, path);
    const last = written.get(path);
    if (last?.body === body && last.at === (await changedAt(full))) return false;
    const changed = !(await same(full, body));
    if (changed) await writeWhole(full, body);
    written.set(path, { body, at: await changedAt(full) });
    return changed;
  }

  async function publish(snapshot: PublicSnapshot, sequence: Sequence, signal: AbortSignal): Promise<Sent> {
    const there = await sequenceAt(folder);
    if (there !== undefined && compareSequence(there, sequence) > 0) {
      return {
        kind: "reject",
        because: `the mirror holds a newer state (${there.epoch}, ${there.seq}) than ours (${sequence.epoch}, ${sequence.seq})`,
      };
    }
    const files = renderSite(snapshot);
    let changed = 0;
    for (const [path, body] of files) {
      signal.throwIfAborted();
      if (path === stateFile) continue;
      if (await put(path, body)) {
        changed += 1;
        fault("site.file-written");
      }
    }
    await removeStrangers(folder, files);
    fault("site.before-state");
    await put(stateFile, files.get(stateFile) ?? "");
    fault("site.after-state");
    written = new Map([...written].filter(([path]) => files.has(path)));
    log.debug({ folder, changed }, "mirror written");
    return { kind: "sent", ref: `${sequence.epoch}.${sequence.seq}` };
  }

  return {
    async publish(snapshot, sequence, _previousRef, signal) {
      try {
        return await publish(snapshot, sequence, signal);
      } catch (thrown) {
        // A full or read-only disk, a folder that is gone: it may come back.
        written = new Map();
        return { kind: "retry", because: reasonOf(thrown) };
      }
    },
  };
});
