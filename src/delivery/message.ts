// What is said to people on a channel. Plain facts; each channel renders it in its own way, when it is sent.
import type { PersonId } from "../config/names.ts";
import type { Instant } from "../lib/clock.ts";

export type Message = {
  /** Whom or what it concerns, in a few words: `Copr builds fail (major outage)`. */
  readonly lead: string;
  readonly text: string;
  readonly link?: string;
  /** People to be called by name: a page. */
  readonly mentions: readonly PersonId[];
  readonly saidAt: Instant;
  /** A page calls somebody and overtakes news. */
  readonly priority: "page" | "news";
  /** What happened, in one word for machines: `published`, `update-overdue`. What it happened to is the delivery's subject. */
  readonly event?: string;
  /** An earlier try may have arrived: the text must say so. */
  readonly possiblyRepeated: boolean;
};
