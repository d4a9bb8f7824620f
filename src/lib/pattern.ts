// Regular expressions that people write: RE2, so that none of them takes longer than the text is long.
import { RE2JS } from "re2js";

const compiled = new Map<string, RE2JS>();

/** Throws when it is none. */
export function pattern(text: string): RE2JS {
  const known = compiled.get(text);
  if (known !== undefined) return known;
  if (compiled.size > 500) compiled.clear();
  const made = RE2JS.compile(text);
  compiled.set(text, made);
  return made;
}

/** Why it is no regular expression; undefined when it is one. */
export function patternTrouble(text: string): string | undefined {
  try {
    pattern(text);
    return undefined;
  } catch (thrown) {
    return `"${text}" is no regular expression (RE2): ${thrown instanceof Error ? thrown.message : String(thrown)}`;
  }
}
