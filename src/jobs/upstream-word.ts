// What an upstream says of a few jobs that hang, and whose fault it makes the trouble. Blame is proposed to the team, never published.
import { count } from "../lib/text.ts";

/** Of the jobs that it was asked about. */
export type UpstreamWord = {
  /** `Testing Farm`, `Copr`. */
  readonly name: string;
  /** Ended there, though not in our table. */
  readonly ended: number;
  /** Still waiting or running there. */
  readonly open: number;
  /** Not known there. */
  readonly missing: number;
  /** Why the others got no answer. */
  readonly unreached?: string;
};

export type Fault = "ours" | "upstream" | "unknown";

/** Ended there means that the news of it got lost here. Most of those that it answered for decide. */
export function faultOf({ ended, open, missing }: UpstreamWord): Fault {
  if (ended + open + missing === 0) return "unknown";
  if (ended + missing > open) return "ours";
  return open > ended + missing ? "upstream" : "unknown";
}

/** For the end of an alarm's sentence. */
export function sayWord(word: UpstreamWord): string {
  const { name, ended, open, missing, unreached } = word;
  const heard = ended + open + missing;
  if (heard === 0) return `${name} could not be asked about them (${unreached ?? "it knows none of them"})`;
  const parts = [
    ...(ended > 0 ? [`${ended} ended there`] : []),
    ...(open > 0 ? [`${open} still open there`] : []),
    ...(missing > 0 ? [`${missing} unknown there`] : []),
  ];
  const blame = { ours: ": the trouble looks like ours", upstream: `: it looks like ${name}'s`, unknown: "" };
  return `of ${count(heard, "job")} that ${name} was asked about ${parts.join(", ")}${blame[faultOf(word)]}`;
}
