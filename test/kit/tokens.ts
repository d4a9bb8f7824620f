// TypeScript cut into words, signs and strings: enough to tell code from comments, text and regular expressions.

export type TokenKind = "word" | "sign" | "number" | "string" | "template" | "regex" | "comment";
/** Of a string or a template `text` is what stands between the quotes. */
export type Token = { readonly kind: TokenKind; readonly text: string; readonly line: number };

const pieces: readonly (readonly [TokenKind, RegExp])[] = [
  ["comment", /\/\/[^\n]*|\/\*[\s\S]*?\*\//y],
  ["string", /"(?:[^"\\\n]|\\[\s\S])*"|'(?:[^'\\\n]|\\[\s\S])*'/y],
  ["number", /\d[\w.]*/y],
  ["word", /[#$_\p{ID_Start}][$\u200c\u200d\p{ID_Continue}]*/uy],
];
const regex = /\/(?:[^/\\[\n]|\\.|\[(?:[^\]\\\n]|\\.)*\])+\/[a-z]*/y;
const sign = /=>|[!=]==?|\?\.(?!\d)|\.\.\.|&&=?|\|\|=?|\?\?=?|[\s\S]/y;
const chunk = /((?:[^`\\$]|\\[\s\S]|\$(?!\{))*)(`|\$\{)/y;
const space = /\s+/y;

/** Words after which a value begins, so that `/` opens a regular expression, `!` means not, and `as` is a name. */
export const operators: ReadonlySet<string> = new Set(
  "return typeof case in of do else void delete await yield new throw instanceof extends keyof readonly as satisfies default import export from".split(
    " ",
  ),
);

/** Whether a value may end with this token. */
export function endsValue(token: Token | undefined): boolean {
  if (token === undefined) return false;
  if (token.kind === "sign") return [")", "]", "}"].includes(token.text);
  return token.kind === "word" ? !operators.has(token.text) : token.kind !== "comment";
}

function match(pattern: RegExp, text: string, at: number): RegExpExecArray | undefined {
  pattern.lastIndex = at;
  return pattern.exec(text) ?? undefined;
}

/** All tokens, comments among them. */
export function tokensOf(text: string): readonly Token[] {
  const tokens: Token[] = [];
  let line = 1;
  let at = 0;
  let last: Token | undefined;
  /** For each template we are inside of: how many braces are open in its hole. */
  const holes: number[] = [];
  const take = (kind: TokenKind | undefined, found: string, shown = found): void => {
    if (kind !== undefined) {
      const token = { kind, text: shown, line };
      tokens.push(token);
      if (kind !== "comment") last = token;
    }
    line += found.split("\n").length - 1;
    at += found.length;
  };
  const readTemplate = (): void => {
    const [whole = text.slice(at), shown = "", end] = match(chunk, text, at) ?? [];
    take("template", whole, shown);
    if (end === "${") {
      holes.push(0);
      last = undefined;
    }
  };
  while (at < text.length) {
    const blank = match(space, text, at);
    if (blank !== undefined) {
      take(undefined, blank[0]);
      continue;
    }
    const open = holes.at(-1);
    if (text[at] === "`" || (text[at] === "}" && open === 0)) {
      if (text[at] === "}") holes.pop();
      at += 1;
      readTemplate();
      continue;
    }
    if (open !== undefined && text[at] === "{") holes[holes.length - 1] = open + 1;
    if (open !== undefined && text[at] === "}") holes[holes.length - 1] = open - 1;
    const hit = pieces.flatMap(([kind, pattern]) => {
      const found = match(pattern, text, at);
      return found === undefined ? [] : [{ kind, found: found[0] }];
    })[0];
    if (hit !== undefined) {
      take(hit.kind, hit.found, hit.kind === "string" ? hit.found.slice(1, -1) : hit.found);
      continue;
    }
    const pattern = text[at] === "/" && !endsValue(last) ? match(regex, text, at) : undefined;
    if (pattern !== undefined) take("regex", pattern[0]);
    else take("sign", match(sign, text, at)?.[0] ?? "");
  }
  return tokens;
}
