// Reads the folder, the file or the address that an operator names: bounded in size, number and time, and never out of the folder.
import { lstatSync, readdirSync, readFileSync, realpathSync, statSync } from "node:fs";
import { join, relative, sep } from "node:path";
import { boundedText } from "../clients/bounded-text.ts";
import { failed, ok, reasonOf, type Result } from "../lib/result.ts";
import { oneLine } from "../lib/text.ts";
import type { Asking } from "../status/past-source.ts";
import type { PastDocument, Unread } from "../shapes/past.ts";

/** An issue of half a megabyte is none. */
const largestFile = 1_000_000;
/** One file with everything. */
export const largestDump = 256_000_000;
const largestAnswer = 32_000_000;
const timeoutMs = 30_000;
const mostFiles = 50_000;
const deepest = 12;

export type Material = { readonly documents: readonly PastDocument[]; readonly unread: readonly Unread[] };

export function isAddress(source: string): boolean {
  return /^https?:\/\//iu.test(source);
}

/** A sentence for what the system says of a path. */
export function cannotRead(path: string, thrown: unknown): string {
  const code = thrown instanceof Error && "code" in thrown ? thrown.code : undefined;
  if (code === "ENOENT") return `there is no file or folder ${path}`;
  return code === "EACCES" ? `this user may not read ${path}` : `${path} cannot be read: ${reasonOf(thrown)}`;
}

/** Every file of the folder whose name fits, or the one file; places are relative to the folder. */
export function readFolder(source: string, fits: RegExp): Result<Material, string> {
  try {
    if (statSync(source).isFile()) return ok(readFiles([source], source));
    const root = realpathSync(source);
    const found: string[] = [];
    walk(root, 0, found);
    if (found.length > mostFiles) return failed(`${source} has more than ${mostFiles} files`);
    const fitting = found.filter((path) => fits.test(path)).toSorted();
    if (fitting.length === 0) return failed(`there is nothing to read in ${source}: no file that is called like one`);
    return ok(readFiles(fitting, root));
  } catch (thrown) {
    return failed(cannotRead(source, thrown));
  }
}

/** What git and build tools keep is no content. */
const skipped = /^(\.git|node_modules|public|themes|resources)$/u;

function walk(folder: string, depth: number, found: string[]): void {
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    if (found.length > mostFiles) return;
    const path = join(folder, entry.name);
    if (!entry.isDirectory()) found.push(path);
    else if (depth < deepest && !skipped.test(entry.name)) walk(path, depth + 1, found);
  }
}

function readFiles(paths: readonly string[], root: string): Material {
  const documents: PastDocument[] = [];
  const unread: Unread[] = [];
  for (const path of paths) {
    const place = (path === root ? path.split(sep).at(-1) : relative(root, path).split(sep).join("/")) ?? path;
    const file = readFile(path, root);
    if (file.ok) documents.push({ place, text: file.value });
    else unread.push({ place, because: file.error });
  }
  return { documents, unread };
}

/** Follows a link only within the folder. */
function readFile(path: string, root: string): Result<string, string> {
  try {
    const real = realpathSync(path);
    if (lstatSync(path).isSymbolicLink() && path !== root && !real.startsWith(root + sep))
      return failed("a link that leads out of the folder; it was not followed");
    const { size } = statSync(real);
    if (!statSync(real).isFile()) return failed("it is no plain file");
    const limit = path === root ? largestDump : largestFile;
    if (size > limit) return failed(`it is larger than ${limit / 1_000_000} MB`);
    return ok(readFileSync(real, "utf8"));
  } catch (thrown) {
    return failed(cannotRead(path, thrown));
  }
}

/** What stands at an address; `missing` when there is nothing. Of the address, only the host is in the error. */
export async function readAddress(
  address: string,
  { signal, token }: Pick<Asking, "signal" | "token">,
): Promise<Result<string, { readonly because: string; readonly missing: boolean }>> {
  const url = URL.parse(address);
  if (url?.protocol !== "http:" && url?.protocol !== "https:")
    return failed({ because: "that is no address", missing: false });
  const { host } = url;
  try {
    const response = await fetch(url, {
      headers: {
        Accept: "application/json",
        "User-Agent": "tocsin",
        ...(token === undefined ? {} : { Authorization: `Bearer ${token}` }),
      },
      // A token goes to nobody else.
      redirect: token === undefined ? "follow" : "error",
      signal: AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]),
    });
    if (response.ok) return ok(await boundedText(response, largestAnswer));
    await response.body?.cancel();
    return failed({ because: `${host} answers ${response.status}`, missing: response.status === 404 });
  } catch (thrown) {
    return failed({ because: oneLine(`${host}: ${reasonOf(thrown).replaceAll(url.href, host)}`, 200), missing: false });
  }
}

/** `?page=1` and on, until one is empty. What was read stays when a later one fails; it is then named. */
export async function readPages(
  pageAt: (page: number) => string,
  isEmpty: (text: string) => boolean,
  asking: Asking,
  most = 200,
): Promise<Result<Material, string>> {
  const documents: PastDocument[] = [];
  for (let page = 1; page <= most; page++) {
    asking.tell(`reading page ${page}`);
    const address = pageAt(page);
    const read = await readAddress(address, asking);
    if (!read.ok) {
      if (page === 1) return failed(read.error.because);
      return ok({ documents, unread: [{ place: `page ${page} and on`, because: read.error.because }] });
    }
    if (isEmpty(read.value)) return ok({ documents, unread: [] });
    documents.push({ place: new URL(address).pathname + `?page=${page}`, text: read.value });
  }
  return ok({ documents, unread: [{ place: `page ${most + 1} and on`, because: "that is more than is read" }] });
}

/** An empty list, bare or in the envelope of its software. */
export function isEmptyList(text: string): boolean {
  return /^\s*(?:\[\s*\]|\{[\s\S]{0,20000}?"data"\s*:\s*\[\s*\])/u.test(text);
}
