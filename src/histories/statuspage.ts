// Statuspage: a page's address, or files of its JSON. The lists hold the newest fifty; the pages of its history name the rest.
import { ok, failed } from "../lib/result.ts";
import type { PastDocument, Unread } from "../shapes/past.ts";
import { readStatuspagePast, statuspageCodes } from "../shapes/past-statuspage.ts";
import type { Asking, PastSource } from "../status/past-source.ts";
import { isAddress, readAddress, readFolder, readPages, type Material } from "./material.ts";
import type { Result } from "../lib/result.ts";

const mostIncidents = 10_000;
const atOnce = 4;

export const statuspage: PastSource = {
  takes: "the address of the page, a file of its JSON, or a folder of them",
  async read(asking) {
    const { source, clock } = asking;
    const read = isAddress(source) ? await fromPage(asking) : readFolder(source, /\.json$/iu);
    if (!read.ok) return read;
    const past = readStatuspagePast(read.value.documents, clock.now());
    return ok({ entries: past.entries, unread: [...read.value.unread, ...past.unread] });
  },
};

async function fromPage(asking: Asking): Promise<Result<Material, string>> {
  const base = asking.source.replace(/\/(?:api(?:\/.*)?|history.*)?$/u, "");
  const documents: PastDocument[] = [];
  const unread: Unread[] = [];
  for (const path of ["/api/v2/incidents.json", "/api/v2/scheduled-maintenances.json"]) {
    const read = await readAddress(`${base}${path}`, asking);
    if (read.ok) documents.push({ place: path, text: read.value });
    else if (documents.length === 0) return failed(read.error.because);
    else unread.push({ place: path, because: read.error.because });
  }
  const pages = await readPages((page) => `${base}/history.json?page=${page}`, (text) => statuspageCodes(text).length === 0, asking); // prettier-ignore
  if (!pages.ok) return ok({ documents, unread: [...unread, { place: "/history.json", because: `${pages.error}; only the newest are known` }] }); // prettier-ignore
  unread.push(...pages.value.unread);
  const known = new Set(readStatuspagePast(documents, asking.clock.now()).entries.map(({ key }) => key));
  const older = [...new Set(pages.value.documents.flatMap(({ text }) => statuspageCodes(text)))].filter((code) => !known.has(code)); // prettier-ignore
  const queue = older.slice(0, mostIncidents).values();
  let done = 0;
  const work = async (): Promise<void> => {
    for (const code of queue) {
      const place = `/incidents/${code}.json`;
      const read = await readAddress(`${base}${place}`, asking);
      if (read.ok) documents.push({ place, text: read.value });
      else unread.push({ place, because: read.error.because });
      asking.tell(`reading ${++done} of ${older.length} older incidents`);
    }
  };
  await Promise.all(Array.from({ length: atOnce }, work));
  return ok({ documents, unread });
}
