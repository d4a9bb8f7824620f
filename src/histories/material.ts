// Reads the folder, the file or the address that an operator names: bounded in size, number and time, and never out of the folder.
import { lstatSync, readdirSync, readFileSync, realpathSync, statSync } from "node:fs";
import { join, relative, sep } from "node:path";
import { failed, ok, reasonOf, type Result } from "../lib/result.ts";
import type { PastDocument, Unread } from "../shapes/past.ts";

/** An issue of half a megabyte is none. */
const largestFile = 1_000_000;
/** One file with everything. */
const largestDump = 256_000_000;
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
    return ok(readFiles(found.filter((path) => fits.test(path)).toSorted(), root));
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
