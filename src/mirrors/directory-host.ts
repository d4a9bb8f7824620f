// A folder: each file whole, or the old one, after a power cut too.
import { access, constants, mkdir, open, readdir, readFile, rename, rm, stat, type FileHandle } from "node:fs/promises";
import { dirname, join } from "node:path";
import { stampOf } from "../lib/codes.ts";
import { fault } from "../lib/fault.ts";
import { failed, ok, reasonOf } from "../lib/result.ts";
import { inParallel } from "./in-parallel.ts";
import { attempt, mirrorState, stateFile, type MirrorHost, type MirrorState } from "./mirror-host.ts";

const draftEnd = ".tocsin-tmp";

/** Readers see the old file or the new one, never half of one; after a power cut too. Returns when it was changed. */
async function writeWhole(path: string, body: string): Promise<number> {
  const draft = `${path}${draftEnd}`;
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

const atOnce = 16;
/** So many unchanged files are looked at with each write, in turn: what somebody deleted or changed is put right in the end. */
const lookedAtEach = 200;

export function directoryHost(folder: string): MirrorHost {
  /** What this process wrote, and when. */
  const written = new Map<string, number>();
  let turn = 0;

  async function state(): Promise<MirrorState> {
    const text = await readFile(join(folder, stateFile), "utf8").catch(() => undefined);
    return mirrorState(text === undefined ? "none" : stampOf(text), text);
  }

  /** `compare`: what lies there may be what is wanted. */
  async function put(path: string, body: string, compare: boolean): Promise<boolean> {
    const full = join(folder, path);
    const changed = !(compare && (await same(full, body)));
    written.set(path, changed ? await writeWhole(full, body) : await changedAt(full));
    return changed;
  }

  async function pathsIn(): Promise<readonly string[]> {
    const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch((thrown: unknown) => {
      if (thrown instanceof Error && "code" in thrown && thrown.code === "ENOENT") return [];
      throw thrown;
    });
    const files = entries.filter((entry) => !entry.isDirectory());
    return files.map((entry) => join(entry.parentPath, entry.name).slice(join(folder, "/").length));
  }

  return {
    coordinates: false,
    read: async () => ok(await state()),
    async write({ files, gone, state: stateOf, token }, signal) {
      try {
        signal.throwIfAborted();
        const there = await state();
        if (there.token !== token) return { kind: "raced" };
        let changed = 0;
        for await (const batch of files)
          await inParallel(batch, atOnce, async ({ path, body }) => {
            signal.throwIfAborted();
            if (!(await put(path, body, there.text !== undefined))) return;
            changed += 1;
            fault("site.file-written");
          });
        for (const path of gone) await rm(join(folder, path), { force: true });
        for (const path of gone) written.delete(path);
        fault("site.before-state");
        if ((await state()).token !== token) return { kind: "raced" };
        const { body } = await stateOf();
        if (await put(stateFile, body, there.text !== undefined)) changed += 1;
        fault("site.after-state");
        return { kind: "written", token: stampOf(body), changed };
      } catch (thrown) {
        // A full or read-only disk, a folder that is gone: it may come back.
        return { kind: "failed", because: reasonOf(thrown) };
      }
    },
    list: () =>
      attempt(async () => {
        const paths = await pathsIn();
        // What a crash left in the midst of a write is nobody's file.
        const drafts = paths.filter((path) => path.endsWith(draftEnd));
        for (const draft of drafts) await rm(join(folder, draft), { force: true });
        return paths.filter((path) => !path.endsWith(draftEnd));
      }, reasonOf),
    async altered(paths) {
      const found: string[] = [];
      const looked = [...paths.slice(turn), ...paths.slice(0, turn)].slice(0, lookedAtEach);
      turn = paths.length === 0 ? 0 : (turn + lookedAtEach) % paths.length;
      await inParallel(looked, atOnce, async (path) => {
        if ((await changedAt(join(folder, path))) !== written.get(path)) found.push(path);
      });
      return found;
    },
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
  };
}
