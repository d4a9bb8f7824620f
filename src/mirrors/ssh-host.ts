// A folder on a host behind ssh, by rsync or by sftp: what was sent is remembered here, `state.json` goes last.
import { mkdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { z } from "zod";
import { stampOf } from "../lib/codes.ts";
import { fault } from "../lib/fault.ts";
import { failed, ok, reasonOf, type Result } from "../lib/result.ts";
import { inParallel } from "./in-parallel.ts";
import {
  mirrorState,
  stateFile,
  type MirrorFile,
  type MirrorHost,
  type MirrorHostContext,
  type Written,
} from "./mirror-host.ts";
import { rsyncCourier } from "./rsync-courier.ts";
import { sftpCourier } from "./sftp-courier.ts";
import { sshFields, type Courier } from "./ssh-access.ts";

const address = z
  .string()
  .regex(
    /^([\w.-]+@)?[A-Za-z0-9][\w.-]*:(?!.*\/\.\.?\/)[\w./~-]+$/,
    "write user@host:folder, the folder in letters, digits, dots, dashes and slashes",
  );
const port = z.int().min(1).max(65_535).default(22).describe("The port of its ssh.");

export const RsyncPlace = z.strictObject({
  rsync: address.describe("The folder on the host, as user@host:folder; it must be there. Needs rsync on both sides."),
  port,
  ...sshFields,
});
export const SftpPlace = z.strictObject({
  sftp: address.describe("The folder on the host, as user@host:folder; it must be there. Needs the program sftp here."),
  port,
  ...sshFields,
});
export type SshPlace = z.output<typeof RsyncPlace> | z.output<typeof SftpPlace>;

/** What was sent, by the code of its bytes; true as long as the state there is this one. */
type Manifest = { readonly token: string; readonly files: Readonly<Record<string, string>> };
const Manifest = z.object({ token: z.string(), files: z.record(z.string(), z.string()) });

const none = "none";
const atOnce = 16;

export function sshHost(place: SshPlace, { folder }: MirrorHostContext): MirrorHost {
  const [where, courier]: readonly [string, Courier] =
    "rsync" in place
      ? [place.rsync, rsyncCourier({ ...place, address: place.rsync }, folder)]
      : [place.sftp, sftpCourier({ ...place, address: place.sftp }, folder)];
  const outbox = join(folder, "outbox");
  const kept = join(folder, "sent.json");

  /** The state there, as of the last look. */
  let seen: string | undefined;

  const tried = async <T>(work: () => Promise<T>, signal: AbortSignal): Promise<Result<T, string>> => {
    try {
      return ok(await work());
    } catch (thrown) {
      return failed(signal.aborted ? "stopped" : `${where}: ${reasonOf(thrown)}`);
    }
  };

  async function stateThere(signal: AbortSignal): Promise<{ readonly token: string; readonly text?: string }> {
    const file = join(folder, "fetched.json");
    await mkdir(folder, { recursive: true });
    await rm(file, { force: true });
    signal.throwIfAborted();
    const text = (await courier.fetch(stateFile, file, signal)) ? await readFile(file, "utf8") : undefined;
    seen = text === undefined ? none : stampOf(text);
    return { token: seen, ...(text === undefined ? {} : { text }) };
  }

  /** Empty when the state there is not the one that we left. */
  async function sentAs(token: string): Promise<Manifest> {
    const text = await readFile(kept, "utf8").catch(() => "{}");
    const { data } = Manifest.safeParse(JSON.parse(text));
    return data?.token === token ? data : { token, files: {} };
  }

  async function remember(manifest: Manifest): Promise<void> {
    await writeFile(`${kept}.new`, JSON.stringify(manifest));
    await rename(`${kept}.new`, kept);
  }

  async function stage({ path, body }: MirrorFile): Promise<void> {
    const file = join(outbox, path);
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, body);
  }

  async function listed(token: string, signal: AbortSignal): Promise<readonly string[]> {
    const known = Object.keys((await sentAs(token)).files);
    return known.length > 0 || token === none ? known : courier.list(signal);
  }

  return {
    coordinates: false,
    read: (signal) => tried(async () => stateThere(signal).then(({ token, text }) => mirrorState(token, text)), signal),
    async write({ files, gone, state, token }, signal) {
      const wrote = await tried(async (): Promise<Written> => {
        if ((await stateThere(signal)).token !== token) return { kind: "raced" };
        const before = await sentAs(token);
        const sent = new Map(Object.entries(before.files));
        const changed: string[] = [];
        await rm(outbox, { recursive: true, force: true });
        for await (const batch of files)
          await inParallel(batch, atOnce, async (file) => {
            signal.throwIfAborted();
            const code = stampOf(file.body);
            if (sent.get(file.path) === code) return;
            await stage(file);
            sent.set(file.path, code);
            changed.push(file.path);
            fault("site.file-written");
          });
        for (const path of gone) {
          sent.delete(path);
          // rsync deletes what is missing in a folder, not what has no folder.
          await mkdir(dirname(join(outbox, path)), { recursive: true });
        }
        const last = await state();
        const made = stampOf(last.body);
        fault("site.before-state");
        if (changed.length + gone.length > 0 || made !== token) {
          await stage(last);
          await courier.send({ from: outbox, paths: changed, gone, last: stateFile }, signal);
        }
        fault("site.after-state");
        await remember({ token: made, files: Object.fromEntries(sent) });
        return { kind: "written", token: made, changed: changed.length + Number(made !== token) };
      }, signal);
      return wrote.ok ? wrote.value : { kind: "failed", because: wrote.error };
    },
    list: (signal) => tried(async () => listed(seen ?? (await stateThere(signal)).token, signal), signal),
    reach: (signal) =>
      tried(async () => {
        const { token } = await stateThere(signal);
        return token === none ? `${where} is reached; the first publication fills it` : `${where} is reached`;
      }, signal),
  };
}
