// JSON, and what cState's templates make of it: titles go into its strings as they are, quotes, line ends and all. Pure.
import { failed, ok, type Result } from "../lib/result.ts";
import { oneLine } from "../lib/text.ts";

/** Strict first. What is none is an error that says what it looks like. */
export function readJson(text: string): Result<unknown, string> {
  try {
    return ok(JSON.parse(text));
  } catch (thrown) {
    if (text.trim() === "") return failed("the answer is empty");
    if (/^\s*</u.test(text)) return failed("it is HTML or XML, not JSON");
    return failed(`it is not JSON: ${oneLine(thrown instanceof Error ? thrown.message : "", 120)}`);
  }
}

/** As `readJson`; where that fails, with the strings mended that hold what a JSON string must not. */
export function readBrokenJson(text: string): Result<unknown, string> {
  const strict = readJson(text);
  if (strict.ok || !/^\s*[[{]/u.test(text)) return strict;
  const mended = readJson(mend(text));
  return mended.ok ? mended : strict;
}

/** After the end of a string that is a value in an object comes the next key, or the end of the object. */
const afterValue = /[\s,]{0,200}(?:"[\w$ -]{1,60}"\s{0,20}:|\})/uy;
const afterElement = /\s{0,200}(?:,\s{0,200}["[{\d\]-]|\])/uy;
const afterKey = /\s{0,200}:/uy;

function follows(pattern: RegExp, text: string, at: number): boolean {
  pattern.lastIndex = at;
  return pattern.test(text);
}

type Place = "key" | "value" | "element";

/** Where the string that begins before `from` ends: at the first quote after which the document goes on as it should. */
function endOf(text: string, from: number, place: Place): number {
  const pattern = place === "key" ? afterKey : place === "value" ? afterValue : afterElement;
  for (let at = from; at < text.length; at++) {
    if (text[at] === "\\") at++;
    else if (text[at] === '"' && follows(pattern, text, at + 1)) return at;
  }
  return text.length;
}

/** The inside of a string as JSON wants it; escapes that are right stay. */
function quoted(inside: string): string {
  const tame = inside
    .replace(/\\(?:["\\/bfnrt]|u[0-9a-f]{4})|\\/giu, (found) => (found === "\\" ? "\\\\" : found))
    .replace(/\\.|"/gsu, (found) => (found === '"' ? '\\"' : found))
    .replace(/[\u0000-\u001f]/gu, " ");
  return `"${tame}"`;
}

const words = /-?[A-Za-z]+/uy;

/** One pass: strings are told by where they stand; commas before an end go; `NaN` and the like become null. */
function mend(text: string): string {
  const out: string[] = [];
  const open: string[] = [];
  let afterColon = false;
  let comma = false;
  for (let at = 0; at < text.length; at++) {
    const sign = text[at] ?? "";
    if (/\s/u.test(sign)) continue;
    if (sign === ",") {
      comma = true;
      afterColon = false;
      continue;
    }
    if (comma && sign !== "}" && sign !== "]") out.push(",");
    comma = false;
    if (sign === '"') {
      const end = endOf(text, at + 1, open.at(-1) === "[" ? "element" : afterColon ? "value" : "key");
      out.push(quoted(text.slice(at + 1, end)));
      at = end;
      continue;
    }
    if (sign === "{" || sign === "[") open.push(sign);
    if (sign === "}" || sign === "]") open.pop();
    afterColon = sign === ":";
    words.lastIndex = at;
    const word = /[A-Za-z-]/u.test(sign) ? words.exec(text)?.[0] : undefined;
    // The exponent of a number is a part of it.
    if (word === undefined || /^e$/iu.test(word)) out.push(sign);
    else {
      out.push(["true", "false", "null"].includes(word) ? word : "null");
      at += word.length - 1;
    }
  }
  return out.join("");
}
