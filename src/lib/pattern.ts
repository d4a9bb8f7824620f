// Regular expressions that people write: RE2, so that none of them takes longer than the text is long.
import { createRequire } from "node:module";
import type { RE2JS } from "re2js";

type Regexes = Pick<typeof RE2JS, "compile">;

const areRegexes = (module: unknown): module is { readonly RE2JS: Regexes } =>
  typeof module === "object" && module !== null && "RE2JS" in module;

let loaded: Regexes | undefined;

/** The library takes 5 MB of memory: not before the first expression, and most desks have none. */
function regexes(): Regexes {
  if (loaded !== undefined) return loaded;
  const module: unknown = createRequire(import.meta.url)("re2js");
  if (!areRegexes(module)) throw new Error("re2js is not what it was");
  loaded = module.RE2JS;
  return loaded;
}

const compiled = new Map<string, RE2JS>();

/** Throws when it is none. */
export function pattern(text: string): RE2JS {
  const known = compiled.get(text);
  if (known !== undefined) return known;
  if (compiled.size > 500) compiled.clear();
  const made = regexes().compile(text);
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
