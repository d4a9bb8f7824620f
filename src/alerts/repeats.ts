// Senders say again and again what still fires. What says nothing new within a batch is taken in once.
import type { SourceId } from "../config/names.ts";
import type { Alert, AlertKey } from "./alert.ts";

export type Word = {
  readonly source: SourceId;
  readonly alert: Alert;
  /** Why we say so, where the source itself did not. */
  readonly because?: string;
};

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
    JSON.stringify(before.quote) === JSON.stringify(after.quote) &&
    before.coverage === undefined &&
    after.coverage === undefined &&
    before.evidence === undefined &&
    after.evidence === undefined &&
    (before.expiresAt === undefined) === (after.expiresAt === undefined) &&
    before.saidStart === after.saidStart &&
    before.group === after.group &&
    before.truncated === after.truncated &&
    sameLabels(before.labels, after.labels) &&
    sameLabels(before.annotations ?? none, after.annotations ?? none)
  );
}

const none: Alert["labels"] = {};

function sameLabels(before: Alert["labels"], after: Alert["labels"]): boolean {
  const names = Object.keys(before);
  return names.length === Object.keys(after).length && names.every((name) => before[name] === after[name]);
}

export function heardAgain(before: Alert, after: Alert): Alert {
  return { ...before, observedAt: after.observedAt, ...laterExpiry(before, after) };
}

/** A time that the sender gives counts, sooner or later; one that is ours never shortens what it gave before. */
export function laterExpiry(before: Alert, after: Alert): Pick<Alert, "expiresAt" | "expiryGiven"> {
  const { expiresAt, expiryGiven } = livesLonger(before, after) ? before : after;
  if (expiresAt === undefined) return {};
  return { expiresAt, ...(expiryGiven === undefined ? {} : { expiryGiven }) };
}

function livesLonger(before: Alert, after: Alert): boolean {
  if (after.expiryGiven === true || before.expiresAt === undefined || after.expiresAt === undefined) return false;
  return before.expiryGiven === true && before.expiresAt > after.expiresAt;
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
    words[place] = { ...before, alert: heardAgain(before.alert, word.alert) };
    repeated.push(word);
  }
  return { words, repeated };
}
