// The last guard of all that is printed: secrets that slipped into somebody's error are blanked before it is shown.

const known = new Set<string>();
/** Shorter ones would blank half of every line. */
const shortest = 6;
const blank = "…";

/** From here on none of these is printed by this process, in whatever way it is written. A reload adds to them. */
export function keepSecret(secrets: Iterable<string>): void {
  for (const secret of secrets) {
    const lines = secret.includes("\n") ? secret.split("\n").filter((line) => line.length >= 20) : [secret];
    for (const line of lines) {
      if (line.length < shortest) continue;
      for (const form of [line, JSON.stringify(line).slice(1, -1), encodeURIComponent(line)]) known.add(form);
    }
  }
}

/** What looks like a secret, whoever wrote it: passwords in URLs, credentials of a header, the key of a team link. */
const shapes: readonly (readonly [RegExp, string])[] = [
  [/\b([a-z][a-z0-9+.-]*:\/\/[^\s/@:"'\\]*):[^\s/@"'\\]+@/giu, `$1:${blank}@`],
  // A token may stand where a name would.
  [/\b(https?:\/\/)[^\s/@:"'\\]+@/giu, `$1${blank}@`],
  [/\b(Bearer|Basic)\s+[\w.~+/=-]{8,}/giu, `$1 ${blank}`],
  [/(\/team\/\d+\/)[\w-]{8,}/gu, `$1${blank}`],
];

export function withoutKnownSecrets(text: string): string {
  let clean = text;
  // A secret may be a part of a longer one.
  for (const secret of [...known].toSorted((a, b) => b.length - a.length)) clean = clean.replaceAll(secret, blank);
  for (const [shape, instead] of shapes) clean = clean.replace(shape, instead);
  return clean;
}
