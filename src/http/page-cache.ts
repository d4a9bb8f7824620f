// The public pages, rendered once per change of the record.
import { createHash } from "node:crypto";
import type { Desk } from "../engine/desk.ts";
import { readRecord } from "../db/record-store.ts";
import { minute, second, type Instant } from "../lib/clock.ts";
import { reasonOf } from "../lib/result.ts";
import { readSnapshot } from "../status/read-snapshot.ts";
import { renderPath } from "../status/site.ts";
import type { PublicSnapshot } from "../status/snapshot.ts";

export type Page = {
  readonly etag: string;
  readonly contentType: string;
  readonly body: Buffer;
};

export type PageCache = {
  /** At once when it is fresh; undefined when `page` must be awaited. */
  peek(path: string): Page | undefined;
  page(path: string): Promise<Page | undefined>;
};

/** "for 1 h 18 min" and "as of" go stale by themselves. */
const renderEvery = 20 * second;
/** How often the sequence is looked up when no bell rang: another replica may have written. */
const lookEvery = second;
/** A live page promises no more than a mirror that is renewed every minute. */
const liveEvery = minute;
/** Pages nobody asks for again must not pile up; a history is asked for page by page. */
const mostPages = 500;

function pageOf(text: string, contentType: string): Page {
  const body = Buffer.from(text);
  return { etag: `"${createHash("sha256").update(body).digest("base64url").slice(0, 22)}"`, contentType, body };
}

export function makePageCache(desk: Desk): PageCache {
  let snapshot: PublicSnapshot | undefined;
  let lookedAt: Instant = -Infinity;
  let rings = -1;
  let looking: Promise<void> | undefined;
  const pages = new Map<string, Page>();

  const fresh = (): boolean =>
    snapshot !== undefined && rings === desk.bell.rings() && desk.clock.now() - lookedAt < lookEvery;

  const look = async (): Promise<void> => {
    const heard = desk.bell.rings();
    const now = desk.clock.now();
    try {
      const { epoch, seq } = await readRecord(desk.db);
      const same = snapshot?.sequence.epoch === epoch && snapshot.sequence.seq === seq;
      if (!same || snapshot === undefined || now - snapshot.generatedAt >= renderEvery) {
        snapshot = await readSnapshot(desk, now, liveEvery);
        pages.clear();
      }
    } catch (thrown) {
      // Without its database the page shows what it knew last, with the time it knew it.
      if (snapshot === undefined) throw thrown;
      desk.log.warn({ reason: reasonOf(thrown) }, "the page shows an older record");
    }
    lookedAt = now;
    rings = heard;
  };

  const render = (path: string): Page | undefined => {
    const known = pages.get(path);
    if (known !== undefined) return known;
    const rendered = snapshot === undefined ? undefined : renderPath(snapshot, path);
    const page = rendered === undefined ? undefined : pageOf(rendered.body, rendered.contentType);
    // What there is not is not remembered: whoever asks for it again and again must not push out what there is.
    if (page === undefined) return undefined;
    if (pages.size >= mostPages) pages.clear();
    pages.set(path, page);
    return page;
  };

  return {
    peek: (path) => (fresh() ? pages.get(path) : undefined),
    async page(path) {
      if (!fresh()) {
        looking ??= look().finally(() => {
          looking = undefined;
        });
        await looking;
      }
      return render(path);
    },
  };
}
