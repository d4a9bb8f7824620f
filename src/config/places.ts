// Where in the file a mistake is, and which keys would have been right there.
import { isMap, isNode, isPair, isScalar, LineCounter, type Document, type Node } from "yaml";
import type { z } from "zod";

export type Path = readonly (string | number)[];
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
  const parent = document.getIn(path.slice(0, -1), true);
  if (last !== undefined && isMap(parent)) {
    const pair = parent.items.find((item) => isPair(item) && isScalar(item.key) && item.key.value === last);
    return pair !== undefined && isNode(pair.key) ? pair.key : undefined;
  }
  const node = path.length === 0 ? document.contents : document.getIn(path, true);
  return isNode(node) ? node : undefined;
}

type Schema = z.core.$ZodType;

/** The keys that a schema knows at `path`, through options, defaults, lists and unions. */
export function keysAt(schema: Schema, path: Path): readonly string[] {
  const [step, ...rest] = path;
  const def = (schema as z.core.$ZodTypes)._zod.def;
  switch (def.type) {
    case "optional":
    case "default":
    case "prefault":
    case "nullable":
      return keysAt(def.innerType, path);
    case "pipe":
      return keysAt(def.in, path);
    case "union":
      return [...new Set(def.options.flatMap((option) => keysAt(option, path)))];
    case "array":
      return step === undefined ? [] : keysAt(def.element, rest);
    case "record":
      return step === undefined ? [] : keysAt(def.valueType, rest);
    case "object": {
      if (step === undefined) return Object.keys(def.shape);
      const inner = def.shape[String(step)];
      return inner === undefined ? [] : keysAt(inner, rest);
    }
    default:
      return [];
  }
}
