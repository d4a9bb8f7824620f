// What the public reads of an incident, and what it still lacks before it may be published.
import type { Instant } from "../lib/clock.ts";

export type NoticeLink = { readonly url: string; readonly title?: string };

/** What an upstream says of itself. Plain text, and theirs: shown as a quotation, never as ours. */
export type NoticeQuote = {
  readonly by: string;
  readonly title: string;
  readonly text?: string;
  readonly url?: string;
  /** When they said it, else when we read it. */
  readonly at: Instant;
};

export type Notice = {
  readonly title: string;
  /** What is broken. */
  readonly scope?: string;
  readonly affected?: string;
  readonly notAffected?: string;
  /** What users can do instead. Empty: nobody said; "none known" is an answer. */
  readonly alternatives: readonly string[];
  /** When it should be over; `unknown` promises the next update instead. */
  readonly eta?: Instant | "unknown";
  readonly nextUpdateAt?: Instant;
  readonly retrigger?: string;
  readonly links: readonly NoticeLink[];
  /** Whose fault, in words; a human's to say. It needs a link. */
  readonly cause?: string;
  readonly quotes?: readonly NoticeQuote[];
};

/** Each field as users and the team call it. */
export const fieldWords: Readonly<Record<keyof Notice | "impact" | "startedAt" | "endedAt", string>> = {
  title: "the title",
  scope: "what is broken",
  affected: "who is affected",
  notAffected: "what is not affected",
  alternatives: "what you can do",
  eta: "when it should be over",
  nextUpdateAt: "the next update",
  retrigger: "whether to retrigger",
  links: "the links",
  cause: "the cause",
  quotes: "what others say",
  impact: "what is hit",
  startedAt: "when it began",
  endedAt: "when it ended",
};

/** What a notice still lacks: the field, as `incident edit` calls it, and what to write there. */
export type Lack = { readonly field: string; readonly say: string };

/** Of what is `over`, nothing is expected any more. */
export function lacks(notice: Notice, over = false): readonly Lack[] {
  const found: Lack[] = [];
  const want = (missing: boolean, field: string, say: string): void => void (missing && found.push({ field, say }));
  const blank = (text: string | undefined): boolean => (text ?? "").trim() === "";
  want(blank(notice.title), "title", "what is wrong, in a few words");
  want(blank(notice.scope), "scope", "what is broken");
  want(blank(notice.affected), "affected", "who is affected");
  want(notice.alternatives.every(blank), "alternative", 'what users can do instead; "none known" is an answer');
  want(!over && notice.eta === undefined, "eta", 'when it should be over, or "unknown" with --next-update');
  want(
    !over && notice.eta === "unknown" && notice.nextUpdateAt === undefined,
    "next-update",
    "when you will speak again, since the ETA is unknown",
  );
  want(blank(notice.retrigger), "retrigger", 'must users retrigger? "no", or "yes: the command"');
  want(
    !blank(notice.cause) && notice.links.every((link) => blank(link.url)),
    "link",
    "the upstream's own page on it, since a cause is named",
  );
  return found;
}
