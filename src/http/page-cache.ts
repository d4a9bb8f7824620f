// The public pages, rendered once per change of the record.
import { createHash } from "node:crypto";
import type { Desk } from "../engine/desk.ts";
import { readRecord } from "../db/record-store.ts";
import { minute, second, type Instant } from "../lib/clock.ts";
import { within } from "../lib/deadline.ts";
import { reasonOf } from "../lib/result.ts";
import { monthOf } from "../lib/zones.ts";
import { historyIn, siteOf, type Site, type SiteFile } from "../status/read-site.ts";
import type { PublicPage } from "../status/public-page.ts";
import { readSnapshot } from "../status/read-snapshot.ts";
import type { PublicSite } from "../status/snapshot.ts";

export type Page = {
  readonly etag: string;
  readonly contentType: string;
  readonly body: Buffer;
  /** When what it shows was last another, where that is known and outlives the next rendering. */
  readonly changedAt?: Instant;
  /** Not everybody may read it: no cache on the way may keep it. */
  readonly closed?: true;
  /** Whose it is. */
  readonly site: PublicSite;
};

export type PageCache = {
  /** At once when it is fresh; undefined when `page` must be awaited. */
  peek(path: string): Page | undefined;
  page(path: string): Promise<Page | undefined>;
  /** What the pages are made of, as fresh as they are. */
  site(): Promise<Site>;
};

/** "for 1 h 18 min" and "as of" go stale by themselves. */
const renderEvery = 20 * second;
/** How often the sequence is looked up when no bell rang: another replica may have written. */
const lookEvery = second;
/** So long a reader waits for the newest page while there is an older one, and for the first one. */
const longestLook = second / 2;
const firstLook = 5 * second;
const silent = "the database does not answer";
/** A live page promises no more than a mirror that is renewed every minute. */
const liveEvery = minute;
/** Pages nobody asks for again must not pile up; a history is asked for page by page. */
const mostPages = 500;
const mostBytes = 32 * 1024 * 1024;

function pageOf({ body: text, contentType, aging, changedAt }: SiteFile, site: PublicSite, closed: boolean): Page {
  const body = Buffer.from(text);
  const etag = `"${createHash("sha256").update(body).digest("base64url").slice(0, 22)}"`;
  return {
    etag,
    contentType,
    body,
    site,
    ...(aging || changedAt === undefined ? {} : { changedAt }),
    ...(closed ? { closed } : {}),
  };
}

/** Remembers pages; the oldest go first. */
function boundedPages(): Map<string, Page> & { keep(path: string, page: Page): void } {
  const pages = new Map<string, Page>();
  let bytes = 0;
  const drop = (path: string): void => {
    bytes -= pages.get(path)?.body.length ?? 0;
    pages.delete(path);
  };
  return Object.assign(pages, {
    keep(path: string, page: Page): void {
      drop(path);
      pages.set(path, page);
      bytes += page.body.length;
      for (const oldest of pages.keys()) {
        if (pages.size <= mostPages && bytes <= mostBytes) break;
        drop(oldest);
      }
    },
    clear(): void {
      Map.prototype.clear.call(pages);
      bytes = 0;
    },
  });
}

/** The pages of one of the desk's pages. */
export function makePageCache(desk: Desk, page: PublicPage): PageCache {
  let site: Site | undefined;
  let lookedAt: Instant = -Infinity;
  let rings = -1;
  let looking: Promise<void> | undefined;
  /** Pages that say how old they are, and pages that only a change makes others. */
  const aging = boundedPages();
  const lasting = boundedPages();
  let lastingFor = "";
  const making = new Map<string, Promise<Page | undefined>>();
  /** The look that runs has been waited for long enough. */
  let late = false;
  let trouble: string | undefined;

  const fresh = (): boolean =>
    site !== undefined && rings === desk.bell.rings() && desk.clock.now() - lookedAt < lookEvery;

  /** The text says with its first word that it is old, once nobody knows better. */
  const outdated = (path: string): boolean =>
    path === "status.txt" && site !== undefined && desk.clock.now() > site.snapshot.validUntil;

  const renew = async (now: Instant): Promise<void> => {
    const snapshot = await readSnapshot(desk, page, now, liveEvery);
    const { epoch, seq } = snapshot.sequence;
    const seen = `${epoch}.${seq}.${monthOf(now, page.site.timeZone).month}`;
    site = siteOf(snapshot, historyIn(desk.db, page.shown), true);
    aging.clear();
    making.clear();
    if (seen !== lastingFor) lasting.clear();
    lastingFor = seen;
  };

  const look = async (): Promise<void> => {
    const heard = desk.bell.rings();
    const now = desk.clock.now();
    try {
      const { epoch, seq } = await readRecord(desk.db);
      const { sequence, generatedAt = -Infinity } = site?.snapshot ?? {};
      const same = sequence?.epoch === epoch && sequence.seq === seq;
      if (!same || now - generatedAt >= renderEvery) await renew(now);
      if (trouble !== undefined) desk.log.info("the page shows the record again");
      trouble = undefined;
    } catch (thrown) {
      // Without its database the page shows what it knew last, with the time it knew it.
      if (site === undefined) throw thrown;
      tellTrouble(reasonOf(thrown));
    }
    lookedAt = now;
    rings = heard;
  };

  // Once, not with each request.
  const tellTrouble = (reason: string): void => {
    if (trouble === undefined) desk.log.warn({ reason }, "the page shows an older record");
    trouble = reason;
  };

  /** Begins a look, or joins the one that runs. A reader gets the page that there is rather than wait for long. */
  const lookWithin = async (): Promise<void> => {
    looking ??= look().finally(() => {
      looking = undefined;
      late = false;
    });
    if (site === undefined) return within(firstLook, looking, silent);
    if (late) return;
    await within(longestLook, looking, silent).catch((thrown: unknown) => {
      late = looking !== undefined;
      tellTrouble(reasonOf(thrown));
    });
  };

  const freshSite = async (): Promise<Site> => {
    if (!fresh()) await lookWithin();
    if (site === undefined) throw new Error("there is no page yet");
    return site;
  };

  const make = async (from: Site, path: string): Promise<Page | undefined> => {
    const file = await within(firstLook, from.file(path, desk.clock.now()), silent);
    // What there is not is not remembered: whoever asks for it again and again must not push out what there is.
    if (file === undefined) return undefined;
    const made = pageOf(file, from.snapshot.site, page.token !== undefined);
    if (from === site) (file.aging ? aging : lasting).keep(path, made);
    return made;
  };

  const render = async (from: Site, path: string): Promise<Page | undefined> => {
    const known = outdated(path) ? undefined : (aging.get(path) ?? lasting.get(path) ?? making.get(path));
    if (known !== undefined) return known;
    const made = make(from, path).finally(() => making.delete(path));
    making.set(path, made);
    return made;
  };

  return {
    peek: (path) => (fresh() && !outdated(path) ? (aging.get(path) ?? lasting.get(path)) : undefined),
    page: async (path) => render(await freshSite(), path),
    site: freshSite,
  };
}
