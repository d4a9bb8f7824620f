// `{component}` in a text that the operator wrote. Plain substitution: a word in braces that nobody knows stays as it is.
import { nearest } from "./nearest.ts";

const words = /\{([a-z_]{1,40})\}/gu;

export function fillIn(text: string, values: Readonly<Record<string, string>>): string {
  return text.replace(words, (all, word: string) => (Object.hasOwn(values, word) ? (values[word] ?? all) : all));
}

/** A word in braces that is nearly, but not quite, one of the known ones: a slip of the fingers that users would read. */
export function mistyped(
  text: string,
  known: readonly string[],
): { readonly word: string; readonly meant: string } | undefined {
  for (const [, word = ""] of text.matchAll(words)) {
    const meant = known.includes(word) ? undefined : nearest(word, known);
    if (meant !== undefined) return { word, meant };
  }
  return undefined;
}
