// What can be found of a public incident, and what a reader looks for. Pure.
import { statuspageCode } from "../lib/codes.ts";
import type { PublicIncident } from "./snapshot.ts";

/** Small letters, one form of each sign, one space between words. */
function plain(text: string): string {
  return text
    .normalize("NFKC")
    .toLowerCase()
    .replace(/[\s\u0000-\u001f]+/gu, " ")
    .trim();
}

/** A component stands there as its code between these: found as itself, and by nobody who does not know it. */
const edge = "\u0001";
const mark = (id: string): string => `${edge}${statuspageCode("component", id)}${edge}`;

/** All that the public reads of it today; neither drafts nor old texts are in it. */
export function textOf({ notice, updates, impact, withdrawn, number }: PublicIncident): string {
  const words = [
    `#${number}`,
    notice.title,
    notice.scope,
    notice.affected,
    notice.notAffected,
    ...notice.alternatives,
    notice.retrigger,
    notice.cause,
    ...notice.links.flatMap((link) => [link.title, link.url]),
    ...updates.map((update) => update.text),
    withdrawn?.correction,
  ];
  const ids = Object.keys(impact).map(mark);
  return `${ids.join("")} ${words.map((text) => plain(text ?? "")).join(" ")}`;
}

const mostWords = 6;

/** For each word of the question, the pieces of text of which one must be there. */
export type Sought = readonly (readonly string[])[];

/** A word may also be the id of a component, or its name, which may have changed since. */
export function soughtIn(words: string, components: readonly { readonly id: string; readonly name: string }[]): Sought {
  const asked = plain(words)
    .split(" ")
    .filter((word) => word !== "");
  return asked
    .slice(0, mostWords)
    .map((word) => [
      word,
      ...components.filter(({ id, name }) => id.includes(word) || plain(name).includes(word)).map(({ id }) => mark(id)),
    ]);
}
