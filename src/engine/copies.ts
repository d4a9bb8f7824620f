// What was written to each mirror lately, by the codes of a few files: the auditor holds what readers get against it.
import { stampOf } from "../lib/codes.ts";
import type { Instant } from "../lib/clock.ts";
import type { Copy } from "../status/compare-copy.ts";
import type { Site, SiteFile } from "../status/read-site.ts";

/** The files that the auditor fetches. */
export const auditedFiles = ["state.json", "index.html", "history.atom"] as const;

const isAudited = (path: string): boolean => auditedFiles.some((one) => one === path);

export type Copies = {
  /** Newest first, the one on its way too. */
  of(target: string): readonly Copy[];
  /** The same site, with a note taken of what is read from it. `sent` is called when all of it was written. */
  noting(target: string, site: Site, now: Instant): { readonly site: Site; sent(at: Instant): void };
};

/** As many as a slow host may be behind. */
const kept = 20;

export function makeCopies(): Copies {
  const all = new Map<string, readonly Copy[]>();
  return {
    of: (target) => all.get(target) ?? [],
    noting(target, site, now) {
      const before = (all.get(target) ?? []).filter(({ sentAt }) => sentAt !== undefined).slice(0, kept);
      // What is not written anew stays as it is there.
      const files = new Map(before[0]?.files);
      all.set(target, [{ madeAt: now, files }, ...before]);
      const note = (file: SiteFile | undefined): void => {
        if (file !== undefined && isAudited(file.path)) files.set(file.path, stampOf(file.body));
      };
      async function* noted(paths: readonly string[]): AsyncIterable<readonly SiteFile[]> {
        for await (const batch of site.files(paths)) {
          batch.forEach(note);
          yield batch;
        }
      }
      return {
        site: {
          ...site,
          files: noted,
          file: async (path) => {
            const file = await site.file(path);
            note(file);
            return file;
          },
        },
        sent: (at) => void all.set(target, [{ madeAt: now, sentAt: at, files }, ...before]),
      };
    },
  };
}
