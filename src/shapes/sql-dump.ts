// The rows of a few tables out of a dump of a whole database: mysqldump, pg_dump (COPY or INSERT), SQLite's `.dump`. Nothing of it
// is carried out. Pure, and in one pass, however large the dump is.

export type DumpedRow = ReadonlyMap<string, string | undefined>;

/** `prefix_incidents`, "public"."incidents" and `incidents` are one table. */
const named = (name: string): string => (name.split(".").at(-1) ?? name).replaceAll(/[`"[\]]/gu, "").toLowerCase();

const head =
  /(?:^|\n)(INSERT\s+(?:IGNORE\s+)?INTO|CREATE\s+TABLE(?:\s+IF\s+NOT\s+EXISTS)?|COPY)\s+((?:[`"[]?[\w$]+[`"\]]?\.)?[`"[]?[\w$]+[`"\]]?)\s*(\([^()]*\))?/giu;

export function rowsOfDump(dump: string, tables: readonly string[]): ReadonlyMap<string, readonly DumpedRow[]> {
  const rows = new Map<string, DumpedRow[]>(tables.map((table) => [table, []]));
  const columns = new Map<string, readonly string[]>();
  // MySQL escapes with backslashes; standard SQL, as the others write it, only doubles the quote.
  const backslash =
    /^(?:--|\/\*).{0,200}(?:MySQL|MariaDB)/imu.test(dump.slice(0, 2_000)) || /INSERT INTO `/u.test(dump);
  head.lastIndex = 0;
  for (let found = head.exec(dump); found !== null; found = head.exec(dump)) {
    const [whole, verb = "", name = "", list] = found;
    const table = tables.find((each) => named(name) === each || named(name).endsWith(`_${each}`) && !tables.includes(named(name))); // prettier-ignore
    if (table === undefined) continue;
    const at = found.index + whole.length;
    if (/^create/iu.test(verb)) {
      columns.set(table, columnsOf(dump, found.index + whole.length - (list?.length ?? 0)));
      continue;
    }
    const names = list === undefined ? (columns.get(table) ?? []) : list.slice(1, -1).split(",").map((one) => named(one.trim())); // prettier-ignore
    const into = rows.get(table) ?? [];
    head.lastIndex = /^copy/iu.test(verb) ? copied(dump, at, names, into) : inserted(dump, at, names, into, backslash);
  }
  return rows;
}

/** The names in `CREATE TABLE x (name type, …)`, from its bracket on. */
function columnsOf(dump: string, from: number): readonly string[] {
  const open = dump.indexOf("(", from);
  const names: string[] = [];
  let depth = 0;
  let start = open + 1;
  for (let at = open; at >= 0 && at < dump.length; at++) {
    const sign = dump[at];
    if (sign === "(") depth++;
    if (sign === ")") depth--;
    if ((sign === "," && depth === 1) || depth === 0) {
      const word = /^\s*([`"[]?[\w$]+[`"\]]?)/u.exec(dump.slice(start, Math.min(at, start + 200)))?.[1] ?? "";
      if (word !== "" && !/^(?:primary|unique|key|constraint|index|foreign|check)$/iu.test(word))
        names.push(named(word));
      start = at + 1;
    }
    if (depth === 0) break;
  }
  return names;
}

function inserted(dump: string, from: number, names: readonly string[], into: DumpedRow[], backslash: boolean): number {
  const values = /\s*VALUES\s*/iuy;
  values.lastIndex = from;
  if (!values.test(dump)) return from;
  let at = values.lastIndex;
  while (dump[at] === "(") {
    const row: (string | undefined)[] = [];
    for (at++; at < dump.length && dump[at - 1] !== ")";) {
      const value = valueAt(dump, at, backslash);
      row.push(value.text);
      at = value.end;
      while (at < dump.length && dump[at] !== "," && dump[at] !== ")") at++;
      at++;
    }
    into.push(new Map(names.map((name, i) => [name, row[i]])));
    while (/[\s,]/u.test(dump[at] ?? "")) at++;
  }
  return at;
}

const escapes: Readonly<Record<string, string>> = { n: "\n", r: "\r", t: "\t", 0: "", b: "\b", Z: "" };

/** A quoted text, a number or NULL; whatever else stands there is text up to the next comma. */
function valueAt(dump: string, from: number, backslash: boolean): { readonly text?: string; readonly end: number } {
  let at = from;
  while (/\s/u.test(dump[at] ?? "")) at++;
  const escaped = /^e'/iu.test(dump.slice(at, at + 2));
  if (escaped || /^[nb]'|^_\w+ '/iu.test(dump.slice(at, at + 12))) at = dump.indexOf("'", at);
  if (dump[at] !== "'") {
    const end = dump.slice(at, at + 1_000).search(/[,)]/u);
    const word = dump.slice(at, at + Math.max(0, end)).trim();
    return /^null$/iu.test(word) ? { end: at + Math.max(0, end) } : { text: word, end: at + Math.max(0, end) };
  }
  const parts: string[] = [];
  let start = ++at;
  for (; at < dump.length; at++) {
    const sign = dump[at];
    if (sign === "\\" && (backslash || escaped)) {
      const next = dump[at + 1] ?? "";
      parts.push(dump.slice(start, at), escapes[next] ?? next);
      start = ++at + 1;
    } else if (sign === "'") {
      if (dump[at + 1] !== "'") break;
      parts.push(dump.slice(start, at + 1));
      start = ++at + 1;
    }
  }
  parts.push(dump.slice(start, at));
  return { text: parts.join(""), end: at + 1 };
}

/** `COPY … FROM stdin;`: a line a row, tabs between, `\N` for nothing, `\.` at the end. */
function copied(dump: string, from: number, names: readonly string[], into: DumpedRow[]): number {
  let at = dump.indexOf("\n", from) + 1;
  while (at > 0 && at < dump.length) {
    const end = dump.indexOf("\n", at);
    const line = dump.slice(at, end === -1 ? dump.length : end);
    if (line === "\\." || end === -1) return end === -1 ? dump.length : end;
    const cells = line.split("\t").map((cell) => (cell === "\\N" ? undefined : cell.replaceAll(/\\(.)/gu, (_, sign: string) => escapes[sign] ?? sign))); // prettier-ignore
    into.push(new Map(names.map((name, i) => [name, cells[i]])));
    at = end + 1;
  }
  return dump.length;
}
