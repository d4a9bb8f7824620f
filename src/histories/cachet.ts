// Cachet: the address of a page (API v1 of 2.x, or v3), a dump of its database, or files of its API's JSON.
import { failed, ok, type Result } from "../lib/result.ts";
import { readCachetPast } from "../shapes/past-cachet.ts";
import type { PastDocument, Unread } from "../shapes/past.ts";
import type { Asking, PastSource } from "../status/past-source.ts";
import { isAddress, isEmptyList, readAddress, readFolder, readPages, type Material } from "./material.ts";

export const cachet: PastSource = {
  takes: "the address of the page, a dump of its database (.sql), or files of its API's JSON",
  async read(asking) {
    const read = isAddress(asking.source) ? await fromApi(asking) : readFolder(asking.source, /\.(json|sql|dump)$/iu);
    if (!read.ok) return read;
    const past = readCachetPast(read.value.documents);
    return ok({ entries: past.entries, unread: [...read.value.unread, ...past.unread] });
  },
};

async function fromApi(asking: Asking): Promise<Result<Material, string>> {
  const base = asking.source.replace(/\/(?:api(?:\/.*)?)?$/u, "");
  const old = await readAddress(`${base}/api/v1/ping`, asking);
  if (!old.ok && !old.error.missing) return failed(old.error.because);
  const [api, paths] = old.ok
    ? [`${base}/api/v1`, ["components", "incidents", "schedules"]]
    : [`${base}/api`, ["components", "incidents", "schedules", "incident-updates"]];
  const documents: PastDocument[] = [];
  const unread: Unread[] = [];
  for (const path of paths) {
    const read = await readPages((page) => `${api}/${path}?per_page=100&page=${page}`, isEmptyList, asking);
    if (read.ok) documents.push(...read.value.documents);
    else if (path === "incidents") return failed(read.error);
    // Not every version has each of them.
    else if (path !== "incident-updates") unread.push({ place: path, because: read.error });
    if (read.ok) unread.push(...read.value.unread);
  }
  return ok({ documents, unread });
}
