// Places in JSON that people write: RFC 9535 (`$.status`, `$.tags[?@.name == 'host'].value`), without what would let a
// foreign body keep us busy: each takes a time that grows with the body as its length does.
import { createRequire } from "node:module";
import type * as P3 from "json-p3";
import { failed, ok, reasonOf, type Result } from "./result.ts";
import { oneLine } from "./text.ts";

type Library = { readonly paths: P3.JSONPathEnvironment; readonly p3: typeof P3 };

let loaded: Library | undefined;

/** Not before the first path: most desks have none. */
function library(): Library {
  if (loaded !== undefined) return loaded;
  const p3 = createRequire(import.meta.url)("json-p3") as typeof P3;
  const paths = new p3.JSONPathEnvironment();
  // A regular expression of theirs may take for ever: https://www.rfc-editor.org/rfc/rfc9485#section-8
  for (const name of regular) paths.functionRegister.delete(name);
  return (loaded = { paths, p3 });
}

const regular = ["match", "search"];
const longest = 500;

type Compiled = Result<P3.JSONPathQuery, string>;

/** Paths stand in the config: they are few, and asked for with every body. */
const compiled = new Map<string, Compiled>();

function compile(path: string): Compiled {
  const known = compiled.get(path);
  if (known !== undefined) return known;
  const fresh = compileNew(path);
  compiled.set(path, fresh);
  return fresh;
}

function compileNew(path: string): Compiled {
  const wrong = (why: string): Compiled => failed(`"${oneLine(path, 100)}" is no JSON path (RFC 9535) of ours: ${why}`);
  if (path.length > longest) return wrong(`it has more than ${longest} characters`);
  const { paths, p3 } = library();
  try {
    const query = paths.compile(path);
    const trouble = tooMuchIn(query, p3);
    return trouble === undefined ? ok(query) : wrong(trouble);
  } catch (thrown) {
    return wrong(oneLine(reasonOf(thrown), 120));
  }
}

/** What a path asks for that would look at the same things again and again. */
function tooMuchIn(query: P3.JSONPathQuery, p3: typeof P3): string | undefined {
  const { expressions, selectors } = p3.jsonpath;
  const inExpression = (is: P3.jsonpath.expressions.FilterExpression): string | undefined => {
    if (is instanceof expressions.LogicalExpression) return inExpression(is.expression);
    if (is instanceof expressions.PrefixExpression) return inExpression(is.right);
    if (is instanceof expressions.InfixExpression) return inExpression(is.left) ?? inExpression(is.right);
    if (is instanceof expressions.FunctionExtension) return is.args.map(inExpression).find(Boolean);
    if (is instanceof expressions.RootQuery && !is.path.singularQuery())
      return "within a filter $ must lead to one place";
    return is instanceof expressions.FilterQuery ? tooMuchIn(is.path, p3) : undefined;
  };
  for (const segment of query.segments) {
    if (segment.toString().startsWith("..")) return "it searches everywhere with ..; write the whole way";
    for (const selector of segment.selectors) {
      const trouble = selector instanceof selectors.FilterSelector ? inExpression(selector.expression) : undefined;
      if (trouble !== undefined) return trouble;
    }
  }
  return undefined;
}

/** Why it is no path, or none that we follow; undefined when it is one. */
export function jsonPathTrouble(path: string): string | undefined {
  const query = compile(path);
  return query.ok ? undefined : query.error;
}

/** What stands at the place, in the order of the text, at most so much. Throws when the path is none. */
export function valuesAt(path: string, value: unknown, most = Number.POSITIVE_INFINITY): readonly unknown[] {
  const query = compile(path);
  if (!query.ok) throw new Error(query.error);
  const found: unknown[] = [];
  for (const node of query.value.lazyQuery(value as P3.JSONValue)) {
    if (found.length >= most) break;
    found.push(node.value);
  }
  return found;
}
