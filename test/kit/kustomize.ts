// What `kubectl kustomize` makes of our kustomizations, without kubectl: resources, components, and patches that add.
import { readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { parse, parseAllDocuments } from "yaml";
import { z } from "zod";

export const Manifest = z.looseObject({
  apiVersion: z.string(),
  kind: z.string(),
  metadata: z.looseObject({ name: z.string(), labels: z.record(z.string(), z.string()) }),
});
export type Manifest = z.output<typeof Manifest>;

const Patch = z.strictObject({
  target: z.strictObject({ kind: z.string(), name: z.string() }),
  patch: z.string().transform((text) => z.array(Addition).parse(parse(text))),
});
const Addition = z.strictObject({ op: z.literal("add"), path: z.string(), value: z.unknown() });
/** Strict: a key that is not known here would be passed over in silence. */
const Kustomization = z.strictObject({
  apiVersion: z.string(),
  kind: z.enum(["Kustomization", "Component"]),
  resources: z.array(z.string()).default([]),
  components: z.array(z.string()).default([]),
  patches: z.array(Patch).default([]),
});

function added(value: unknown, path: readonly string[], what: unknown): unknown {
  const [key, ...rest] = path;
  if (key === undefined) return what;
  if (typeof value !== "object" || value === null || (rest.length > 0 && !Object.hasOwn(value, key)))
    throw new Error(`there is no ${path.join("/")} to add to`);
  const entries = new Map<string, unknown>(Object.entries(value));
  return { ...value, [key]: added(entries.get(key), rest, what) };
}

function patched(objects: readonly Manifest[], component: string): readonly Manifest[] {
  const { patches } = Kustomization.parse(parse(readFileSync(join(component, "kustomization.yaml"), "utf8")));
  return objects.map((object) =>
    patches
      .filter(({ target }) => target.kind === object.kind && target.name === object.metadata.name)
      .flatMap(({ patch }) => patch)
      .reduce((so, { path, value }) => Manifest.parse(added(so, path.split("/").slice(1), value)), object),
  );
}

/** The objects of a folder with a kustomization, or of a file. */
export function kustomize(path: string): readonly Manifest[] {
  if (statSync(path).isFile())
    return parseAllDocuments(readFileSync(path, "utf8")).map((document) => Manifest.parse(document.toJS()));
  const own = Kustomization.parse(parse(readFileSync(join(path, "kustomization.yaml"), "utf8")));
  const objects = own.resources.flatMap((resource) => kustomize(join(path, resource)));
  return own.components.reduce<readonly Manifest[]>((so, component) => patched(so, join(path, component)), objects);
}
