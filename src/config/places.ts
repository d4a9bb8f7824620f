// Where in the file a mistake is, and what the schema would have wanted there.
import { isMap, isNode, isScalar, type LineCounter, type Document, type Node } from "yaml";
import { z } from "zod";
import type { Path } from "./mistakes.ts";

export type Place = { readonly line: number; readonly column: number };

/** The place of the key at `path`, or of the nearest thing above it that is written down. */
export function placeOf(document: Document, lines: LineCounter, path: Path): Place {
  for (let depth = path.length; depth >= 0; depth--) {
    const node = keyOrValue(document, path.slice(0, depth));
    const start = node?.range?.[0];
    if (start !== undefined) {
      const { line, col } = lines.linePos(start);
      return { line, column: col };
    }
  }
  return { line: 1, column: 1 };
}

function keyOrValue(document: Document, path: Path): Node | undefined {
  const last = path.at(-1);
  const parent = path.length < 2 ? document.contents : document.getIn(path.slice(0, -1), true);
  if (last !== undefined && isMap(parent)) {
    const keys = parent.items.flatMap(({ key }) => (isScalar(key) ? [key] : []));
    // What a file gave stands at `password_file`, and is spoken of as `password`.
    return [last, `${last}_file`].map((name) => keys.find((key) => String(key.value) === name)).find(Boolean);
  }
  const node = path.length === 0 ? document.contents : document.getIn(path, true);
  return isNode(node) ? node : undefined;
}

type Schema = z.core.$ZodType;

/** By the union of all of zod's own schemas, as one walks them: https://zod.dev/packages/core */
function defOf(schema: Schema): z.core.$ZodTypes["_zod"]["def"] {
  return (schema as z.core.$ZodTypes)._zod.def;
}

/** The schemas that a value at `path` may have to satisfy, through options, defaults, lists and unions. */
function schemasAt(schema: Schema, path: Path): readonly Schema[] {
  const [step, ...rest] = path;
  const def = defOf(schema);
  switch (def.type) {
    case "optional":
    case "nonoptional":
    case "default":
    case "prefault":
    case "nullable":
    case "readonly":
    case "catch":
      return [...(step === undefined ? [schema] : []), ...schemasAt(def.innerType, path)];
    case "pipe":
      return [...(step === undefined ? [schema] : []), ...schemasAt(def.in, path)];
    case "union":
      return [...(step === undefined ? [schema] : []), ...def.options.flatMap((option) => schemasAt(option, path))];
    case "array":
      return step === undefined ? [schema] : schemasAt(def.element, rest);
    case "record":
      return step === undefined ? [schema] : schemasAt(def.valueType, rest);
    case "object": {
      if (step === undefined) return [schema];
      const inner = Object.hasOwn(def.shape, step) ? def.shape[step] : undefined;
      return inner === undefined ? [] : schemasAt(inner, rest);
    }
    default:
      return step === undefined ? [schema] : [];
  }
}

/** The keys that a schema knows at `path`. */
export function keysAt(schema: Schema, path: Path): readonly string[] {
  const keys = schemasAt(schema, path).flatMap((found) => {
    const def = defOf(found);
    if (def.type === "object") return Object.keys(def.shape);
    const named = def.type === "record" ? defOf(def.keyType) : undefined;
    return named?.type === "enum" ? Object.values(named.entries).map(String) : [];
  });
  return [...new Set(keys)];
}

/** What the schema says that the value at `path` is for. */
export function describedAt(schema: Schema, path: Path): string | undefined {
  return schemasAt(schema, path)
    .map((found) => z.globalRegistry.get(found)?.description)
    .find((description) => description !== undefined);
}
