// JSON Schema of the whole config file, for editors.
import { z } from "zod";
import { BaseConfig } from "./base-config.ts";
import { feedTypes } from "./feeds.ts";
import { lists, type Registries, type Registry } from "./plug-ins.ts";
import { secretKeys } from "./secrets.ts";

type Json = { readonly [key: string]: unknown };

const isObject = (value: unknown): value is Json =>
  typeof value === "object" && value !== null && !Array.isArray(value);

export function configJsonSchema({ channels, sources, publishers }: Registries): Json {
  const base: unknown = z.toJSONSchema(BaseConfig, { io: "input", unrepresentable: "any" });
  const page = { page: { type: "string", description: "The page that it is about; the site's own when not written." } };
  const audience = { audience: { type: "string", enum: ["team", "users"], default: "team" }, ...page };
  const entries: readonly (readonly [readonly string[], unknown])[] = [
    [lists.channels.path, anyOf(channels, audience)],
    [lists.sources.path, anyOf(sources, {})],
    [lists.publishers.path, anyOf(publishers, page)],
  ];
  const whole = entries.reduce<unknown>(
    (schema, [path, items]) =>
      changed(
        schema,
        path.flatMap((key) => ["properties", key]),
        (list) => ({ ...list, items }),
      ),
    base,
  );
  const feed = ["components", "items", "upstream", "feed"].flatMap((key) =>
    key === "items" ? [key] : ["properties", key],
  );
  const fed = changed(whole, feed, ({ description }) => ({ description, ...feedSchema(sources) }));
  return { title: "Tocsin's config", ...object(asWritten(fed)) };
}

const textsIn = (value: unknown): readonly string[] => (Array.isArray(value) ? value.map(String) : []);
const object = (value: unknown): Json => (isObject(value) ? value : {});

/** A copy in which the object at `path` is another. */
function changed(schema: unknown, path: readonly string[], change: (found: Json) => Json): Json {
  const [step, ...rest] = path;
  const here = object(schema);
  return step === undefined ? change(here) : { ...here, [step]: changed(here[step], rest, change) };
}

/** One schema for each type. `id`, `type` and the like stand among the plug-in's own keys. */
function anyOf(registry: Registry, common: Json): Json {
  return {
    anyOf: Object.entries(registry).map(([type, { config }]) => {
      const { $schema: _, ...own } = object(z.toJSONSchema(config, { io: "input", unrepresentable: "any" }));
      const id = { type: "string", pattern: "^[a-z0-9]+(-[a-z0-9]+)*$" };
      return {
        ...own,
        properties: { id, type: { const: type }, ...common, ...object(own["properties"]) },
        required: ["id", "type", ...textsIn(own["required"])],
      };
    }),
  };
}

/** What a component implies is not written in its feed. */
function feedSchema(registry: Registry): Json {
  const types = feedTypes(registry);
  const kinds = Object.fromEntries(Object.entries(registry).filter(([type]) => types.includes(type)));
  const { anyOf: all } = anyOf(kinds, {});
  const own = (kind: unknown): Json => {
    const { id: _i, component: _c, components: _s, upstream: _u, ...properties } = object(object(kind)["properties"]);
    return { ...object(kind), properties, required: ["type", "url"] };
  };
  return { anyOf: Array.isArray(all) ? all.map(own) : [] };
}

const variable = { type: "string", pattern: String.raw`\$\{.+\}` };
const narrow = ["pattern", "format", "minLength", "maxLength", "enum", "const"];

/** What the reader does before the schemas see the config: variables are put in, secrets are read from files. */
function asWritten(schema: unknown): unknown {
  if (Array.isArray(schema)) return schema.map(asWritten);
  if (!isObject(schema)) return schema;
  if (schema["type"] === "string" && narrow.some((key) => key in schema)) {
    const { description, default: usual, ...own } = schema;
    const about = Object.entries({ description, default: usual }).filter(([, value]) => value !== undefined);
    return { ...Object.fromEntries(about), anyOf: [own, variable] };
  }
  const own = Object.fromEntries(Object.entries(schema).map(([key, value]) => [key, asWritten(value)]));
  return isObject(schema["properties"]) ? withFiles(own, schema["properties"]) : own;
}

/** One, or one of several. */
function takesText(schema: Json): boolean {
  const options: readonly unknown[] = Array.isArray(schema["anyOf"]) ? schema["anyOf"] : [];
  return [schema, ...options].some((one) => object(one)["type"] === "string");
}

/** Each secret may be given by a file: `password_file` instead of `password`. */
function withFiles(own: Json, properties: Json): Json {
  const secrets = Object.entries(properties).flatMap(([key, value]) =>
    secretKeys.has(key) && takesText(object(value)) ? [key] : [],
  );
  const files = secrets.map((key) => [
    `${key}_file`,
    {
      type: "string",
      description: `A file with the ${key.replaceAll("_", " ")} in it, named from this file's folder.`,
    },
  ]);
  const required = textsIn(own["required"]);
  const either = required
    .filter((key) => secrets.includes(key))
    .map((key) => ({ anyOf: [{ required: [key] }, { required: [`${key}_file`] }] }));
  return {
    ...own,
    properties: { ...object(own["properties"]), ...Object.fromEntries(files) },
    required: required.filter((key) => !secrets.includes(key)),
    ...(either.length === 0 ? {} : { allOf: either }),
  };
}
