// What a language file has to have. The English sentences are the keys of the others; only where a number decides the
// form, English has forms of its own.
import type { Language, PluralForms } from "../../lib/language.ts";
import type { cs } from "./cs.ts";

/** Every sentence of the pages. */
export type Sentence = keyof typeof cs.sentences;
/** Every sentence in which a number decides the form. */
export type Counted = keyof typeof englishForms;

/** A whole language: one file. A sentence that is missing, or is no more, does not compile. */
export type Tongue = Language & {
  readonly sentences: Readonly<Record<Sentence, string>>;
  readonly counted: Readonly<Record<Counted, PluralForms>>;
};

export const englishForms = {
  "{n} components": { one: "{n} component", other: "{n} components" },
  "{n} earlier updates": { one: "1 earlier update", other: "{n} earlier updates" },
  "{0}: {1}, {n} more affected": { other: "{0}: {1}, {n} more affected" },
  "{n} days ago": { other: "{n} days ago" },
  "{n} more days with trouble": { one: "{n} more day with trouble", other: "{n} more days with trouble" },
} as const satisfies Readonly<Record<string, PluralForms>>;
