// Puts the words of public pages into the language that is spoken. The English sentence is the key, so that a page's file reads as the page.
import { english, figureIn, formOf, speaking, spoken, type Language, type PluralForms } from "../lib/language.ts";
import type { Instant } from "../lib/clock.ts";
import { cs } from "./languages/cs.ts";
import { de } from "./languages/de.ts";
import { es } from "./languages/es.ts";
import { fr } from "./languages/fr.ts";
import type { Counted, Sentence } from "./languages/english.ts";
import { englishForms } from "./languages/english.ts";

/** A sentence with moments in it, which each surface writes in its own way. */
export type Said = readonly (string | Instant)[];

const languages: readonly Language[] = [english, cs, de, es, fr];

/** Of a tag of the config; English where there is none. */
function languageOf(tag: string): Language {
  return languages.find((one) => one.tag === tag) ?? english;
}

/** Renders in the language of the page. */
export function inTongueOf<T>({ language }: { readonly language: string }, render: () => T): T {
  return speaking(languageOf(language), render);
}

const sentenceOf = (sentence: Sentence): string => spoken().sentences[sentence] ?? sentence;

/** `t("Outages: {0}", label)`. Figures are written as in the language. */
export function t(sentence: Sentence, ...values: readonly (string | number)[]): string {
  const text = sentenceOf(sentence);
  return values.length === 0
    ? text
    : text.replaceAll(/\{(\d)\}/gu, (_, at: string) => {
        const value = values[Number(at)] ?? "";
        return typeof value === "number" ? figureIn(value) : value;
      });
}

/** The same with moments (numbers) in it, each where the language wants it. */
export function tell(sentence: Sentence, ...values: readonly (string | Instant)[]): Said {
  return sentenceOf(sentence)
    .split(/(\{\d\})/u)
    .flatMap((part) => {
      const [, at] = /^\{(\d)\}$/u.exec(part) ?? [];
      const value = at === undefined ? part : values[Number(at)];
      return value === undefined || value === "" ? [] : [value];
    });
}

/** `n("{n} earlier updates", 3)`; `{0}` … may stand beside. */
export function n(sentence: Counted, count: number, ...values: readonly string[]): string {
  const forms: PluralForms = spoken().counted[sentence] ?? englishForms[sentence];
  return formOf(count, forms)
    .replaceAll("{n}", figureIn(count))
    .replaceAll(/\{(\d)\}/gu, (_, at: string) => values[Number(at)] ?? "");
}

/** A word as it stands within a line; German writes its nouns large anywhere. */
export function inLine(word: string): string {
  return spoken().tag === "de" ? word : `${word.slice(0, 1).toLowerCase()}${word.slice(1)}`;
}

/** `a, b and c`. */
export function listed(items: readonly string[]): string {
  const last = items.at(-1) ?? "";
  return items.length < 2 ? last : t("{0} and {1}", items.slice(0, -1).join(", "), last);
}
