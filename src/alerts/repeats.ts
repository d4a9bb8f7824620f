// Senders say again and again what still fires. What says nothing new within a batch is taken in once.
import type { SourceId } from "../config/names.ts";
import type { Alert, AlertKey } from "./alert.ts";

export type Word = { readonly source: SourceId; readonly alert: Alert };

export type Condensed = {
  /** In the order in which they were first said. */
  readonly words: readonly Word[];
  /** Those that were said again meanwhile, without anything new. */
  readonly repeated: readonly Word[];
};

/** The same word, said later: only the time of hearing is new, or a start that the sender did not give. */
export function saysTheSame(before: Alert, after: Alert): boolean {
  if (before.status !== "firing" || after.status !== "firing" || after.startsAt < before.startsAt) return false;
  return (
    before.severity === after.severity &&
    before.kind === after.kind &&
    before.component === after.component &&
    before.summary === after.summary &&
    before.link === after.link &&
    before.coverage === undefined &&
    after.coverage === undefined &&
    before.evidence === undefined &&
    after.evidence === undefined &&
    sameLabels(before.labels, after.labels)
  );
}

function sameLabels(before: Alert["labels"], after: Alert["labels"]): boolean {
  const names = Object.keys(before);
  return names.length === Object.keys(after).length && names.every((name) => before[name] === after[name]);
}

/** Nothing that could change an incident is left out: a word between two equal ones about the same alert parts them. */
export function condense(said: readonly Word[]): Condensed {
  const words: Word[] = [];
  const repeated: Word[] = [];
  const last = new Map<AlertKey, number>();
  for (const word of said) {
    const place = last.get(word.alert.key);
    const before = place === undefined ? undefined : words[place];
    if (place === undefined || before === undefined || !saysTheSame(before.alert, word.alert)) {
      last.set(word.alert.key, words.length);
      words.push(word);
      continue;
    }
    words[place] = { ...before, alert: { ...before.alert, observedAt: word.alert.observedAt } };
    repeated.push(word);
  }
  return { words, repeated };
}
