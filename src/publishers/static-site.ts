// The page as files in a directory: whole, atomic, only what changed, `state.json` last.
import { access, constants, mkdir, open, readFile, readdir, rename, rm, stat, type FileHandle } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { z } from "zod";
import { duration, webUrl } from "../config/fields.ts";
import type { Sent } from "../delivery/channel.ts";
import { definePublisher } from "../delivery/publisher.ts";
import { second } from "../lib/clock.ts";
import { fault } from "../lib/fault.ts";
import { compareSequence, type Sequence } from "../lib/sequence.ts";
import { failed, ok, reasonOf } from "../lib/result.ts";
import { stampOf } from "../lib/codes.ts";
import type { Planned, Site } from "../status/read-site.ts";

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

/** Readers see the old file or the new one, never half of one; after a power cut too. Returns when it was changed. */
async function writeWhole(path: string, body: string): Promise<number> {
  const draft = `${path}.tocsin-tmp`;
  const file = await opened(draft);
  let at: number;
  try {
    await file.writeFile(body);
    await file.sync();
    at = (await file.stat()).mtimeMs;
  } finally {
    await file.close();
  }
  await rename(draft, path);
  return at;
}

async function opened(draft: string): Promise<FileHandle> {
  try {
    return await open(draft, "w", 0o644);
  } catch (thrown) {
    if (!(thrown instanceof Error && "code" in thrown && thrown.code === "ENOENT")) throw thrown;
    await mkdir(dirname(draft), { recursive: true });
    return open(draft, "w", 0o644);
  }
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
async function removeStrangers(folder: string, files: ReadonlySet<string>): Promise<void> {
  for (const part of ["", "incidents", "maintenance", "history", "api/v2", "api/v2/incidents"]) {
    const names = await readdir(join(folder, part)).catch((): string[] => []);
    for (const name of names) {
      const path = part === "" ? name : `${part}/${name}`;
      const ours =
        /^((incidents|maintenance)\/\d+|history\/\d{4}-\d{2}(-p\d+)?)\.html$/.test(path) ||
        path.endsWith(".tocsin-tmp");
      if (ours && !files.has(path)) await rm(join(folder, path), { force: true });
    }
  }
}

/** Several at a time: most of the time of a write is waiting for the disk. */
const writers = 16;

async function inParallel<T>(all: readonly T[], work: (one: T) => Promise<void>): Promise<void> {
  const queue = all.values();
  const failures: unknown[] = [];
  await Promise.all(
    Array.from({ length: writers }, async () => {
      for (const one of queue) {
        if (failures.length > 0) return;
        await work(one).catch((thrown: unknown) => failures.push(thrown));
      }
    }),
  );
  if (failures.length > 0) throw failures[0];
}

/** What this process wrote, and when: from which stamp, or without one which bytes, by their code. */
type Written = { readonly stamp?: string; readonly code?: string; readonly at: number };

/** So many unchanged files are looked at with each renewal, in turn: what somebody deleted or changed is put right in the end. */
const lookedAtEach = 200;

export const staticSite = definePublisher<typeof Config, Site>(Config, ({ config }, { log }) => {
  const folder = resolve(config.to.directory);
  let written = new Map<string, Written>();
  let turn = 0;

  /** `whole`: a publication was finished here before, so that a file may be what it should be. */
  async function put(path: string, body: string, stamp: string | undefined, whole: boolean): Promise<boolean> {
    const full = join(folder, path);
    const last = written.get(path);
    const mark = stamp === undefined ? { code: stampOf(body) } : { stamp };
    if (mark.code !== undefined && last?.code === mark.code && last.at === (await changedAt(full))) return false;
    const changed = !(whole && (await same(full, body)));
    const at = changed ? await writeWhole(full, body) : await changedAt(full);
    written.set(path, { ...mark, at });
    return changed;
  }

  /** Files whose stamp is another, that have none, or that are no longer as we left them. */
  async function due(plan: readonly Planned[]): Promise<readonly Planned[]> {
    const another: Planned[] = [];
    const known: Planned[] = [];
    for (const one of plan)
      (one.stamp !== undefined && written.get(one.path)?.stamp === one.stamp ? known : another).push(one);
    const looked = [...known.slice(turn), ...known.slice(0, turn)].slice(0, lookedAtEach);
    turn = known.length === 0 ? 0 : (turn + lookedAtEach) % known.length;
    await inParallel(looked, async (one) => {
      if ((await changedAt(join(folder, one.path))) !== written.get(one.path)?.at) another.push(one);
    });
    return another;
  }

  async function publish(site: Site, sequence: Sequence, signal: AbortSignal): Promise<Sent> {
    const there = await sequenceAt(folder);
    if (there !== undefined && compareSequence(there, sequence) > 0) {
      return {
        kind: "reject",
        because: `the mirror holds a newer state (${there.epoch}, ${there.seq}) than ours (${sequence.epoch}, ${sequence.seq})`,
      };
    }
    signal.throwIfAborted();
    const first = written.size === 0;
    const whole = !first || there !== undefined;
    const plan = await site.plan();
    const stamps = new Map(plan.map(({ path, stamp }) => [path, stamp]));
    const wanted = (await due(plan)).map(({ path }) => path).filter((path) => path !== stateFile);
    let changed = 0;
    for await (const files of site.files(wanted)) {
      await inParallel(files, async ({ path, body }) => {
        signal.throwIfAborted();
        if (await put(path, body, stamps.get(path), whole)) {
          changed += 1;
          fault("site.file-written");
        }
      });
    }
    const gone = [...written.keys()].filter((path) => !stamps.has(path));
    for (const path of gone) await rm(join(folder, path), { force: true });
    // What was there before us is looked for once: it would be a list of thousands each minute.
    if (first) await removeStrangers(folder, new Set(stamps.keys()));
    fault("site.before-state");
    const state = await site.file(stateFile);
    await put(stateFile, state?.body ?? "", undefined, whole);
    fault("site.after-state");
    for (const path of gone) written.delete(path);
    log.debug({ folder, changed }, "mirror written");
    return { kind: "sent", ref: `${sequence.epoch}.${sequence.seq}` };
  }

  return {
    async reach() {
      try {
        let there = folder;
        while ((await changedAt(there)) === -1) there = dirname(there);
        const { mode } = await stat(there);
        await access(there, constants.W_OK | constants.X_OK);
        if ((mode & constants.S_IFMT) !== constants.S_IFDIR) return failed(`${there} is no folder`);
        return ok(there === folder ? `${folder} can be written` : `${folder} is made by the first publication`);
      } catch (thrown) {
        return failed(`${folder} cannot be written: ${reasonOf(thrown)}`);
      }
    },
    async publish(site, sequence, _previousRef, signal) {
      try {
        return await publish(site, sequence, signal);
      } catch (thrown) {
        // A full or read-only disk, a folder that is gone: it may come back.
        written = new Map();
        return { kind: "retry", because: reasonOf(thrown) };
      }
    },
  };
});
