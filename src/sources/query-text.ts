// The query of a `jobs` source as its operator wrote it: where its two parameters are, and whether it is one statement.
import { suggest } from "../lib/nearest.ts";
import { failed, ok, type Result } from "../lib/result.ts";

export type Dialect = "postgres" | "sqlite";

const parameters = ["after_id", "open_ids"];

/** Texts, quoted names and comments are passed over; `::` is a cast. */
const pieces = /'(?:[^']|'')*'|"(?:[^"]|"")*"|\$(\w*)\$[\s\S]*?\$\1\$|--[^\n]*|\/\*[\s\S]*?\*\/|::|:([A-Za-z_]\w*)|;/gu;

const begins = /^(select|with)\b/iu;
const beforeIt = /^(\s|--[^\n]*\n|\/\*[\s\S]*?\*\/)+/u;

/** Why it is no single question; undefined when it is one. */
export function selectTrouble(query: string): string | undefined {
  const text = query.trim().replace(/;\s*$/u, "");
  if ([...text.matchAll(pieces)].some(([piece]) => piece === ";")) return "must be one statement";
  return begins.test(text.replace(beforeIt, "")) ? undefined : "must begin with select or with";
}

/** The query with its parameters numbered as the database wants them: 1 is `:after_id`, 2 is `:open_ids`. */
export function numbered(query: string, dialect: Dialect): Result<string, string> {
  const text = query.trim().replace(/;\s*$/u, "");
  const seen = new Set<string>();
  const problems: string[] = [];
  const sign = dialect === "postgres" ? "$" : "?";
  const result = text.replace(pieces, (piece, _tag, name?: string) => {
    if (piece === ";") problems.push("must be one statement");
    if (name === undefined) return piece;
    const place = parameters.indexOf(name);
    if (place === -1) problems.push(`there is no parameter ":${name}"; ${suggest(name, parameters)}`);
    seen.add(name);
    return `${sign}${place + 1}`;
  });
  if (!begins.test(text.replace(beforeIt, ""))) problems.push("must begin with select or with");
  const missing = parameters.filter((name) => !seen.has(name));
  const example = dialect === "postgres" ? "id = any(:open_ids)" : "id in (select value from json_each(:open_ids))";
  if (problems.length === 0 && missing.length > 0)
    problems.push(`must take :${missing.join(" and :")}, as in: where id > :after_id or ${example}`);
  return problems.length === 0 ? ok(result) : failed([...new Set(problems)].join("; "));
}
