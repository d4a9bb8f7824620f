// The state in one line, for the topic of a channel, behind whatever people wrote there.
import { plainMarkdownLine } from "../lib/markdown.ts";
import { incidentUrl } from "./site-paths.ts";
import type { PublicSnapshot } from "./snapshot.ts";
import { firstWord } from "./status-text.ts";
import { summarize } from "./words.ts";

/** What begins our part: what stands before it is people's. */
const mark = "[status]";
const before = " | ";

/** `OK | https://status.example.org`, `OUTAGE: Copr builds: major outage, https://…/incidents/12.html`. */
export function topicText(snapshot: PublicSnapshot): string {
  const { site, open } = snapshot;
  const { status, headline } = summarize(snapshot);
  const [only] = open;
  const link = only !== undefined && open.length === 1 ? incidentUrl(site, only.number) : `${site.url}/`;
  const word = firstWord(status);
  return word === "OK" && only === undefined
    ? `${word} | ${link}`
    : `${word}: ${plainMarkdownLine(headline, 120)}, ${link}`;
}

const bytes = (text: string): number => Buffer.byteLength(text);

function cut(text: string, most: number): string {
  let kept = text;
  while (bytes(kept) > most) kept = [...kept].slice(0, -1).join("");
  return kept.trimEnd();
}

/** The whole topic, at most `most` bytes. People's part gives way only where both have no room. */
export function topicWith(topic: string, ours: string, most: number): string {
  const at = topic.indexOf(mark);
  const theirs = (at === -1 ? topic : topic.slice(0, at)).replace(/\s*\|?\s*$/u, "");
  const own = cut(`${mark} ${ours}`, most);
  const left = cut(theirs, most - bytes(own) - bytes(before));
  return left === "" ? own : `${left}${before}${own}`;
}
