// The language that is being spoken: set around one rendering, which is never interrupted, and asked for by whatever
// writes a date or a word in it. Nobody else hears it. See docs/adr/0039.
export type PluralForms = Readonly<Partial<Record<Intl.LDMLPluralRule, string>>> & { readonly other: string };

export type Language = {
  /** As in `lang="…"`: https://www.rfc-editor.org/info/bcp47 */
  readonly tag: string;
  readonly dir: "ltr" | "rtl";
  /** What a day is called behind a figure, as in `2 d 3 h`. */
  readonly dayUnit: string;
  /** By the English sentence; `{0}`, `{1}` stand for what is put in. */
  readonly sentences: Readonly<Record<string, string>>;
  /** The same where a number decides the form: `{n}`. */
  readonly counted: Readonly<Record<string, PluralForms>>;
};

export const english: Language = { tag: "en", dir: "ltr", dayUnit: "d", sentences: {}, counted: {} };

let now: Language = english;

/** The language of what is being rendered; English where nobody set another. */
export function spoken(): Language {
  return now;
}

/** `say` must not wait for anything: what runs meanwhile would speak the same. */
export function speaking<T>(language: Language, say: () => T): T {
  const before = now;
  now = language;
  try {
    return say();
  } finally {
    now = before;
  }
}

const formats = new Map<string, Intl.DateTimeFormat>();

function format(options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
  const key = `${now.tag} ${Object.keys(options).join(" ")}`;
  const known = formats.get(key) ?? new Intl.DateTimeFormat(now.tag, { ...options, timeZone: "UTC" });
  formats.set(key, known);
  return known;
}

/** A date that a wall shows, told as if the wall were in UTC; undefined in English, which has words of its own here. */
export function dateIn(wall: number, options: Intl.DateTimeFormatOptions): string | undefined {
  return now === english ? undefined : format(options).format(wall);
}

const rules = new Map<string, Intl.PluralRules>();

/** Which form of a sentence a number takes. */
export function formOf(count: number, forms: PluralForms): string {
  const rule = rules.get(now.tag) ?? new Intl.PluralRules(now.tag);
  rules.set(now.tag, rule);
  return forms[rule.select(count)] ?? forms.other;
}

/** A figure with the comma or point of the language. */
export function figureIn(figure: number): string {
  return now === english ? String(figure) : figure.toLocaleString(now.tag, { maximumFractionDigits: 3 });
}
